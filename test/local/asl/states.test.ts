import { describe, expect, it } from 'vitest';
import { pass, run, secondsSince, task, testHost } from './harness.ts';

const done = { Type: 'Succeed' };

describe('Task', () => {
  it('hands the payload to the function and gives the result in the shape of lambda:invoke', async () => {
    const host = testHost({ double: (payload) => Number(payload) * 2 });
    const result = await run({ Double: task('double') }, 21, host);
    expect(result).toEqual({
      status: 'SUCCEEDED',
      output: { ExecutedVersion: '$LATEST', Payload: 42, StatusCode: 200 },
    });
    expect(host.calls).toEqual([{ name: 'double', payload: 21, at: 0, attempt: 0 }]);
  });

  it('shapes the output with $states.result, while $states.input stays the original input', async () => {
    const state = task('double', { Output: { was: '{% $states.input.n %}', is: '{% $states.result.Payload %}' } });
    const host = testHost({ double: () => 8 });
    expect(await run({ Double: state }, { n: 4 }, host)).toMatchObject({ output: { was: 4, is: 8 } });
  });

  it('takes the function name from an expression', async () => {
    const state = task('', { Arguments: { FunctionName: "{% 'fn-' & $states.input.which %}", Payload: {} } });
    const host = testHost({ 'fn-a': () => 'yes' });
    expect(await run({ T: state }, { which: 'a' }, host)).toMatchObject({ output: { Payload: 'yes' } });
  });

  it('makes null of a function that returns nothing, as Lambda does', async () => {
    const host = testHost({ quiet: () => undefined });
    expect(await run({ T: task('quiet') }, {}, host)).toMatchObject({ output: { Payload: null } });
  });

  it('ends with States.Timeout when the function takes longer than TimeoutSeconds', async () => {
    const host = testHost({ slow: (_payload, context, clock) => clock.sleep(90_000, context.signal) });
    const result = await run({ Slow: task('slow', { TimeoutSeconds: 60 }) }, {}, host);
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Timeout', state: 'Slow' });
    expect(secondsSince(host.clock)).toBe(60);
  });

  it('lets a function finish that takes less, with TimeoutSeconds from an expression', async () => {
    const host = testHost({
      slow: async (_payload, context, clock) => {
        await clock.sleep(50_000, context.signal);
        return 'done';
      },
    });
    const state = task('slow', { TimeoutSeconds: '{% $states.input.limit %}' });
    expect(await run({ Slow: state }, { limit: 60 }, host)).toMatchObject({ status: 'SUCCEEDED' });
    expect(secondsSince(host.clock)).toBe(50);
  });

  it('ends a function that hangs in real time as well', async () => {
    const host = testHost({ hung: () => new Promise(() => undefined) });
    const result = await run({ Hung: task('hung', { TimeoutSeconds: 1 }) }, {}, host);
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('lets a fault of the host end the run as an exception', async () => {
    const host = testHost({
      odd: () => {
        throw new RangeError('a bug');
      },
    });
    await expect(
      run({ T: task('odd', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'E' }] }), E: done }, {}, host),
    ).rejects.toThrow('a bug');
  });
});

describe('Choice', () => {
  const machine = {
    Which: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Next: 'Big', Output: 'big one', Assign: { seen: 'rule' } },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Middle' },
      ],
      Default: 'Small',
      Output: { small: '{% $states.input.n %}' },
      Assign: { seen: 'default' },
    },
    Big: pass({ got: '{% $states.input %}', seen: '{% $seen %}' }),
    Middle: pass('{% $states.input %}'),
    Small: pass({ got: '{% $states.input %}', seen: '{% $seen %}' }),
  };

  it.each([
    [11, { got: 'big one', seen: 'rule' }],
    [6, { n: 6 }],
    [1, { got: { small: 1 }, seen: 'default' }],
  ])('takes the first rule that is true, with its own Output and Assign: %s', async (n, output) => {
    expect(await run(machine, { n })).toEqual({ status: 'SUCCEEDED', output });
  });

  it('fails with States.NoChoiceMatched without a Default', async () => {
    const states = { C: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'D' }] }, D: done };
    expect(await run(states)).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched', state: 'C' });
  });

  it('fails when a condition is no boolean', async () => {
    const states = { C: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'D' }], Default: 'D' }, D: done };
    const result = await run(states);
    expect(result).toMatchObject({ error: 'States.QueryEvaluationError' });
    expect(result).toHaveProperty('cause', expect.stringContaining("'Choices[0]/Condition' must be a boolean"));
  });
});

