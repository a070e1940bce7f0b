import { expect, it } from 'vitest';
import { newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

it.each([
  ['finds the job that an earlier attempt may have made, and cancels it', 20, 'cancelled', 1],
  ['ends when that attempt made none', null, 'cancelled', 0],
])('a run that is cancelled %s', async (_what, afterSeconds, status, jobs) => {
  const world = await newMemoryWorld({ 'train.csv': tableOf(12) });
  world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds });
  world.before = (step) => {
    if (step === 'submit' && world.provider.creates.length > 0) throw new Error('killed');
  };
  const failed = await runInMemory(world);
  expect(failed.status).toBe('failed');
  world.before = () => {};
  const cancelled = await runInMemory(world, { control: { word: 'cancel', run: failed.run } });
  expect({ run: cancelled.run, status: cancelled.status }).toEqual({ run: failed.run, status });
  expect(world.provider.jobs).toHaveLength(jobs);
  expect(world.provider.jobs.filter(({ cancelledAt }) => cancelledAt === null)).toEqual([]);
  expect(world.provider.creates).toHaveLength(1);
});
