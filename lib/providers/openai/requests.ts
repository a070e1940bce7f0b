import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CheckpointPage,
  EventPage,
  FileAnswer,
  FilePage,
  JobAnswer,
  JobPage,
  ModelAnswer,
  UploadAnswer,
} from './answers.ts';
import { type Failure, failureMessage, isPassing } from './failure.ts';

/** What came of one request: a checked answer, or what is known of its failure. Nothing throws. */
export type Result<T> = { answer: T } | { failure: Failure };

/** The body of a job's creation, as the official types have it. */
export interface JobBody {
  model: string;
  training_file: string;
  validation_file?: string;
  suffix?: string;
  method: { type: 'supervised'; supervised: { hyperparameters: Record<string, 'auto' | number> } };
  metadata: Record<string, string>;
}

/** The requests that finedrop makes of OpenAI; `job.ts` makes them with the official SDK. */
export interface Requests {
  getModel(id: string): Promise<Result<ModelAnswer>>;
  listFiles(query: { after?: string; limit?: number }): Promise<Result<FilePage>>;
  getFile(id: string): Promise<Result<FileAnswer>>;
  readFile(id: string): Promise<Result<string>>;
  deleteFile(id: string): Promise<Result<unknown>>;
  beginUpload(file: { filename: string; bytes: number }): Promise<Result<UploadAnswer>>;
  /** Sent once; `bytes` are read until the promise settles. */
  addPart(upload: string, bytes: Uint8Array): Promise<Result<{ id: string }>>;
  completeUpload(upload: string, body: { part_ids: string[]; md5?: string }): Promise<Result<UploadAnswer>>;
  cancelUpload(upload: string): Promise<Result<unknown>>;
  /** Newest first. */
  listJobs(query: { after?: string; limit?: number; metadata?: Record<string, string> }): Promise<Result<JobPage>>;
  /** Sent once, and given up after `deadlineMs` with the answer's body. */
  createJob(body: JobBody, deadlineMs: number): Promise<Result<{ id: string }>>;
  getJob(id: string): Promise<Result<JobAnswer>>;
  cancelJob(id: string): Promise<Result<unknown>>;
  /** Newest first. */
  listEvents(id: string, query: { limit: number; after?: string }): Promise<Result<EventPage>>;
  /** Newest first. */
  listCheckpoints(id: string, query: { limit: number }): Promise<Result<CheckpointPage>>;
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

const MAX_TRIES = 4;
const FIRST_PAUSE_MS = 250;

/** Asks again after failures that may pass. Only for requests that may be repeated, and that the SDK sends but once. */
export async function tryAgain<T>(ask: () => Promise<Result<T>>): Promise<Result<T>> {
  for (let tries = 1; ; tries += 1) {
    const result = await ask();
    if ('answer' in result || tries === MAX_TRIES || !isPassing(result.failure)) return result;
    await sleep(FIRST_PAUSE_MS * 2 ** tries);
  }
}

/** A list that goes on this long is a server that ignores `after`. */
const MAX_PAGES = 10_000;

/** All items of a list, page by page; throws where a page fails or the list does not end, so that an end is always the end. */
export async function* readPages<T extends { id: string }>(
  doing: string,
  load: (query: { after?: string }) => Promise<Result<{ data: T[]; has_more: boolean }>>,
): AsyncGenerator<T> {
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { data, has_more } = answerOf(await load(after === undefined ? {} : { after }), doing);
    yield* data;
    if (!has_more) return;
    const last = data.at(-1)?.id;
    if (last === undefined || last === after) break;
    after = last;
  }
  throw new Error(`[openai] could not ${doing}: the list does not end. Try again later.`);
}
