import type { TargetReport } from '../domain/report.ts';
import { withoutSecrets } from '../domain/secrets.ts';
import type { TargetStatus } from '../domain/target.ts';
import { keys } from '../storage/keys.ts';
import { isCancelled } from './claims.ts';
import type { Ending } from './ending.ts';
import type { Gate, GateTarget } from './gate-record.ts';
import { readLedger } from './ledger.ts';
import type { Manifest, RunTarget } from './manifest.ts';
import { type Outcome, whyFailed } from './outcome.ts';
import { type JobResult, readJobResult } from './poll.ts';
import { trainingReport } from './publish-training.ts';
import type { Services } from './services.ts';

interface TargetContext {
  target: RunTarget;
  gate: Gate | null;
  ending: Ending | null;
  outcome: Outcome;
  accepted: number;
  /** Of this attempt, ISO time. */
  startedAt: string;
}

/** How one target ended, and what it was given; null while there is no verdict on it. */
export async function targetReport(
  services: Services,
  manifest: Manifest,
  { target, gate, ending, outcome, accepted, startedAt }: TargetContext,
): Promise<TargetReport | null> {
  const decided = gate?.targets.find((one) => one.name === target.name);
  const { name, provider, model, from } = target;
  const base = { name, provider, model, ...(from === undefined ? {} : { from }), simulated: manifest.simulated };
  if (decided === undefined) {
    // Only a refusal is a verdict on targets; a run that waits or was superseded has none yet.
    if (ending?.status !== 'rejected') return null;
    return { ...base, ...nothingDone(accepted), status: 'refused', message: ending.message };
  }
  const job = await readJobResult(services, manifest, target.name);
  const own = outcome.targets?.find((one) => one.target === target.name)?.failure;
  const failure = own === undefined ? outcome.failure : { ...own, target: target.name };
  const why = failure === undefined ? null : await whyFailed(services, manifest, failure, startedAt);
  const isSuperseded = ending?.status === 'superseded';
  // A job that was only looked for, and could not be: nobody can say that nothing was submitted.
  const isInDoubt = job === null && !decided.mayCreate && own !== undefined;
  const { status, message }: Told = isInDoubt
    ? { status: 'failed', ...(why === null ? {} : { message: why }) }
    : (verdictOf(decided, job) ?? (await statusOf(services, manifest, { decided, job, why, isSuperseded })));
  return {
    ...base,
    status,
    rows: { ...pick(decided), ...decided.totals.rows },
    tokens: decided.totals.tokens,
    estimatedCost: decided.cost,
    adjustments: decided.totals.adjustments,
    files: await filesOf(services, manifest, target.name),
    job: job === null ? null : jobReport(job),
    ...(await trainingReport(services, manifest, target.name)),
    ...(message === undefined ? {} : { message }),
  };
}

function pick({
  totals,
}: GateTarget): Pick<TargetReport['rows'], 'accepted' | 'adjusted' | 'excluded' | 'trainedBefore'> {
  const { accepted, adjusted, excluded, trainedBefore } = totals;
  return { accepted, adjusted, excluded, ...(trainedBefore === 0 ? {} : { trainedBefore }) };
}

function nothingDone(
  accepted: number,
): Pick<TargetReport, 'rows' | 'tokens' | 'estimatedCost' | 'adjustments' | 'files' | 'job'> {
  const rows = { accepted: 0, adjusted: 0, excluded: accepted, train: 0, validation: 0 };
  return { rows, tokens: { train: 0, validation: 0 }, estimatedCost: null, adjustments: {}, files: {}, job: null };
}

function jobReport({ id, key, state, providerState, tunedModel, adopted, error }: JobResult): TargetReport['job'] {
  return {
    id,
    key,
    state,
    providerState,
    tunedModel,
    adopted,
    ...(error === null ? {} : { error: withoutSecrets(error) }),
  };
}

interface Told {
  status: TargetStatus;
  message?: string;
}

/** What the gate or the job itself has decided. */
function verdictOf({ verdict, message }: GateTarget, job: JobResult | null): Told | null {
  if (verdict !== 'accepted') return { status: verdict, ...(message === undefined ? {} : { message }) };
  if (job?.state === 'succeeded' || job?.state === 'failed' || job?.state === 'cancelled')
    return { status: job.state, ...(job.error === null ? {} : { message: withoutSecrets(job.error) }) };
  return null;
}

interface TargetEnd {
  decided: GateTarget;
  job: JobResult | null;
  /** Why a step gave up, in a sentence. */
  why: string | null;
  /** The drop has changed under the run. */
  isSuperseded: boolean;
}

async function statusOf(
  services: Services,
  manifest: Manifest,
  { decided, job, why, isSuperseded }: TargetEnd,
): Promise<Told> {
  if (job?.lost === true)
    return { status: 'lost', message: 'the time limit passed; run again to take the job up where it stands.' };
  if (job === null && (await isCancelled(services, manifest)))
    return { status: 'cancelled', message: 'nothing was submitted: the run was cancelled.' };
  if (isSuperseded && job === null)
    return { status: 'accepted', message: 'nothing was submitted: the drop has changed meanwhile.' };
  if (why !== null) return { status: job === null ? 'failed' : 'lost', message: why };
  if (manifest.command !== 'run') return { status: 'accepted' };
  if (job !== null) return { status: 'submitted' };
  const ledger = await readLedger(services, decided.key);
  if (ledger?.entry.state !== 'refused') return { status: 'failed', message: 'the job was not submitted.' };
  const { code, message } = ledger.entry;
  return { status: 'failed', message: `the provider refused the job (${code}): ${withoutSecrets(message)}` };
}

/** What a target's folder may hold, by what reports call it. */
export const TARGET_FILES: Readonly<Record<string, string>> = {
  train: 'train.jsonl',
  validation: 'validation.jsonl',
  lineMap: 'line-map.jsonl',
  metrics: 'metrics.csv',
};

async function filesOf(
  { results }: Services,
  { dataset, run }: Manifest,
  target: string,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [name, file] of Object.entries(TARGET_FILES)) {
    if ((await results.head(keys.run(dataset, run).target(target, file))) !== null) files[name] = `${target}/${file}`;
  }
  return files;
}
