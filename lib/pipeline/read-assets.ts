import type { AssetRecord, Location } from '../domain/media.ts';
import { readZipEntries, type ZipEntry } from '../formats/zip.ts';
import { keys } from '../storage/keys.ts';
import { readBytes, readJson, readJsonLines } from '../storage/object-store.ts';
import { archiveOf, objectAccess } from './archives.ts';
import { linkRecordSchema } from './fetch.ts';
import { inParallel } from './in-parallel.ts';
import type { Manifest } from './manifest.ts';
import type { RowRecord } from './row-record.ts';
import type { Services } from './services.ts';
import type { Shard } from './shards.ts';

const LINKS_READ_AT_ONCE = 16;

/** The asset records that a shard's rows name, by their keys. */
export async function readAssetRecords(
  services: Services,
  manifest: Manifest,
  shard: Shard,
  rows: readonly RowRecord[],
): Promise<Map<string, AssetRecord>> {
  const work = keys.work(manifest.dataset, manifest.run);
  const wanted = new Set(rows.flatMap(({ references }) => references.map(({ record }) => record)));
  const records = new Map<string, AssetRecord>();
  for (const batch of shard.batches) {
    for await (const record of readJsonLines(services.results, work.collected(batch), trustAssetRecord)) {
      if (wanted.has(record.record)) records.set(record.record, record);
    }
  }
  const links = [...wanted].filter((record) => record.startsWith('l:'));
  await inParallel(links, LINKS_READ_AT_ONCE, async (record) => {
    const link = await readJson(services.results, work.link(record.slice(2)), (value) => linkRecordSchema.parse(value));
    if (link !== null) records.set(record, link.record);
  });
  return records;
}

/** Brings the bytes of several assets, neighbours in an archive by one range; in the order in which they lie. */
export async function* readAssets(
  services: Services,
  manifest: Manifest,
  wanted: ReadonlyMap<string, Location>,
): AsyncGenerator<Bytes> {
  const entries = new Map<number, EntryOf[]>();
  for (const [sha256, at] of wanted) {
    if ('store' in at) yield { sha256, bytes: await readObject(services, at) };
    else {
      const ofArchive = entries.get(at.archive) ?? [];
      ofArchive.push({ sha256, entry: at.entry as unknown as ZipEntry });
      entries.set(at.archive, ofArchive);
    }
  }
  for (const [archive, ofArchive] of entries) yield* readEntries(services, manifest, archive, ofArchive);
}

interface Bytes {
  sha256: string;
  bytes: Uint8Array;
}

interface EntryOf {
  sha256: string;
  entry: ZipEntry;
}

async function readObject(services: Services, at: Extract<Location, { store: string }>): Promise<Uint8Array> {
  const store = at.store === 'inbox' ? services.inbox : services.results;
  const bytes = await readBytes(store, at.key, at.etag === undefined ? {} : { ifMatch: at.etag });
  if (bytes === null) throw new Error(`[pipeline] "${at.key}" has gone since it was collected. Run again.`);
  return bytes;
}

async function* readEntries(
  services: Services,
  manifest: Manifest,
  archive: number,
  entries: readonly EntryOf[],
): AsyncGenerator<Bytes> {
  const hashes = new Map(entries.map(({ sha256, entry }) => [entry.index, sha256]));
  const source = objectAccess(services.inbox, archiveOf(manifest, archive));
  for await (const read of readZipEntries(
    source,
    entries.map(({ entry }) => entry),
  )) {
    if ('fault' in read)
      throw new Error(`[pipeline] an archive entry that was sound is not any more: ${read.fault.message}`);
    yield { sha256: hashes.get(read.entry.index) ?? '', bytes: read.bytes };
  }
}

/** Written by `collect` in the same run: a million records are not checked again. */
function trustAssetRecord(value: unknown): AssetRecord {
  return value as AssetRecord;
}
