import { createHash } from 'node:crypto';
import type { WorkKeys } from '../storage/keys.ts';
import { readBytes, readJson, readJsonLines } from '../storage/object-store.ts';
import { ROWS } from './convert.ts';
import { type RowsSummary, rowsSummarySchema } from './judge-shard.ts';
import { SMALL_READS_AT_ONCE } from './limits.ts';
import type { RunTarget } from './manifest.ts';
import type { Plan } from './plan.ts';
import { readAhead } from './read-ahead.ts';
import type { Services } from './services.ts';
import { mediaBatches, type StagedMedia } from './staged-media.ts';
import { shardSummarySchema, type TargetSummary } from './target-summary.ts';

/** How many rows are accepted, refused, and on which side, over all shards. */
export async function sumRows(
  { results }: Services,
  work: WorkKeys,
  plan: Plan,
): Promise<Omit<RowsSummary, 'snapshot'>> {
  const sum: Omit<RowsSummary, 'snapshot'> = { accepted: 0, rejected: 0, train: 0, validation: 0, references: 0 };
  const summaries = readAhead(shardsOf(plan), SMALL_READS_AT_ONCE, (shard) =>
    readJson(results, work.converted(ROWS, shard, 'summary.json'), (value) => rowsSummarySchema.parse(value)),
  );
  for await (const one of summaries) {
    if (one === null) throw new Error('[gate] a shard has no verdicts.');
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += one[key];
  }
  return sum;
}

/** What a target takes, over all shards. */
export async function sumTarget(
  { results }: Services,
  work: WorkKeys,
  { name }: RunTarget,
  plan: Plan,
): Promise<TargetSummary> {
  const sum: TargetSummary = {
    ...EMPTY,
    rows: { ...ZERO },
    tokens: { ...ZERO },
    tokensAtMost: { ...ZERO },
    bytes: { ...ZERO },
    kinds: [],
    adjustments: {},
  };
  const summaries = readAhead(shardsOf(plan), SMALL_READS_AT_ONCE, (shard) =>
    readJson(results, work.converted(name, shard, 'summary.json'), (value) => shardSummarySchema.parse(value)),
  );
  for await (const one of summaries) {
    if (one === null) throw new Error(`[gate] target "${name}" has a shard without a conversion.`);
    for (const key of ['accepted', 'excluded', 'trainedBefore', 'adjusted', 'withMedia'] as const) sum[key] += one[key];
    for (const key of ['rows', 'tokens', 'tokensAtMost', 'bytes'] as const) {
      sum[key].train += one[key].train;
      sum[key].validation += one[key].validation;
    }
    sum.kinds = [...new Set([...sum.kinds, ...one.kinds])].sort();
    for (const [kind, times] of Object.entries(one.adjustments))
      sum.adjustments[kind] = (sum.adjustments[kind] ?? 0) + times;
  }
  return sum;
}

const ZERO = { train: 0, validation: 0 };
const EMPTY = { accepted: 0, excluded: 0, trainedBefore: 0, adjusted: 0, withMedia: 0 };

/** The hash over the accepted rows' own, in their order. */
export async function contentHash(
  { results }: Services,
  work: WorkKeys,
  { name }: RunTarget,
  plan: Plan,
): Promise<string> {
  const content = createHash('sha256');
  const hashes = readAhead(shardsOf(plan), SMALL_READS_AT_ONCE, (shard) =>
    readBytes(results, work.converted(name, shard, 'hashes')),
  );
  for await (const ofShard of hashes) content.update(ofShard ?? '');
  return content.digest('hex');
}

/** Each distinct file once, in batches that a call can stage: shards that share files would stage them again and again. The answer is how many there are. */
export async function writeMediaItems(
  services: Services,
  work: WorkKeys,
  { name }: RunTarget,
  plan: Plan,
): Promise<number> {
  const seen = new Set<string>();
  const media = distinctMedia(services, { work, target: name, plan, seen });
  await services.results.write(work.mediaItems(name), batchLines(media));
  return seen.size;
}

async function* batchLines(media: AsyncIterable<StagedMedia>): AsyncGenerator<Uint8Array> {
  for await (const batch of mediaBatches(media)) yield Buffer.from(`${JSON.stringify({ media: batch })}\n`);
}

async function* distinctMedia(
  services: Services,
  { work, target, plan, seen }: { work: WorkKeys; target: string; plan: Plan; seen: Set<string> },
): AsyncGenerator<StagedMedia> {
  const named = readAhead(shardsOf(plan), SMALL_READS_AT_ONCE, (shard) =>
    readMedia(services, work.converted(target, shard, 'media.jsonl')),
  );
  for await (const ofShard of named) {
    for (const media of ofShard) {
      if (seen.has(media.name)) continue;
      seen.add(media.name);
      yield media;
    }
  }
}

async function readMedia({ results }: Services, key: string): Promise<StagedMedia[]> {
  const media: StagedMedia[] = [];
  // Written by this run: a million are not checked again.
  for await (const one of readJsonLines(results, key, (value) => value as StagedMedia)) media.push(one);
  return media;
}

function* shardsOf({ shards }: Plan): Generator<number> {
  for (let shard = 0; shard < shards; shard += 1) yield shard;
}
