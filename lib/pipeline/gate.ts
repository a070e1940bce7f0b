import { createHash } from 'node:crypto';
import { z } from 'zod';
import { hashOf } from '../domain/canonical.ts';
import { type Finding, findingAt, findingSchema, type Issue } from '../domain/finding.ts';
import type { DatasetTotals, Provider } from '../providers/provider.ts';
import { keys, type WorkKeys } from '../storage/keys.ts';
import { readBytes, readJson, readJsonLines } from '../storage/object-store.ts';
import { ROWS } from './convert.ts';
import { modelOf, shardSummarySchema, type TargetSummary, targetSummarySchema } from './convert-target.ts';
import { writeEnding } from './ending.ts';
import { type RowsSummary, rowsSummarySchema } from './judge-shard.ts';
import { type Manifest, type RunTarget, readManifest, runReferenceSchema } from './manifest.ts';
import { type Plan, readPlan } from './plan.ts';
import { rejectedName } from './publish-rejected.ts';
import { readAhead } from './read-ahead.ts';
import type { Services } from './services.ts';
import { type StagedMedia, stagedMediaSchema } from './staged-media.ts';
import { step } from './step.ts';

/** Ten million rows are ten thousand shards: one after another they would take a Lambda's whole life. */
const READ_AT_ONCE = 32;

const count = z.int().nonnegative();
const bySplit = z.strictObject({ train: count, validation: count });

const gateTargetSchema = z.strictObject({
  name: z.string(),
  verdict: z.enum(['accepted', 'refused']),
  message: z.string().optional(),
  key: z.string(),
  totals: targetSummarySchema,
  cost: z.strictObject({ currency: z.literal('USD'), low: z.number(), high: z.number() }).nullable(),
});
export type GateTarget = z.infer<typeof gateTargetSchema>;

/** The plan that the run carries out: verdict, cost and job key of each target. */
export const gateSchema = z.strictObject({
  rows: z.strictObject({ accepted: count, rejected: count, references: count, ...bySplit.shape }),
  targets: z.array(gateTargetSchema),
  findings: z.array(findingSchema),
});
export type Gate = z.infer<typeof gateSchema>;

/** Decides, from counts alone, which targets may go on: nothing is staged or paid before. */
export const gate = step('gate', runReferenceSchema, async (reference, services) => {
  const manifest = await readManifest(services, reference);
  const plan = await readPlan(services, manifest);
  const work = keys.work(manifest.dataset, manifest.run);
  const rows = await sumRows(services, work, plan);
  const refusal = refusalOf(manifest, rows);
  const targets: GateTarget[] = [];
  const findings: Finding[] = [];
  const media = new Map<string, number>();
  for (const target of manifest.targets) {
    const weighed = await weigh(services, { manifest, plan, work, target, rows, refusal });
    targets.push(weighed.target);
    if (weighed.target.verdict === 'accepted')
      media.set(target.name, await writeMediaItems(services, work, target, plan));
    findings.push(...weighed.findings);
  }
  const decided: Gate = { rows, targets, findings };
  await services.results.write(work.gate, JSON.stringify(decided));
  if (refusal !== null) await writeEnding(services, manifest, { status: 'rejected', message: refusal });
  const going = targets.filter(({ verdict }) => verdict === 'accepted' && manifest.command !== 'check');
  const items = going.map(({ name }) => ({ name, media: media.get(name) ?? 0, mediaItems: work.mediaItems(name) }));
  return { outcome: items.length > 0 ? 'go' : 'end', targets: items };
});

/** What the gate decided, or null when the run ended before it. */
export function readGate(
  { results }: Services,
  { dataset, run }: Pick<Manifest, 'dataset' | 'run'>,
): Promise<Gate | null> {
  return readJson(results, keys.work(dataset, run).gate, (value) => gateSchema.parse(value));
}

