import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlots } from '../../lib/media/download-slots.ts';

describe('createSlots', () => {
  it('runs as many as allowed in each group, never more, whatever fails', async () => {
    const task = fc.record({
      group: fc.constantFrom('a', 'b'),
      ticks: fc.integer({ min: 1, max: 3 }),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(task, { maxLength: 20 }), async (most, tasks) => {
        const slots = createSlots(most);
        const running = { a: 0, b: 0 };
        const highest = { a: 0, b: 0 };
        const results = await Promise.allSettled(
          tasks.map(({ group, ticks, fails }) =>
            slots(group, async () => {
              running[group] += 1;
              highest[group] = Math.max(highest[group], running[group]);
              for (let tick = 0; tick < ticks; tick += 1) await setImmediate();
              running[group] -= 1;
              if (fails) throw new Error('failed');
            }),
          ),
        );
        expect(results.map(({ status }) => status === 'rejected')).toEqual(tasks.map(({ fails }) => fails));
        for (const group of ['a', 'b'] as const) {
          const count = tasks.filter((each) => each.group === group).length;
          expect(highest[group]).toBe(Math.min(most, count));
        }
      }),
      { seed: 42 },
    );
  });

  it('takes turns in order, and gives a place to the next alone', async () => {
    const slots = createSlots(1);
    const order: number[] = [];
    let running = 0;
    const run = (number: number) =>
      slots('a', async () => {
        running += 1;
        expect(running).toBe(1);
        order.push(number);
        await sleep(1);
        running -= 1;
      });
    const first = [run(1), run(2)];
    await first[0];
    await Promise.all([...first, run(3), run(4)]);
    expect(order).toEqual([1, 2, 3, 4]);
  });
});
