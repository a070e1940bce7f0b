import { describe, expect, it } from 'vitest';
import { keys } from '../../lib/storage/keys.ts';
import { newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';
import { newWorld, openExecution, prepareRun, submitLoop } from './submission-world.ts';

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

describe('a call of submit that outlives its execution', () => {
  const ended = { run: 'run-1', command: 'run', generation: 0, attempt: 1, startedAt: '1' } as const;
  const holder = { execution: 'execution-1', host: 'host', pid: 1, startedAt: '1' };

  it.each([
    ['was cancelled', { status: 'running', cancel: true }],
    ['has ended', { status: 'failed' }],
    ['was taken over by another', { status: 'running', holder: { ...holder, execution: 'execution-2' } }],
  ])('begins no job when the run %s while it wrote its intent', async (_what, change) => {
    const world = newWorld();
    await prepareRun(world, 'run-1');
    world.around = async (port, apply) => {
      const answer = await apply();
      if (port === 'write-ledger')
        await world.store.write(keys.claim('museum', 'run-1'), JSON.stringify({ ...ended, holder, ...change }));
      return answer;
    };
    expect(await submitLoop(world, openExecution(world))).toEqual({ submitted: false, waits: [1, 15] });
    expect(world.provider.creates).toEqual([]);
  });
});
