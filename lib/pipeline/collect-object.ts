import { sha256 } from '../domain/canonical.ts';
import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { type AssetRecord, assetRecordSchema } from '../domain/media.ts';
import { inspectMedia } from '../media/inspect.ts';
import { bringObject } from '../media/object-file.ts';
import { objectPlace } from '../rows/object-uri.ts';
import { keys } from '../storage/keys.ts';
import { PreconditionFailedError, readJson } from '../storage/object-store.ts';
import { objectRecord } from './drop-names.ts';
import type { Manifest } from './manifest.ts';
import type { Services } from './services.ts';

interface Wish {
  uri: string;
  maxBytes: number;
}

/**
 * Reads an object that rows name, once in a run: its bytes are copied under `work/`, beside a record that every later call and attempt takes
 * as it stands. The object itself is no part of the drop, and may be another at any time.
 */
export async function collectObject(services: Services, manifest: Manifest, wish: Wish): Promise<AssetRecord> {
  const work = keys.work(manifest.dataset, manifest.run);
  const key = work.object(sha256(wish.uri));
  const standing = await readRecord(services, key);
  if (standing !== null) return standing;
  const { record, bytes } = await bring(services, manifest, wish);
  if (bytes !== null && record.asset !== null) {
    await services.results.write(work.objectBytes(record.asset.sha256), bytes);
  }
  return keepFirst(services, key, record);
}

function readRecord({ results }: Services, key: string): Promise<AssetRecord | null> {
  return readJson(results, key, (value) => assetRecordSchema.parse(value));
}

async function bring(
  services: Services,
  { dataset, run, spec }: Manifest,
  { uri, maxBytes }: Wish,
): Promise<{ record: AssetRecord; bytes: Uint8Array | null }> {
  const record = objectRecord(uri);
  const place = objectPlace(uri);
  const bytes = await bringObject(await services.objects(place.bucket), { ...place, uri }, { maxBytes });
  if (!(bytes instanceof Uint8Array))
    return { record: { record, asset: null, at: null, issues: [bytes] }, bytes: null };
  const { asset, issues } = await inspectMedia(bytes, { name: place.key, verify: spec.media.verify });
  const at =
    asset === null ? null : { store: 'results' as const, key: keys.work(dataset, run).objectBytes(asset.sha256) };
  return { record: { record, asset, at, issues: issues.map((issue) => named(issue, uri)) }, bytes };
}

function named(issue: Issue, uri: string): Issue {
  return { ...issue, message: `"${excerpt(uri, 200)}": ${issue.message}` };
}

/** Two calls may have read different bytes: what the first of them kept is what all later steps read. */
async function keepFirst(services: Services, key: string, record: AssetRecord): Promise<AssetRecord> {
  try {
    await services.results.write(key, JSON.stringify(record), { ifNoneMatch: '*' });
    return record;
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    return (await readRecord(services, key)) ?? record;
  }
}
