import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../lib/local/asl/system-clock.ts';
import { fails, run, secondsSince, task, testHost } from './harness.ts';

afterEach(() => void vi.useRealTimers());

describe('stopping an execution', () => {
  it.each([
    ['a Wait', { S: { Type: 'Wait', Seconds: 3600, End: true } }],
    ['a retry', { S: task('bad', { Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 3600 }] }) }],
    [
      'a Map',
      {
        S: {
          Type: 'Map',
          Items: [1, 2, 3],
          ItemProcessor: { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 3600, End: true } } },
          End: true,
        },
      },
    ],
    ['a Task with a time limit', { S: task('slow', { TimeoutSeconds: 3600 }) }],
  ])('ends %s in real time at once, and leaves no timer', async (_title, states) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const host = testHost({
      bad: fails('Broken'),
      slow: (_payload, context) =>
        new Promise((_resolve, reject) => context.signal.addEventListener('abort', () => reject(new Error('stopped')))),
    });
    const controller = new AbortController();
    const running = run(states, {}, { ...host, clock: systemClock() }, { signal: controller.signal });
    while (vi.getTimerCount() === 0) await eventLoopTurn();
    controller.abort(new Error('the user stopped it'));
    expect(await running).toEqual({ status: 'ABORTED', cause: 'the user stopped it' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('starts nothing when the signal is aborted already', async () => {
    const host = testHost({ fine: () => 1 });
    expect(await run({ T: task('fine') }, {}, host, { signal: AbortSignal.abort() })).toMatchObject({
      status: 'ABORTED',
    });
    expect(host.calls).toEqual([]);
  });

  it('waits until functions that run have ended', async () => {
    const controller = new AbortController();
    let ended = false;
    const host = testHost({
      slow: async () => {
        controller.abort();
        await new Promise((resolve) => setTimeout(resolve, 30));
        ended = true;
      },
    });
    expect(await run({ T: task('slow') }, {}, host, { signal: controller.signal })).toMatchObject({
      status: 'ABORTED',
    });
    expect(ended).toBe(true);
  });

  it('is not caught', async () => {
    const controller = new AbortController();
    const host = testHost({ stop: () => controller.abort() });
    const states = {
      T: task('stop', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'E' }], Next: 'W' }),
      W: { Type: 'Wait', Seconds: 1, Next: 'E' },
      E: { Type: 'Succeed' },
    };
    expect(await run(states, {}, host, { signal: controller.signal })).toMatchObject({ status: 'ABORTED' });
  });
});

describe('TimeoutSeconds of the machine', () => {
  it('ends the execution as timed out', async () => {
    const host = testHost();
    const states = { W: { Type: 'Wait', Seconds: 100, Next: 'V' }, V: { Type: 'Wait', Seconds: 100, End: true } };
    expect(await run(states, {}, host, { top: { TimeoutSeconds: 150 } })).toEqual({
      status: 'TIMED_OUT',
      error: 'States.Timeout',
      cause: 'The execution did not end within 150 s.',
      state: undefined,
    });
    expect(secondsSince(host.clock)).toBe(150);
  });

  it('leaves one that ends in time alone', async () => {
    const states = { W: { Type: 'Wait', Seconds: 100, End: true } };
    expect(await run(states, {}, testHost(), { top: { TimeoutSeconds: 101 } })).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('events', () => {
  it('tell what happened, with times and attempts', async () => {
    let left = 1;
    const host = testHost({
      flaky: async (_payload, context, clock) => {
        await clock.sleep(2000, context.signal);
        left -= 1;
        return left >= 0 ? fails('Broken')() : 1;
      },
    });
    await run({ T: task('flaky', { Retry: [{ ErrorEquals: ['Broken'] }] }) }, {}, host);
    expect(
      host.events.map(({ event, at, state, attempt, error }) => [
        event,
        at.toISOString().slice(14, 19),
        state,
        attempt,
        error,
      ]),
    ).toEqual([
      ['execution-started', '00:00', undefined, undefined, undefined],
      ['state-entered', '00:00', 'T', 0, undefined],
      ['state-retried', '00:02', 'T', 1, 'Broken'],
      ['state-exited', '00:05', 'T', 1, undefined],
      ['execution-succeeded', '00:05', undefined, undefined, undefined],
    ]);
  });
});
