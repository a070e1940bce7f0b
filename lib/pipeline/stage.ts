import { z } from 'zod';
import type { Split } from '../domain/example.ts';
import type { ReadableFile, StagedFile, StagingCursor, TrainingFile } from '../providers/provider.ts';
import { keys } from '../storage/keys.ts';
import { ObjectChangedError, type ObjectStore, readJson } from '../storage/object-store.ts';
import { readGate } from './gate-record.ts';
import { inParallel } from './in-parallel.ts';
import { JOIN_BEGINS, type Joined, joinCursorSchema, joinedSchema, joinLines } from './join-lines.ts';
import { CALL_LIMITS } from './limits.ts';
import { type Manifest, type RunTarget, readManifest, runReferenceSchema, targetOf } from './manifest.ts';
import { refuseEnded } from './model-ends.ts';
import { readPlan } from './plan.ts';
import { readAssets } from './read-assets.ts';
import type { Services } from './services.ts';
import { mediaBatchSchema, type StagedMedia } from './staged-media.ts';
import { step } from './step.ts';

const STAGED_AT_ONCE = 8;

const stagedFileSchema = z.strictObject({
  split: z.enum(['train', 'validation']),
  reference: z.string(),
  bytes: z.int(),
});
export const stagedFilesSchema = z.strictObject({ train: stagedFileSchema, validation: stagedFileSchema.nullable() });
export type StagedFiles = z.infer<typeof stagedFilesSchema>;

const filesCursorSchema = z.discriminatedUnion('phase', [
  z.strictObject({ phase: z.literal('join'), from: joinCursorSchema }),
  z.strictObject({
    phase: z.literal('bring'),
    joined: joinedSchema,
    train: stagedFileSchema.nullable(),
    resume: z.record(z.string(), z.unknown()).nullable(),
  }),
]);

const stageEventSchema = z.discriminatedUnion('phase', [
  runReferenceSchema.extend({ phase: z.literal('media'), target: z.string(), item: mediaBatchSchema }),
  runReferenceSchema.extend({ phase: z.literal('files'), target: z.string(), cursor: filesCursorSchema.nullish() }),
]);

/** Brings a batch of media where the target reads it; or joins the target's lines into its files and brings those. */
export const stage = step('stage', stageEventSchema, async (event, services) => {
  const manifest = await readManifest(services, event);
  const target = targetOf(manifest, event.target);
  return event.phase === 'media'
    ? stageMedia(services, manifest, target, event.item.media)
    : stageFiles(services, manifest, target, event.cursor ?? null);
});

/** The files that a target's job names, once they are staged. */
export function readStaged(
  { results }: Services,
  { dataset, run }: Pick<Manifest, 'dataset' | 'run'>,
  target: string,
): Promise<StagedFiles | null> {
  return readJson(results, keys.work(dataset, run).staged(target), (value) => stagedFilesSchema.parse(value));
}

async function stageMedia(
  services: Services,
  manifest: Manifest,
  target: RunTarget,
  items: readonly StagedMedia[],
): Promise<unknown> {
  const bySha = new Map(items.map((item) => [item.sha256, item]));
  const wanted = new Map(items.map(({ sha256, at }) => [sha256, at]));
  await inParallel(readAssets(services, manifest, wanted), STAGED_AT_ONCE, async ({ sha256, bytes }) => {
    const item = bySha.get(sha256);
    if (item !== undefined) await bringMedia(services, manifest, target, { item, bytes });
  });
  services.progress.add('stage', { media: items.length });
  return { media: items.length };
}

async function bringMedia(
  services: Services,
  manifest: Manifest,
  target: RunTarget,
  { item, bytes }: { item: StagedMedia; bytes: Uint8Array },
): Promise<void> {
  if (manifest.command === 'convert') {
    await services.results.write(
      keys.run(manifest.dataset, manifest.run).target(target.name, `media/${item.name}`),
      bytes,
      { contentType: item.mime },
    );
    return;
  }
  const client = await services.client(target.provider, target.mediaBase);
  await client.stageMedia(item.name, item.mime, fileInMemory(item.sha256, bytes));
}

function fileInMemory(sha256: string, bytes: Uint8Array): ReadableFile {
  return {
    bytes: bytes.length,
    sha256,
    read: async function* (offset, length) {
      yield bytes.subarray(offset, offset + length);
    },
  };
}

type FilesCursor = z.infer<typeof filesCursorSchema>;

