import type { FoundationModelAnswer, JobAnswer, JobPage, JobSummary } from './answers.ts';
import { type Failure, failureMessage, isMissing } from './failure.ts';

/** What came of one request: a checked answer, or what is known of its failure. Nothing throws. */
export type Result<T> = { answer: T } | { failure: Failure };

/** The body of CreateModelCustomizationJob, as far as finedrop fills it. */
export interface JobBody {
  jobName: string;
  customModelName: string;
  roleArn: string;
  clientRequestToken: string;
  baseModelIdentifier: string;
  customizationType: 'FINE_TUNING';
  jobTags: { key: string; value: string }[];
  customModelTags: { key: string; value: string }[];
  trainingDataConfig: { s3Uri: string };
  validationDataConfig?: { validators: { s3Uri: string }[] };
  outputDataConfig: { s3Uri: string };
  hyperParameters?: Record<string, string>;
}

export interface JobQuery {
  statusEquals?: 'InProgress' | 'Stopping';
  nameContains?: string;
}

/** The requests that finedrop makes of Bedrock; `job.ts` makes them with the official SDK. */
export interface Requests {
  /** A base model, as it stands in the Region. */
  getModel(id: string): Promise<Result<FoundationModelAnswer>>;
  /** Sent once, and given up after `deadlineMs` with the answer's body. */
  createJob(body: JobBody, deadlineMs: number): Promise<Result<{ jobArn: string }>>;
  /** By name or ARN. */
  getJob(id: string): Promise<Result<JobAnswer>>;
  listJobs(query: JobQuery & { nextToken?: string; maxResults?: number }): Promise<Result<JobPage>>;
  stopJob(id: string): Promise<Result<unknown>>;
}

/** The answer, or an error of one line that begins "could not `doing`". */
export function answerOf<T>(result: Result<T>, doing: string): T {
  if ('answer' in result) return result.answer;
  throw new Error(failureMessage(doing, result.failure));
}

/** The answer, or null where the service itself says that there is no such thing. */
export function answerOrNull<T>(result: Result<T>, doing: string): T | null {
  return 'failure' in result && isMissing(result.failure) ? null : answerOf(result, doing);
}

/** A list that goes on this long is a server that ignores `nextToken`. */
const MAX_PAGES = 1000;

/** All jobs of a list, page by page; throws where a page fails or the list does not end, so that an end is always the end. */
export async function* readJobs(requests: Requests, query: JobQuery): AsyncGenerator<JobSummary> {
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const asked = nextToken === undefined ? query : { ...query, nextToken };
    const answer = answerOf(await requests.listJobs(asked), 'list the jobs');
    yield* answer.modelCustomizationJobSummaries ?? [];
    if (!answer.nextToken) return;
    if (answer.nextToken === nextToken) break;
    nextToken = answer.nextToken;
  }
  throw new Error('[bedrock] could not list the jobs: the list does not end. Try again later.');
}
