import type { Asset, AssetRecord } from '../domain/media.ts';
import type { Lock, Report } from '../domain/report.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson, readJsonLines } from '../storage/object-store.ts';
import { ROWS } from './convert.ts';
import { objectOfRecord } from './drop-names.ts';
import { type LinkRecord, linkRecordSchema } from './fetch.ts';
import type { Manifest } from './manifest.ts';
import { readPlan } from './plan.ts';
import { readAhead } from './read-ahead.ts';
import { keptOfRecord } from './read-kept.ts';
import type { Services } from './services.ts';

/** Shards and batches are small objects, and there can be tens of thousands. */
const READ_AT_ONCE = 16;

export interface MediaTold {
  media: Report['media'];
  /** Distinct entries that rows name, by archive number. */
  used: Record<string, number>;
  /** Links that failed for a reason that may pass, and objects of buckets: they can be mended without touching the drop. */
  retryable: number;
}

/** Writes `lock.json` (every reference and the file it stands for) and `fetches.jsonl`, and counts the media. */
export async function publishLock(services: Services, manifest: Manifest): Promise<MediaTold> {
  const { shards } = await readPlan(services, manifest);
  const named = await namedHashes(services, manifest, shards);
  const told: MediaTold = {
    media: { references: named.references, assets: 0, bytes: 0, deduplicated: 0, byKind: {} },
    used: {},
    retryable: 0,
  };
  const assets = await gatherAssets(services, manifest, { named: named.hashes, told });
  await services.results.write(
    keys.run(manifest.dataset, manifest.run).lock,
    lockText(services, manifest, { assets, shards }),
    { contentType: 'application/json' },
  );
  told.media.assets = assets.size;
  told.media.deduplicated = Math.max(0, named.references - assets.size);
  for (const asset of assets.values()) {
    told.media.bytes += asset.bytes;
    told.media.byKind[asset.kind] = (told.media.byKind[asset.kind] ?? 0) + 1;
  }
  return told;
}

async function namedHashes(
  services: Services,
  manifest: Manifest,
  shards: number,
): Promise<{ hashes: Set<string>; references: number }> {
  const hashes = new Set<string>();
  let references = 0;
  for await (const ofShard of allReferences(services, manifest, shards)) {
    for (const { sha256 } of ofShard) hashes.add(sha256);
    references += ofShard.length;
  }
  return { hashes, references };
}

async function* allReferences(
  { results }: Services,
  { dataset, run }: Manifest,
  shards: number,
): AsyncGenerator<Lock['references']> {
  const work = keys.work(dataset, run);
  const numbers = Array.from({ length: shards }, (_, shard) => shard);
  yield* readAhead(numbers, READ_AT_ONCE, (shard) =>
    readLines<Lock['references'][number]>(results, work.converted(ROWS, shard, 'references.jsonl')),
  );
}

/** The lines of one shard or batch; written by this run, so that they need no second check. */
async function readLines<T>(results: ObjectStore, key: string): Promise<T[]> {
  const lines: T[] = [];
  for await (const line of readJsonLines(results, key, (value) => value as T)) lines.push(line);
  return lines;
}

interface Gathering {
  named: ReadonlySet<string>;
  told: MediaTold;
}

async function gatherAssets(
  services: Services,
  manifest: Manifest,
  { named, told }: Gathering,
): Promise<Map<string, Asset>> {
  const assets = new Map<string, Asset>();
  const keep = (asset: Asset | null) => {
    if (asset !== null && named.has(asset.sha256)) assets.set(asset.sha256, asset);
  };
  for await (const { record, asset } of collectedRecords(services, manifest)) {
    keep(asset);
    const archive = /^a(\d+):/.exec(record)?.[1];
    if (asset === null && (objectOfRecord(record) ?? keptOfRecord(record)) !== null) told.retryable += 1;
    if (archive !== undefined) told.used[Number(archive)] = (told.used[Number(archive)] ?? 0) + 1;
  }
  const fetches: string[] = [];
  for await (const { record, fetch } of linkRecords(services, manifest)) {
    keep(record.asset);
    told.retryable += fetch.retryable ? 1 : 0;
    fetches.push(`${JSON.stringify({ ...fetch, sha256: record.asset?.sha256 ?? null })}\n`);
  }
  if (fetches.length > 0) {
    await services.results.write(keys.run(manifest.dataset, manifest.run).fetches, fetches.join(''));
  }
  return assets;
}

async function* collectedRecords({ results }: Services, { dataset, run }: Manifest): AsyncGenerator<AssetRecord> {
  const work = keys.work(dataset, run);
  const read = readAhead(results.list(work.collectedAll), READ_AT_ONCE, async ({ key }) =>
    key === work.collectItems ? [] : readLines<AssetRecord>(results, key),
  );
  for await (const records of read) yield* records;
}

async function* linkRecords({ results }: Services, { dataset, run }: Manifest): AsyncGenerator<LinkRecord> {
  const read = readAhead(results.list(keys.work(dataset, run).links), READ_AT_ONCE, async ({ key }) =>
    key.endsWith('.json') ? readJson(results, key, (value) => linkRecordSchema.parse(value)) : null,
  );
  for await (const link of read) if (link !== null) yield link;
}

/** The lock as text, piece by piece: assets by hash, then references in the order of the rows. */
async function* lockText(
  services: Services,
  manifest: Manifest,
  { assets, shards }: { assets: ReadonlyMap<string, Asset>; shards: number },
): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{ "schemaVersion": 1,\n"assets": {');
  let separator = '\n';
  for (const [hash, { sha256: _sha256, ...facts }] of [...assets].sort(([left], [right]) => (left < right ? -1 : 1))) {
    yield Buffer.from(`${separator}${JSON.stringify(hash)}: ${JSON.stringify(facts)}`);
    separator = ',\n';
  }
  yield Buffer.from('\n},\n"references": [');
  separator = '\n';
  for await (const ofShard of allReferences(services, manifest, shards)) {
    if (ofShard.length === 0) continue;
    yield Buffer.from(separator + ofShard.map((reference) => JSON.stringify(reference)).join(',\n'));
    separator = ',\n';
  }
  yield Buffer.from('\n] }\n');
}
