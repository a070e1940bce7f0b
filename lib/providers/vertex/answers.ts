import { z } from 'zod';
import { excerpt } from '../../domain/excerpt.ts';
import type { JobState } from '../../domain/target.ts';
import type { JobSnapshot } from '../provider.ts';

/** Protobuf's JSON writes int64 as text. */
const count = z.union([z.string().regex(/^\d{1,18}$/), z.number()]).transform(Number);

const dataStats = z.object({
  tuningStepCount: count.nullish().catch(null),
  totalTruncatedExampleCount: count.nullish().catch(null),
  droppedExampleReasons: z.array(z.string()).nullish().catch(null),
});

const spec = z.object({
  trainingDatasetUri: z.string().nullish(),
  validationDatasetUri: z.string().nullish(),
});

/** Only what is read here, and words instead of enums: new states come without notice. */
export const jobAnswer = z.object({
  name: z.string().min(1),
  state: z.string().nullish(),
  createTime: z.iso.datetime({ offset: true }),
  error: z.object({ code: z.number().nullish(), message: z.string().nullish() }).nullish().catch(null),
  labels: z.record(z.string(), z.string()).nullish().catch(null),
  tunedModel: z.object({ model: z.string().nullish(), endpoint: z.string().nullish() }).nullish().catch(null),
  supervisedTuningSpec: spec.nullish().catch(null),
  tuningDataStats: z.object({ supervisedTuningDataStats: dataStats.nullish() }).nullish().catch(null),
  /** v1beta1 only. */
  tuningJobState: z.string().nullish().catch(null),
  tuningJobMetadata: z.object({ completedStepCount: count.nullish() }).nullish().catch(null),
});
export type JobAnswer = z.infer<typeof jobAnswer>;

/** No job at all is `{}`. */
export const jobPageAnswer = z.object({
  tuningJobs: z.array(jobAnswer).default([]),
  nextPageToken: z.string().nullish(),
});
export type JobPage = z.infer<typeof jobPageAnswer>;

/** google.rpc.Status in its envelope. */
export const errorAnswer = z.object({
  error: z.object({ message: z.string().nullish().catch(null), status: z.string().nullish().catch(null) }),
});

const STATES: ReadonlyMap<string, JobState> = new Map([
  ['JOB_STATE_QUEUED', 'queued'],
  ['JOB_STATE_PENDING', 'queued'],
  ['JOB_STATE_RUNNING', 'running'],
  ['JOB_STATE_UPDATING', 'running'],
  ['JOB_STATE_PAUSED', 'paused'],
  ['JOB_STATE_CANCELLING', 'stopping'],
  ['JOB_STATE_SUCCEEDED', 'succeeded'],
  ['JOB_STATE_PARTIALLY_SUCCEEDED', 'succeeded'],
  ['JOB_STATE_FAILED', 'failed'],
  ['JOB_STATE_EXPIRED', 'failed'],
  ['JOB_STATE_CANCELLED', 'cancelled'],
]);

const READING_DATA = 'TUNING_JOB_STATE_PROCESSING_DATASET';

/** Our word for a job's state; a word that nobody knows yet is `unknown`, and never an end. */
export function stateOf(job: JobAnswer): JobState {
  const state = STATES.get(job.state ?? '') ?? 'unknown';
  const isUnderWay = state === 'queued' || state === 'running';
  return isUnderWay && job.tuningJobState === READING_DATA ? 'validating' : state;
}

/** A job as the pipeline sees it. The tuned model is named by its endpoint, which is what is asked; it lies in another location than the job. */
export function snapshotOf(job: JobAnswer): JobSnapshot {
  const state = stateOf(job);
  return {
    id: job.name,
    state,
    providerState: providerStateOf(job),
    tunedModel: state === 'succeeded' ? (job.tunedModel?.endpoint ?? job.tunedModel?.model ?? null) : null,
    error: errorOf(job, state),
    progress: state === 'succeeded' ? 1 : progressOf(job),
  };
}

function providerStateOf({ state, tuningJobState }: JobAnswer): string {
  const words = [state ?? 'JOB_STATE_UNSPECIFIED', ...(tuningJobState ? [`(${tuningJobState})`] : [])];
  return excerpt(words.join(' '), LONGEST_STATE);
}

const LONGEST_STATE = 120;
const LONGEST_MESSAGE = 500;
const NO_REASON = 'Vertex AI gave no reason; its console shows the job';
const PARTLY = 'Vertex AI says that the job succeeded in part only; its console shows more';

function errorOf(job: JobAnswer, state: JobState): string | null {
  const said = job.error?.message?.trim();
  const isPartly = job.state === 'JOB_STATE_PARTIALLY_SUCCEEDED';
  const own = state === 'failed' ? NO_REASON : isPartly ? PARTLY : null;
  const message = said ? said : own;
  if (message === null) return null;
  return excerpt([message, ...droppedOf(job, state)].join('; '), LONGEST_MESSAGE);
}

/** Examples that Vertex AI left out explain many failures. */
function droppedOf({ tuningDataStats }: JobAnswer, state: JobState): string[] {
  const stats = tuningDataStats?.supervisedTuningDataStats;
  if (state !== 'failed' || !stats?.totalTruncatedExampleCount) return [];
  const [reason] = stats.droppedExampleReasons ?? [];
  return [`${stats.totalTruncatedExampleCount} examples were left out${reason === undefined ? '' : ` (${reason})`}`];
}

function progressOf({ tuningJobMetadata, tuningDataStats }: JobAnswer): number | null {
  const done = tuningJobMetadata?.completedStepCount;
  const all = tuningDataStats?.supervisedTuningDataStats?.tuningStepCount;
  return done == null || !all ? null : Math.min(1, done / all);
}
