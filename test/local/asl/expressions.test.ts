import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../lib/local/asl/expression.ts';
import type { Json } from '../../../lib/local/asl/json.ts';
import { pass, run, START, testHost } from './harness.ts';

const sources = { random: () => 0.5, now: () => START };

async function evaluate(source: string, input: Json = null): Promise<Json | undefined> {
  return compileExpression(source).evaluate({ states: { input } }, sources);
}

describe('functions that Step Functions adds', () => {
  it.each<[string, Json]>([
    ['$partition([1..5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([], 2)', []],
    ['$range(0, 6, 2)', [0, 2, 4, 6]],
    ['$range(0, 7, 3)', [0, 3, 6]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$range(1, 0, 1)', []],
    ['$hash("input", "SHA-1")', '140f86aae51ab9e1cda9b4254fe98a74eb54c1a1'],
    ['$hash("input", "MD5")', createHash('md5').update('input').digest('hex')],
    ['$hash("input", "SHA-512")', createHash('sha512').update('input').digest('hex')],
    ['$random(42)', 0.7275636800328681],
    ['$random()', 0.5],
    ['$uuid()', '80808080-8080-4080-8080-808080808080'],
    ['$parse("{\\"a\\":[1,null]}")', { a: [1, null] }],
    ['$now()', '2030-01-01T00:00:00.000Z'],
    ['$now("[Y]-[M01]")', '2030-01'],
    ['$millis()', START.getTime()],
  ])('%s', async (source, value) => {
    expect(await evaluate(source)).toEqual(value);
  });

  it.each([
    ['$partition([1], 0)', 'whole size'],
    ['$range(0, 5000, 1)', 'at most 1000'],
    ['$range(0, 5, 0)', 'step that is not 0'],
    ['$hash("x", "CRC32")', '$hash knows'],
    ['$parse("{")', 'JSON'],
    ['$random("x")', 'number'],
    ['$hash(1, "MD5")', 'T0410'],
  ])('%s fails', async (source, message) => {
    await expect(evaluate(source)).rejects.toThrow(message);
  });
});

describe('values that leave an expression', () => {
  it.each<[string, Json | undefined]>([
    ['$states.input.a', 1],
    ['$states.input.list.n', [1, 2]],
    ['$states.input.list[n = 1]', { n: 1 }],
    ['$states.input.list[n = 1][]', [{ n: 1 }]],
    ['$states.input.list[n = 9]', undefined],
    ['[$states.input.list[n = 9]]', []],
    ["{'k': $states.input.missing}", {}],
    ['$states.input.none', null],
    ['[1..3]', [1, 2, 3]],
  ])('%s', async (source, value) => {
    const input = { a: 1, list: [{ n: 1 }, { n: 2 }], none: null };
    expect(await evaluate(source, input)).toEqual(value);
  });

  it('are plain arrays without JSONata’s marks', async () => {
    const value = await evaluate('$states.input.n', [{ n: 1 }, { n: 2 }]);
    expect(Object.getOwnPropertyNames(value)).toEqual(['0', '1', 'length']);
  });

  it('keep a key called __proto__ as data', async () => {
    const input: Json = JSON.parse('{"__proto__":{"polluted":true}}');
    const value = await evaluate('$states.input', input);
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true}}');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('refuse a function', async () => {
    await expect(evaluate('$sum')).rejects.toThrow('a function');
  });

  it('give any JSON value back unchanged', async () => {
    const property = fc.asyncProperty(fc.jsonValue(), async (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(await evaluate('[$states.input.v][]', { v: [JSON.parse(text)] }))).toBeDefined();
      expect(await evaluate('$states.input', JSON.parse(text))).toEqual(JSON.parse(text));
    });
    await fc.assert(property, { seed: 42, numRuns: 200 });
  });
});

describe('bounds of an evaluation', () => {
  it.each([
    ['a recursion without end', '($f := function($x){ 1 + $f($x) }; $f(1))', 'D1011'],
    ['a loop without end', '($f := function($x){ $f($x + 1) }; $f(1))', 'more than 500000 steps'],
    ['a deep chain', Array.from({ length: 200 }, () => '1').join('+'), 'D1011'],
    ['a sequence that is too long', '$count([1..900000])', 'D2015'],
    ['a text that is too long', '$pad("", 8388608)', 'memory limit'],
  ])('end %s', async (_title, source, message) => {
    await expect(evaluate(source)).rejects.toThrow(message);
  });

  it('count apart for evaluations that run at once', async () => {
    const expression = compileExpression('$sum($map([1..2000], function($n) { $n * 2 }))');
    const all = Array.from({ length: 60 }, () => expression.evaluate({}, sources));
    expect(new Set(await Promise.all(all))).toEqual(new Set([4_002_000]));
  });
});

describe('a failing expression in a state', () => {
  it.each<[string, Json, string]>([
    [
      'nothing',
      '{% $states.input.missing %}',
      "'$states.input.missing' specified for the field 'Output' returned nothing (undefined).",
    ],
    ['nothing, inside', { a: [1, '{% $states.input.b %}'] }, "the field 'Output/a[1]' returned nothing (undefined)."],
    ['an error', '{% $sum("x") %}', "the field 'Output' threw an error during evaluation. T0412"],
  ])('has the cause that AWS gives: %s', async (_title, Output, cause) => {
    const result = await run({ P: pass(Output) });
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError', state: 'P' });
    expect(result).toHaveProperty('cause', expect.stringContaining(cause));
    expect(result).toHaveProperty(
      'cause',
      expect.stringMatching(
        /^An error occurred while executing the state 'P' \(entered at the event id #2\)\. The JSONata expression '/,
      ),
    );
  });
});

describe('$states.context', () => {
  it('tells execution, state and machine', async () => {
    const output = pass({
      id: '{% $states.context.Execution.Id %}',
      name: '{% $states.context.Execution.Name %}',
      input: '{% $states.context.Execution.Input.a %}',
      start: '{% $states.context.Execution.StartTime %}',
      state: '{% $states.context.State.Name %}',
      entered: '{% $states.context.State.EnteredTime %}',
      tries: '{% $states.context.State.RetryCount %}',
      machine: '{% $states.context.StateMachine.Name %}',
    });
    const states = { W: { Type: 'Wait', Seconds: 5, Output: {}, Next: 'P' }, P: output };
    expect(await run(states, { a: 1 }, testHost(), { name: 'drop-1', machineName: 'pipeline' })).toEqual({
      status: 'SUCCEEDED',
      output: {
        id: 'arn:aws:states:local:000000000000:execution:pipeline:drop-1',
        name: 'drop-1',
        input: 1,
        start: '2030-01-01T00:00:00.000Z',
        state: 'P',
        entered: '2030-01-01T00:00:05.000Z',
        tries: 0,
        machine: 'pipeline',
      },
    });
  });
});
