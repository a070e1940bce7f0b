import { z } from 'zod';
import type { Issue } from '../domain/finding.ts';
import { type AssetRecord, assetRecordSchema } from '../domain/media.ts';
import { inspectMedia } from '../media/inspect.ts';
import { keys } from '../storage/keys.ts';
import { PreconditionFailedError } from '../storage/object-store.ts';
import { inParallel } from './in-parallel.ts';
import { runReferenceSchema } from './manifest.ts';
import type { Services } from './services.ts';
import { step } from './step.ts';

/** Each may hold the largest file in memory. */
const FETCHED_AT_ONCE = 4;

const fetchEventSchema = runReferenceSchema.extend({
  links: z.strictObject({ hosts: z.array(z.string()).nullable() }),
  verify: z.enum(['decode', 'structure']),
  items: z.array(z.strictObject({ record: z.string(), url: z.string() })),
});

/** What one download left: the asset record, and the story that `fetches.jsonl` tells. */
export const linkRecordSchema = z.strictObject({
  record: assetRecordSchema,
  fetch: z.strictObject({
    url: z.string(),
    at: z.string(),
    status: z.int().nullable(),
    etag: z.string().nullable(),
    contentType: z.string().nullable(),
    bytes: z.int(),
    redirects: z.array(z.string()),
    attempts: z.int(),
    /** A failure that may pass: the server was away, not the link wrong. */
    retryable: z.boolean(),
  }),
});
export type LinkRecord = z.infer<typeof linkRecordSchema>;

/** Downloads a batch of links. It only ever adds under `work/`: the batch comes in the event, and what stands already is kept. */
export const fetchLinks = step('fetch', fetchEventSchema, async ({ dataset, run, items, links, verify }, services) => {
  const work = keys.work(dataset, run);
  await inParallel(items, FETCHED_AT_ONCE, async ({ record, url }) => {
    const hash = record.slice(2);
    const keyOf = (sha256: string) => work.linkBytes(hash, sha256);
    const { linkRecord, bytes } = await bring(services, { record, url, hosts: links.hosts, verify, keyOf });
    const { asset } = linkRecord.record;
    if (bytes !== null && asset !== null) await keepFirst(services, keyOf(asset.sha256), bytes);
    await keepFirst(services, work.link(hash), JSON.stringify(linkRecord));
    services.progress.add('fetch', { links: 1, bytes: bytes?.length ?? 0 });
  });
  return { links: items.length };
});

interface Wish {
  record: string;
  url: string;
  hosts: readonly string[] | null;
  verify: 'decode' | 'structure';
  keyOf: (sha256: string) => string;
}

async function bring(
  services: Services,
  { record, url, hosts, verify, keyOf }: Wish,
): Promise<{ linkRecord: LinkRecord; bytes: Uint8Array | null }> {
  const result = await services.download(url, { hosts });
  const story = {
    url: result.shownUrl,
    at: services.now().toISOString(),
    status: result.status,
    etag: result.etag,
    contentType: result.contentType,
    redirects: result.redirects,
    attempts: result.attempts,
  };
  if ('issue' in result) {
    const failed: AssetRecord = { record, asset: null, at: null, issues: [result.issue] };
    return { linkRecord: { record: failed, fetch: { ...story, bytes: 0, retryable: result.retryable } }, bytes: null };
  }
  const name = new URL(url).pathname.split('/').at(-1) ?? '';
  const { asset, issues } = await inspectMedia(result.bytes, {
    name,
    verify,
    ...(result.contentType === null ? {} : { declaredMime: result.contentType }),
  });
  const found: AssetRecord = {
    record,
    asset,
    at: asset === null ? null : { store: 'results', key: keyOf(asset.sha256) },
    issues: issues.map(named),
  };
  return {
    linkRecord: { record: found, fetch: { ...story, bytes: result.bytes.length, retryable: false } },
    bytes: asset === null ? null : result.bytes,
  };

  function named(issue: Issue): Issue {
    return { ...issue, message: `${result.shownUrl}: ${issue.message}` };
  }
}

/** Another attempt may have been here: what it kept is what all later steps read. */
async function keepFirst({ results }: Services, key: string, body: Uint8Array | string): Promise<void> {
  try {
    await results.write(key, body, { ifNoneMatch: '*' });
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
  }
}
