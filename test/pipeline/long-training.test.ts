import { describe, expect, it } from 'vitest';
import { newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const DAY_SECONDS = 24 * 3600;

/** The interpreter counts events as Step Functions does, and fails an execution that has more than 25,000 of them. */
describe('a job that trains for 14 days', () => {
  it.each([
    ['never', 0],
    ['once', 1],
    ['twice', 2],
  ])(
    'fits the history of its execution when each look fails %s',
    async (_how, failures) => {
      const world = await newMemoryWorld({ 'train.csv': tableOf(12) });
      world.provider.jobSeconds = 13.9 * DAY_SECONDS;
      let looks = 0;
      world.before = (step) => {
        if (step !== 'poll') return;
        looks += 1;
        if (looks % (failures + 1) !== 0) throw new Error('the store is away');
      };
      const { status, report } = await runInMemory(world);
      expect({ status, message: report?.message }).toEqual({ status: 'completed', message: expect.any(String) });
      expect(looks).toBeGreaterThan(700 * (failures + 1));
      const days = (world.clock.now().getTime() - Date.parse('2026-11-23T09:00:00Z')) / (DAY_SECONDS * 1000);
      expect(days).toBeGreaterThan(13.9);
      expect(days).toBeLessThan(14);
    },
    20_000,
  );

  it('fits it, too, after a day in which the provider took no job', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(12) });
    world.provider.jobSeconds = 13 * DAY_SECONDS;
    world.provider.plan = () =>
      world.clock.now().getTime() < Date.parse('2026-11-24T08:00:00Z')
        ? { does: 'is-full', afterSeconds: 1 }
        : { does: 'creates' };
    const { status } = await runInMemory(world);
    expect({ status, tries: world.provider.creates.length > 100 }).toEqual({ status: 'completed', tries: true });
  }, 20_000);
});
