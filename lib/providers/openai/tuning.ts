import { excerpt } from '../../domain/excerpt.ts';
import { TERMINAL_JOB_STATES } from '../../domain/target.ts';
import { withWayBack } from '../continuing.ts';
import type { CreateJobRequest, CreateOutcome, FoundJob, JobSnapshot } from '../provider.ts';
import { type JobAnswer, snapshotOf, stateOf } from './answers.ts';
import { outcomeOf } from './failure.ts';
import { readProgress } from './metrics.ts';
import { answerOf, answerOrNull, type JobBody, type Requests, readPages } from './requests.ts';
import { trainingFilesOf } from './staging.ts';

const KEY = 'finedrop_key';
const MAX_METADATA_CHARACTERS = 512;

/**
 * Every job whose metadata carry the key. The server filters; each job is looked at all the same, for some servers ignore it. Where there
 * is none, and the server is not known to keep metadata, a job without any is told by the training file that it reads.
 */
export async function findJobs(
  requests: Requests,
  key: string,
  { keepsMetadata }: { keepsMetadata: boolean },
): Promise<FoundJob[]> {
  const found: FoundJob[] = [];
  const pages = readPages('look for jobs', (query) => requests.listJobs({ ...query, metadata: { [KEY]: key } }));
  for await (const job of pages) if (job.metadata?.[KEY] === key) found.push(foundJob(job));
  return found.length > 0 || keepsMetadata ? found : findByFile(requests, key);
}

/** Each key has a training file of its own, so that such a job is of no other key; one with metadata is somebody else's. */
async function findByFile(requests: Requests, key: string): Promise<FoundJob[]> {
  const files = await trainingFilesOf(requests, key);
  const found: FoundJob[] = [];
  if (files.size === 0) return found;
  // To the end: only OpenAI itself is known to list the newest first.
  for await (const job of readPages('look for jobs', requests.listJobs)) {
    const isMarked = Object.keys(job.metadata ?? {}).length > 0;
    if (!isMarked && files.has(job.training_file ?? '')) found.push(foundJob(job));
  }
  return found;
}

function foundJob(job: JobAnswer): FoundJob {
  return { id: job.id, createdAt: new Date(job.created_at * 1000).toISOString(), state: stateOf(job) };
}

/** Creates a job, once; the outcome says how sure it is that none exists. */
export async function createJob(
  requests: Requests,
  request: CreateJobRequest,
  options: { deadlineMs: number; now: () => Date },
): Promise<CreateOutcome> {
  const result = await requests.createJob(toJobBody(request), options.deadlineMs);
  if ('answer' in result) return { outcome: 'created', id: result.answer.id };
  return withWayBack(outcomeOf(result.failure, options.now()), request);
}

/** The request of one job. No seed: the provider's own is as good, and one less thing that could differ between tries. */
function toJobBody({ key, target, dataset, training, validation }: CreateJobRequest): JobBody {
  return {
    model: target.from ?? target.model,
    training_file: training.reference,
    ...(validation === null ? {} : { validation_file: validation.reference }),
    ...(target.suffix === undefined ? {} : { suffix: target.suffix }),
    method: { type: 'supervised', supervised: { hyperparameters: toHyperparameters(target.hyperparameters) } },
    metadata: {
      ...target.tags,
      [KEY]: key,
      finedrop_dataset: excerpt(dataset, MAX_METADATA_CHARACTERS).slice(0, MAX_METADATA_CHARACTERS),
    },
  };
}

function toHyperparameters(given: Readonly<Record<string, string | number>>): Record<string, 'auto' | number> {
  const settings = Object.entries(given).map(([name, value]) => [name, typeof value === 'number' ? value : 'auto']);
  return Object.fromEntries(settings);
}

/** The job now, or null when there is none of that id. How far it is stands in its events, and is told without them where they fail. */
export async function getJob(requests: Requests, id: string): Promise<JobSnapshot | null> {
  const job = await lookAt(requests, id);
  return job?.state === 'running' ? { ...job, progress: await readProgress(requests, id) } : job;
}

async function lookAt(requests: Requests, id: string): Promise<JobSnapshot | null> {
  const job = answerOrNull(await requests.getJob(id), `look at the job ${id}`);
  return job === null ? null : snapshotOf(job);
}

/** The day of a base model's shutdown by the API's own word; null where it names none, or knows no such model. */
export async function modelEndsOn(requests: Requests, model: string): Promise<string | null> {
  return answerOrNull(await requests.getModel(model), `look at the model ${model}`)?.shutdown_date ?? null;
}

/** Cancels a job; one that has ended, or is gone, is as good as cancelled. */
export async function cancelJob(requests: Requests, id: string): Promise<void> {
  const result = await requests.cancelJob(id);
  if ('answer' in result) return;
  const job = await lookAt(requests, id);
  if (job !== null && !TERMINAL_JOB_STATES.has(job.state)) answerOf(result, `cancel the job ${id}`);
}
