import { z } from 'zod';
import type { Issue } from '../domain/finding.ts';
import type { AssetRecord, Location } from '../domain/media.ts';
import { readZipEntries, type ZipEntry } from '../formats/zip.ts';
import { inspectMedia } from '../media/inspect.ts';
import { keys } from '../storage/keys.ts';
import { type ReadableStore, readBytes } from '../storage/object-store.ts';
import { archiveOf, objectAccess } from './archives.ts';
import { collectObject } from './collect-object.ts';
import { archiveRecord, looseRecord } from './drop-names.ts';
import { faultIssue } from './fault-issue.ts';
import { inParallel } from './in-parallel.ts';
import { type Manifest, readManifest, runReferenceSchema } from './manifest.ts';
import { planCollection } from './plan.ts';
import { type CollectItem, collectItemSchema } from './plan-items.ts';
import { keptRecord } from './read-kept.ts';
import type { Services } from './services.ts';
import { step } from './step.ts';

/** Decoding runs on the image library's own threads; a few at once keep them busy without piling up bytes. */
const INSPECTED_AT_ONCE = 4;
/** The largest media file that any provider takes is 100 MB; nothing larger is worth reading. */
const LARGEST_MEDIA_BYTES = 128 * 1024 * 1024;

const collectEventSchema = z.union([
  runReferenceSchema.extend({ phase: z.literal('plan') }),
  runReferenceSchema.extend({ item: collectItemSchema }),
]);

/** Plans which files to bring, once; then brings a batch of them: each is hashed, checked and described, its bytes stay where they are. */
export const collect = step('collect', collectEventSchema, async (event, services) => {
  if ('phase' in event) return planCollection(services, event);
  const { item } = event;
  const key = keys.work(event.dataset, event.run).collected(item.batch);
  if ((await services.results.head(key)) !== null) return { batch: item.batch };
  const manifest = await readManifest(services, event);
  const records = await collectBatch(services, manifest, item);
  await services.results.write(key, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  services.progress.add('collect', {
    files: records.length,
    bytes: records.reduce((sum, { asset }) => sum + (asset?.bytes ?? 0), 0),
  });
  return { batch: item.batch };
});

interface Brought {
  record: string;
  name: string;
  at: Location;
  /** The bytes, or why there are none. */
  content: Uint8Array | Issue;
  /** What is odd about the name itself. */
  odd?: readonly Issue[];
}

async function collectBatch(services: Services, manifest: Manifest, item: CollectItem): Promise<AssetRecord[]> {
  const records: AssetRecord[] = [];
  await inParallel(bringBatch(services, manifest, item), INSPECTED_AT_ONCE, async (brought) => {
    records.push(await describe(brought, manifest));
  });
  await inParallel(item.objects ?? [], INSPECTED_AT_ONCE, async (uri) => {
    records.push(await collectObject(services, manifest, { uri, maxBytes: LARGEST_MEDIA_BYTES }));
  });
  return records.sort((left, right) => (left.record < right.record ? -1 : 1));
}

async function describe({ record, name, at, content, odd = [] }: Brought, { spec }: Manifest): Promise<AssetRecord> {
  if (!(content instanceof Uint8Array)) return { record, asset: null, at: null, issues: [...odd, content] };
  const { asset, issues } = await inspectMedia(content, { name, verify: spec.media.verify });
  return { record, asset, at: asset === null ? null : at, issues: [...odd, ...issues] };
}

async function* bringBatch(services: Services, manifest: Manifest, item: CollectItem): AsyncGenerator<Brought> {
  if (item.archive !== undefined)
    yield* bringEntries(services, manifest, item.archive, (item.entries ?? []) as unknown as ZipEntry[]);
  for (const { key, name, size, etag } of item.loose ?? []) {
    const at = { store: 'inbox', key, etag } as const;
    const content = size > LARGEST_MEDIA_BYTES ? tooLarge(name, size) : await readWhole(services.inbox, at);
    yield { record: looseRecord(key), name, at, content };
  }
  for (const sha256 of item.data ?? []) {
    const at = { store: 'results', key: keys.work(manifest.dataset, manifest.run).data(sha256) } as const;
    yield { record: `u:${sha256}`, name: '', at, content: await readWhole(services.results, at) };
  }
  for (const sha256 of item.kept ?? []) {
    const at = { store: 'results', key: keys.history(manifest.dataset).media(sha256) } as const;
    yield {
      record: keptRecord(sha256),
      name: '',
      at,
      content: (await readBytes(services.results, at.key)) ?? gone(at.key),
    };
  }
}

function gone(key: string): Issue {
  return {
    code: 'HISTORY_MISSING',
    severity: 'error',
    message: `a file of an earlier state is missing: "${key}" is not in the results`,
    hint: 'Restore it, or take the row out with a list of rows to retire.',
  };
}

async function readWhole(store: ReadableStore, { key, etag }: { key: string; etag?: string }): Promise<Uint8Array> {
  const bytes = await readBytes(store, key, etag === undefined ? {} : { ifMatch: etag });
  if (bytes === null) throw new Error(`[collect] "${key}" is not there any more. Run again.`);
  return bytes;
}

async function* bringEntries(
  services: Services,
  manifest: Manifest,
  archive: number,
  entries: readonly ZipEntry[],
): AsyncGenerator<Brought> {
  const source = objectAccess(services.inbox, archiveOf(manifest, archive));
  for await (const read of readZipEntries(source, entries, { maxEntryBytes: LARGEST_MEDIA_BYTES })) {
    const { entry } = read;
    const content = 'bytes' in read ? read.bytes : faultIssue(read.fault, 'error');
    yield {
      record: archiveRecord(archive, entry.index),
      name: entry.name,
      at: { archive, entry: { ...entry } },
      content,
      odd: entry.warnings.map((warning) => faultIssue(warning, 'warning')),
    };
  }
}

function tooLarge(name: string, size: number): Issue {
  return {
    code: 'MEDIA_TOO_LARGE',
    severity: 'error',
    message: `"${name}" has ${size} bytes; no provider takes a file above ${LARGEST_MEDIA_BYTES}`,
    hint: 'Make it smaller: scale images down, shorten audio, split documents.',
  };
}
