import { z } from 'zod';
import { excerpt } from '../../domain/excerpt.ts';
import type { JobState } from '../../domain/target.ts';
import type { JobSnapshot } from '../provider.ts';

/** Seconds since 1970, within what a date can hold. */
const seconds = z.number().min(0).max(8_640_000_000_000);
/** Ids and names of OpenAI have less than a hundred characters; whatever is longer is none. */
const LONGEST_ID = 512;
const id = z.string().min(1).max(LONGEST_ID);

/** Servers send `{}` and null fields where there is no error (cequence-io/openai-scala-client#80). */
const jobError = z
  .object({ code: z.string().nullish(), message: z.string().nullish(), param: z.string().nullish() })
  .nullish();

/** Only what is read here, and words instead of enums: `paused` and `pausing` were seen before any specification had them. */
export const jobAnswer = z.object({
  id,
  created_at: seconds,
  status: z.string().nullish().catch(null),
  fine_tuned_model: id.nullish().catch(null),
  error: jobError.catch(null),
  metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
  result_files: z.array(z.string()).nullish().catch(null),
  training_file: z.string().nullish().catch(null),
  validation_file: z.string().nullish().catch(null),
});
export type JobAnswer = z.infer<typeof jobAnswer>;

/** `has_more` is required: an answer without it is no proof that there are no more jobs. */
export const jobPageAnswer = z.object({ data: z.array(jobAnswer), has_more: z.boolean() });
export type JobPage = z.infer<typeof jobPageAnswer>;

/** A job or an upload's part that was just made: its id is all that counts. */
export const createdAnswer = z.object({ id });

export const fileAnswer = z.object({
  id: z.string().min(1),
  bytes: z.number().nullish(),
  created_at: seconds,
  filename: z.string().nullish(),
  status: z.string().nullish(),
  expires_at: z.number().nullish(),
});
export type FileAnswer = z.infer<typeof fileAnswer>;

/** Without `has_more` the list counts as whole: the worst that can follow is a second upload. */
export const filePageAnswer = z.object({ data: z.array(fileAnswer), has_more: z.boolean().default(false) });
export type FilePage = z.infer<typeof filePageAnswer>;

/** `shutdown_date` came in 2026; servers that do not know it leave it out. */
export const modelAnswer = z.object({ id, shutdown_date: z.iso.date().nullish().catch(null) });
export type ModelAnswer = z.infer<typeof modelAnswer>;

export const uploadAnswer = z.object({ id: z.string().min(1), file: z.object({ id: z.string() }).nullish() });
export type UploadAnswer = z.infer<typeof uploadAnswer>;

const anything = z.record(z.string(), z.unknown()).nullish().catch(null);

/** An event, as loosely as they were seen: `data` may be null or `{}`, and types beyond the specified ones come. */
const eventAnswer = z.object({
  id: z.string().nullish().catch(null),
  created_at: seconds.nullish().catch(null),
  level: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
  data: anything,
});
export type EventAnswer = z.infer<typeof eventAnswer>;

export const eventPageAnswer = z.object({ data: z.array(eventAnswer), has_more: z.boolean().catch(false) });
export type EventPage = z.infer<typeof eventPageAnswer>;

const checkpointAnswer = z.object({
  fine_tuned_model_checkpoint: id,
  step_number: z.int().nonnegative().nullish().catch(null),
  metrics: anything,
});
export type CheckpointAnswer = z.infer<typeof checkpointAnswer>;

export const checkpointPageAnswer = z.object({ data: z.array(checkpointAnswer) });
export type CheckpointPage = z.infer<typeof checkpointPageAnswer>;

/** The error envelope's inside, as far as any server fills it. */
export const errorAnswer = z.object({
  code: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
});

const STATES: ReadonlyMap<string, JobState> = new Map([
  ['validating_files', 'validating'],
  ['queued', 'queued'],
  ['running', 'running'],
  ['pausing', 'paused'],
  ['paused', 'paused'],
  ['cancelling', 'stopping'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
]);

/** Our word for a job's state; a word that nobody knows yet is `unknown`, and never an end. */
export function stateOf(job: JobAnswer): JobState {
  const state = STATES.get(job.status ?? '') ?? 'unknown';
  // The model's name may come a moment after the state; without it there is nothing to hand over, and it is not waited for long.
  return state === 'succeeded' && !job.fine_tuned_model ? 'unknown' : state;
}

/** A job as the pipeline sees it. OpenAI tells progress in its events alone. */
export function snapshotOf(job: JobAnswer): JobSnapshot {
  const state = stateOf(job);
  return {
    id: job.id,
    state,
    providerState: excerpt(job.status ?? 'none'),
    tunedModel: state === 'succeeded' ? (job.fine_tuned_model ?? null) : null,
    error: errorOf(job) ?? (state === 'failed' ? NO_REASON : null),
    progress: state === 'succeeded' ? 1 : null,
  };
}

const NO_REASON = 'OpenAI gave no reason; its console shows the job’s events';
const LONGEST_MESSAGE = 500;

function errorOf({ error }: JobAnswer): string | null {
  const parts = [error?.code, error?.message, error?.param ? `(${error.param})` : null].filter((part) => part);
  return parts.length === 0 ? null : excerpt(parts.join(' '), LONGEST_MESSAGE);
}
