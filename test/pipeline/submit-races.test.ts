import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JobResult } from '../../lib/pipeline/poll.ts';
import { keys } from '../../lib/storage/keys.ts';
import {
  checkHistory,
  expectOneJob,
  KEY,
  ledgerNow,
  newWorld,
  openExecution,
  pollLoop,
  prepareRun,
  START,
  submitLoop,
  type World,
} from './submission-world.ts';

const RUNS = 60;
const MINUTE = 60 * 1000;

describe('two submitters of the same data', () => {
  it.each([
    ['in step', { listLag: 60, cost: 0, idempotent: false }],
    ['each call taking its time', { listLag: 60, cost: 1, idempotent: false }],
    ['with lists that lag little', { listLag: 0, cost: 1, idempotent: false }],
    ['at a provider whose create is idempotent', { listLag: 60, cost: 1, idempotent: true }],
  ])('make one job, however their calls interleave: %s', async (_how, { listLag, cost, idempotent }) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.constantFrom('run-1', 'run-2'), fc.nat(3), async (scheduler, other, lost) => {
        const world = newWorld();
        Object.assign(world.provider, { listLag, isIdempotent: idempotent, jobSeconds: 200 });
        if (lost > 1)
          world.provider.plan = (create) =>
            create === 0 ? { does: 'loses-the-answer', afterSeconds: lost * 30 } : { does: 'creates' };
        await prepareRun(world, 'run-1');
        await prepareRun(world, 'run-2');
        const [first, second] = await interleave(world, scheduler, { runs: ['run-1', other], cost });
        checkHistory(world);
        await expectOneJob(world, first);
        await expectOneJob(world, second);
        expect(world.provider.jobs).toHaveLength(1);
        if (other === 'run-2') expect([first.adopted, second.adopted].sort()).toEqual([false, true]);
      }),
      { seed: 42, numRuns: RUNS },
    );
  });

  it('keep one living job of several that came to light at once, whichever each of them saw', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.nat(20), { minLength: 2, maxLength: 3 }),
        async (scheduler, offsets) => {
          const world = newWorld();
          world.provider.listLag = 0;
          await prepareRun(world, 'run-1');
          await prepareRun(world, 'run-2');
          // Each job shows up at another moment around the first looks.
          for (const [index, offset] of offsets.entries()) addJob(world, `job-${index}`, START + offset * 1000);
          const [first, second] = await interleave(world, scheduler, { runs: ['run-1', 'run-2'], cost: 2 });
          await expectOneJob(world, first);
          await expectOneJob(world, second);
        },
      ),
      { seed: 42, numRuns: RUNS },
    );
  });
});

