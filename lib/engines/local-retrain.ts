import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '../domain/history.ts';
import type { JobPlan } from '../domain/job-plan.ts';
import { range } from '../domain/money.ts';
import type { Report } from '../domain/report.ts';
import type { Claim, RunStatus } from '../domain/run.ts';
import { listClaims } from '../pipeline/claims.ts';
import { readDecisions } from '../pipeline/decisions.ts';
import { keys } from '../storage/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { BEGIN_WITHIN_MS, DEPLOYED, LOOK_MS } from './deployed-machine.ts';
import { type LocalResult, runLocal } from './local.ts';
import { type Asked, readAsked } from './local-asked.ts';
import type { LocalOptions } from './local-options.ts';
import { openResults } from './local-stores.ts';
import { UsageError } from './usage-error.ts';

type Following = Pick<LocalOptions, 'out' | 'results' | 'progress' | 'log' | 'signal'>;

/** Which dataset is to follow its data now, and where its results lie. */
export interface RetrainOptions extends Following {
  dataset: string;
  /** Only tell what would be done. */
  dryRun?: boolean;
  /** How long a deployed machine may take to begin; ten minutes by default. */
  beginWithinMs?: number;
}

/** What came of it; a dry run decides nothing. */
export type Retrained = Pick<Decision, 'decision' | 'reason' | 'run'> & {
  dataset: string;
  dryRun: boolean;
  /** How the run ended, where it was made here. */
  ended?: { report: Report; status: RunStatus };
};

/** Trains a dataset again if there is anything new to train on: here where its runs were made here, else where they are deployed. */
export async function retrainLocal(options: RetrainOptions): Promise<Retrained> {
  const { dataset, dryRun = false } = options;
  const { store: results, close } = await openResults(options.out, options.results);
  try {
    const newest = await newestRun(results, dataset);
    if (newest.holder.host === DEPLOYED) {
      if (dryRun)
        throw new UsageError('what a deployed machine would do cannot be told from here; leave out --dry-run.');
      return { dataset, dryRun, ...(await askDeployed(results, options, newest)) };
    }
    const asked = await askedHere(results, dataset, newest);
    if (dryRun) return { dataset, dryRun, ...(await foresee(options, asked)) };
    const { report, ended } = await trainAgain(options, asked, { by: 'hand' });
    return { dataset, dryRun, ...(await lastDecision(results, dataset)), ended: { report, status: ended } };
  } finally {
    close();
  }
}

/** Runs the drop again as it was asked for on this machine. A duplicate is an answer, not a fault. */
export function trainAgain(
  following: Following,
  { host: _host, ...how }: Asked,
  { by, command = 'run' }: NonNullable<LocalOptions['retrain']> & { command?: 'run' | 'check' },
): Promise<LocalResult> {
  return runLocal({ ...how, ...followingOf(following), command, retrain: { by } });
}

/** The newest word on a dataset. */
export async function lastDecision(
  results: ObjectStore,
  dataset: string,
): Promise<Pick<Decision, 'decision' | 'reason' | 'run'>> {
  const last = (await readDecisions(results, dataset)).at(-1);
  if (last === undefined) throw new UsageError(`nothing was decided about "${dataset}".`);
  const { decision, reason, run } = last;
  return { decision, reason, run };
}

/** What a training now would be, from the plan that a check makes of the drop as it is. */
async function foresee(options: RetrainOptions, asked: Asked): Promise<Pick<Retrained, 'decision' | 'reason' | 'run'>> {
  const { report, plan } = await runLocal({ ...asked, command: 'check', anew: true, ...followingOf(options) });
  const run = plan?.run ?? report.run;
  if (plan === null) return { decision: 'refused', reason: report.message, run };
  return { ...foreseen(plan, report.message), run };
}

function foreseen({ held, cost, targets }: JobPlan, message: string): Pick<Retrained, 'decision' | 'reason'> {
  const sound = targets.filter(({ verdict }) => verdict !== 'refused');
  const fresh = sound.filter(({ job }) => job === null);
  if (sound.length === 0) return { decision: 'refused', reason: message };
  if (fresh.length === 0)
    return { decision: 'skipped', reason: 'nothing is new: these data and settings have their jobs already' };
  if (held !== null) return { decision: 'held', reason: held };
  return {
    decision: 'submitted',
    reason: `would be trained at ${fresh.map(({ name }) => name).join(', ')} for ${range(cost)}`,
  };
}

/** Where the results lie and who follows the run, without what is about retraining. */
function followingOf({ out, results, progress, log, signal }: Following): Following {
  return {
    out,
    ...(results === undefined ? {} : { results }),
    ...(progress === undefined ? {} : { progress }),
    ...(log === undefined ? {} : { log }),
    ...(signal === undefined ? {} : { signal }),
  };
}

async function newestRun(results: ObjectStore, dataset: string): Promise<Claim> {
  let newest: Claim | null = null;
  for await (const claim of listClaims(results, dataset))
    if (claim.command === 'run' && (newest === null || claim.startedAt > newest.startedAt)) newest = claim;
  if (newest !== null) return newest;
  throw new UsageError(
    `"${dataset}" has no run yet. Name where its results are with --out DIR or --results s3://bucket, or run it first.`,
  );
}

async function askedHere(results: ObjectStore, dataset: string, { run, holder }: Claim): Promise<Asked> {
  const asked = await readAsked(results, { dataset, run });
  if (asked !== null) return asked;
  throw new UsageError(
    `the last run of "${dataset}" was started on another machine (${holder.host}); retrain it there.`,
  );
}

/** A deployed machine takes up what is written where its results lie, and says what came of it in the same place. */
async function askDeployed(
  results: ObjectStore,
  { dataset, signal, beginWithinMs = BEGIN_WITHIN_MS }: RetrainOptions,
  { run }: Claim,
): Promise<Pick<Decision, 'decision' | 'reason' | 'run'>> {
  const before = new Set((await readDecisions(results, dataset)).map(({ execution }) => execution));
  await results.write(keys.control(dataset, run, 'retrain'), '{}\n', { contentType: 'application/json' });
  const begun = Date.now();
  for (;;) {
    const told = (await readDecisions(results, dataset)).findLast(
      ({ by, execution }) => by === 'hand' && !before.has(execution),
    );
    if (told !== undefined) return { decision: told.decision, reason: told.reason, run: told.run };
    if (!(await isUnderWay(results, dataset)) && Date.now() - begun > beginWithinMs)
      throw new UsageError(
        `the retraining of "${dataset}" has not begun; look at the executions of the state machine (docs/operations.md).`,
      );
    await sleep(LOOK_MS, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw new UsageError('stopped waiting. The retraining goes on; finedrop models tells what came of it.');
    });
  }
}

async function isUnderWay(results: ObjectStore, dataset: string): Promise<boolean> {
  for await (const { status } of listClaims(results, dataset)) if (status === 'running') return true;
  return false;
}
