import { z } from 'zod';
import { exampleSchema } from '../domain/example.ts';
import { findingSchema } from '../domain/finding.ts';
import { rowOriginSchema } from '../domain/history.ts';
import { mediaReferenceSchema } from '../domain/media.ts';

export const rowKeysSchema = z.strictObject({ id: z.string().optional(), input: z.string(), prompt: z.string() });

/** One line of a shard: a row as read, with all that later steps need to accept it, refuse it, or quote it back. */
export const rowRecordSchema = z.strictObject({
  row: z.int().positive(),
  line: z.int().positive().optional(),
  sheet: z.string().optional(),
  /** The record's bytes in its file, so that a refused row is quoted without reading the file again; null for workbooks. */
  at: z.strictObject({ offset: z.int(), length: z.int() }).nullable(),
  /** What `finedrop_fixes` says of this row when it comes back: `<file>[!<sheet>]:<row>:<12 hex of its content>`. */
  identity: z.string(),
  /** The identity of the row that this one replaces. */
  fixes: z.string().nullable(),
  /** null = refused while reading. */
  example: exampleSchema.nullable(),
  references: z.array(mediaReferenceSchema),
  findings: z.array(findingSchema),
  /** The row's own id, where the drop gives one. */
  id: z.string().optional(),
  /** By what the row is known to other states of the dataset, where any are merged or rows are taken out. */
  keys: rowKeysSchema.optional(),
  /** Where a row of the history stood when it was dropped. */
  origin: rowOriginSchema.optional(),
});
export type RowRecord = z.infer<typeof rowRecordSchema>;

/** What a shard needs from elsewhere; small beside the shard, and all that planning reads. */
export const shardNeedsSchema = z.strictObject({
  rows: z.int().nonnegative(),
  /** Rows that the file puts on a side itself. */
  marked: z.int().nonnegative(),
  /** Of these, those that validate. */
  validation: z.int().nonnegative().default(0),
  records: z.array(z.string()),
  links: z.array(z.strictObject({ record: z.string(), url: z.string() })),
  /** Rows that stand for others; `sound` as far as reading tells. */
  fixes: z.array(
    z.strictObject({ identity: z.string(), sheet: z.string().optional(), row: z.int(), sound: z.boolean() }),
  ),
  missing: z.array(z.string()),
});
export type ShardNeeds = z.infer<typeof shardNeedsSchema>;

/**
 * Shards were written by `normalize` in the same run, so that their lines need no second check:
 * parsing 10 million of them by schema would cost more than all that is done with them.
 */
export function trustRowRecord(value: unknown): RowRecord {
  return value as RowRecord;
}
