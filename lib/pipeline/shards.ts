import { z } from 'zod';
import { keys } from '../storage/keys.ts';
import { readJsonLines } from '../storage/object-store.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';

/** A stretch of one dataset file's rows, and the unit of conversion. */
export const shardSchema = z.strictObject({
  shard: z.int().nonnegative(),
  file: z.int().nonnegative(),
  key: z.string(),
  rows: z.int().nonnegative(),
  /** The batches that hold this shard's asset records. */
  batches: z.array(z.int()),
});
export type Shard = z.infer<typeof shardSchema>;

/** The shards of a run in the order of their rows. */
export function readShards({ results }: Services, { dataset, run }: RunReference): AsyncGenerator<Shard> {
  return readJsonLines(results, keys.work(dataset, run).shards, (value) => shardSchema.parse(value));
}
