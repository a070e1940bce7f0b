import { z } from 'zod';
import { hashOf } from './canonical.ts';

const usd = z.number().nonnegative();
export const costSchema = z.strictObject({ currency: z.literal('USD'), low: usd, high: usd });
export type Cost = z.infer<typeof costSchema>;

export const rangeSchema = z.strictObject({ low: z.number(), high: z.number() });

/** Whose decision a held plan waits for: the limit that it is above, or a person. */
export const heldBySchema = z.enum(['budget', 'approval', 'day']);

export const plannedTargetSchema = z.strictObject({
  name: z.string(),
  provider: z.string(),
  model: z.string(),
  verdict: z.enum(['accepted', 'refused', 'held']),
  /** Why it is refused or held. */
  message: z.string().optional(),
  rows: z.strictObject({ train: z.int(), validation: z.int() }),
  tokens: z.strictObject({ train: z.int(), validation: z.int() }),
  /** Training tokens that one epoch is billed for, as far as they can be told. */
  billed: rangeSchema,
  epochs: rangeSchema,
  /** USD for a million training tokens; null = not published. */
  usdPerMillionTokens: z.number().nullable(),
  cost: costSchema.nullable(),
  /** The job key: the same data and settings have the same one. */
  key: z.string(),
  /** The job that these data and settings have already; it is not paid again. */
  job: z.string().nullable(),
});
export type PlannedTarget = z.infer<typeof plannedTargetSchema>;

/** `plan.json`: what a run would submit and what that would cost, decided before anything is staged. */
export const jobPlanSchema = z.strictObject({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  run: z.string(),
  simulated: z.boolean(),
  /** Names this very plan: an approval quotes it. */
  plan: z.string(),
  /** Why nothing is submitted before somebody decides; null = nothing stands in the way. */
  held: z.string().nullable(),
  heldBy: heldBySchema.nullable(),
  /** What the jobs that do not exist yet would cost; null = the price of one is not published. */
  cost: costSchema.nullable(),
  budget: z.strictObject({ usd: usd.nullable(), usdPerDay: usd.nullable(), approve: z.boolean() }),
  targets: z.array(plannedTargetSchema),
});
export type JobPlan = z.infer<typeof jobPlanSchema>;

/** The name of a plan: jobs and their prices, whatever has become of them since. A plan of other data, or of another price, has another. */
export function planName(
  { dataset, run }: { dataset: string; run: string },
  targets: readonly { name: string; verdict: string; key: string; cost: Cost | null }[],
): string {
  const jobs = targets
    .filter(({ verdict }) => verdict !== 'refused')
    .map(({ name, key, cost }) => ({ name, key, cost }));
  return hashOf({ dataset, run, jobs }).slice(0, 16);
}
