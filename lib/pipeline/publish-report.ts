import { z } from 'zod';
import type { Report, TargetReport } from '../domain/report.ts';
import type { RunStatus } from '../domain/run.ts';
import type { TargetStatus } from '../domain/target.ts';
import { keys } from '../storage/keys.ts';
import { readJson, readJsonLines } from '../storage/object-store.ts';
import { findClaim } from './claims.ts';
import { type Ending, readEnding } from './ending.ts';
import { type Gate, type GateTarget, readGate } from './gate.ts';
import { readLedger } from './ledger.ts';
import type { Manifest, RunTarget } from './manifest.ts';
import { readShards } from './plan.ts';
import { type JobResult, readJobResult } from './poll.ts';
import type { FindingsTold } from './publish-findings.ts';
import type { MediaTold } from './publish-lock.ts';
import { trustRowRecord } from './row-record.ts';
import type { Services } from './services.ts';

const failureSchema = z.looseObject({ state: z.string(), error: z.string(), cause: z.string() });

/** What the state machine hands to `publish`: a step's failure, or how each target's child ended. */
export const outcomeSchema = z.looseObject({
  failure: failureSchema.optional(),
  targets: z.array(z.looseObject({ target: z.string().optional(), failure: failureSchema.optional() })).optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

interface Known {
  findings: FindingsTold;
  media: MediaTold | null;
  outcome: Outcome;
}

const LOOSE_FILES_LISTED = 1000;
const NO_MEDIA: Report['media'] = { references: 0, assets: 0, bytes: 0, deduplicated: 0, byKind: {} };

/** The report of a run from what its steps left; every count is a sum over them. */
export async function composeReport(
  services: Services,
  manifest: Manifest,
  { findings, media, outcome }: Known,
): Promise<Report> {
  const gate = await readGate(services, manifest);
  const ending = await readEnding(services, manifest);
  const claim = await findClaim(services, manifest);
  const rows = gate === null ? await rowsRead(services, manifest) : rowsJudged(gate);
  const targets = await Promise.all(
    manifest.targets.map((target) =>
      targetReport(services, manifest, { target, gate, ending, outcome, accepted: rows.accepted }),
    ),
  );
  const told = targets.filter((target): target is TargetReport => target !== null);
  const end = withRetry(endOf(manifest, told, { ending, outcome }), media?.retryable ?? 0);
  return {
    schemaVersion: 1,
    finedrop: services.version,
    dataset: manifest.dataset,
    run: manifest.run,
    command: manifest.command,
    status: end.status,
    simulated: manifest.simulated,
    startedAt: claim?.startedAt ?? services.now().toISOString(),
    finishedAt: services.now().toISOString(),
    message: end.message,
    inputs: await inputsOf(services, manifest, media),
    rows,
    media: media?.media ?? NO_MEDIA,
    findings: findings.counts,
    ...(ending?.missing === undefined ? {} : { missing: ending.missing }),
    targets: told,
  };
}

function rowsJudged({ rows }: Gate): Report['rows'] {
  const { accepted, rejected, train, validation } = rows;
  return { total: accepted + rejected, accepted, rejected, train, validation };
}

/** A run that ended before its rows were judged: a row counts as rejected if reading it found an error. */
async function rowsRead(services: Services, manifest: Manifest): Promise<Report['rows']> {
  const rows = { total: 0, accepted: 0, rejected: 0, train: 0, validation: 0 };
  if ((await services.results.head(keys.work(manifest.dataset, manifest.run).shards)) === null) return rows;
  for await (const shard of readShards(services, manifest)) {
    for await (const row of readJsonLines(services.results, shard.key, trustRowRecord)) {
      const isRejected = row.example === null || row.findings.some(({ severity }) => severity === 'error');
      rows.total += 1;
      rows[isRejected ? 'rejected' : 'accepted'] += 1;
      if (!isRejected) rows[row.example?.split ?? 'train'] += 1;
    }
  }
  return rows;
}

interface TargetContext {
  target: RunTarget;
  gate: Gate | null;
  ending: Ending | null;
  outcome: Outcome;
  accepted: number;
}

async function targetReport(
  services: Services,
  manifest: Manifest,
  { target, gate, ending, outcome, accepted }: TargetContext,
): Promise<TargetReport | null> {
  const decided = gate?.targets.find(({ name }) => name === target.name);
  const base = { name: target.name, provider: target.provider, model: target.model, simulated: manifest.simulated };
  if (decided === undefined) {
    // Only a refusal is a verdict on targets; a run that waits or was superseded has none yet.
    if (ending?.status !== 'rejected') return null;
    return { ...base, ...nothingDone(accepted), status: 'refused', message: ending.message };
  }
  const job = await readJobResult(services, manifest, target.name);
  const failure = outcome.targets?.find((one) => one.target === target.name)?.failure ?? outcome.failure;
  const { status, message } = await statusOf(services, manifest, { decided, job, failure });
  return {
    ...base,
    status,
    rows: { ...pick(decided), ...decided.totals.rows },
    tokens: decided.totals.tokens,
    estimatedCost: decided.cost,
    adjustments: decided.totals.adjustments,
    files: await filesOf(services, manifest, target.name),
    job: job === null ? null : jobReport(job),
    ...(message === undefined ? {} : { message }),
  };
}

function pick({ totals }: GateTarget): { accepted: number; adjusted: number; excluded: number } {
  return { accepted: totals.accepted, adjusted: totals.adjusted, excluded: totals.excluded };
}

function nothingDone(
  accepted: number,
): Pick<TargetReport, 'rows' | 'tokens' | 'estimatedCost' | 'adjustments' | 'files' | 'job'> {
  const rows = { accepted: 0, adjusted: 0, excluded: accepted, train: 0, validation: 0 };
  return { rows, tokens: { train: 0, validation: 0 }, estimatedCost: null, adjustments: {}, files: {}, job: null };
}

function jobReport({ id, key, state, providerState, tunedModel, adopted, error }: JobResult): TargetReport['job'] {
  return { id, key, state, providerState, tunedModel, adopted, ...(error === null ? {} : { error }) };
}

interface TargetEnd {
  decided: GateTarget;
  job: JobResult | null;
  failure: z.infer<typeof failureSchema> | undefined;
}

async function statusOf(
  services: Services,
  { command }: Manifest,
  { decided, job, failure }: TargetEnd,
): Promise<{ status: TargetStatus; message?: string }> {
  if (decided.verdict === 'refused')
    return { status: 'refused', ...(decided.message === undefined ? {} : { message: decided.message }) };
  if (job !== null && (job.state === 'succeeded' || job.state === 'failed' || job.state === 'cancelled')) {
    return { status: job.state, ...(job.error === null ? {} : { message: job.error }) };
  }
  if (job?.lost === true)
    return { status: 'lost', message: 'the time limit passed; run again to take the job up where it stands.' };
  if (failure !== undefined)
    return { status: job === null ? 'failed' : 'lost', message: `${failure.state}: ${sentenceOf(failure)}` };
  if (command !== 'run') return { status: 'accepted' };
  const ledger = await readLedger(services, decided.key);
  if (ledger?.entry.state === 'refused')
    return {
      status: 'failed',
      message: `the provider refused the job (${ledger.entry.code}): ${ledger.entry.message}`,
    };
  return job === null ? { status: 'failed', message: 'the job was not submitted.' } : { status: 'submitted' };
}

/** A Lambda's failure names its error and message in JSON; people want the message. */
export function sentenceOf({ error, cause }: { error: string; cause: string }): string {
  try {
    const parsed = z.looseObject({ errorMessage: z.string() }).safeParse(JSON.parse(cause));
    return parsed.success ? parsed.data.errorMessage : `${error}: ${cause}`;
  } catch {
    return `${error}: ${cause}`;
  }
}

const FILES: Readonly<Record<string, string>> = {
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
  for (const [name, file] of Object.entries(FILES)) {
    if ((await results.head(keys.run(dataset, run).target(target, file))) !== null) files[name] = `${target}/${file}`;
  }
  return files;
}

async function inputsOf(services: Services, manifest: Manifest, media: MediaTold | null): Promise<Report['inputs']> {
  const work = keys.work(manifest.dataset, manifest.run);
  const inputs: Report['inputs'] = [];
  const rowsSchema = z.looseObject({ rows: z.int() });
  for (const [number, { key, size }] of manifest.files.entries()) {
    let rows = 0;
    for await (const { key: summary } of services.results.list(work.rowsOf(number))) {
      if (summary.includes('/summary-'))
        rows += (await readJson(services.results, summary, (value) => rowsSchema.parse(value)))?.rows ?? 0;
    }
    inputs.push({ key, bytes: size, rows });
  }
  for (const [number, { key, size, entries }] of manifest.archives.entries())
    inputs.push({ key, bytes: size, entries, used: media?.used.get(number) ?? 0 });
  for (const { key, size } of manifest.loose.slice(0, LOOSE_FILES_LISTED)) inputs.push({ key, bytes: size });
  return inputs.sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** A refusal that rests on servers that were away is not the last word. */
function withRetry<End extends { status: RunStatus; message: string }>(end: End, retryable: number): End {
  if (retryable === 0 || end.status === 'completed') return end;
  const many = `${retryable} link${retryable === 1 ? '' : 's'} failed for a reason that may pass`;
  return { ...end, message: `${end.message} ${many}: run again to try ${retryable === 1 ? 'it' : 'them'} anew.` };
}

const GOOD: ReadonlySet<TargetStatus> = new Set(['accepted', 'succeeded']);

function endOf(
  manifest: Manifest,
  targets: readonly TargetReport[],
  { ending, outcome }: { ending: Ending | null; outcome: Outcome },
): { status: RunStatus; message: string } {
  if (ending !== null) return { status: ending.status, message: ending.message };
  if (outcome.failure !== undefined)
    return { status: 'failed', message: `${outcome.failure.state} failed: ${sentenceOf(outcome.failure)}` };
  const good = targets.filter(({ status }) => GOOD.has(status));
  const bad = targets.filter(({ status }) => !GOOD.has(status));
  if (bad.length === 0) return { status: 'completed', message: completed(manifest, good) };
  const why = bad
    .map(({ name, status, message }) => `${name} ${status}${message === undefined ? '' : `: ${message}`}`)
    .join('; ');
  if (good.length > 0)
    return { status: 'partial', message: `${good.map(({ name }) => name).join(', ')} ended well; ${why}` };
  return { status: bad.every(({ status }) => status === 'refused') ? 'rejected' : 'failed', message: why };
}

function completed({ command, simulated }: Manifest, targets: readonly TargetReport[]): string {
  const names = targets.map(({ name }) => name).join(', ');
  if (command === 'check') return `the data is ready for ${names}.`;
  if (command === 'convert') return `training files are written for ${names}.`;
  const adopted = targets.filter(({ job }) => job?.adopted === true).length;
  const again =
    adopted === 0
      ? ''
      : ` ${adopted === targets.length ? 'All of them' : adopted} existed already and were not paid again.`;
  return `${simulated ? 'simulated jobs' : 'jobs'} succeeded at ${names}.${again}`;
}