/** One stretch of the way: lines are joined, then the training file is brought, then the other. */
async function stageFiles(
  services: Services,
  manifest: Manifest,
  target: RunTarget,
  cursor: FilesCursor | null,
): Promise<Answer> {
  if ((await readStaged(services, manifest, target.name)) !== null) return { done: true, staged: true, cursor: null };
  if (cursor === null) await refuseEnded(services, manifest, target);
  if (cursor === null || cursor.phase === 'join') return joinStretch(services, manifest, target, cursor);
  return bringStretch(services, manifest, target, cursor);
}

interface Answer {
  done: boolean;
  /** There is something to submit. */
  staged: boolean;
  cursor: FilesCursor | null;
}

function goOn(cursor: FilesCursor): Answer {
  return { done: false, staged: false, cursor };
}

async function joinStretch(
  services: Services,
  manifest: Manifest,
  target: RunTarget,
  cursor: Extract<FilesCursor, { phase: 'join' }> | null,
): Promise<Answer> {
  const { shards } = await readPlan(services, manifest);
  const from = cursor?.from ?? JOIN_BEGINS;
  const { next, joined } = await joinLines(services, manifest, from, {
    target: target.name,
    shards,
    limits: CALL_LIMITS,
  });
  if (next !== null) return goOn({ phase: 'join', from: next });
  if (manifest.command === 'convert') return { done: true, staged: false, cursor: null };
  const bring: FilesCursor = { phase: 'bring', joined, train: null, resume: null };
  // Small files are joined and brought by one call.
  const isSmall = from.stretch === 0 && joined.train.bytes + joined.validation.bytes <= CALL_LIMITS.stagedBytes;
  return isSmall ? bringStretch(services, manifest, target, bring) : goOn(bring);
}

async function bringStretch(
  services: Services,
  manifest: Manifest,
  target: RunTarget,
  cursor: Extract<FilesCursor, { phase: 'bring' }>,
): Promise<Answer> {
  const { joined, resume } = cursor;
  if (cursor.train === null) {
    const brought = await bringFile(services, manifest, target, { split: 'train', joined, resume });
    if ('resume' in brought) return goOn({ ...cursor, resume: brought.resume });
    const next = { ...cursor, train: brought, resume: null };
    const isSmall = joined.train.bytes + joined.validation.bytes <= CALL_LIMITS.stagedBytes;
    return isSmall ? bringStretch(services, manifest, target, next) : goOn(next);
  }
  const { train } = cursor;
  if (joined.validation.lines === 0) return noteStaged(services, manifest, target, { train, validation: null });
  const brought = await bringFile(services, manifest, target, { split: 'validation', joined, resume });
  if ('resume' in brought) return goOn({ ...cursor, resume: brought.resume });
  return noteStaged(services, manifest, target, { train, validation: brought });
}

async function noteStaged(
  services: Services,
  { dataset, run }: Manifest,
  { name }: RunTarget,
  files: StagedFiles,
): Promise<Answer> {
  await services.results.write(keys.work(dataset, run).staged(name), JSON.stringify(files));
  services.progress.add('stage', { files: files.validation === null ? 1 : 2 });
  return { done: true, staged: true, cursor: null };
}

interface Bringing {
  split: Split;
  joined: Joined;
  resume: StagingCursor | null;
}

async function bringFile(
  services: Services,
  manifest: Manifest,
  target: RunTarget,
  { split, joined, resume }: Bringing,
): Promise<StagedFile | { resume: StagingCursor }> {
  const key = keys.run(manifest.dataset, manifest.run).target(target.name, `${split}.jsonl`);
  const client = await services.client(target.provider, target.mediaBase);
  const file = await pinnedFile(services.results, key, joined[split].identity);
  const jobKey = await jobKeyOf(services, manifest, target);
  return client.stageFile(split, file, { key: jobKey, resume, bytesPerCall: CALL_LIMITS.stagedBytes });
}

async function jobKeyOf(services: Services, manifest: Manifest, { name }: RunTarget): Promise<string> {
  const decided = (await readGate(services, manifest))?.targets.find((target) => target.name === name);
  if (decided === undefined) throw new Error(`[stage] target "${name}" has not been weighed. Run again.`);
  return decided.key;
}

async function pinnedFile(store: ObjectStore, key: string, identity: string): Promise<TrainingFile> {
  const info = await store.head(key);
  if (info === null) throw new Error(`[stage] "${key}" is not there any more. Run again.`);
  const read = async function* (offset: number, length: number) {
    try {
      yield* store.read(key, { offset, length, ifMatch: info.etag });
    } catch (error) {
      // It is not the drop that has changed.
      throw error instanceof ObjectChangedError ? new Error(`${error.message} Run again.`) : error;
    }
  };
  return { bytes: info.size, identity, read, s3: (await store.locate?.(key)) ?? null };
}
