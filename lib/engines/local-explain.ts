import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Example } from '../domain/example.ts';
import { type Finding, findingSchema } from '../domain/finding.ts';
import type { Asset, AssetRecord, MediaReference } from '../domain/media.ts';
import type { Report } from '../domain/report.ts';
import type { RunStatus } from '../domain/run.ts';
import { judgeRow } from '../pipeline/accept-rows.ts';
import { readReplaced } from '../pipeline/fixes.ts';
import { readGate } from '../pipeline/gate-record.ts';
import { type Manifest, readManifest } from '../pipeline/manifest.ts';
import { readAssetRecords } from '../pipeline/read-assets.ts';
import type { Services } from '../pipeline/services.ts';
import { keys } from '../storage/keys.ts';
import { readJsonLines } from '../storage/object-store.ts';
import { runLocal } from './local.ts';
import { findDrop } from './local-drop.ts';
import { openEnvironment } from './local-environment.ts';
import { type ExplainedTarget, explainTarget } from './local-explain-line.ts';
import { type FoundRow, findRow, readRowName } from './local-explain-row.ts';
import type { LocalOptions } from './local-options.ts';
import { UsageError } from './usage-error.ts';

export interface ExplainOptions extends Omit<LocalOptions, 'command' | 'keepWork'> {
  /** `<file>:<row>`, or `<file>/<sheet>:<row>`. */
  row: string;
}

/** One row with all that the pipeline knows of it. */
export interface Explanation {
  dataset: string;
  file: string;
  sheet: string | null;
  row: number;
  line: number | null;
  /** `unjudged`: the run ended before rows were judged; its message says why. */
  verdict: 'accepted' | 'rejected' | 'replaced' | 'unjudged';
  run: { status: RunStatus; message: string };
  /** The row in canonical form; null = it could not be read. */
  example: Example | null;
  media: ExplainedMedia[];
  /** What is said of the row for every target alike. */
  findings: Finding[];
  targets: ExplainedTarget[];
}

export interface ExplainedMedia extends Pick<MediaReference, 'part' | 'origin' | 'name'> {
  /** The file that was found; null = none, and the findings say why. */
  asset: Asset | null;
}

/** Checks the drop as `check` does, in a folder of its own that is removed again, and tells all of one row. Nothing is submitted. */
export async function explainLocal({ row, out, ...options }: ExplainOptions): Promise<Explanation> {
  const wanted = readRowName(row);
  const folder = await mkdtemp(join(tmpdir(), 'finedrop-explain-'));
  try {
    const checking: LocalOptions = { ...options, command: 'check', out: folder, exclude: out, keepWork: true };
    const { report } = await runLocal(checking);
    const environment = await openEnvironment(checking, await findDrop(options.paths, out));
    try {
      const manifest = await manifestOf(environment.services, report);
      const found = await findRow(environment.services, manifest, wanted);
      return await explain(environment.services, { manifest, report, found });
    } finally {
      await environment.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A drop whose job spec or archives are refused was never read. */
async function manifestOf(services: Services, report: Report): Promise<Manifest> {
  const work = keys.work(report.dataset, report.run);
  if ((await services.results.head(work.shards)) === null)
    throw new UsageError(`the rows of the drop were not read: ${report.message ?? report.status}`);
  return readManifest(services, report);
}

interface Explaining {
  manifest: Manifest;
  report: Report;
  found: FoundRow;
}

async function explain(services: Services, { manifest, report, found }: Explaining): Promise<Explanation> {
  const { file, shard, record } = found;
  const isJudged = (await readGate(services, manifest)) !== null;
  const records = isJudged ? await readAssetRecords(services, manifest, shard, [record]) : new Map();
  const replaced = await readReplaced(services, manifest);
  const context = { file, fileNumber: shard.file, records, replaced };
  const verdict = isJudged ? judgeRow(record, context).verdict : 'unjudged';
  const targets: ExplainedTarget[] = [];
  if (verdict === 'accepted')
    for (const { name } of manifest.targets)
      targets.push(await explainTarget(services, manifest, { target: name, shard, record, context }));
  return {
    dataset: manifest.dataset,
    file,
    sheet: record.sheet ?? null,
    row: record.row,
    line: record.line ?? null,
    verdict,
    run: { status: report.status, message: report.message ?? '' },
    example: record.example,
    media: mediaOf(record.references, records),
    findings: await readFindings(services, report, found),
    targets,
  };
}

function mediaOf(references: readonly MediaReference[], records: ReadonlyMap<string, AssetRecord>): ExplainedMedia[] {
  return references.map(({ part, origin, name, record }) => ({
    part,
    origin,
    name,
    asset: records.get(record)?.asset ?? null,
  }));
}

async function readFindings(
  { results }: Services,
  { dataset, run }: Report,
  { file, record }: FoundRow,
): Promise<Finding[]> {
  const found: Finding[] = [];
  const findings = readJsonLines(results, keys.run(dataset, run).findings, (value) => findingSchema.parse(value));
  for await (const finding of findings) {
    const { where, target } = finding;
    const isOfRow = where.file === file && where.sheet === record.sheet && where.row === record.row;
    if (isOfRow && target === null) found.push(finding);
  }
  return found;
}
