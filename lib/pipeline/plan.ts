import { z } from 'zod';
import { type Finding, findingAt, findingSchema } from '../domain/finding.ts';
import type { ZipEntry } from '../formats/zip.ts';
import { keys, type WorkKeys } from '../storage/keys.ts';
import { readJson, readJsonLines } from '../storage/object-store.ts';
import { readArchiveIndex } from './archives.ts';
import { type Ending, writeEnding } from './ending.ts';
import { checkFixes, type Fix } from './fixes.ts';
import { type Manifest, type RunReference, readManifest } from './manifest.ts';
import { type ShardNeeds, shardNeedsSchema } from './row-record.ts';
import type { Services } from './services.ts';

const ENTRIES_PER_BATCH = 256;
const BYTES_PER_BATCH = 64 * 1024 * 1024;
/** Half of what a state may carry: names of 1,024 bytes must fit too. */
const ITEM_BYTES = 128 * 1024;
const AUTOMATIC_SPLIT_ROWS = 100;
const MISSING_TOLD = 1000;

/** One batch of files to collect, as the state machine hands it to `collect`. */
export const collectItemSchema = z.strictObject({
  batch: z.int().nonnegative(),
  archive: z.int().nonnegative().optional(),
  entries: z.array(z.looseObject({ index: z.int() })).optional(),
  loose: z.array(z.strictObject({ key: z.string(), name: z.string(), size: z.int(), etag: z.string() })).optional(),
  data: z.array(z.string()).optional(),
});
export type CollectItem = z.infer<typeof collectItemSchema>;

export const shardSchema = z.strictObject({
  shard: z.int().nonnegative(),
  file: z.int().nonnegative(),
  key: z.string(),
  rows: z.int().nonnegative(),
  /** The batches that hold this shard's asset records. */
  batches: z.array(z.int()),
});
export type Shard = z.infer<typeof shardSchema>;

export const planSchema = z.strictObject({
  rows: z.int(),
  shards: z.int(),
  batches: z.int(),
  links: z.int(),
  /** No row is on a side yet: a seeded share of them validates. */
  splits: z.boolean(),
  fixes: z.int(),
});
export type Plan = z.infer<typeof planSchema>;

/** Joins what the shards need into batches, each distinct file once, and ends the run where nothing can be collected. */
export async function planCollection(services: Services, reference: RunReference): Promise<PlanAnswer> {
  const manifest = await readManifest(services, reference);
  const work = keys.work(reference.dataset, reference.run);
  const gathered = await gatherNeeds(services, manifest, work);
  const batching = await writeBatches(services, manifest, work, gathered);
  const links = await writeLinks(services, work, gathered);
  await writeShards(services, manifest, work, { gathered, batching });
  const fixFindings = await checkFixes(services, manifest, gathered.fixes);
  const splits = gathered.marked === 0 && gathered.rows >= AUTOMATIC_SPLIT_ROWS && manifest.spec.validation.share > 0;
  const findings = [...gathered.findings, ...fixFindings, ...(splits ? [splitTold(manifest, gathered.rows)] : [])];
  await services.results.write(work.planFindings, findings.map((finding) => `${JSON.stringify(finding)}\n`).join(''));
  const plan: Plan = {
    rows: gathered.rows,
    shards: gathered.shards.length,
    batches: batching.count,
    links,
    splits,
    fixes: gathered.fixes.length,
  };
  await services.results.write(work.plan, JSON.stringify(plan));
  const ending = endingOf(manifest, gathered, findings);
  if (ending !== null) await writeEnding(services, reference, ending);
  return {
    outcome: ending === null ? 'go' : 'end',
    batches: plan.batches,
    links: plan.links,
    collectItems: work.collectItems,
    linkItems: work.linkItems,
    convertItems: work.convertItems,
    linkPolicy: { hosts: manifest.spec.links.hosts },
    verify: manifest.spec.media.verify,
  };
}