describe('a process that sleeps longer than the protocol allows for', () => {
  it('between fence and create makes a second job, of which only the one in the ledger lives on', async () => {
    const world = newWorld();
    await prepareRun(world, 'run-1');
    await prepareRun(world, 'run-2');
    let asleep = true;
    world.around = async (port, apply) => {
      if (port === 'createJob' && asleep) {
        asleep = false;
        world.clock.now += 30 * MINUTE;
        await submitLoop(world, openExecution(world), { run: 'run-2' });
      }
      return apply();
    };
    await submitLoop(world, openExecution(world));
    expect(world.provider.live(KEY)).toHaveLength(2);
    const { result } = await pollLoop(world, openExecution(world));
    await expectOneJob(world, result);
    expect(result).toMatchObject({ id: 'job-1', duplicatesCancelled: ['job-2'] });
    const other = await pollLoop(world, openExecution(world), { run: 'run-2' });
    expect(other.result).toMatchObject({ id: 'job-1', state: 'succeeded' });
  });

  it('between look and note does not choose another job than the run that was faster', async () => {
    const world = newWorld();
    for (const run of ['run-0', 'run-1', 'run-2']) await prepareRun(world, run);
    world.around = (port, apply) => (port === 'createJob' ? Promise.reject(new Error('killed')) : apply());
    await expect(submitLoop(world, openExecution(world), { run: 'run-0' })).rejects.toThrow('killed');
    world.clock.now += 30 * MINUTE;
    world.provider.listLag = 0;
    addJob(world, 'job-young', START + 2000);
    world.around = async (port, apply) => {
      if (port !== 'write-ledger') return apply();
      world.around = (_port, inner) => inner();
      addJob(world, 'job-old', START + 1000);
      await submitLoop(world, openExecution(world), { run: 'run-2' });
      return apply();
    };
    await submitLoop(world, openExecution(world), { run: 'run-1' });
    const first = await pollLoop(world, openExecution(world), { run: 'run-1' });
    const second = await pollLoop(world, openExecution(world), { run: 'run-2' });
    expect([first.result?.id, second.result?.id]).toEqual(['job-old', 'job-old']);
    await expectOneJob(world, second.result);
  });

  describe('two runs whose ledger gets lost', () => {
    let world: World;
    beforeEach(async () => {
      world = newWorld();
      world.provider.listLag = 20 * 60;
      world.provider.jobSeconds = 24 * 3600;
      await prepareRun(world, 'run-1');
      await prepareRun(world, 'run-2');
      await submitLoop(world, openExecution(world));
      await world.store.remove(keys.ledger(KEY));
      // The list does not show the first job yet.
      await submitLoop(world, openExecution(world), { run: 'run-2' });
      world.clock.now += 30 * MINUTE;
    });

    it('leave the job that the ledger names when it was written anew', async () => {
      const first = await pollLoop(world, openExecution(world));
      const second = await pollLoop(world, openExecution(world), { run: 'run-2' });
      await expectOneJob(world, first.result);
      await expectOneJob(world, second.result);
      expect(first.result).toMatchObject({ id: 'job-2', adopted: true, duplicatesCancelled: ['job-1'] });
    });

    it('leave the oldest job when it stays lost', async () => {
      await world.store.remove(keys.ledger(KEY));
      const second = await pollLoop(world, openExecution(world), { run: 'run-2' });
      const first = await pollLoop(world, openExecution(world));
      expect(world.provider.live(KEY).map(({ id }) => id)).toEqual(['job-1']);
      expect([first.result?.id, second.result?.id]).toEqual(['job-1', 'job-1']);
    });
  });

  it('after its create notes nothing over what another has noted', async () => {
    const world = newWorld();
    world.provider.listLag = 10 * 60 * 60;
    await prepareRun(world, 'run-1');
    await prepareRun(world, 'run-2');
    let asleep = true;
    world.around = async (port, apply) => {
      const answer = await apply();
      if (port === 'createJob' && asleep) {
        asleep = false;
        world.clock.now += 30 * MINUTE;
        await submitLoop(world, openExecution(world), { run: 'run-2' });
      }
      return answer;
    };
    await submitLoop(world, openExecution(world));
    expect(await ledgerNow(world)).toMatchObject({ state: 'submitted', run: 'run-2', job: 'job-2' });
    world.provider.listLag = 0;
    const { result } = await pollLoop(world, openExecution(world));
    await expectOneJob(world, result);
    expect(result).toMatchObject({ id: 'job-2', adopted: true, duplicatesCancelled: ['job-1'] });
  });
});

function addJob(world: World, id: string, acceptedAt: number): void {
  world.provider.jobs.push({ id, key: KEY, acceptedAt, endsAt: acceptedAt + 60 * MINUTE, cancelledAt: null });
}

/** Runs two executions whose every port call waits for its turn; time moves when all of them sleep, and with each call. */
async function interleave(
  world: World,
  scheduler: fc.Scheduler,
  { runs, cost }: { runs: readonly [string, string]; cost: number },
): Promise<[JobResult, JobResult]> {
  const sleepers: { due: number; wake: () => void }[] = [];
  const sleep = (seconds: number) =>
    new Promise<void>((resolve) => {
      sleepers.push({ due: world.clock.now + seconds * 1000, wake: resolve });
    });
  world.around = async (port, apply) => {
    await scheduler.schedule(Promise.resolve(), port);
    world.clock.now += cost * 1000;
    const answer = await apply();
    // The answer comes later than the deed.
    await scheduler.schedule(Promise.resolve(), `${port} answered`);
    return answer;
  };
  let living = runs.length;
  const lives = runs.map(async (run) => {
    try {
      const services = openExecution(world);
      await submitLoop(world, services, { run, sleep });
      return (await pollLoop(world, services, { run, sleep })).result;
    } finally {
      living -= 1;
    }
  });
  const settled = Promise.allSettled(lives);
  while (living > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    if (scheduler.count() > 0) await scheduler.waitOne();
    else wakeNext(world, sleepers);
  }
  await settled;
  const [first, second] = await Promise.all(lives);
  if (!first || !second) throw new Error('a run has no result');
  return [first, second];
}

function wakeNext(world: World, sleepers: { due: number; wake: () => void }[]): void {
  sleepers.sort((left, right) => left.due - right.due);
  const next = sleepers.shift();
  if (next === undefined) return;
  world.clock.now = Math.max(world.clock.now, next.due);
  next.wake();
}
