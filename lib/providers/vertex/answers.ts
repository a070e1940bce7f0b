import { z } from 'zod';
import { excerpt } from '../../domain/excerpt.ts';
import type { JobState } from '../../domain/target.ts';
import type { JobSnapshot } from '../provider.ts';

/** Protobuf's JSON writes int64 as text. */
const count = z.union([z.string().regex(/^\d{1,18}$/), z.number()]).transform(Number);

/** A list of which every item may be missing or odd: its neighbours, and its place in a parallel list, still count. */
const listOf = <T extends z.ZodType>(item: T) => z.array(item.nullish().catch(null)).nullish().catch(null);

const dataStats = z.object({
  tuningDatasetExampleCount: count.nullish().catch(null),
  tuningStepCount: count.nullish().catch(null),
  totalBillableTokenCount: count.nullish().catch(null),
  totalTruncatedExampleCount: count.nullish().catch(null),
  /** From 1, and but a sample. */
  truncatedExampleIndices: listOf(count),
  /** Parallel to the indices. */
  droppedExampleReasons: listOf(z.string()),
});

/** Names of resources have less than three hundred characters; whatever is longer is none. */
const resource = z.string().min(1).max(1024);

const checkpoint = z.object({
  checkpointId: z.string().nullish().catch(null),
  epoch: count.nullish().catch(null),
  step: count.nullish().catch(null),
  endpoint: resource.nullish().catch(null),
});

const tunedModel = z.object({
  model: resource.nullish().catch(null),
  endpoint: resource.nullish().catch(null),
  checkpoints: listOf(checkpoint),
});

const spec = z.object({
  trainingDatasetUri: z.string().nullish(),
  validationDatasetUri: z.string().nullish(),
});

const moment = z.iso.datetime({ offset: true }).nullish().catch(null);

/** Only what is read here, and words instead of enums: new states come without notice. */
export const jobAnswer = z.object({
  name: resource,
  state: z.string().nullish().catch(null),
  createTime: z.iso.datetime({ offset: true }),
  startTime: moment,
  endTime: moment,
  error: z
    .object({ message: z.string().nullish().catch(null) })
    .nullish()
    .catch(null),
  labels: z.record(z.string(), z.string()).nullish().catch(null),
  tunedModel: tunedModel.nullish().catch(null),
  supervisedTuningSpec: spec.nullish().catch(null),
  tuningDataStats: z
    .object({ supervisedTuningDataStats: dataStats.nullish().catch(null) })
    .nullish()
    .catch(null),
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

/** v1beta1 tells what a job that is under way waits for. */
const DETAILS: ReadonlyMap<string, JobState> = new Map([
  ['TUNING_JOB_STATE_WAITING_FOR_QUOTA', 'queued'],
  ['TUNING_JOB_STATE_WAITING_FOR_CAPACITY', 'queued'],
  ['TUNING_JOB_STATE_PROCESSING_DATASET', 'validating'],
]);

/** Our word for a job's state; a word that nobody knows yet is `unknown`, and never an end. */
export function stateOf(job: JobAnswer): JobState {
  const state = STATES.get(job.state ?? '') ?? 'unknown';
  const isUnderWay = state === 'queued' || state === 'running';
  return (isUnderWay ? DETAILS.get(job.tuningJobState ?? '') : null) ?? state;
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
  return [`${stats.totalTruncatedExampleCount} examples were left out${reason ? ` (${reason})` : ''}`];
}

function progressOf({ tuningJobMetadata, tuningDataStats }: JobAnswer): number | null {
  const done = tuningJobMetadata?.completedStepCount;
  const all = tuningDataStats?.supervisedTuningDataStats?.tuningStepCount;
  return done == null || !all ? null : Math.min(1, done / all);
}