/** What the state machine needs of a plan: where its maps read their items. */
interface PlanAnswer {
  outcome: 'go' | 'end';
  batches: number;
  links: number;
  collectItems: string;
  linkItems: string;
  convertItems: string;
  linkPolicy: { hosts: string[] | null };
  verify: string;
}

/** The plan of a run, written by `planCollection`. */
export async function readPlan({ results }: Services, { dataset, run }: RunReference): Promise<Plan> {
  const plan = await readJson(results, keys.work(dataset, run).plan, (value) => planSchema.parse(value));
  if (plan === null) throw new Error(`[pipeline] run ${run} of "${dataset}" has no plan yet.`);
  return plan;
}

/** The shards of a run in the order of their rows. */
export function readShards({ results }: Services, { dataset, run }: RunReference): AsyncGenerator<Shard> {
  return readJsonLines(results, keys.work(dataset, run).shards, (value) => shardSchema.parse(value));
}

interface Gathered {
  rows: number;
  marked: number;
  shards: { file: number; key: string; needs: ShardNeeds }[];
  fixes: Fix[];
  missing: Set<string>;
  links: Map<string, string>;
  findings: Finding[];
}

async function gatherNeeds({ results }: Services, manifest: Manifest, work: WorkKeys): Promise<Gathered> {
  const gathered: Gathered = {
    rows: 0,
    marked: 0,
    shards: [],
    fixes: [],
    missing: new Set(),
    links: new Map(),
    findings: [],
  };
  for (const file of manifest.files.keys()) {
    for await (const { key } of results.list(work.rowsOf(file))) {
      if (key.endsWith('.needs.json')) {
        const needs = await readJson(results, key, (value) => shardNeedsSchema.parse(value));
        if (needs !== null) addNeeds(gathered, file, key.replace(/\.needs\.json$/, '.jsonl'), needs);
      } else if (key.includes('/summary-')) {
        const summary = await readJson(results, key, (value) =>
          z.looseObject({ findings: z.array(findingSchema) }).parse(value),
        );
        gathered.findings.push(...(summary?.findings ?? []));
      }
    }
  }
  return gathered;
}

function addNeeds(gathered: Gathered, file: number, key: string, needs: ShardNeeds): void {
  gathered.rows += needs.rows;
  gathered.marked += needs.marked;
  gathered.shards.push({ file, key, needs });
  gathered.fixes.push(...needs.fixes.map((fix) => ({ ...fix, file })));
  for (const { record, url } of needs.links) gathered.links.set(record, url);
  for (const name of needs.missing) if (gathered.missing.size < MISSING_TOLD) gathered.missing.add(name);
}

interface Batching {
  count: number;
  /** Batch by asset record; links have none. */
  batchOf: Map<string, number>;
}

async function writeBatches(
  services: Services,
  manifest: Manifest,
  work: WorkKeys,
  { shards }: Gathered,
): Promise<Batching> {
  const wanted = new Set(shards.flatMap(({ needs }) => needs.records));
  const batching: Batching = { count: 0, batchOf: new Map() };
  await services.results.write(work.collectItems, batchLines(services, manifest, wanted, batching));
  return batching;
}

/** Streams the items, so that a million entries are never one text; `batching` fills as they go by. */
async function* batchLines(
  services: Services,
  manifest: Manifest,
  wanted: ReadonlySet<string>,
  batching: Batching,
): AsyncGenerator<Uint8Array> {
  const take = (item: Omit<CollectItem, 'batch'>, records: readonly string[]): Uint8Array => {
    for (const record of records) batching.batchOf.set(record, batching.count);
    const line = Buffer.from(`${JSON.stringify({ batch: batching.count, ...item })}\n`);
    batching.count += 1;
    return line;
  };
  for (const archive of manifest.archives.keys()) {
    const entries: ZipEntry[] = [];
    for await (const entry of readArchiveIndex(services, manifest, archive))
      if (wanted.has(`a${archive}:${entry.index}`)) entries.push(entry);
    // In the archive's own order, so that a batch is a few long ranges.
    entries.sort((left, right) => left.localOffset - right.localOffset);
    for (const batch of cut(entries, (entry) => entry.compressedSize)) {
      yield take(
        { archive, entries: batch.map((entry) => ({ ...entry })) },
        batch.map((entry) => `a${archive}:${entry.index}`),
      );
    }
  }
  const loose = manifest.loose.filter(({ key }) => wanted.has(`d:${key}`));
  for (const batch of cut(loose, ({ size }) => size))
    yield take(
      { loose: batch },
      batch.map(({ key }) => `d:${key}`),
    );
  const data = [...wanted].filter((record) => record.startsWith('u:')).sort();
  for (const batch of cut(data, () => 0)) yield take({ data: batch.map((record) => record.slice(2)) }, batch);
}

