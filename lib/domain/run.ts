import { z } from 'zod';
import { jobStateSchema } from './target.ts';

export const commandSchema = z.enum(['check', 'convert', 'run']);
export type Command = z.infer<typeof commandSchema>;

export const runStatusSchema = z.enum([
  'running',
  'completed',
  'partial',
  'rejected',
  'held',
  'waiting',
  'superseded',
  'duplicate',
  'cancelled',
  'failed',
]);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** One step's life in `status.json`: how often its function was called, and when. */
export const stepRecordSchema = z.strictObject({
  step: z.string(),
  /** Calls of the step's function in all: batches, cursors and retries. */
  attempts: z.int().nonnegative(),
  /** Those that had been made before: retries, and what a later attempt of the run did again. */
  repeated: z.int().nonnegative(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});
export type StepRecord = z.infer<typeof stepRecordSchema>;

export const statusSchema = z.strictObject({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  run: z.string(),
  command: commandSchema,
  status: runStatusSchema,
  simulated: z.boolean(),
  attempt: z.int().positive(),
  startedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Why the run ended as it did, in a sentence. */
  message: z.string().optional(),
  targets: z.array(
    z.strictObject({
      name: z.string(),
      job: z.string().nullable(),
      state: jobStateSchema.nullable(),
      providerState: z.string().nullable(),
      /** 0..1 when the provider tells. */
      progress: z.number().nullable().optional(),
    }),
  ),
  steps: z.array(stepRecordSchema),
  /** The embedded engine adds each state that the machine entered. */
  states: z
    .array(
      z.strictObject({ state: z.string(), at: z.iso.datetime(), event: z.string(), detail: z.string().optional() }),
    )
    .optional(),
});
export type Status = z.infer<typeof statusSchema>;

/** Who works on a run, and how it ended: `claims/<dataset>/<run>.json`. */
export const claimSchema = z.strictObject({
  run: z.string(),
  command: commandSchema,
  generation: z.int().nonnegative(),
  attempt: z.int().positive(),
  status: runStatusSchema,
  holder: z.strictObject({ execution: z.string(), host: z.string(), pid: z.int(), startedAt: z.string() }),
  startedAt: z.string(),
  /** Somebody asked this attempt to end: no job is begun, and those that run are cancelled. */
  cancel: z.boolean().optional(),
});
export type Claim = z.infer<typeof claimSchema>;
