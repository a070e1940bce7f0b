import { setTimeout as sleep } from 'node:timers/promises';
import { reportSchema } from '../domain/report.ts';
import type { Claim } from '../domain/run.ts';
import { cancelClaim, findClaim, listClaims } from '../pipeline/claims.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson } from '../storage/object-store.ts';
import { BEGIN_WITHIN_MS, DEPLOYED, LOOK_MS } from './deployed-machine.ts';
import { type LocalResult, placeOf, readJobPlan, runLocal } from './local.ts';
import { type Asked, readAsked } from './local-asked.ts';
import { isHeldHere } from './local-environment.ts';
import type { LocalOptions } from './local-options.ts';
import { openResults } from './local-stores.ts';
import { UsageError } from './usage-error.ts';

/** A decision about a run that stands in the results. */
export interface ControlOptions extends Pick<LocalOptions, 'out' | 'results' | 'progress' | 'log' | 'signal'> {
  word: 'approve' | 'cancel';
  dataset: string;
  /** The newest run that the decision can be about, when left out. */
  run?: string;
  /** How long a deployed machine may take to begin; ten minutes by default. */
  beginWithinMs?: number;
}

interface Deciding {
  options: ControlOptions;
  results: ObjectStore;
  claim: Claim;
}

/** Approves or cancels a run, and waits for its end: of a run of this machine here, of a deployed one there. */
export async function controlRun(options: ControlOptions): Promise<LocalResult> {
  const { store: results, close } = await openResults(options.out, options.results);
  try {
    const claim = await chooseRun(results, options);
    const deciding = { options, results, claim };
    return await (options.word === 'approve' ? approve(deciding) : cancel(deciding));
  } finally {
    close();
  }
}

async function chooseRun(results: ObjectStore, { word, dataset, run }: ControlOptions): Promise<Claim> {
  if (run !== undefined) {
    const claim = await findClaim({ results }, { dataset, run });
    if (claim === null) throw new UsageError(`"${dataset}" has no run ${run}. ${WHERE}`);
    return claim;
  }
  const isMeant = ({ status }: Claim) => status === 'held' || (word === 'cancel' && status === 'running');
  let newest: Claim | null = null;
  for await (const claim of listClaims(results, dataset))
    if (isMeant(claim) && (newest === null || claim.startedAt > newest.startedAt)) newest = claim;
  if (newest !== null) return newest;
  const what = word === 'approve' ? 'waits for approval' : 'is under way or held';
  throw new UsageError(`no run of "${dataset}" ${what}. ${WHERE}`);
}

const WHERE = 'Name where its results are with --out DIR or --results s3://bucket, and another run behind the dataset.';

async function approve(deciding: Deciding): Promise<LocalResult> {
  const { options, results, claim } = deciding;
  const { dataset } = options;
  if (claim.status !== 'held')
    throw new UsageError(`run ${claim.run} of "${dataset}" is ${claim.status}; only a held run can be approved.`);
  const plan = await readJobPlan(results, { dataset, run: claim.run });
  if (plan === null) throw new UsageError(`run ${claim.run} of "${dataset}" has no plan to approve. Run it again.`);
  if (claim.holder.host === DEPLOYED) {
    await writeControl(deciding, { plan: plan.plan });
    return waitForEnd(deciding);
  }
  const asked = await askedHere(deciding);
  await writeControl(deciding, { plan: plan.plan });
  return runAgain(deciding, asked);
}

async function cancel(deciding: Deciding): Promise<LocalResult> {
  const { options, results, claim } = deciding;
  const { dataset } = options;
  if (claim.status === 'completed' || claim.status === 'rejected' || claim.status === 'cancelled')
    throw new UsageError(`run ${claim.run} of "${dataset}" is ${claim.status}: there is nothing to cancel.`);
  if (claim.holder.host === DEPLOYED) {
    await writeControl(deciding, {});
    return waitForEnd(deciding);
  }
  const services = { results, isRunning: async (held: Claim) => isHeldHere(held) };
  const asked = await cancelClaim(services, { dataset, run: claim.run });
  return asked === null ? runAgain(deciding, await askedHere(deciding)) : waitForEnd(deciding);
}

async function writeControl({ options, results, claim }: Deciding, content: object): Promise<void> {
  const key = keys.control(options.dataset, claim.run, options.word);
  await results.write(key, `${JSON.stringify(content)}\n`, { contentType: 'application/json' });
}

/** How the run was asked for, if that was on this machine: its paths mean nothing elsewhere. */
async function askedHere({ options: { dataset, word }, results, claim }: Deciding): Promise<Asked> {
  const asked = await readAsked(results, { dataset, run: claim.run });
  if (asked !== null) return asked;
  throw new UsageError(
    `run ${claim.run} of "${dataset}" was started on another machine (${claim.holder.host}); ${word} it there.`,
  );
}

/** The machine goes through the run again: what stands is not done again. */
async function runAgain({ options, claim }: Deciding, { host: _host, ...how }: Asked): Promise<LocalResult> {
  const { word, out, results: bucket, progress, log, signal } = options;
  return runLocal({
    ...how,
    command: 'run',
    out,
    control: { word, run: claim.run },
    ...(bucket === undefined ? {} : { results: bucket }),
    ...(progress === undefined ? {} : { progress }),
    ...(log === undefined ? {} : { log }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Another process does the work. Its claim tells when it has ended. */
async function waitForEnd({ options, results, claim: before }: Deciding): Promise<LocalResult> {
  const { dataset, signal, beginWithinMs = BEGIN_WITHIN_MS } = options;
  const reference = { dataset, run: before.run };
  const begun = Date.now();
  for (;;) {
    const claim = await findClaim({ results }, reference);
    const isOther = claim !== null && (claim.attempt > before.attempt || claim.status !== before.status);
    if (isOther && claim.status !== 'running') break;
    // What runs is waited for to its end; what nobody takes up never comes to one.
    const isIdle = claim?.status !== 'running' && Date.now() - begun > beginWithinMs;
    if (isIdle) throw new UsageError(notBegun(dataset, before.run));
    await sleep(LOOK_MS, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw new UsageError('stopped waiting. What was asked for stands; the run’s status.json tells how it ends.');
    });
  }
  const report = await readJson(results, keys.run(dataset, before.run).report, (value) => reportSchema.parse(value));
  if (report === null) throw new UsageError(`run ${before.run} of "${dataset}" ended without a report.`);
  const plan = await readJobPlan(results, reference);
  return { report, folder: placeOf(options, reference), ended: report.status, plan };
}

function notBegun(dataset: string, run: string): string {
  return `what was asked of run ${run} of "${dataset}" has not begun. If the drop has changed since, that run is of the past; otherwise look at the executions of the state machine (docs/operations.md).`;
}
