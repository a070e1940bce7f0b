import { z } from 'zod';
import { mediaKindSchema } from '../domain/media.ts';

const count = z.int().nonnegative();
const bySplit = z.strictObject({ train: count, validation: count });

export const targetSummarySchema = z.strictObject({
  accepted: count,
  excluded: count,
  /** Of the excluded: rows that the model which training goes on from has learned. Runs that were under way at an upgrade do not say. */
  trainedBefore: count.default(0),
  adjusted: count,
  rows: bySplit,
  tokens: bySplit,
  /** By the dearest reading of the provider's rules. */
  tokensAtMost: bySplit,
  bytes: bySplit,
  withMedia: count,
  kinds: z.array(mediaKindSchema),
  adjustments: z.record(z.string(), count),
});
export type TargetSummary = z.infer<typeof targetSummarySchema>;

/** What one shard gave, with the hashes of its lines; '' where none were written. */
export const shardSummarySchema = targetSummarySchema.extend({
  sha256: z.strictObject({ train: z.string(), validation: z.string() }),
});
export type ShardSummary = z.infer<typeof shardSummarySchema>;
