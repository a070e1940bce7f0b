import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Split } from '../domain/example.ts';
import { lineMapEntrySchema } from '../domain/report.ts';
import type { ReadableFile, StagedFile } from '../providers/provider.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson, readJsonLines } from '../storage/object-store.ts';
import { type GateTarget, readGate } from './gate.ts';
import { inParallel } from './in-parallel.ts';
import { type Manifest, type RunTarget, readManifest, runReferenceSchema, targetOf } from './manifest.ts';
import { readPlan } from './plan.ts';
import { readAssets } from './read-assets.ts';
import type { Services } from './services.ts';
import { type StagedMedia, stagedMediaSchema } from './staged-media.ts';
import { step } from './step.ts';

const STAGED_AT_ONCE = 8;

const stageEventSchema = z.discriminatedUnion('phase', [
  runReferenceSchema.extend({ phase: z.literal('media'), target: z.string(), items: z.array(stagedMediaSchema) }),
  runReferenceSchema.extend({ phase: z.literal('files'), target: z.string() }),
]);

const stagedFileSchema = z.strictObject({
  split: z.enum(['train', 'validation']),
  reference: z.string(),
  bytes: z.int(),
});
export const stagedFilesSchema = z.strictObject({ train: stagedFileSchema, validation: stagedFileSchema.nullable() });
export type StagedFiles = z.infer<typeof stagedFilesSchema>;

/** Brings a batch of media where the target reads it; or joins the target's lines into its files and brings those. */
export const stage = step('stage', stageEventSchema, async (event, services) => {
  const manifest = await readManifest(services, event);
  const target = targetOf(manifest, event.target);
  return event.phase === 'media'
    ? stageMedia(services, manifest, target, event.items)
    : stageFiles(services, manifest, target);
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

async function stageFiles(services: Services, manifest: Manifest, target: RunTarget): Promise<unknown> {
  if ((await readStaged(services, manifest, target.name)) !== null) return { done: true, staged: true };
  const gate = await readGate(services, manifest);
  const decided = gate?.targets.find(({ name }) => name === target.name);
  if (decided === undefined) throw new Error(`[stage] the gate did not decide on target "${target.name}".`);
  await joinLines(services, manifest, decided);
  if (manifest.command === 'convert') return { done: true, staged: false };
  const train = await bringFile(services, manifest, target, 'train');
  const validation =
    decided.totals.rows.validation > 0 ? await bringFile(services, manifest, target, 'validation') : null;
  await services.results.write(
    keys.work(manifest.dataset, manifest.run).staged(target.name),
    JSON.stringify({ train, validation }),
  );
  services.progress.add('stage', { files: validation === null ? 1 : 2 });
  return { done: true, staged: true };
}

/** Joins the shards' lines in the order of the rows, and numbers them in the line map. */
async function joinLines(services: Services, manifest: Manifest, { name, totals }: GateTarget): Promise<void> {
  const { shards } = await readPlan(services, manifest);
  const run = keys.run(manifest.dataset, manifest.run);
  const work = keys.work(manifest.dataset, manifest.run);
  const parts = (part: string) => Array.from({ length: shards }, (_, shard) => work.converted(name, shard, part));
  await services.results.concatenate(run.target(name, 'train.jsonl'), parts('train.jsonl'));
  const validation = run.target(name, 'validation.jsonl');
  // An earlier attempt, whose links gave other files, may have had rows to validate with.
  if (totals.rows.validation === 0) await services.results.remove(validation);
  else await services.results.concatenate(validation, parts('validation.jsonl'));
  await services.results.write(run.target(name, 'line-map.jsonl'), numberedMap(services.results, parts('map.jsonl')));
}

async function* numberedMap(results: ObjectStore, parts: readonly string[]): AsyncGenerator<Uint8Array> {
  const before: Record<Split, number> = { train: 0, validation: 0 };
  for (const part of parts) {
    const lines: string[] = [];
    const last = { ...before };
    for await (const entry of readJsonLines(results, part, (value) => lineMapEntrySchema.parse(value))) {
      const line = before[entry.split] + entry.line;
      last[entry.split] = line;
      lines.push(`${JSON.stringify({ ...entry, line })}\n`);
    }
    Object.assign(before, last);
    if (lines.length > 0) yield Buffer.from(lines.join(''));
  }
}

async function bringFile(services: Services, manifest: Manifest, target: RunTarget, split: Split): Promise<StagedFile> {
  const client = await services.client(target.provider, target.mediaBase);
  return client.stageFile(
    split,
    await storedFile(services.results, keys.run(manifest.dataset, manifest.run).target(target.name, `${split}.jsonl`)),
  );
}

async function storedFile(store: ObjectStore, key: string): Promise<ReadableFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of store.read(key)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex'), read: (offset, length) => store.read(key, { offset, length }) };
}
