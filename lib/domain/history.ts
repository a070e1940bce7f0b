import { z } from 'zod';
import { splitSchema } from './example.ts';
import { jobStateSchema } from './target.ts';

const count = z.int().nonnegative();
const hash16 = z.string().regex(/^[0-9a-f]{16}$/);

/** One accepted state of a dataset, as the history lists it: `.finedrop/history/<dataset>/head.json`. */
export const datasetStateSchema = z.strictObject({
  snapshot: hash16,
  /** The drop that it was: a hash over keys, ETags and sizes of all but its job spec. */
  drop: z.string(),
  /** The run that accepted it first. */
  run: z.string(),
  at: z.iso.datetime(),
  rows: count,
  /** Rows that the newest training had not, and rows that it had and this state has no more; all are new where nothing was trained. */
  newRows: count,
  goneRows: count,
  /** With `history: append`: the earlier states whose rows are in this one, oldest first. */
  base: z.array(hash16),
  /** The state it came after: rows keep the sides that they had there. */
  after: hash16.nullable(),
  /** With `history: append`: its rows' words and files are kept, so that they outlive the drop. */
  kept: z.boolean(),
  /** What is kept holds the rows of `base` as well, so that those need not be read again. */
  isWhole: z.boolean(),
});
export type DatasetState = z.infer<typeof datasetStateSchema>;

export const historySchema = z.strictObject({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  /** Oldest first. */
  states: z.array(datasetStateSchema),
});
export type History = z.infer<typeof historySchema>;

/** Where a row stood when it was dropped. */
export const rowOriginSchema = z.strictObject({
  snapshot: hash16,
  file: z.string(),
  sheet: z.string().optional(),
  row: z.int().positive(),
});

/** One row of a state: what it is by its content, and where it came from. A line of `snapshots/<id>/rows.jsonl`. */
export const snapshotRowSchema = z.strictObject({
  example: z.string(),
  /** First 16 hex of a hash over words and files, by which a row is known as trained already. */
  content: hash16,
  split: splitSchema,
  /** The row's own id, where the drop gives one. */
  id: z.string().optional(),
  /** With `history: append`: hash over all but the answer. */
  input: hash16.optional(),
  file: z.string(),
  sheet: z.string().optional(),
  row: z.int().positive(),
  line: z.int().positive().optional(),
  /** sha256 of its files, in their order. */
  assets: z.array(z.string()),
  /** Where it stood when it was dropped, for a row that only the history holds. */
  origin: rowOriginSchema.optional(),
});
export type SnapshotRow = z.infer<typeof snapshotRowSchema>;

/** One model, or the job that should have become one: an entry of `.finedrop/history/<dataset>/models.json`. */
export const modelRecordSchema = z.strictObject({
  target: z.string(),
  provider: z.string(),
  model: z.string(),
  tunedModel: z.string().nullable(),
  run: z.string(),
  job: z.string(),
  /** The job key. */
  key: z.string(),
  status: z.enum(['succeeded', 'failed', 'cancelled', 'lost', 'submitted']),
  state: jobStateSchema,
  simulated: z.boolean(),
  /** The state of the dataset that it was made of. */
  snapshot: hash16.nullable(),
  drop: z.string(),
  /** The tuned model that training went on from, and the snapshot whose rows were left out for it. */
  from: z.string().nullable(),
  without: z.string().nullable(),
  rows: z.strictObject({ train: count, validation: count }),
  cost: z.strictObject({ currency: z.literal('USD'), low: z.number(), high: z.number() }).nullable(),
  /** The last that the job told; `diverged`: one of them was no finite number. */
  metrics: z.strictObject({
    trainLoss: z.number().nullable(),
    validLoss: z.number().nullable(),
    diverged: z.literal(true).optional(),
  }),
  at: z.iso.datetime(),
});
export type ModelRecord = z.infer<typeof modelRecordSchema>;

/** A move of the pointer to the current model. */
export const pointerMoveSchema = z.strictObject({
  target: z.string(),
  tunedModel: z.string(),
  run: z.string(),
  /** What was current before; null = nothing was. */
  before: z.string().nullable(),
  by: z.enum(['run', 'promote', 'rollback']),
  at: z.iso.datetime(),
});
export type PointerMove = z.infer<typeof pointerMoveSchema>;

export const modelsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  /** Oldest first. */
  models: z.array(modelRecordSchema),
  moves: z.array(pointerMoveSchema),
});
export type Models = z.infer<typeof modelsSchema>;

/** What came of a wish to train: an entry of `.finedrop/history/<dataset>/decisions.json`. */
export const decisionSchema = z.strictObject({
  at: z.iso.datetime(),
  /** What asked: a drop, a schedule, enough new rows, the end of a base model, or a person. */
  by: z.enum(['drop', 'schedule', 'rows', 'retirement', 'hand']),
  decision: z.enum(['submitted', 'skipped', 'held', 'refused']),
  reason: z.string(),
  run: z.string().nullable(),
  execution: z.string(),
});
export type Decision = z.infer<typeof decisionSchema>;

export const decisionsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  /** Oldest first. */
  decisions: z.array(decisionSchema),
});
export type Decisions = z.infer<typeof decisionsSchema>;