async function sumRows({ results }: Services, work: WorkKeys, plan: Plan): Promise<Gate['rows']> {
  const sum: RowsSummary = { accepted: 0, rejected: 0, train: 0, validation: 0, references: 0 };
  const summaries = readAhead(shardsOf(plan), READ_AT_ONCE, (shard) =>
    readJson(results, work.converted(ROWS, shard, 'summary.json'), (value) => rowsSummarySchema.parse(value)),
  );
  for await (const one of summaries) {
    if (one === null) throw new Error('[gate] a shard has no verdicts.');
    for (const key of Object.keys(sum) as (keyof RowsSummary)[]) sum[key] += one[key];
  }
  return sum;
}

function refusalOf({ spec, command, files }: Manifest, { accepted, rejected }: Gate['rows']): string | null {
  const total = accepted + rejected;
  const allowed = allowedRejects(spec.policy.maxRejected, total);
  if (rejected > allowed) {
    const many = `${rejected} of ${total} rows ${rejected === 1 ? 'is' : 'are'} refused, and policy.maxRejected is ${spec.policy.maxRejected}`;
    const nothing = command === 'run' ? 'nothing was submitted' : 'the data is not ready';
    // A file that was dropped back before holds mended rows: writing over it would lose them.
    const before = files.find(({ name }) => rejectedName(name) === name);
    const place = before === undefined ? 'beside the original' : `beside "${before.name}" under another name`;
    return `${many}: ${nothing}. Mend the rows in rejected/ and drop that file ${place}, or let them pass with policy: {maxRejected: ${rejected}} in finedrop.yaml.`;
  }
  return accepted === 0 ? 'no row is left to train on.' : null;
}

function allowedRejects(limit: number | string, total: number): number {
  if (typeof limit === 'number') return limit;
  // 29% of 100 rows are 29, although 0.29 x 100 is a little less.
  const ROUNDING = 1e-9;
  return Math.floor((Number.parseFloat(limit) * total) / 100 + ROUNDING);
}

interface Weighing {
  manifest: Manifest;
  plan: Plan;
  work: WorkKeys;
  target: RunTarget;
  rows: Gate['rows'];
  refusal: string | null;
}

async function weigh(
  services: Services,
  { manifest, plan, work, target, rows, refusal }: Weighing,
): Promise<{ target: GateTarget; findings: Finding[] }> {
  const provider = await services.provider(target.provider);
  if (provider === null) throw new Error(`[gate] there is no provider "${target.provider}".`);
  const totals = await sumTarget(services, work, target, plan);
  const dataset = datasetTotals(totals);
  const issues = totals.accepted === 0 ? [nothingLeft(provider)] : provider.checkDataset(dataset, target);
  if (!modelOf(provider, target).validation.value && rows.validation > 0)
    issues.push(validationNotTaken(target, rows.validation));
  const error = issues.find(({ severity }) => severity === 'error');
  const message = refusal ?? (error === undefined ? undefined : `${error.message}. ${error.hint ?? ''}`.trim());
  return {
    target: {
      name: target.name,
      verdict: message === undefined ? 'accepted' : 'refused',
      ...(message === undefined ? {} : { message }),
      key: await jobKey(services, { manifest, provider, target, work, plan }),
      totals,
      cost: costOf(provider, target, dataset),
    },
    findings: issues.map((issue) => findingAt(issue, {}, target.name)),
  };
}

