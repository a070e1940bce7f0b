import { keys } from '../../../lib/storage/keys.ts';
import { makeJob } from './hostile-provider.ts';
import { judge } from './judge.ts';
import { cancelRun, liveRun, type Run } from './machine.ts';
import type { Season } from './weather.ts';
import { KEY, newWorld, note, OTHER_KEY, type Removal, violate, type World } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LONGEST_HISTORY = 10 * 24 * 60 * MINUTE;

export interface History {
  seed: number;
  violations: readonly string[];
  /** What happened, a line each. */
  log: () => string;
  /** What the history shows of the world, so that a test can tell that its worlds are not all calm. */
  jobs: number;
  ends: readonly string[];
}

/** Lives one history: a few runs, some with the same data, in the weather that the seed draws. */
export async function simulate(seed: number, season: Season, removal: Removal | null = null): Promise<History> {
  const world = newWorld(seed, season, removal);
  const runs = runsOf(world);
  if (season === 'beyond' && !world.weather.createIsIdempotent && world.random.chance(0.3)) leaveJobs(world);
  const lives = Promise.all(livesOf(world, runs)).catch((error: unknown) => violate(world, String(error)));
  const ended = await world.time.run(world.time.now() + LONGEST_HISTORY);
  if (!ended) violate(world, 'the history does not end');
  await Promise.race([lives, new Promise((resolve) => void setImmediate(resolve))]);
  await judge(world, runs);
  return {
    seed,
    violations: world.violations,
    log: () => logOf(world),
    jobs: world.jobs.length,
    ends: runs.map(({ ends }) => ends.at(-1)?.status ?? 'none'),
  };
}

function runsOf({ random, weather }: World): Run[] {
  const runs: Run[] = [{ run: 'run-1', key: KEY, day: null, ends: [] }];
  if (random.chance(0.6)) runs.push({ run: 'run-2', key: KEY, day: null, ends: [] });
  if (random.chance(0.3)) runs.push({ run: 'run-3', key: OTHER_KEY, day: null, ends: [] });
  if (weather.season === 'beyond') runs.push({ run: 'run-last', key: KEY, day: null, ends: [] });
  return runs;
}

/** What was left behind by runs whose ledger is lost: two jobs of the same data. */
function leaveJobs(world: World): void {
  const maker = { name: 'execution-0', run: 'run-0', day: null };
  for (let left = 0; left < 2; left += 1) {
    const { id } = makeJob(world, { maker, key: KEY, at: world.time.now() - world.random.between(0, 3 * SECOND) });
    note(world, 'somebody', `has left ${id}`);
  }
}

/** Everything that will be begun: the runs, the same run once more, somebody who cancels, somebody who loses the ledger. */
function livesOf(world: World, runs: readonly Run[]): Promise<void>[] {
  const { random, time, weather, calmAt } = world;
  const isBeyond = weather.season === 'beyond';
  const at = async (milliseconds: number, work: () => Promise<void>) => {
    await time.sleep(milliseconds);
    await work();
  };
  const soon = () => random.pick([0, random.between(0, 10 * SECOND), random.between(0, 5 * MINUTE)]);
  const lives: Promise<void>[] = [];
  for (const run of runs) {
    const begins = run.run === 'run-last' ? calmAt - time.now() + 30 * MINUTE : soon();
    lives.push(at(begins, () => liveRun(world, run)));
    if (random.chance(0.25)) lives.push(at(begins + soon(), () => liveRun(world, run)));
    if (!isBeyond && random.chance(0.2))
      lives.push(at(begins + random.between(0, 8 * MINUTE), () => cancelRun(world, run)));
  }
  const losses = isBeyond ? random.pick([0, 1, 3]) : 0;
  for (let loss = 0; loss < losses; loss += 1) lives.push(at(random.between(0, 40 * MINUTE), () => loseLedger(world)));
  return lives;
}

async function loseLedger(world: World): Promise<void> {
  await world.store.remove(keys.ledger(KEY));
  note(world, 'somebody', 'removes the ledger');
}

function logOf(world: World): string {
  const start = world.log[0]?.[0] ?? 0;
  return world.log
    .map(([at, who, what]) => `${((at - start) / SECOND).toFixed(3).padStart(10)} s  ${who.padEnd(26)} ${what}`)
    .concat(JSON.stringify({ limit: world.limit, jobSeconds: world.jobSeconds, ...world.weather }))
    .join('\n');
}
