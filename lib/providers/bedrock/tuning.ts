import { TERMINAL_JOB_STATES } from '../../domain/target.ts';
import { withWayBack } from '../continuing.ts';
import type { CreateJobRequest, CreateOutcome, FoundJob, JobSnapshot } from '../provider.ts';
import { type JobAnswer, snapshotOf, stateOf } from './answers.ts';
import { outcomeOf } from './failure.ts';
import { jobName, modelName } from './names.ts';
import { answerOf, answerOrNull, type JobBody, type Requests, readJobs } from './requests.ts';

const KEY = 'finedrop_key';
const DATASET = 'finedrop_dataset';

/** The job whose name carries the key; Bedrock takes a name but once, so that there is never a second one. */
export async function findJobs(requests: Requests, key: string): Promise<FoundJob[]> {
  const job = await findByName(requests, jobName(key));
  return job === null ? [] : [{ id: job.jobArn, createdAt: job.creationTime.toISOString(), state: stateOf(job) }];
}

/** A name that nobody used is documented to be "not found"; should it be "invalid" instead, the list decides. */
async function findByName(requests: Requests, name: string): Promise<JobAnswer | null> {
  const doing = `look for the job ${name}`;
  const result = await requests.getJob(name);
  if (!('failure' in result) || result.failure.code !== 'ValidationException') return answerOrNull(result, doing);
  for await (const { jobArn, jobName: found } of readJobs(requests, { nameContains: name })) {
    if (found === name) return answerOf(await requests.getJob(jobArn), doing);
  }
  return null;
}

/** What a job's request holds besides the target and its data. */
export interface JobPlace {
  roleArn: string;
  /** The S3 URI under which Bedrock writes metrics. */
  output: string;
}

/** Creates a job, once; the outcome says how sure it is that none exists. */
export async function createJob(
  requests: Requests,
  request: CreateJobRequest,
  { deadlineMs, ...place }: JobPlace & { deadlineMs: number },
): Promise<CreateOutcome> {
  const result = await requests.createJob(toJobBody(request, place), deadlineMs);
  if ('answer' in result) return { outcome: 'created', id: result.answer.jobArn };
  return withWayBack(outcomeOf(result.failure), request);
}

/** The request of one job. Token, name and tag carry the key: the token makes a repetition harmless, the name finds the job. */
export function toJobBody(
  { key, target, dataset, training, validation }: CreateJobRequest,
  { roleArn, output }: JobPlace,
): JobBody {
  const tags = [
    ...Object.entries(target.tags ?? {}).map(([name, value]) => ({ key: name, value })),
    { key: KEY, value: key },
    { key: DATASET, value: tagValue(dataset) },
  ];
  const settings = Object.entries(target.hyperparameters).map(([name, value]) => [name, String(value)]);
  return {
    jobName: jobName(key),
    customModelName: modelName(key, { suffix: target.suffix, dataset }),
    roleArn,
    clientRequestToken: key,
    // The ARN of a custom model stands where a base model's id does.
    baseModelIdentifier: target.from ?? target.model,
    customizationType: 'FINE_TUNING',
    jobTags: tags,
    customModelTags: tags,
    trainingDataConfig: { s3Uri: training.reference },
    ...(validation === null ? {} : { validationDataConfig: { validators: [{ s3Uri: validation.reference }] } }),
    outputDataConfig: { s3Uri: output },
    ...(settings.length === 0 ? {} : { hyperParameters: Object.fromEntries(settings) }),
  };
}

const MAX_TAG_CHARACTERS = 256;

/** Tags know fewer characters than names of datasets (`TagValue` of the service model). */
function tagValue(text: string): string {
  return text.replace(/[^a-zA-Z0-9 ._:/=+@-]+/g, '-').slice(0, MAX_TAG_CHARACTERS);
}

/** The job now, or null when there is none of that ARN. */
export async function getJob(requests: Requests, id: string): Promise<JobSnapshot | null> {
  const job = answerOrNull(await requests.getJob(id), `look at the job ${id}`);
  return job === null ? null : snapshotOf(job);
}

/** Stops a job; one that has ended, is stopping, or is gone, is as good as cancelled. */
export async function cancelJob(requests: Requests, id: string): Promise<void> {
  const result = await requests.stopJob(id);
  if ('answer' in result) return;
  const job = await getJob(requests, id);
  const isOver = job === null || job.state === 'stopping' || TERMINAL_JOB_STATES.has(job.state);
  if (!isOver) answerOf(result, `stop the job ${id}`);
}
