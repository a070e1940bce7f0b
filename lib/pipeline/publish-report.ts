import { z } from 'zod';
import type { Split } from '../domain/example.ts';
import type { Report, TargetReport } from '../domain/report.ts';
import type { RunStatus } from '../domain/run.ts';
import type { TargetStatus } from '../domain/target.ts';
import { keys } from '../storage/keys.ts';
import { readJson, readJsonLines } from '../storage/object-store.ts';
import { findClaim } from './claims.ts';
import { type Ending, readEnding } from './ending.ts';
import type { Gate } from './gate-record.ts';
import { SMALL_READS_AT_ONCE } from './limits.ts';
import { type Manifest, readLoose } from './manifest.ts';
import { type Outcome, whyFailed } from './outcome.ts';
import type { FindingsTold } from './publish-findings.ts';
import type { MediaTold } from './publish-lock.ts';
import { targetReport } from './publish-target.ts';
import { readAhead } from './read-ahead.ts';
import { trustRowRecord } from './row-record.ts';
import type { Services } from './services.ts';
import { readSettledGate } from './settled-gate.ts';
import { readShards } from './shards.ts';

interface Known {
  findings: FindingsTold;
  media: MediaTold | null;
  outcome: Outcome;
}

const LOOSE_FILES_LISTED = 1000;
/** A shard has megabytes. */
const SHARDS_READ_AT_ONCE = 8;
const NO_MEDIA: Report['media'] = { references: 0, assets: 0, bytes: 0, deduplicated: 0, byKind: {} };

/** The report of a run from what its steps left; every count is a sum over them. */
export async function composeReport(
  services: Services,
  manifest: Manifest,
  { findings, media, outcome }: Known,
): Promise<Report> {
  const gate = await readSettledGate(services, manifest);
  const ending = await readEnding(services, manifest);
  const claim = await findClaim(services, manifest);
  const startedAt = claim?.startedAt ?? services.now().toISOString();
  const rows = gate === null ? await rowsRead(services, manifest) : rowsJudged(gate);
  const targets = await Promise.all(
    manifest.targets.map((target) =>
      targetReport(services, manifest, { target, gate, ending, outcome, accepted: rows.accepted, startedAt }),
    ),
  );
  const told = targets.filter((target): target is TargetReport => target !== null);
  const why = outcome.failure === undefined ? null : await whyFailed(services, manifest, outcome.failure, startedAt);
  const ended = endOf(manifest, told, { gate, ending, why });
  const retryable = media?.retryable ?? 0;
  const end = mayEndOtherwise({ ...ended, targets: told }, retryable) ? withRetry(ended, retryable) : ended;
  return {
    schemaVersion: 1,
    finedrop: services.version,
    dataset: manifest.dataset,
    run: manifest.run,
    command: manifest.command,
    status: end.status,
    simulated: manifest.simulated,
    startedAt,
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
  const shards = readAhead(readShards(services, manifest), SHARDS_READ_AT_ONCE, ({ key }) => sidesOf(services, key));
  for await (const sides of shards) {
    for (const side of sides) {
      rows.total += 1;
      rows[side === null ? 'rejected' : 'accepted'] += 1;
      if (side !== null) rows[side] += 1;
    }
  }
  return rows;
}

/** The side of each row of a shard; null = an error was found while reading it. */
async function sidesOf({ results }: Services, key: string): Promise<(Split | null)[]> {
  const sides: (Split | null)[] = [];
  for await (const { example, findings } of readJsonLines(results, key, trustRowRecord)) {
    const isRejected = example === null || findings.some(({ severity }) => severity === 'error');
    sides.push(isRejected ? null : (example.split ?? 'train'));
  }
  return sides;
}

async function inputsOf(services: Services, manifest: Manifest, media: MediaTold | null): Promise<Report['inputs']> {
  const work = keys.work(manifest.dataset, manifest.run);
  const inputs: Report['inputs'] = [];
  const rowsSchema = z.looseObject({ rows: z.int() });
  const read = readAhead(manifest.files.entries(), SMALL_READS_AT_ONCE, async ([number, { key, size }]) => {
    let rows = 0;
    for await (const { key: summary } of services.results.list(work.rowsOf(number))) {
      if (summary.includes('/summary-'))
        rows += (await readJson(services.results, summary, (value) => rowsSchema.parse(value)))?.rows ?? 0;
    }
    return { key, bytes: size, rows };
  });
  for await (const input of read) inputs.push(input);
  for (const [number, { key, size, entries }] of manifest.archives.entries())
    inputs.push({ key, bytes: size, entries, used: media?.used[number] ?? 0 });
  let listed = 0;
  for await (const { key, size } of readLoose(services, manifest)) {
    if (listed === LOOSE_FILES_LISTED) break;
    inputs.push({ key, bytes: size });
    listed += 1;
  }
  return inputs.sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** A refusal that rests on servers that were away, or on objects that can be mended, is not the last word. Where jobs were paid, their data must stay what it was. */
export function mayEndOtherwise({ status, targets }: Pick<Report, 'status' | 'targets'>, retryable: number): boolean {
  return retryable > 0 && status !== 'completed' && targets.every(({ job }) => job === null);
}

function withRetry<End extends { message: string }>(end: End, retryable: number): End {
  const many = `${retryable} file${retryable === 1 ? '' : 's'} outside the drop failed for a reason that may pass`;
  return { ...end, message: `${end.message} ${many}: run again to try ${retryable === 1 ? 'it' : 'them'} anew.` };
}

const GOOD: ReadonlySet<TargetStatus> = new Set(['accepted', 'succeeded']);

function endOf(
  manifest: Manifest,
  targets: readonly TargetReport[],
  { gate, ending, why }: { gate: Gate | null; ending: Ending | null; why: string | null },
): { status: RunStatus; message: string } {
  if (ending !== null) return { status: ending.status, message: ending.message };
  if (why !== null) return { status: 'failed', message: why };
  const good = targets.filter(({ status }) => GOOD.has(status));
  const bad = targets.filter(({ status }) => !GOOD.has(status));
  if (bad.length === 0) return { status: 'completed', message: completed(manifest, good) };
  const held = bad.filter(({ status }) => status === 'held').map(({ name }) => name);
  const others = bad.filter(({ status }) => status !== 'held');
  const reasons = [
    ...others.map(({ name, status, message }) => `${name} ${status}${message === undefined ? '' : `: ${message}`}`),
    // One reason holds them all.
    ...(held.length === 0 ? [] : [`${held.join(', ')} held: ${gate?.money.held ?? ''}`]),
  ].join('; ');
  if (good.length > 0) {
    // A decision is all that is waited for: whoever asks for held runs must find it.
    const status = others.length === 0 ? 'held' : 'partial';
    return { status, message: `${good.map(({ name }) => name).join(', ')} ended well; ${reasons}` };
  }
  return { status: worstOf(bad), message: reasons };
}

/** How a run ends of which nothing ended well. */
function worstOf(bad: readonly TargetReport[]): RunStatus {
  const all = new Set(bad.map(({ status }) => status));
  if (all.has('failed') || all.has('lost') || all.has('submitted')) return 'failed';
  if (all.has('held')) return 'held';
  return all.has('cancelled') ? 'cancelled' : 'rejected';
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
