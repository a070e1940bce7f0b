import { z } from 'zod';
import { sha256 } from '../domain/canonical.ts';
import type { Split } from '../domain/example.ts';
import type { LineMapEntry } from '../domain/report.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson, readJsonLines } from '../storage/object-store.ts';
import { type CallLimits, SMALL_READS_AT_ONCE } from './limits.ts';
import type { RunReference } from './manifest.ts';
import { readAhead } from './read-ahead.ts';
import type { Services } from './services.ts';
import { type ShardSummary, shardSummarySchema } from './target-summary.ts';

/** Shards' line maps: at most a few hundred kilobytes each. */
const MAPS_READ_AT_ONCE = 8;

const count = z.int().nonnegative();
const joinedFileSchema = z.strictObject({
  bytes: count,
  lines: count,
  /** Chained over the hashes of the shards' lines: equal ones mean equal bytes, and no file is read to be named. '' = nothing yet. */
  identity: z.string(),
});
export type JoinedFile = z.infer<typeof joinedFileSchema>;

/** A target's training and validation file, as far as they are joined. */
export const joinedSchema = z.strictObject({ train: joinedFileSchema, validation: joinedFileSchema });
export type Joined = z.infer<typeof joinedSchema>;

/** Where the joining goes on: shards before `shard` are in stretches before `stretch`. */
export const joinCursorSchema = z.strictObject({ shard: count, stretch: count, joined: joinedSchema });
export type JoinCursor = z.infer<typeof joinCursorSchema>;

const NOTHING: JoinedFile = { bytes: 0, lines: 0, identity: '' };
export const JOIN_BEGINS: JoinCursor = { shard: 0, stretch: 0, joined: { train: NOTHING, validation: NOTHING } };

interface Joining {
  target: string;
  /** How many shards there are. */
  shards: number;
  limits: CallLimits;
}

/** Joins some shards' lines in the order of the rows and numbers them in the line map; `next` is null once the files stand. */
export async function joinLines(
  services: Services,
  reference: RunReference,
  cursor: JoinCursor,
  joining: Joining,
): Promise<{ next: JoinCursor | null; joined: Joined }> {
  const taken = await takeShards(services, reference, cursor, joining);
  const end = cursor.shard + taken.length;
  const isAll = end === joining.shards;
  // As a rule one call joins them all, straight into the files.
  const into = isAll && cursor.stretch === 0 ? null : cursor.stretch;
  await writeStretch(services, reference, { target: joining.target, taken, from: cursor, into });
  const joined = { train: add(cursor, taken, 'train'), validation: add(cursor, taken, 'validation') };
  if (!isAll) return { next: { shard: end, stretch: cursor.stretch + 1, joined }, joined };
  const hasValidation = joined.validation.bytes > 0;
  if (into !== null)
    await joinStretches(services, reference, { target: joining.target, stretches: into + 1, hasValidation });
  await checkFiles(services, reference, joining.target, joined);
  return { next: null, joined };
}

/** The summaries of as many shards as one call takes on, one at least. */
async function takeShards(
  { results }: Services,
  { dataset, run }: RunReference,
  { shard: first }: JoinCursor,
  { target, shards, limits }: Joining,
): Promise<ShardSummary[]> {
  const work = keys.work(dataset, run);
  const numbers = Array.from({ length: Math.min(shards - first, limits.joinedShards) }, (_, index) => first + index);
  const summaries = readAhead(numbers, SMALL_READS_AT_ONCE, (shard) =>
    readJson(results, work.converted(target, shard, 'summary.json'), (value) => shardSummarySchema.parse(value)),
  );
  const taken: ShardSummary[] = [];
  let bytes = 0;
  let rows = 0;
  for await (const summary of summaries) {
    if (summary === null) throw new Error(`[stage] target "${target}" has a shard without a conversion.`);
    bytes += summary.bytes.train + summary.bytes.validation;
    rows += summary.accepted;
    if (taken.length > 0 && (bytes > limits.joinedBytes || rows > limits.joinedRows)) break;
    taken.push(summary);
  }
  return taken;
}

