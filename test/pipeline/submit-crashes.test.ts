import { describe, expect, it } from 'vitest';
import type { JobResult } from '../../lib/pipeline/poll.ts';
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
const SAMPLED_PAIRS = 800;
const SHORT_JOB_SECONDS = 200;

class Killed extends Error {}

describe('a submission that is killed', () => {
  const calls = portCalls();

  it.each<Recovery>(['new execution', 'retry'])('at any one call makes one job (%s)', async (recovery) => {
    const all = await calls;
    expect(all.length).toBeGreaterThan(25);
    expect(new Set(all)).toEqual(
      new Set(['read', 'head', 'findJobs', 'write-ledger', 'createJob', 'write', 'getJob', 'readMetrics']),
    );
    for (const index of all.keys()) {
      for (const side of SIDES) await surviveCrashes(new Map([[index, side]]), recovery);
    }
  });

  it.each<Recovery>(['new execution', 'retry'])('at any two calls makes one job (%s)', async (recovery) => {
    const { length } = await calls;
    const next = random(42);
    for (let sample = 0; sample < SAMPLED_PAIRS; sample += 1) {
      // The second death may come in the longer life after the first.
      const first = Math.floor(next() * length);
      const second = first + 1 + Math.floor(next() * length);
      const sides = [SIDES[Math.floor(next() * 3)] ?? 'before', SIDES[Math.floor(next() * 3)] ?? 'before'] as const;
      await surviveCrashes(
        new Map([
          [first, sides[0]],
          [second, sides[1]],
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
      await surviveCrashes(dying, 'new execution');
    }
  });
});

/** The ports that one calm life calls, in order. */
async function portCalls(): Promise<string[]> {
  const world = await readyWorld();
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

async function readyWorld(): Promise<World> {
  const world = newWorld();
  world.provider.jobSeconds = SHORT_JOB_SECONDS;
  await prepareRun(world, 'run-1');
  return world;
}

async function surviveCrashes(crashes: Crashes, recovery: Recovery): Promise<void> {
  const world = await readyWorld();
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

/** mulberry32: pairs are the same in every run of the suite. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
