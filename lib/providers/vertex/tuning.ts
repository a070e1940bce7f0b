import { excerpt } from '../../domain/excerpt.ts';
import { TERMINAL_JOB_STATES } from '../../domain/target.ts';
import { withWayBack } from '../continuing.ts';
import type { CreateJobRequest, CreateOutcome, FoundJob, JobSnapshot } from '../provider.ts';
import { type JobAnswer, snapshotOf, stateOf } from './answers.ts';
import { outcomeOf } from './failure.ts';
import { findTunedModel } from './pre-tuned.ts';
import { answerOf, answerOrNull, type JobBody, type PreTunedModel, type Requests, readJobs } from './requests.ts';

const KEY = 'finedrop_key';
/** TuningJob.tuned_model_display_name. */
const MAX_NAME_CHARACTERS = 128;

/** Every job whose label is the key. No server-side filter: its grammar is not documented here, and a list that is empty by mistake would be paid for. */
export async function findJobs(requests: Requests, key: string): Promise<FoundJob[]> {
  const found: FoundJob[] = [];
  for await (const job of readJobs(requests, 'look for jobs')) {
    if (job.labels?.[KEY] !== key) continue;
    found.push({ id: job.name, createdAt: new Date(job.createTime).toISOString(), state: stateOf(job) });
  }
  return found;
}

/** Creates a job, once; the outcome says how sure it is that none exists. */
export async function createJob(
  requests: Requests,
  request: CreateJobRequest,
  options: { deadlineMs: number; now: () => Date },
): Promise<CreateOutcome> {
  const began = performance.now();
  const source = await findTunedModel(requests, request.target);
  if (source !== null && 'outcome' in source) return source;
  const left = options.deadlineMs - (performance.now() - began);
  if (left <= 0)
    return { outcome: 'later', afterSeconds: SLOW_SECONDS, message: 'the look for the tuned model was slow' };
  const result = await requests.createJob(toJobBody(request, source), left);
  if ('answer' in result) return { outcome: 'created', id: result.answer.name };
  return withWayBack(outcomeOf(result.failure, options.now()), request);
}

const SLOW_SECONDS = 60;

/** The request of one job; what is not asked for is left to Google. */
export function toJobBody(
  { key, target, dataset, training, validation }: CreateJobRequest,
  preTunedModel: PreTunedModel | null = null,
): JobBody {
  const hyperParameters = toHyperParameters(target.hyperparameters);
  return {
    ...(preTunedModel === null ? { baseModel: target.model } : { preTunedModel }),
    supervisedTuningSpec: {
      trainingDatasetUri: training.reference,
      ...(validation === null ? {} : { validationDatasetUri: validation.reference }),
      ...(Object.keys(hyperParameters).length === 0 ? {} : { hyperParameters }),
    },
    ...(preTunedModel === null ? { tunedModelDisplayName: displayName(dataset, target.suffix) } : {}),
    labels: { ...target.tags, [KEY]: key },
  };
}

type HyperParameters = NonNullable<JobBody['supervisedTuningSpec']['hyperParameters']>;

/** int64 goes as text, the adapter's size as its word: the enum's numbers are out of order. */
function toHyperParameters(given: Readonly<Record<string, string | number>>): HyperParameters {
  const { epochCount, learningRateMultiplier, adapterSize } = given;
  return {
    ...(epochCount === undefined ? {} : { epochCount: String(epochCount) }),
    ...(typeof learningRateMultiplier === 'number' ? { learningRateMultiplier } : {}),
    ...(adapterSize === undefined ? {} : { adapterSize: String(adapterSize) }),
  };
}

/** The suffix stays whole where the name must be cut. */
function displayName(dataset: string, suffix: string | undefined): string {
  const end = suffix === undefined ? '' : `-${excerpt(suffix, MAX_NAME_CHARACTERS)}`.slice(0, MAX_NAME_CHARACTERS - 1);
  const room = MAX_NAME_CHARACTERS - end.length;
  // Half a character at the cut would make the whole request invalid JSON to Google.
  return `${excerpt(dataset, room)
    .slice(0, room)
    .replace(/[\uD800-\uDBFF]$/, '')}${end}`;
}

/** The job now, or null when there is none of that name. */
export async function getJob(requests: Requests, id: string): Promise<JobSnapshot | null> {
  const job = await lookAt(requests, id);
  return job === null ? null : snapshotOf(job);
}

/** The job as the API tells it; through v1 where v1beta1 does not answer. */
export async function lookAt(requests: Requests, id: string): Promise<JobAnswer | null> {
  const preview = await requests.getJob(id, 'v1beta1');
  const result = 'answer' in preview ? preview : await requests.getJob(id, 'v1');
  return answerOrNull(result, `look at the job ${id}`);
}

/** Cancels a job; one that has ended, is ending, or is gone, is as good as cancelled. */
export async function cancelJob(requests: Requests, id: string): Promise<void> {
  const result = await requests.cancelJob(id);
  if ('answer' in result) return;
  const job = await getJob(requests, id);
  const isOver = job === null || job.state === 'stopping' || TERMINAL_JOB_STATES.has(job.state);
  if (!isOver) answerOf(result, `cancel the job ${id}`);
}

/** The files that living jobs still read. */
export async function filesInUse(requests: Requests): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  for await (const job of readJobs(requests, 'list the jobs')) {
    if (TERMINAL_JOB_STATES.has(stateOf(job))) continue;
    const { trainingDatasetUri, validationDatasetUri } = job.supervisedTuningSpec ?? {};
    for (const uri of [trainingDatasetUri, validationDatasetUri]) if (uri) used.add(uri);
  }
  return used;
}
