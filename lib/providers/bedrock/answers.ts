import { z } from 'zod';
import { excerpt } from '../../domain/excerpt.ts';
import type { JobState } from '../../domain/target.ts';
import type { JobSnapshot } from '../provider.ts';
import { adviceOnFailure } from './failure.ts';

const moment = z.date().nullish().catch(null);
const step = z
  .object({ status: z.string().nullish().catch(null), lastModifiedTime: moment })
  .nullish()
  .catch(null);

/** ARNs have less than 1,100 characters; whatever is longer is none. */
const arn = z.string().min(1).max(2048);

/** Only what is read here, and words instead of enums: a new word must not break a run that waits for its job. */
export const jobAnswer = z.object({
  jobArn: arn,
  creationTime: z.date(),
  endTime: moment,
  status: z.string().nullish().catch(null),
  statusDetails: z
    .object({ validationDetails: step, dataProcessingDetails: step, trainingDetails: step })
    .nullish()
    .catch(null),
  failureMessage: z.string().nullish().catch(null),
  outputModelArn: arn.nullish().catch(null),
  trainingMetrics: z
    .object({ trainingLoss: z.number().nullish().catch(null) })
    .nullish()
    .catch(null),
  validationMetrics: z
    .array(z.object({ validationLoss: z.number().nullish().catch(null) }))
    .nullish()
    .catch(null),
  trainingDataConfig: z.object({ s3Uri: z.string().nullish() }).nullish().catch(null),
  validationDataConfig: z
    .object({ validators: z.array(z.object({ s3Uri: z.string().nullish() })).nullish() })
    .nullish()
    .catch(null),
  outputDataConfig: z.object({ s3Uri: z.string().nullish() }).nullish().catch(null),
});
export type JobAnswer = z.infer<typeof jobAnswer>;

const jobSummary = z.object({ jobArn: arn, jobName: z.string() });
export type JobSummary = z.infer<typeof jobSummary>;

export const jobPageAnswer = z.object({
  modelCustomizationJobSummaries: z.array(jobSummary).nullish(),
  nextToken: z.string().nullish(),
});
export type JobPage = z.infer<typeof jobPageAnswer>;

export const createdAnswer = z.object({ jobArn: arn });

/** What is told of a base model: words instead of enums, since new ones come without notice. */
export const foundationModelAnswer = z.object({
  modelDetails: z.object({
    modelId: z.string(),
    customizationsSupported: z.array(z.string()).nullish(),
    modelLifecycle: z
      .object({ status: z.string().nullish(), endOfLifeTime: z.date().nullish().catch(null) })
      .nullish()
      .catch(null),
  }),
});
export type FoundationModelAnswer = z.infer<typeof foundationModelAnswer>;

const STATES: ReadonlyMap<string, JobState> = new Map([
  ['InProgress', 'running'],
  ['Stopping', 'stopping'],
  ['Completed', 'succeeded'],
  ['Failed', 'failed'],
  ['Stopped', 'cancelled'],
]);

/** Our word for a job's state; a word that nobody knows yet is `unknown`, and never an end. */
export function stateOf(job: JobAnswer): JobState {
  const state = STATES.get(job.status ?? '') ?? 'unknown';
  if (state === 'running') return stepOf(job);
  // The model's ARN may come a moment after the status; without it there is nothing to hand over, and it is not waited for long.
  return state === 'succeeded' && !job.outputModelArn ? 'unknown' : state;
}

/** Bedrock has one word for all of a job's way to its end; the step that it is at stands in the details. */
function stepOf({ statusDetails }: JobAnswer): JobState {
  const isAt = (details: z.infer<typeof step>) => details?.status === 'InProgress';
  if (isAt(statusDetails?.trainingDetails) || isAt(statusDetails?.dataProcessingDetails)) return 'running';
  return isAt(statusDetails?.validationDetails) ? 'validating' : 'running';
}

const NO_REASON = 'Bedrock gave no reason; its console shows the job’s details';
const LONGEST_MESSAGE = 500;

/** A job as the pipeline sees it. Bedrock tells no progress but its steps. */
export function snapshotOf(job: JobAnswer): JobSnapshot {
  const state = stateOf(job);
  const reason = job.failureMessage ? excerpt(job.failureMessage, LONGEST_MESSAGE) : null;
  return {
    id: job.jobArn,
    state,
    providerState: excerpt(job.status ?? 'none'),
    tunedModel: state === 'succeeded' ? (job.outputModelArn ?? null) : null,
    error: reason === null ? (state === 'failed' ? NO_REASON : null) : withAdvice(reason),
    progress: state === 'succeeded' ? 1 : null,
  };
}

function withAdvice(reason: string): string {
  const advice = adviceOnFailure(reason);
  return advice === null ? reason : `${reason.replace(/[.\s]+$/, '')}. ${advice}.`;
}

/** The S3 URIs of the files that a job reads. */
export function filesRead({ trainingDataConfig, validationDataConfig }: JobAnswer): string[] {
  const validators = validationDataConfig?.validators ?? [];
  return [trainingDataConfig?.s3Uri, ...validators.map(({ s3Uri }) => s3Uri)].filter((uri) => typeof uri === 'string');
}