async function sumTarget(
  { results }: Services,
  work: WorkKeys,
  { name }: RunTarget,
  plan: Plan,
): Promise<TargetSummary> {
  const sum: TargetSummary = {
    ...EMPTY,
    rows: { ...ZERO },
    tokens: { ...ZERO },
    bytes: { ...ZERO },
    kinds: [],
    adjustments: {},
  };
  const summaries = readAhead(shardsOf(plan), READ_AT_ONCE, (shard) =>
    readJson(results, work.converted(name, shard, 'summary.json'), (value) => shardSummarySchema.parse(value)),
  );
  for await (const one of summaries) {
    if (one === null) throw new Error(`[gate] target "${name}" has a shard without a conversion.`);
    for (const key of ['accepted', 'excluded', 'adjusted', 'withMedia'] as const) sum[key] += one[key];
    for (const key of ['rows', 'tokens', 'bytes'] as const) {
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
const EMPTY = { accepted: 0, excluded: 0, adjusted: 0, withMedia: 0 };

function datasetTotals({ rows, tokens, bytes, kinds, accepted, withMedia }: TargetSummary): DatasetTotals {
  return { rows: { ...rows, withMedia, textOnly: accepted - withMedia }, tokens, bytes, kinds };
}

function nothingLeft({ capabilities }: Provider): Issue {
  return {
    code: 'NOTHING_TO_TRAIN',
    severity: 'error',
    message: `no row is left that ${capabilities.title} can take`,
    hint: 'See the findings of this target for each excluded row, or choose another target.',
  };
}

function validationNotTaken({ model }: RunTarget, rows: number): Issue {
  return {
    code: 'VALIDATION_NOT_TAKEN',
    severity: 'info',
    message: `${model} takes no validation file: its ${rows} validation rows train instead`,
  };
}

function costOf(provider: Provider, target: RunTarget, totals: DatasetTotals): GateTarget['cost'] {
  const price = modelOf(provider, target).usdPerMillionTokens;
  if (price === null) return null;
  const epochs = provider.estimateEpochs(totals, target);
  const dollars = (times: number) => Math.round((totals.tokens.train * times * price.value) / 10_000) / 100;
  return { currency: 'USD', low: dollars(epochs.low), high: dollars(epochs.high) };
}

interface Keying {
  manifest: Manifest;
  provider: Provider;
  target: RunTarget;
  work: WorkKeys;
  plan: Plan;
}

/** Equal data and settings give an equal key, wherever they lie: no URI, run, file name or version of ours is in it. */
async function jobKey(services: Services, { manifest, provider, target, work, plan }: Keying): Promise<string> {
  const content = createHash('sha256');
  const hashes = readAhead(shardsOf(plan), READ_AT_ONCE, (shard) =>
    readBytes(services.results, work.converted(target.name, shard, 'hashes')),
  );
  for await (const ofShard of hashes) content.update(ofShard ?? '');
  return hashOf({
    content: content.digest('hex'),
    provider: provider.name,
    account: manifest.simulated ? 'simulated' : provider.account(services.settings(provider)),
    model: target.model,
    hyperparameters: target.hyperparameters,
    adapt: target.adapt,
    generation: manifest.spec.generation,
  }).slice(0, 40);
}

/** Each distinct file once: shards that share files would stage them again and again. The answer is how many there are. */
async function writeMediaItems(services: Services, work: WorkKeys, { name }: RunTarget, plan: Plan): Promise<number> {
  const seen = new Set<string>();
  await services.results.write(work.mediaItems(name), distinctMedia(services, { work, target: name, plan, seen }));
  return seen.size;
}

async function* distinctMedia(
  services: Services,
  { work, target, plan, seen }: { work: WorkKeys; target: string; plan: Plan; seen: Set<string> },
): AsyncGenerator<Uint8Array> {
  const named = readAhead(shardsOf(plan), READ_AT_ONCE, (shard) =>
    readMedia(services, work.converted(target, shard, 'media.jsonl')),
  );
  for await (const ofShard of named) {
    for (const media of ofShard) {
      if (seen.has(media.name)) continue;
      seen.add(media.name);
      yield Buffer.from(`${JSON.stringify(media)}\n`);
    }
  }
}

async function readMedia({ results }: Services, key: string): Promise<StagedMedia[]> {
  const media: StagedMedia[] = [];
  for await (const one of readJsonLines(results, key, (value) => stagedMediaSchema.parse(value))) media.push(one);
  return media;
}

function* shardsOf({ shards }: Plan): Generator<number> {
  for (let shard = 0; shard < shards; shard += 1) yield shard;
}
