import { z } from 'zod';
import { splitSchema } from './example.ts';
import { assetSchema, originSchema } from './media.ts';
import { commandSchema, runStatusSchema } from './run.ts';
import { jobStateSchema, targetStatusSchema } from './target.ts';
import { namedLineSchema, usageSchema } from './training.ts';

const count = z.int().nonnegative();

export const jobReportSchema = z.strictObject({
  id: z.string(),
  key: z.string().regex(/^[0-9a-f]{40}$/),
  state: jobStateSchema,
  /** The provider's own word. */
  providerState: z.string().nullable(),
  tunedModel: z.string().nullable(),
  /** The job existed before this run: nothing was paid again. */
  adopted: z.boolean(),
  error: z.string().optional(),
});
export type JobReport = z.infer<typeof jobReportSchema>;

/** A row that a provider left out, cut, or named in an error; `line` counts in the file of its split. */
const droppedRowSchema = z.strictObject({
  file: z.string(),
  sheet: z.string().optional(),
  row: z.int().positive(),
  ...namedLineSchema.shape,
});
export type DroppedRow = z.infer<typeof droppedRowSchema>;

/** Whether a tuned model became the current one of its target, and why. */
export const promotionSchema = z.strictObject({ promoted: z.boolean(), reason: z.string() });
export type Promotion = z.infer<typeof promotionSchema>;

export const targetReportSchema = z.strictObject({
  name: z.string(),
  provider: z.string(),
  model: z.string(),
  /** The tuned model that training goes on from; absent = from scratch. */
  from: z.string().optional(),
  status: targetStatusSchema,
  rows: z.strictObject({
    accepted: count,
    adjusted: count,
    excluded: count,
    /** Of the excluded: rows that the model which training goes on from has learned; none where absent. */
    trainedBefore: count.optional(),
    train: count,
    validation: count,
  }),
  tokens: z.strictObject({ train: count, validation: count }),
  estimatedCost: z.strictObject({ currency: z.literal('USD'), low: z.number(), high: z.number() }).nullable(),
  /** How often each adjustment was made, by kind (`gif-to-png`). */
  adjustments: z.record(z.string(), count),
  files: z.record(z.string(), z.string()),
  job: jobReportSchema.nullable(),
  /** `count` is the provider's, and may be larger than the list: providers name a sample. */
  dropped: z.strictObject({ count, rows: z.array(droppedRowSchema) }).optional(),
  promotion: promotionSchema.optional(),
  /** How the tuned model is asked. */
  use: usageSchema.optional(),
  /** Why the target ended so, in a sentence, when it is not plain. */
  message: z.string().optional(),
  simulated: z.boolean(),
});
export type TargetReport = z.infer<typeof targetReportSchema>;

export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  finedrop: z.string(),
  dataset: z.string(),
  run: z.string(),
  command: commandSchema,
  status: runStatusSchema,
  duplicateOf: z.string().optional(),
  simulated: z.boolean(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** One sentence on how the run ended and what to do next. */
  message: z.string(),
  inputs: z.array(
    z.strictObject({
      key: z.string(),
      bytes: count,
      rows: count.optional(),
      entries: count.optional(),
      used: count.optional(),
    }),
  ),
  rows: z.strictObject({ total: count, accepted: count, rejected: count, train: count, validation: count }),
  media: z.strictObject({
    references: count,
    assets: count,
    bytes: count,
    deduplicated: count,
    byKind: z.record(z.string(), count),
  }),
  findings: z.strictObject({ errors: count, warnings: count, infos: count, byCode: z.record(z.string(), count) }),
  /** Files that rows name and that have not arrived (status `waiting`). */
  missing: z.array(z.string()).optional(),
  targets: z.array(targetReportSchema),
});
export type Report = z.infer<typeof reportSchema>;

/** One line of `line-map.jsonl`: which row became which line of a training or validation file. */
export const lineMapEntrySchema = z.strictObject({
  line: z.int().positive(),
  split: splitSchema,
  file: z.string(),
  sheet: z.string().nullable(),
  row: z.int().positive(),
  sourceLine: z.int().positive().nullable(),
  example: z.string(),
  adjustments: z.array(z.string()).optional(),
});
export type LineMapEntry = z.infer<typeof lineMapEntrySchema>;

export const lockSchema = z.strictObject({
  schemaVersion: z.literal(1),
  assets: z.record(z.string(), assetSchema.omit({ sha256: true })),
  references: z.array(
    z.strictObject({
      file: z.string(),
      sheet: z.string().optional(),
      row: z.int().positive(),
      part: z.int().positive(),
      origin: originSchema,
      name: z.string(),
      sha256: z.string(),
    }),
  ),
});
export type Lock = z.infer<typeof lockSchema>;

/** The reader that reports are promised to satisfy: what must add up, said as sentences; empty when all does. */
export function reportContradictions(report: Report): string[] {
  const { rows } = report;
  const problems: string[] = [];
  if (rows.accepted + rows.rejected !== rows.total) problems.push('rows.accepted + rows.rejected is not rows.total');
  for (const target of report.targets) {
    const { accepted, excluded, adjusted, trainedBefore = 0 } = target.rows;
    if (accepted + excluded !== rows.accepted)
      problems.push(`${target.name}: accepted + excluded is not the accepted rows`);
    if (trainedBefore > excluded) problems.push(`${target.name}: more rows trained before than excluded`);
    if (adjusted > accepted) problems.push(`${target.name}: more rows adjusted than accepted`);
  }
  return problems;
}
