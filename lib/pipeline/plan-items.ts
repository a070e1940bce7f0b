import { z } from 'zod';
import type { ZipEntry } from '../formats/zip.ts';
import type { WorkKeys } from '../storage/keys.ts';
import { readArchiveIndex } from './archives.ts';
import { archiveRecord, looseRecord, objectOfRecord } from './drop-names.ts';
import { type LooseFile, looseFileSchema, type Manifest, readLoose } from './manifest.ts';
import { type Gathered, NO_BATCH, readNeeds } from './plan-needs.ts';
import { readAhead } from './read-ahead.ts';
import { keptOfRecord } from './read-kept.ts';
import type { Services } from './services.ts';
import type { Shard } from './shards.ts';

const ENTRIES_PER_BATCH = 256;
const BYTES_PER_BATCH = 64 * 1024 * 1024;
/** Nobody knows how large an object is before it is read. Counted so, 64 are a batch: were each the largest that is taken, 8 GB in one call. */
const BYTES_PER_OBJECT = 1024 * 1024;
/** Half of what a state may carry: names of 1,024 bytes must fit too. */
const ITEM_BYTES = 128 * 1024;
const NEEDS_READ_AT_ONCE = 16;

/** One batch of files to collect, as the state machine hands it to `collect`. */
export const collectItemSchema = z.strictObject({
  batch: z.int().nonnegative(),
  archive: z.int().nonnegative().optional(),
  entries: z.array(z.looseObject({ index: z.int() })).optional(),
  loose: z.array(looseFileSchema).optional(),
  data: z.array(z.string()).optional(),
  /** sha256 of files that the dataset's history keeps. */
  kept: z.array(z.string()).optional(),
  /** URIs of objects in buckets that the operator allows. */
  objects: z.array(z.string()).optional(),
});
export type CollectItem = z.infer<typeof collectItemSchema>;

/** Cuts the files that rows name into batches, each distinct file once, and notes in `records` which batch brings it. The answer is how many there are. */
export async function writeBatches(
  services: Services,
  manifest: Manifest,
  work: WorkKeys,
  { records }: Gathered,
): Promise<number> {
  const batching = { count: 0, records };
  await services.results.write(work.collectItems, batchLines(services, manifest, batching));
  return batching.count;
}

interface Batching {
  count: number;
  records: Map<string, number>;
}

/** Streams the items, so that a million entries are never one text; `batching` fills as they go by. */
async function* batchLines(services: Services, manifest: Manifest, batching: Batching): AsyncGenerator<Uint8Array> {
  const { records } = batching;
  const take = (item: Omit<CollectItem, 'batch'>, brought: readonly string[]): Uint8Array => {
    for (const record of brought) records.set(record, batching.count);
    const line = Buffer.from(`${JSON.stringify({ batch: batching.count, ...item })}\n`);
    batching.count += 1;
    return line;
  };
  for (const archive of manifest.archives.keys()) {
    const entries: ZipEntry[] = [];
    for await (const entry of readArchiveIndex(services, manifest, archive))
      if (records.has(archiveRecord(archive, entry.index))) entries.push(entry);
    // In the archive's own order, so that a batch is a few long ranges.
    entries.sort((left, right) => left.localOffset - right.localOffset);
    for (const batch of cut(entries, (entry) => entry.compressedSize)) {
      yield take(
        { archive, entries: batch.map((entry) => ({ ...entry })) },
        batch.map(({ index }) => archiveRecord(archive, index)),
      );
    }
  }
  const loose: LooseFile[] = [];
  for await (const file of readLoose(services, manifest)) if (records.has(looseRecord(file.key))) loose.push(file);
  for (const batch of cut(loose, ({ size }) => size))
    yield take(
      { loose: batch },
      batch.map(({ key }) => looseRecord(key)),
    );
  const data = [...records.keys()].filter((record) => record.startsWith('u:')).sort();
  for (const batch of cut(data, () => 0)) yield take({ data: batch.map((record) => record.slice(2)) }, batch);
  // In the order of the rows, so that a shard finds its own in few batches.
  const kept = [...records.keys()].filter((record) => keptOfRecord(record) !== null);
  for (const batch of cut(kept, () => BYTES_PER_OBJECT))
    yield take({ kept: batch.map((record) => keptOfRecord(record) ?? '') }, batch);
  const objects = [...records.keys()].filter((record) => objectOfRecord(record) !== null);
  for (const batch of cut(objects, () => BYTES_PER_OBJECT))
    yield take({ objects: batch.map((record) => record.slice(2)) }, batch);
}

function* cut<T>(all: readonly T[], sizeOf: (one: T) => number): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  let length = 0;
  for (const one of all) {
    const text = Buffer.byteLength(JSON.stringify(one)) + 1;
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
export async function writeLinks({ results }: Services, work: WorkKeys, { links }: Gathered): Promise<number> {
  const standing = new Set<string>();
  for await (const { key } of results.list(work.links)) standing.add(key);
  const open = [...links].filter(([record]) => !standing.has(work.link(record.slice(2))));
  await results.write(work.linkItems, open.map(([record, url]) => `${JSON.stringify({ record, url })}\n`).join(''));
  return open.length;
}

/** Lists the shards with the batches that hold their asset records, and what is to be converted: each shard for all targets, then for each. */
export async function writeShards(
  services: Services,
  { targets }: Manifest,
  work: WorkKeys,
  gathered: Gathered,
): Promise<void> {
  const { results } = services;
  const shards: Shard[] = [];
  const batched = readAhead(gathered.shards, NEEDS_READ_AT_ONCE, async ({ file, key, rows }) => {
    const { records } = await readNeeds(services, key);
    const batches = new Set(records.map((record) => gathered.records.get(record) ?? NO_BATCH));
    batches.delete(NO_BATCH);
    return { file, key, rows, batches: [...batches].sort((left, right) => left - right) };
  });
  for await (const shard of batched) shards.push({ shard: shards.length, ...shard });
  await results.write(work.shards, jsonLines(shards));
  await results.write(work.convertItems, convertItems([null, ...targets.map(({ name }) => name)], shards));
}

async function* convertItems(
  targets: readonly (string | null)[],
  shards: readonly Shard[],
): AsyncGenerator<Uint8Array> {
  for (const target of targets) yield Buffer.from(jsonLines(shards.map((shard) => ({ target, shard }))));
}

function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