function add({ joined }: JoinCursor, taken: readonly ShardSummary[], split: Split): JoinedFile {
  let { bytes, lines, identity } = joined[split];
  for (const summary of taken) {
    bytes += summary.bytes[split];
    lines += summary.rows[split];
    if (summary.bytes[split] > 0) identity = sha256(`${identity} ${summary.sha256[split]} ${summary.bytes[split]}`);
  }
  return { bytes, lines, identity };
}

interface Stretch {
  target: string;
  taken: readonly ShardSummary[];
  from: JoinCursor;
  /** null = into the files themselves. */
  into: number | null;
}

const FILES = ['train.jsonl', 'validation.jsonl', 'line-map.jsonl'] as const;
const MAP = 'line-map.jsonl';

async function writeStretch(
  { results }: Services,
  { dataset, run }: RunReference,
  { target, taken, from, into }: Stretch,
): Promise<void> {
  const work = keys.work(dataset, run);
  const place = (file: string) =>
    into === null ? keys.run(dataset, run).target(target, file) : work.joined(target, into, file);
  const parts = (split: Split) =>
    taken.flatMap(({ bytes }, index) =>
      bytes[split] === 0 ? [] : [work.converted(target, from.shard + index, `${split}.jsonl`)],
    );
  await results.concatenate(place('train.jsonl'), parts('train'));
  const validation = parts('validation');
  // An earlier attempt, whose links gave other files, may have had rows to validate with.
  if (into === null && validation.length === 0) await results.remove(place('validation.jsonl'));
  else await results.concatenate(place('validation.jsonl'), validation);
  const maps = taken.map((_, index) => work.converted(target, from.shard + index, 'map.jsonl'));
  const before = { train: from.joined.train.lines, validation: from.joined.validation.lines };
  await results.write(place(MAP), numberedMap(results, maps, before));
}

/** Lines are counted anew in each shard; here they get their numbers in the file. */
async function* numberedMap(
  results: ObjectStore,
  maps: readonly string[],
  start: Readonly<Record<Split, number>>,
): AsyncGenerator<Uint8Array> {
  const before = { ...start };
  for await (const entries of readAhead(maps, MAPS_READ_AT_ONCE, (key) => readMap(results, key))) {
    const last = { ...before };
    const lines: string[] = [];
    for (const entry of entries) {
      const line = before[entry.split] + entry.line;
      last[entry.split] = line;
      lines.push(`${JSON.stringify({ ...entry, line })}\n`);
    }
    Object.assign(before, last);
    if (lines.length > 0) yield Buffer.from(lines.join(''));
  }
}

/** Written by this run: ten million entries are not checked again. */
async function readMap(results: ObjectStore, key: string): Promise<LineMapEntry[]> {
  const entries: LineMapEntry[] = [];
  for await (const entry of readJsonLines(results, key, (value) => value as LineMapEntry)) entries.push(entry);
  return entries;
}

/** Stretches are long, so that S3 joins them itself. They stay until the work goes: a call that is repeated needs them. */
async function joinStretches(
  { results }: Services,
  { dataset, run }: RunReference,
  { target, stretches, hasValidation }: { target: string; stretches: number; hasValidation: boolean },
): Promise<void> {
  const work = keys.work(dataset, run);
  for (const file of FILES) {
    const key = keys.run(dataset, run).target(target, file);
    const parts = Array.from({ length: stretches }, (_, stretch) => work.joined(target, stretch, file));
    if (file === 'validation.jsonl' && !hasValidation) await results.remove(key);
    else await results.concatenate(key, parts);
  }
}

/** The files are named by what was converted: they must be exactly that long. */
async function checkFiles(
  { results }: Services,
  { dataset, run }: RunReference,
  target: string,
  joined: Joined,
): Promise<void> {
  for (const split of ['train', 'validation'] as const) {
    const key = keys.run(dataset, run).target(target, `${split}.jsonl`);
    const size = (await results.head(key))?.size ?? 0;
    if (size !== joined[split].bytes)
      throw new Error(`[stage] "${key}" has ${size} bytes, and its parts ${joined[split].bytes}. Run again.`);
  }
}
