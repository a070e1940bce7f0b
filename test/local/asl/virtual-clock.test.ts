import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulatedClock, virtualClock } from '../../../lib/local/asl/virtual-clock.ts';
import { START } from './harness.ts';

const never = new AbortController().signal;

describe('virtualClock', () => {
  it('moves time by sleeps only, and takes no real time for it', async () => {
    const clock = virtualClock(START);
    const began = performance.now();
    await clock.sleep(14 * 24 * 3600 * 1000, never);
    expect(clock.now().toISOString()).toBe('2030-01-15T00:00:00.000Z');
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('takes an offset and gives it back', async () => {
    const clock = virtualClock(START, 60_000);
    expect(clock.now().toISOString()).toBe('2030-01-01T00:01:00.000Z');
    await clock.sleep(1000, never);
    await clock.advance(500);
    expect(clock.offset()).toBe(61_500);
    expect(virtualClock(START, clock.offset()).now()).toEqual(clock.now());
  });

  it('wakes sleepers in the order of their due times, those of one time in the order they came', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 });
    const property = fc.asyncProperty(delays, async (list) => {
      const clock = virtualClock(START);
      const woken: number[] = [];
      const times: number[] = [];
      await Promise.all(
        list.map(async (ms, index) => {
          await clock.sleep(ms, never);
          woken.push(index);
          times.push(clock.now().getTime() - START.getTime());
        }),
      );
      const expected = list
        .map((ms, index) => ({ ms, index }))
        .sort((left, right) => left.ms - right.ms || left.index - right.index);
      expect(woken).toEqual(expected.map(({ index }) => index));
      expect(times).toEqual(expected.map(({ ms }) => ms));
    });
    await fc.assert(property, { seed: 42, numRuns: 50 });
  });

  it('lets children that sleep by turns interleave', async () => {
    const clock = virtualClock(START);
    const log: string[] = [];
    const child = async (name: string, ms: number, times: number) => {
      for (let n = 0; n < times; n += 1) {
        await clock.sleep(ms, never);
        log.push(`${name}${clock.now().getTime() - START.getTime()}`);
      }
    };
    await Promise.all([child('a', 30, 3), child('b', 40, 2)]);
    expect(log).toEqual(['a30', 'b40', 'a60', 'b80', 'a90']);
  });

  it('stands still while work runs, and moves on when the work itself sleeps', async () => {
    const clock = virtualClock(START);
    const elapsed = () => clock.now().getTime() - START.getTime();
    const waiting = clock.sleep(10_000, never);
    const seen = await clock.busy(async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const before = elapsed();
      await clock.sleep(1000, never);
      return [before, elapsed()];
    });
    expect(seen).toEqual([0, 1000]);
    await waiting;
    expect(elapsed()).toBe(10_000);
  });

  it('fires a time limit when time comes there, but never moves time for it', async () => {
    const clock = virtualClock(START);
    const controller = new AbortController();
    let fired = false;
    const limit = clock.deadline(5000, controller.signal).then(() => {
      fired = true;
    });
    await clock.sleep(4000, never);
    expect(fired).toBe(false);
    await clock.sleep(2000, never);
    await limit;
    expect(fired).toBe(true);
    controller.abort();
  });

  it('rejects an aborted sleep with the reason, and forgets it', async () => {
    const clock = virtualClock(START);
    const controller = new AbortController();
    const held = clock.busy(() => new Promise((resolve) => setTimeout(resolve, 20)));
    const sleeping = clock.sleep(5000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await held;
    await clock.sleep(1, never);
    expect(clock.now().getTime() - START.getTime()).toBe(1);
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow('enough');
  });
});

describe('simulatedClock', () => {
  it('moves a shared source on, and never shows an earlier time than before', async () => {
    let time = 1000;
    const advanced: number[] = [];
    const clock = simulatedClock({
      now: () => new Date(time),
      advance: async (ms) => {
        advanced.push(ms);
        time += ms;
      },
    });
    await clock.sleep(500, never);
    expect([clock.now().getTime(), advanced]).toEqual([1500, [500]]);
    time = 700;
    expect(clock.now().getTime()).toBe(1500);
  });

  it('fails the sleeps when its source cannot be moved', async () => {
    const clock = simulatedClock({
      now: () => START,
      advance: () => Promise.reject(new Error('disk full')),
    });
    await expect(clock.sleep(5, never)).rejects.toThrow('disk full');
  });
});
