import type { Split } from '../domain/example.ts';
import { type Finding, findingSchema } from '../domain/finding.ts';
import type { LineMapEntry } from '../domain/report.ts';
import type { JudgeContext } from '../pipeline/accept-rows.ts';
import { convertForTarget } from '../pipeline/convert-target.ts';
import { type Manifest, targetOf } from '../pipeline/manifest.ts';
import { readPlan } from '../pipeline/plan.ts';
import type { RowRecord } from '../pipeline/row-record.ts';
import type { Services } from '../pipeline/services.ts';
import type { Shard } from '../pipeline/shards.ts';
import { shardSummarySchema } from '../pipeline/target-summary.ts';
import { keys } from '../storage/keys.ts';
import { readBytes, readJson, readJsonLines } from '../storage/object-store.ts';

/** What one target gets of a row. */
export interface ExplainedTarget {
  name: string;
  provider: string;
  model: string;
  verdict: 'accepted' | 'excluded';
  split: Split | null;
  tokens: number;
  /** The line's length as it is written, base64 and all. */
  bytes: number;
  adjustments: string[];
  findings: Finding[];
  /** The line's JSON value, with base64 shortened to its beginning and size; null = none is written. */
  line: unknown;
}

interface Row {
  target: string;
  shard: Shard;
  record: RowRecord;
  context: JudgeContext;
}

/** Converts the one row for one target as `convert` would, as a shard of its own behind all others. */
export async function explainTarget(
  services: Services,
  manifest: Manifest,
  { target: name, shard, record, context }: Row,
): Promise<ExplainedTarget> {
  const { provider, model } = targetOf(manifest, name);
  const { shards } = await readPlan(services, manifest);
  const alone: Shard = { ...shard, shard: shards, rows: 1 };
  const writing: Manifest = { ...manifest, command: 'convert' };
  await convertForTarget(services, writing, { shard: alone, rows: [record], context, target: name });
  const key = (part: string) => keys.work(manifest.dataset, manifest.run).converted(name, shards, part);
  const summary = await readJson(services.results, key('summary.json'), (value) => shardSummarySchema.parse(value));
  const findings = await readLines(services, key('findings.jsonl'), (value) => findingSchema.parse(value));
  const [entry] = await readLines(services, key('map.jsonl'), (value) => value as LineMapEntry);
  const about = { name, provider, model, findings };
  if (entry === undefined || summary === null)
    return { ...about, verdict: 'excluded', split: null, tokens: 0, bytes: 0, adjustments: [], line: null };
  const { split, adjustments } = entry;
  const line = await readBytes(services.results, key(`${split}.jsonl`));
  return {
    ...about,
    verdict: 'accepted',
    split,
    tokens: summary.tokens[split],
    bytes: summary.bytes[split],
    adjustments: [...(adjustments ?? [])],
    line: line === null ? null : shortened(JSON.parse(line.toString('utf8'))),
  };
}

async function readLines<T>({ results }: Services, key: string, parse: (value: unknown) => T): Promise<T[]> {
  const values: T[] = [];
  for await (const value of readJsonLines(results, key, parse)) values.push(value);
  return values;
}

/** Shorter texts are shown, whatever they are. */
const SHORTEST_CUT = 120;
const BEGINNING = 24;
const BASE64 = /^(data:[^,]{1,100};base64,)?([A-Za-z0-9+/]+={0,2})$/;

/** The value with its base64 texts as `data:image/png;base64,iVBORw0KGgo… (12,345 bytes)`. */
export function shortened(value: unknown): unknown {
  if (typeof value === 'string') return shortText(value);
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shortened(member)]));
}

function shortText(text: string): string {
  if (text.length <= SHORTEST_CUT) return text;
  const [, head = '', content = ''] = BASE64.exec(text) ?? [];
  if (content === '') return text;
  const bytes = Buffer.byteLength(content, 'base64').toLocaleString('en-US');
  return `${head}${content.slice(0, BEGINNING)}… (${bytes} bytes)`;
}