describe('Wait', () => {
  it.each([
    ['whole seconds', { Seconds: 600 }, 600],
    ['no time', { Seconds: 0 }, 0],
    ['seconds from an expression', { Seconds: '{% $states.input.seconds * 2 %}' }, 20],
    ['until a time', { Timestamp: '2030-01-01T01:00:00Z' }, 3600],
    ['until a time from an expression', { Timestamp: '{% $states.input.until %}' }, 86_400],
    ['not at all for a time in the past', { Timestamp: '2029-01-01T00:00:00Z' }, 0],
  ])('waits %s and passes its input on', async (_title, field, seconds) => {
    const host = testHost();
    const input = { seconds: 10, until: '2030-01-02T00:00:00Z' };
    expect(await run({ W: { Type: 'Wait', ...field, End: true } }, input, host)).toEqual({
      status: 'SUCCEEDED',
      output: input,
    });
    expect(secondsSince(host.clock)).toBe(seconds);
  });

  it.each([
    ['a negative number', { Seconds: '{% -1 %}' }],
    ['half a second', { Seconds: '{% 0.5 %}' }],
    ['a string', { Seconds: "{% '5' %}" }],
    ['a time that is none', { Timestamp: "{% 'tomorrow' %}" }],
  ])('fails on %s', async (_title, field) => {
    expect(await run({ W: { Type: 'Wait', ...field, End: true } })).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
  });
});

describe('Pass, Succeed and Fail', () => {
  it('passes the input on without Output', async () => {
    expect(await run({ P: { Type: 'Pass', Next: 'S' }, S: done }, { a: 1 })).toEqual({
      status: 'SUCCEEDED',
      output: { a: 1 },
    });
  });

  it('ends with the Output of Succeed', async () => {
    expect(await run({ S: { Type: 'Succeed', Output: '{% $states.input.a + 1 %}' } }, { a: 1 })).toMatchObject({
      output: 2,
    });
  });

  it.each([
    [
      { Error: 'NoRows', Cause: 'the file is empty' },
      { error: 'NoRows', cause: 'the file is empty' },
    ],
    [
      { Error: "{% 'No' & $states.input %}", Cause: '{% $states.context.State.Name %}' },
      { error: 'NoRows', cause: 'F' },
    ],
    [{}, { error: '', cause: '' }],
  ])('fails with Error and Cause', async (fields, expected) => {
    expect(await run({ F: { Type: 'Fail', ...fields } }, 'Rows')).toEqual({
      status: 'FAILED',
      state: 'F',
      ...expected,
    });
  });
});

describe('Parallel', () => {
  it('runs all branches at once and gives their outputs in order', async () => {
    const branch = (name: string, seconds: number) => ({
      StartAt: name,
      States: { [name]: { Type: 'Wait', Seconds: seconds, Output: name, End: true } },
    });
    const host = testHost();
    const states = { Both: { Type: 'Parallel', Branches: [branch('slow', 50), branch('quick', 5)], End: true } };
    expect(await run(states, {}, host)).toEqual({ status: 'SUCCEEDED', output: ['slow', 'quick'] });
    expect(secondsSince(host.clock)).toBe(50);
  });

  it('hands Arguments to each branch, and the result to Output', async () => {
    const states = {
      Both: {
        Type: 'Parallel',
        Arguments: { n: '{% $states.input + 1 %}' },
        Branches: [{ StartAt: 'A', States: { A: pass('{% $states.input.n %}') } }],
        Output: { sum: '{% $sum($states.result) %}', was: '{% $states.input %}' },
        End: true,
      },
    };
    expect(await run(states, 4)).toMatchObject({ output: { sum: 5, was: 4 } });
  });

  it('stops the other branches when one fails, and fails with its error', async () => {
    const host = testHost({ bad: () => 1 });
    const states = {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Broken' } } },
          { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 100, Next: 'T' }, T: task('bad') } },
        ],
        Catch: [{ ErrorEquals: ['Broken'], Next: 'Caught', Output: '{% $states.errorOutput.Error %}' }],
        End: true,
      },
      Caught: { Type: 'Succeed' },
    };
    expect(await run(states, {}, host)).toEqual({ status: 'SUCCEEDED', output: 'Broken' });
    expect(host.calls).toEqual([]);
    expect(secondsSince(host.clock)).toBe(0);
  });
});
