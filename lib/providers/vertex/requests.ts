import type { JobAnswer, JobPage } from './answers.ts';
import { type Failure, failureMessage } from './failure.ts';

/** What came of one request: a checked answer, or what is known of its failure. Nothing throws. */
export type Result<T> = { answer: T } | { failure: Failure };

/** `v1beta1` alone tells how far a job is. */
export type ApiVersion = 'v1' | 'v1beta1';

/** The model's resource name with its version, never its endpoint; without a checkpoint the version's default one. */
export interface PreTunedModel {
  tunedModelName: string;
  checkpointId?: string;
}

/** The body of a job's creation, as TuningJob of the v1 API has it. */
export interface JobBody {
  /** One of the two. */
  baseModel?: string;
  preTunedModel?: PreTunedModel;
  supervisedTuningSpec: {
    trainingDatasetUri: string;
    validationDatasetUri?: string;
    hyperParameters?: { epochCount?: string; learningRateMultiplier?: number; adapterSize?: string };
  };
  /** Left out where a tuned model goes on: what comes of it is a new version of that model, under its name. */
  tunedModelDisplayName?: string;
  labels: Record<string, string>;
}

/** The requests that finedrop makes of Vertex AI; `job.ts` makes them by plain HTTP. Jobs are named in full. */
export interface Requests {
  listJobs(query: { pageToken?: string }): Promise<Result<JobPage>>;
  /** Sent once, and given up after `deadlineMs` with the answer's body. */
  createJob(body: JobBody, deadlineMs: number): Promise<Result<JobAnswer>>;
  getJob(name: string, version: ApiVersion): Promise<Result<JobAnswer>>;
  cancelJob(name: string): Promise<Result<unknown>>;
}

/** The answer, or an error of one line that begins "could not `doing`". */
export function answerOf<T>(result: Result<T>, doing: string): T {
  if ('answer' in result) return result.answer;
  throw new Error(failureMessage(doing, result.failure));
}

/** The answer, or null where the API itself says that there is no such thing; a proxy's or a wrong URL's 404 throws. */
export function answerOrNull<T>(result: Result<T>, doing: string): T | null {
  const isMissing = 'failure' in result && result.failure.status === 404 && result.failure.isFromApi;
  return isMissing ? null : answerOf(result, doing);
}

/** A list that goes on this long is a server that ignores `pageToken`. */
const MAX_PAGES = 10_000;

/** All jobs of the project and location, page by page; throws where a page fails or the list does not end, so that an end is always the end. */
export async function* readJobs(requests: Requests, doing: string): AsyncGenerator<JobAnswer> {
  let pageToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = answerOf(await requests.listJobs(pageToken === undefined ? {} : { pageToken }), doing);
    yield* answer.tuningJobs;
    if (!answer.nextPageToken) return;
    if (answer.nextPageToken === pageToken) break;
    pageToken = answer.nextPageToken;
  }
  throw new Error(`[vertex] could not ${doing}: the list does not end. Try again later.`);
}