function* cut<T>(all: readonly T[], sizeOf: (one: T) => number): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  let length = 0;
  for (const one of all) {
    const text = JSON.stringify(one).length;
    const isFull =
      batch.length >= ENTRIES_PER_BATCH || bytes + sizeOf(one) > BYTES_PER_BATCH || length + text > ITEM_BYTES;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = 0;
      length = 0;
    }
    batch.push(one);
    bytes += sizeOf(one);
    length += text;
  }
  if (batch.length > 0) yield batch;
}

/** Links that have been snapshotted already are not fetched again, not even by another attempt. */
async function writeLinks({ results }: Services, work: WorkKeys, { links }: Gathered): Promise<number> {
  const standing = new Set<string>();
  for await (const { key } of results.list(work.links)) standing.add(key);
  const open = [...links].filter(([record]) => !standing.has(work.link(record.slice(2))));
  await results.write(work.linkItems, open.map(([record, url]) => `${JSON.stringify({ record, url })}\n`).join(''));
  return open.length;
}

async function writeShards(
  { results }: Services,
  manifest: Manifest,
  work: WorkKeys,
  { gathered, batching }: { gathered: Gathered; batching: Batching },
): Promise<void> {
  const shards = gathered.shards.map(({ file, key, needs }, shard): Shard => {
    const batches = new Set(needs.records.flatMap((record) => batching.batchOf.get(record) ?? []));
    return { shard, file, key, rows: needs.rows, batches: [...batches].sort((left, right) => left - right) };
  });
  await results.write(work.shards, shards.map((shard) => `${JSON.stringify(shard)}\n`).join(''));
  const targets = [null, ...manifest.targets.map(({ name }) => name)];
  const items = targets.flatMap((target) => shards.map((shard) => `${JSON.stringify({ target, shard })}\n`));
  await results.write(work.convertItems, items.join(''));
}

function splitTold({ spec }: Manifest, rows: number): Finding {
  const percent = Math.round(spec.validation.share * 100);
  return findingAt(
    {
      code: 'VALIDATION_SPLIT',
      severity: 'info',
      message: `no row is marked as validation, and there are ${rows}: about ${percent}% of them validate, chosen by their content`,
      hint: 'Mark rows with a "split" column or a validation file, or set validation.share to 0 in the job spec.',
    },
    {},
  );
}

function endingOf(manifest: Manifest, gathered: Gathered, findings: readonly Finding[]): Ending | null {
  const refusal = findings.find(({ severity }) => severity === 'error');
  if (refusal !== undefined) {
    return {
      status: 'rejected',
      message: `${refusal.where.file ?? 'the drop'}: ${refusal.message}. ${refusal.hint ?? ''}`.trim(),
    };
  }
  const isFound = gathered.shards.some(({ needs }) => needs.records.some((record) => record.startsWith('d:')));
  if (gathered.missing.size > 0 && manifest.archives.length === 0 && !isFound) {
    const missing = [...gathered.missing].sort();
    const named = `${missing.length} file${missing.length === 1 ? '' : 's'} that rows name ${missing.length === 1 ? 'has' : 'have'} not arrived`;
    return { status: 'waiting', message: `${named}; add a ZIP that holds them, or the files themselves.`, missing };
  }
  if (gathered.rows === 0) return { status: 'rejected', message: 'the dataset files hold no rows.' };
  return null;
}
