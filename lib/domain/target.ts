import { z } from 'zod';
import { limitsSchema } from './limits.ts';

/** A target as a run uses it: everything resolved, nothing optional left to guess. */
export const targetSchema = z.strictObject({
  /** Folder name in the results: `openai`, `openai-gpt-4o-mini`, or what the job spec calls it. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  provider: z.string(),
  model: z.string(),
  hyperparameters: z.record(z.string(), z.union([z.string(), z.number()])),
  /** The tuned model that training goes on from, in the provider's own words; part of the job key. From scratch when absent. */
  from: z.string().optional(),
  suffix: z.string().optional(),
  /** What the job carries for people and their bills; no part of the job key. */
  tags: z.record(z.string(), z.string()).optional(),
  /** The target's own conversion options; part of the job key. */
  adapt: z.record(z.string(), z.unknown()),
  /** Disputed limits that the job spec sets; no part of the job key, for they let data pass and change none. */
  limits: limitsSchema.optional(),
});
export type Target = z.infer<typeof targetSchema>;

export const targetStatusSchema = z.enum([
  'accepted',
  'refused',
  'held',
  'submitted',
  'succeeded',
  'failed',
  'cancelled',
  'lost',
]);
export type TargetStatus = z.infer<typeof targetStatusSchema>;

/** One word for all providers; the provider's own stands beside it as `providerState`. */
export const jobStateSchema = z.enum([
  'queued',
  'validating',
  'running',
  'paused',
  'stopping',
  'succeeded',
  'failed',
  'cancelled',
  'unknown',
]);
export type JobState = z.infer<typeof jobStateSchema>;

/** The states that no job leaves. */
export const TERMINAL_JOB_STATES: ReadonlySet<JobState> = new Set(['succeeded', 'failed', 'cancelled']);
