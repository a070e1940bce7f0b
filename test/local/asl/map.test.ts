import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../lib/local/asl/json.ts';
import { fails, pass, run, secondsSince, task, testHost } from './harness.ts';

function inlineMap(states: JsonObject, more: JsonObject = {}): JsonObject {
  const [StartAt = ''] = Object.keys(states);
  return {
    Type: 'Map',
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt, States: states },
    End: true,
    ...more,
  };
}

const numbers = (count: number): Json[] => Array.from({ length: count }, (_, index) => index);

describe('an inline Map', () => {
  it('keeps the order of the items, whatever ends first', async () => {
    const wait = { Type: 'Wait', Seconds: '{% 10 - $states.input %}', End: true };
    expect(await run({ M: inlineMap({ W: wait }) }, [1, 9, 5])).toEqual({ status: 'SUCCEEDED', output: [1, 9, 5] });
  });

  it.each([
    ['MaxConcurrency', { MaxConcurrency: 2 }, 50],
    ['an expression', { MaxConcurrency: '{% $count($states.input) - 5 %}' }, 20],
    ['the host’s limit for 0', { MaxConcurrency: 0 }, 30],
    ['the host’s limit where it is absent', {}, 30],
  ])('runs as many at once as %s says', async (_title, field, seconds) => {
    const host = testHost();
    const wait = { Type: 'Wait', Seconds: 10, End: true };
    await run({ M: inlineMap({ W: wait }, field) }, numbers(10), host, { concurrency: 4 });
    expect(secondsSince(host.clock)).toBe(seconds);
  });

  it('gives an empty list for no items', async () => {
    expect(await run({ M: inlineMap({ P: pass(1) }) }, [])).toMatchObject({ output: [] });
  });

  it.each<[string, JsonObject, Json]>([
    ['its input', {}, [1, 2]],
    ['a literal array', { Items: [{ n: 5 }, '{% $states.input[0] %}'] }, [{ n: 5 }, 1]],
    ['an expression', { Items: '{% $states.input[$ > 1] ~> $append([7]) %}' }, [2, 7]],
  ])('takes its items from %s', async (_title, field, output) => {
    expect(await run({ M: inlineMap({ P: { Type: 'Pass', End: true } }, field) }, [1, 2])).toMatchObject({ output });
  });

  it('fails on items that are no array', async () => {
    expect(await run({ M: inlineMap({ P: pass(1) }) }, { a: 1 })).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
    const items = { Items: '{% $states.input.a %}' };
    expect(await run({ M: inlineMap({ P: pass(1) }, items) }, { a: 1 })).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
  });

  it('shapes each item with ItemSelector, which sees the Map’s input and the item', async () => {
    const selector = {
      ItemSelector: {
        at: '{% $states.context.Map.Item.Index %}',
        value: '{% $states.context.Map.Item.Value.n %}',
        all: '{% $count($states.input) %}',
      },
    };
    const result = await run({ M: inlineMap({ P: { Type: 'Pass', End: true } }, selector) }, [{ n: 'a' }, { n: 'b' }]);
    expect(result).toMatchObject({
      output: [
        { at: 0, value: 'a', all: 2 },
        { at: 1, value: 'b', all: 2 },
      ],
    });
  });

  it('shows the item in the context of its states', async () => {
    const states = { P: pass('{% $states.context.Map.Item.Value & $states.context.Map.Item.Index %}') };
    expect(await run({ M: inlineMap(states) }, ['x', 'y'])).toMatchObject({ output: ['x0', 'y1'] });
  });

  it('fails with the item’s own error and stops the others', async () => {
    const host = testHost({ step: (payload) => (payload === 0 ? fails('BadItem')() : payload) });
    const states = { W: { Type: 'Wait', Seconds: '{% $states.input * 10 %}', Next: 'T' }, T: task('step') };
    const state = inlineMap(states, {
      Catch: [{ ErrorEquals: ['BadItem'], Next: 'E', Output: '{% $states.errorOutput.Error %}' }],
    });
    expect(await run({ M: state, E: { Type: 'Succeed' } }, [1, 0, 2], host)).toEqual({
      status: 'SUCCEEDED',
      output: 'BadItem',
    });
    expect(host.calls).toHaveLength(1);
    expect(secondsSince(host.clock)).toBe(0);
  });

  it('retries as a whole', async () => {
    let calls = 0;
    const host = testHost({
      flaky: () => {
        calls += 1;
        return calls < 3 ? fails('Broken')() : calls;
      },
    });
    const state = inlineMap(
      { T: task('flaky', { Output: '{% $states.result.Payload %}' }) },
      { MaxConcurrency: 1, Retry: [{ ErrorEquals: ['Broken'] }] },
    );
    expect(await run({ M: state }, [1, 2], host)).toMatchObject({ output: [3, 4] });
  });

  it('nests: an inner Map sees its own items', async () => {
    const inner = inlineMap({ P: pass('{% $states.context.Map.Item.Value + 1 %}') });
    expect(await run({ M: inlineMap({ Inner: inner }) }, [[1, 2], [3]])).toMatchObject({ output: [[2, 3], [4]] });
  });
});
