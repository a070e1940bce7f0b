import { z } from 'zod';
import { type Finding, findingSchema } from '../domain/finding.ts';
import { keys, type WorkKeys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import { loadDropIndex } from './drop-names.ts';
import { type FileRow, type Position, positionSchema } from './file-rows.ts';
import { inParallel } from './in-parallel.ts';
import { type DatasetFile, type Manifest, mergesRows, readManifest, runReferenceSchema } from './manifest.ts';
import { keyLine } from './merge-rows.ts';
import { readRetireFile } from './read-retired.ts';
import { openDatasetFile } from './read-rows.ts';
import type { RowRecord, ShardNeeds } from './row-record.ts';
import type { Services } from './services.ts';
import { step } from './step.ts';

const ROWS_PER_SHARD = 1000;
const BYTES_PER_SHARD = 16 * 1024 * 1024;
/** Each may be an image to decode and render, a fifth of a second: one call of `convert` must come to its end. */
const REFERENCES_PER_SHARD = 2000;
/** One call stays far below a Lambda's 15 minutes; the machine calls again with the cursor. */
const BYTES_PER_CALL = 512 * 1024 * 1024;
const PENDING_DATA_BYTES = 32 * 1024 * 1024;
/** A shard may hold a hundred thousand tiny data URIs. */
const WRITTEN_AT_ONCE = 16;
/** As many as a report can show. */
const MISSING_NOTED = 1000;

const cursorSchema = z.strictObject({ call: z.int(), shard: z.int(), position: positionSchema });

const normalizeEventSchema = runReferenceSchema.extend({ file: z.int().nonnegative(), cursor: cursorSchema.nullish() });

const summarySchema = z.strictObject({
  rows: z.int(),
  findings: z.array(findingSchema),
  next: cursorSchema.nullable(),
});

/** Reads one dataset file into shards of canonical rows, a stretch a call; the answer's `cursor` is where the next call goes on. */
export const normalize = step('normalize', normalizeEventSchema, async ({ dataset, run, file, cursor }, services) => {
  const work = keys.work(dataset, run);
  const call = cursor?.call ?? 0;
  const standing = await readJson(services.results, work.rowsSummary(file, call), (value) =>
    summarySchema.parse(value),
  );
  const summary =
    standing ??
    (await readStretch(services, {
      manifest: await readManifest(services, { dataset, run }),
      work,
      file,
      call,
      cursor: cursor ?? null,
    }));
  return { dataset, run, file, done: summary.next === null, cursor: summary.next };
});

interface Stretch {
  manifest: Manifest;
  work: WorkKeys;
  file: number;
  call: number;
  cursor: z.infer<typeof cursorSchema> | null;
}

async function readStretch(
  services: Services,
  { manifest, work, file, call, cursor }: Stretch,
): Promise<z.infer<typeof summarySchema>> {
  const datasetFile = manifest.files[file];
  if (datasetFile === undefined) throw new Error(`[normalize] run ${manifest.run} has no dataset file number ${file}.`);
  if (datasetFile.retires === true) return readRetireList(services, manifest, { work, datasetFile, file });
  const index = await loadDropIndex(services, manifest);
  const writer = shardWriter(services, work, { file, first: cursor?.shard ?? 0, hasKeys: mergesRows(manifest) });
  const source = await openDatasetFile(services, manifest, datasetFile, {
    index,
    from: cursor?.position ?? null,
    saveData: writer.saveData,
  });
  let rows = 0;
  let bytes = 0;
  let stopped: Position | null = null;
  for await (const row of source.rows) {
    await writer.add(row);
    rows += 1;
    bytes += row.record.at?.length ?? 0;
    stopped = bytes >= BYTES_PER_CALL ? row.next : null;
    if (stopped !== null) break;
  }
  const shard = await writer.end();
  const findings: Finding[] = source.findings();
  const next = stopped === null ? null : { call: call + 1, shard, position: stopped };
  await services.results.write(work.rowsSummary(file, call), JSON.stringify({ rows, findings, next }));
  services.progress.add('normalize', { rows, bytes });
  return { rows, findings, next };
}

/** A list of rows to take out has no rows of its own. */
async function readRetireList(
  services: Services,
  manifest: Manifest,
  { work, datasetFile, file }: { work: WorkKeys; datasetFile: DatasetFile; file: number },
): Promise<z.infer<typeof summarySchema>> {
  const findings = await readRetireFile(services, manifest, { file: datasetFile, number: file });
  const summary = { rows: 0, findings, next: null };
  await services.results.write(work.rowsSummary(file, 0), JSON.stringify(summary));
  return summary;
}

interface Written {
  file: number;
  /** The number of the first shard. */
  first: number;
  hasKeys: boolean;
}

/** Cuts rows into shards, each with a note of what it needs; data URIs' bytes are stored before the shard that names them. */
function shardWriter({ results }: Services, work: WorkKeys, { file, first, hasKeys }: Written) {
  let shard = first;
  let lines: string[] = [];
  let keyLines: string[] = [];
  let bytes = 0;
  let references = 0;
  let needs = emptyNeeds();
  let pendingBytes = 0;
  const pending = new Map<string, Uint8Array>();

  const saveData = (sha256: string, content: Uint8Array): void => {
    if (pending.has(sha256)) return;
    pending.set(sha256, content);
    pendingBytes += content.length;
  };
  const storeData = async (): Promise<void> => {
    await inParallel(pending, WRITTEN_AT_ONCE, async ([sha256, content]) => {
      await results.write(work.data(sha256), content);
    });
    pending.clear();
    pendingBytes = 0;
  };
  const flush = async (): Promise<void> => {
    await storeData();
    if (lines.length === 0) return;
    await results.write(work.rows(file, shard), lines.join(''));
    if (hasKeys) await results.write(work.rowsKeys(file, shard), keyLines.join(''));
    await results.write(work.rowsNeeds(file, shard), JSON.stringify({ ...needs, records: [...needs.records] }));
    shard += 1;
    lines = [];
    keyLines = [];
    bytes = 0;
    references = 0;
    needs = emptyNeeds();
  };
  const add = async ({ record, links, missing }: FileRow): Promise<void> => {
    const line = `${JSON.stringify(record)}\n`;
    lines.push(line);
    if (hasKeys) keyLines.push(`${JSON.stringify(keyLine(record))}\n`);
    bytes += line.length;
    references += record.references.length;
    noteNeeds(needs, record, { links, missing });
    if (pendingBytes > PENDING_DATA_BYTES) await storeData();
    const isFull = lines.length >= ROWS_PER_SHARD || bytes >= BYTES_PER_SHARD || references >= REFERENCES_PER_SHARD;
    if (isFull) await flush();
  };
  const end = async (): Promise<number> => {
    await flush();
    return shard;
  };
  return { saveData, add, end };
}

type Needs = Omit<ShardNeeds, 'records'> & { records: Set<string> };

function emptyNeeds(): Needs {
  return { rows: 0, marked: 0, validation: 0, records: new Set(), links: [], fixes: [], missing: [] };
}

function noteNeeds(needs: Needs, record: RowRecord, { links, missing }: Pick<FileRow, 'links' | 'missing'>): void {
  needs.rows += 1;
  if (record.example?.split != null) needs.marked += 1;
  if (record.example?.split === 'validation') needs.validation += 1;
  for (const link of links) if (!needs.records.has(link.record)) needs.links.push(link);
  for (const reference of record.references) needs.records.add(reference.record);
  const sound = record.example !== null && record.findings.every(({ severity }) => severity !== 'error');
  if (record.fixes !== null) needs.fixes.push({ identity: record.fixes, sheet: record.sheet, row: record.row, sound });
  for (const name of missing) if (needs.missing.length < MISSING_NOTED) needs.missing.push(name);
}
