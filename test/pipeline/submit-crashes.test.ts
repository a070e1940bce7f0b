import { describe, expect, it } from 'vitest';
import type { JobResult } from '../../lib/pipeline/poll.ts';
import { loadProvider, PROVIDER_NAMES } from '../../lib/providers/registry.ts';
import { randomOf } from './simulation/random.ts';
import {
  checkHistory,
  expectOneJob,
  newWorld,
  openExecution,
  pollLoop,
  prepareRun,
  submitLoop,
  type World,
} from './submission-world.ts';

/**
 * What goes wrong at one call of a port. `before`: the process dies, the call never happened. `after`: it happened, and
 * the process dies. `late`: it dies while its create is on the way, which the provider accepts as late as it can.
 */
type Side = 'before' | 'after' | 'late';
type Crashes = ReadonlyMap<number, Side>;

/** A machine's retry comes with the same execution and cursor; a new execution begins again. */
type Recovery = 'new execution' | 'retry';

const LATEST_ACCEPTANCE_SECONDS = 90;
const SIDES: readonly Side[] = ['before', 'after', 'late'];
const SAMPLED_PAIRS = 200;
const SHORT_JOB_SECONDS = 200;

class Killed extends Error {}

const RECOVERIES: readonly Recovery[] = ['new execution', 'retry'];

describe.each(PROVIDER_NAMES)('a submission to %s that is killed', (provider) => {
  const calls = portCalls(provider);

  it.each(RECOVERIES)('at any one call makes one job (%s)', async (recovery) => {
    const all = await calls;
    expect(all.length).toBeGreaterThan(25);
    expect(new Set(all)).toEqual(
      new Set(['read', 'head', 'findJobs', 'write-ledger', 'createJob', 'write', 'getJob', 'readMetrics']),
    );
    for (const index of all.keys()) {
      for (const side of SIDES) await surviveCrashes(provider, new Map([[index, side]]), recovery);
    }
  });

  it.each(RECOVERIES)('at any two calls makes one job (%s)', async (recovery) => {
    const { length } = await calls;
    const random = randomOf(42);
    const side = () => random.pick(['before', 'after', 'late'] as const);
    for (let sample = 0; sample < SAMPLED_PAIRS; sample += 1) {
      // The second death may come in the longer life after the first.
      const first = random.between(0, length - 1);
      const second = first + random.between(1, length);
      await surviveCrashes(
        provider,
        new Map([
          [first, side()],
          [second, side()],
        ]),
        recovery,
      );
    }
  });

  it('at every call of its first two lives in turn makes one job', async () => {
    for (let start = 0; start < 20; start += 1) {
      const dying = new Map(
        Array.from({ length: 12 }, (_, step) => [start + step * 3, SIDES[(start + step) % 2] ?? 'before']),
      );
      await surviveCrashes(provider, dying, 'new execution');
    }
  });
});

/** The ports that one calm life calls, in order. */
async function portCalls(provider: string): Promise<string[]> {
  const world = await readyWorld(provider);
  const calls: string[] = [];
  world.around = (port, apply) => {
    calls.push(port);
    return apply();
  };
  const services = openExecution(world);
  await submitLoop(world, services);
  await pollLoop(world, services);
  return calls;
}

/** The provider is simulated; whether it can be asked twice for one job is its real one's word. */
async function readyWorld(provider: string): Promise<World> {
  const world = newWorld();
  world.provider.isIdempotent = (await loadProvider(provider))?.createIsIdempotent === true;
  world.provider.jobSeconds = SHORT_JOB_SECONDS;
  await prepareRun(world, 'run-1');
  return world;
}

async function surviveCrashes(provider: string, crashes: Crashes, recovery: Recovery): Promise<void> {
  const world = await readyWorld(provider);
  let call = -1;
  world.around = async (port, apply) => {
    call += 1;
    const side = crashes.get(call);
    if (side === undefined) return apply();
    if (side === 'late' && port === 'createJob') {
      const before = world.provider.plan;
      world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds: LATEST_ACCEPTANCE_SECONDS });
      await apply();
      world.provider.plan = before;
    } else if (side !== 'before') {
      await apply();
    }
    throw new Killed();
  };
  const result = await liveOn(world, recovery);
  try {
    checkHistory(world);
    await expectOneJob(world, result);
    expect(world.provider.jobs, 'nothing was paid twice').toHaveLength(1);
    expect(result?.adopted, 'the run created it').toBe(false);
  } catch (error) {
    throw new Error(`killed at ${JSON.stringify([...crashes])}`, { cause: error });
  }
}

/** Runs submit and poll to the end, however often they are killed. */
async function liveOn(world: World, recovery: Recovery): Promise<JobResult | null> {
  const isKilled = (error: unknown) => error instanceof Killed;
  const retries = (error: unknown) => recovery === 'retry' && isKilled(error);
  for (;;) {
    try {
      const services = openExecution(world);
      await submitLoop(world, services, { retries });
      return (await pollLoop(world, services, { retries })).result;
    } catch (error) {
      if (!isKilled(error)) throw error;
      world.clock.now += 1000;
    }
  }
}
