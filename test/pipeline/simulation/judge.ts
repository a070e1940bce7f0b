import { type LedgerEntry, ledgerEntrySchema } from '../../../lib/pipeline/ledger.ts';
import { keys } from '../../../lib/storage/keys.ts';
import { readJson } from '../../../lib/storage/object-store.ts';
import { stateOf } from './hostile-provider.ts';
import type { End, Run } from './machine.ts';
import { KEY, type SimulatedJob, violate, type World } from './world.ts';

/** What must hold when everything has ended. */
export async function judge(world: World, runs: readonly Run[]): Promise<void> {
  for (const { run, ends } of runs) if (ends.length === 0) violate(world, `${run} has no end`);
  if (world.weather.season === 'beyond') return judgeSwept(world, runs);
  for (const key of new Set(runs.map((run) => run.key))) {
    await judgeKey(
      world,
      key,
      runs.filter((run) => run.key === key),
    );
  }
  if (world.limit !== null) for (const job of world.jobs) await judgeMoney(world, job);
}

/** Within the protocol's bounds there is one job at most, the ledger names it, and so does every run that has a job. */
async function judgeKey(world: World, key: string, runs: readonly Run[]): Promise<void> {
  const jobs = world.jobs.filter((job) => job.key === key);
  const ids = jobs.map(({ id }) => id);
  if (jobs.length > 1) violate(world, `${jobs.length} jobs were paid: ${ids.join(', ')}`);
  const entry = await readJson(world.store, keys.ledger(key), (value) => ledgerEntrySchema.parse(value));
  for (const id of ids) {
    if (id !== jobOf(entry)) violate(world, `${id} is not in the ledger: ${entry?.state ?? 'empty'}`);
  }
  for (const { run, ends } of runs) {
    const end = ends.at(-1);
    if (end?.status === 'succeeded' && end.result?.id !== ids[0]) violate(world, `${run} names another job`);
    if (end?.status === 'cancelled') judgeCancelled(world, run, end);
  }
  judgeAdopted(world, runs, jobs[0]);
}

function jobOf(entry: LedgerEntry | null): string | null {
  return entry?.state === 'submitted' ? entry.job : null;
}

/** A run that was cancelled leaves nothing behind that runs, or will. */
function judgeCancelled(world: World, run: string, { at }: End): void {
  if (!world.cancelled.has(run)) return;
  for (const job of world.jobs.filter(({ maker }) => maker.run === run)) {
    const over = Math.min(job.cancelledAt ?? Number.POSITIVE_INFINITY, job.endsAt);
    if (job.acceptedAt > at || over > at) violate(world, `${run} was cancelled, and left ${job.id} running`);
  }
}

/** The run that made the job paid for it, and every other has adopted it. Of many idempotent creates nobody can tell which was the one: one has paid. */
function judgeAdopted(world: World, runs: readonly Run[], job: SimulatedJob | undefined): void {
  const told = runs.flatMap(({ run, ends }) => {
    const end = ends.at(-1);
    return end?.status === 'succeeded' && end.result !== null ? [{ run, adopted: end.result.adopted }] : [];
  });
  const payers = told.filter(({ adopted }) => !adopted);
  if (payers.length > 1) violate(world, `${payers.length} runs say that they paid`);
  if (world.weather.createIsIdempotent && runs.length > 1) return;
  for (const { run, adopted } of told) {
    if (adopted !== (job?.maker.run !== run))
      violate(world, `${run} says adopted: ${adopted}, and ${job?.maker.run} made the job`);
  }
}

async function judgeMoney(world: World, { id, key, maker: { day } }: SimulatedJob): Promise<void> {
  const noted =
    day === null ? null : await readJson(world.store, keys.spend('simulated', day), (value) => JSON.stringify(value));
  if (noted?.includes(key) !== true) violate(world, `${id} was paid, and no day's note counts it`);
}

/** Beyond the bounds a second job may be made. After the last run's sweep one is left, and that run names it. */
function judgeSwept(world: World, runs: readonly Run[]): void {
  const living = world.jobs.filter((job) => job.key === KEY && stateOf(world, job) !== 'cancelled');
  const last = runs.find(({ run }) => run === 'run-last')?.ends.at(-1);
  if (living.length > 1) violate(world, `${living.map(({ id }) => id).join(', ')} live on`);
  if (last?.status !== 'succeeded' || last.result?.id !== living[0]?.id)
    violate(
      world,
      `the last run says ${last?.status} ${last?.result?.id ?? ''}, and ${living[0]?.id ?? 'no job'} lives`,
    );
}
