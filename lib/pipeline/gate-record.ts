import { z } from 'zod';
import { findingSchema } from '../domain/finding.ts';
import { costSchema, rangeSchema } from '../domain/job-plan.ts';
import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
import { moneySchema } from './hold.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';
import { targetSummarySchema } from './target-summary.ts';

const count = z.int().nonnegative();
const bySplit = z.strictObject({ train: count, validation: count });

export const gateTargetSchema = z.strictObject({
  name: z.string(),
  verdict: z.enum(['accepted', 'refused', 'held']),
  message: z.string().optional(),
  /** false = a job of it is only looked for: an earlier attempt may have made one. Plans of runs that were under way at an upgrade do not say. */
  mayCreate: z.boolean().default(true),
  key: z.string(),
  totals: targetSummarySchema,
  billed: rangeSchema,
  epochs: rangeSchema,
  usdPerMillionTokens: z.number().nullable(),
  cost: costSchema.nullable(),
  /** The job that stands for the key already. */
  job: z.string().nullable(),
});
export type GateTarget = z.infer<typeof gateTargetSchema>;

/** The plan that the run carries out: verdict, cost and job key of each target. */
export const gateSchema = z.strictObject({
  rows: z.strictObject({ accepted: count, rejected: count, references: count, ...bySplit.shape }),
  targets: z.array(gateTargetSchema),
  findings: z.array(findingSchema),
  /** The plan's name, and what became of it. */
  plan: z.string(),
  money: moneySchema,
});
export type Gate = z.infer<typeof gateSchema>;

/** What the gate decided, or null when the run ended before it. */
export function readGate({ results }: Services, { dataset, run }: RunReference): Promise<Gate | null> {
  return readJson(results, keys.work(dataset, run).gate, (value) => gateSchema.parse(value));
}
