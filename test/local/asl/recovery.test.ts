import { describe, expect, it } from 'vitest';
import { TaskError } from '../../../lib/local/asl/errors.ts';
import type { JsonObject } from '../../../lib/local/asl/json.ts';
import { matchesError } from '../../../lib/local/asl/recovery.ts';
import { fails, run, task, testHost } from './harness.ts';

describe('matchesError', () => {
  it.each([
    [['States.ALL'], 'AnyError', true],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.QueryEvaluationError', true],
    [['States.ALL'], 'States.DataLimitExceeded', false],
    [['States.ALL'], 'States.Runtime', false],
    [['States.TaskFailed'], 'AnyError', true],
    [['States.TaskFailed'], 'Lambda.Unknown', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.TaskFailed'], 'States.DataLimitExceeded', false],
    [['States.DataLimitExceeded'], 'States.DataLimitExceeded', true],
    [['States.Timeout'], 'States.Timeout', true],
    [['Other', 'Exact'], 'Exact', true],
    [['Other'], 'Exact', false],
    [['exact'], 'Exact', false],
  ])('%j against %s: %s', (errorEquals, error, matches) => {
    expect(matchesError(errorEquals, error)).toBe(matches);
  });
});

/** Seconds at which each try began. */
async function tries(retry: JsonObject[], failWith: (attempt: number) => string | undefined): Promise<number[]> {
  let attempt = 0;
  const host = testHost({
    flaky: () => {
      const error = failWith(attempt);
      attempt += 1;
      if (error !== undefined) throw new TaskError(error, 'broken');
      return 'well';
    },
  });
  await run({ T: task('flaky', { Retry: retry }) }, {}, host);
  return host.calls.map(({ at }) => at);
}

describe('Retry', () => {
  it('uses the defaults of AWS: 1 s, doubled, three times', async () => {
    expect(await tries([{ ErrorEquals: ['States.ALL'] }], () => 'Broken')).toEqual([0, 1, 3, 7]);
  });

  it.each<[JsonObject, number[]]>([
    [{ IntervalSeconds: 2, MaxAttempts: 4, BackoffRate: 3 }, [0, 2, 8, 26, 80]],
    [{ IntervalSeconds: 10, MaxAttempts: 5, MaxDelaySeconds: 25 }, [0, 10, 30, 55, 80, 105]],
    [{ IntervalSeconds: 4, MaxAttempts: 3, BackoffRate: 1.5 }, [0, 4, 10, 19]],
    [{ IntervalSeconds: 5, MaxAttempts: 2, BackoffRate: 1 }, [0, 5, 10]],
    [{ MaxAttempts: 0 }, [0]],
    [{ IntervalSeconds: 2, MaxAttempts: 1, JitterStrategy: 'NONE' }, [0, 2]],
  ])('follows %j', async (policy, expected) => {
    expect(await tries([{ ErrorEquals: ['States.ALL'], ...policy }], () => 'Broken')).toEqual(expected);
  });

  it('stays between nothing and the full delay with full jitter', async () => {
    const policy = {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 8,
      MaxAttempts: 6,
      MaxDelaySeconds: 20,
      JitterStrategy: 'FULL',
    };
    const begun = await tries([policy], () => 'Broken');
    const delays = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
    expect(delays).toHaveLength(6);
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(Math.min(8 * 2 ** index, 20));
    }
    expect(new Set(delays).size).toBe(6);
  });

  it('counts each retrier apart, and never falls back to a later one (the example of the developer guide)', async () => {
    const errors = ['ErrorA', 'ErrorB', 'ErrorC', 'ErrorB'];
    const retry = [
      { ErrorEquals: ['ErrorA', 'ErrorB'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
      { ErrorEquals: ['ErrorC'], IntervalSeconds: 5 },
    ];
    expect(await tries(retry, (attempt) => errors[attempt])).toEqual([0, 1, 3, 8]);
  });

  it('stops at the first success and tells the attempt', async () => {
    let left = 2;
    const host = testHost({
      flaky: () => {
        left -= 1;
        if (left >= 0) throw new TaskError('Broken', 'not yet');
        return 'well';
      },
    });
    const state = task('flaky', {
      Retry: [{ ErrorEquals: ['Broken'] }],
      Output: '{% $states.context.State.RetryCount %}',
    });
    expect(await run({ T: state }, {}, host)).toEqual({ status: 'SUCCEEDED', output: 2 });
    expect(host.calls.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
    const retried = host.events.filter(({ event }) => event === 'state-retried');
    expect(retried.map(({ attempt, delaySeconds, error }) => [attempt, delaySeconds, error])).toEqual([
      [1, 1, 'Broken'],
      [2, 2, 'Broken'],
    ]);
  });

  it('retries a failing expression of the state itself', async () => {
    const state = task('fine', {
      Output: '{% $states.result.Payload.missing %}',
      Retry: [{ ErrorEquals: ['States.QueryEvaluationError'], MaxAttempts: 1 }],
    });
    const host = testHost({ fine: () => ({}) });
    expect(await run({ T: state }, {}, host)).toMatchObject({ error: 'States.QueryEvaluationError' });
    expect(host.calls).toHaveLength(2);
  });
});

describe('Catch', () => {
  const end = { Type: 'Succeed' };

  it('hands Error and Cause on, the cause being the JSON that Lambda gives', async () => {
    const state = task('bad', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'E' }] });
    const result = await run({ T: state, E: end }, {}, testHost({ bad: fails('BadRow', 'row 7 is empty') }));
    expect(result).toEqual({
      status: 'SUCCEEDED',
      output: { Error: 'BadRow', Cause: '{"errorType":"BadRow","errorMessage":"row 7 is empty"}' },
    });
  });

  it('lets the catcher read the cause with $parse, and assign', async () => {
    const Catch = [
      {
        ErrorEquals: ['BadRow'],
        Next: 'E',
        Assign: { reason: '{% $parse($states.errorOutput.Cause).errorMessage %}' },
        Output: '{% $states.input %}',
      },
    ];
    const states = { T: task('bad', { Catch }), E: { ...end, Output: ['{% $states.input %}', '{% $reason %}'] } };
    const result = await run(states, 'kept', testHost({ bad: fails('BadRow', 'row 7') }));
    expect(result).toEqual({ status: 'SUCCEEDED', output: ['kept', 'row 7'] });
  });

  it('takes the first catcher that matches, after the retries', async () => {
    const host = testHost({ bad: fails('BadRow') });
    const state = task('bad', {
      Retry: [{ ErrorEquals: ['BadRow'], MaxAttempts: 1 }],
      Catch: [
        { ErrorEquals: ['Other'], Next: 'E', Output: 'other' },
        { ErrorEquals: ['BadRow', 'States.Timeout'], Next: 'E', Output: 'second' },
        { ErrorEquals: ['States.ALL'], Next: 'E', Output: 'all' },
      ],
    });
    expect(await run({ T: state, E: end }, {}, host)).toMatchObject({ output: 'second' });
    expect(host.calls).toHaveLength(2);
  });

  it('gives errors of the Lambda service a plain cause', async () => {
    const state = task('bad', {
      Catch: [
        { ErrorEquals: ['Lambda.TooManyRequestsException'], Next: 'E', Output: '{% $states.errorOutput.Cause %}' },
      ],
    });
    const host = testHost({ bad: fails('Lambda.TooManyRequestsException', 'Rate exceeded') });
    expect(await run({ T: state, E: end }, {}, host)).toMatchObject({ output: 'Rate exceeded' });
  });

  it('fails the state when the catcher’s own Output fails', async () => {
    const state = task('bad', {
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'E', Output: '{% $states.errorOutput.Nope %}' }],
    });
    const result = await run({ T: state, E: end }, {}, testHost({ bad: fails('BadRow') }));
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError', state: 'T' });
    expect(result).toHaveProperty(
      'cause',
      expect.stringContaining("the field 'Catch[0]/Output' returned nothing (undefined)."),
    );
  });

  it('reports the innermost state of an uncaught error', async () => {
    const states = {
      P: { Type: 'Parallel', Branches: [{ StartAt: 'Inner', States: { Inner: task('bad') } }], End: true },
    };
    expect(await run(states, {}, testHost({ bad: fails('BadRow') }))).toMatchObject({
      error: 'BadRow',
      state: 'Inner',
    });
  });
});
