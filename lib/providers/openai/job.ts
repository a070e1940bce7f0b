import { randomUUID } from 'node:crypto';
import { APIConnectionTimeoutError, APIError, APIUserAbortError, type ClientOptions, OpenAI } from 'openai';
import { z } from 'zod';
import { fetchUpTo } from '../bounded-fetch.ts';
import type { ProviderClient, ProviderSettings } from '../provider.ts';
import {
  checkpointPageAnswer,
  createdAnswer,
  errorAnswer,
  eventPageAnswer,
  fileAnswer,
  filePageAnswer,
  jobAnswer,
  jobPageAnswer,
  modelAnswer,
  uploadAnswer,
} from './answers.ts';
import type { Failure } from './failure.ts';
import { readMetrics } from './metrics.ts';
import { profileOf } from './profiles.ts';
import type { Requests, Result } from './requests.ts';
import { baseURL, isAzure, isDatedAzure } from './settings.ts';
import { removeStaged, type StagingOptions, stageFile } from './staging.ts';
import { cancelJob, createJob, findJobs, getJob, modelEndsOn } from './tuning.ts';
import { usage } from './usage.ts';

/** Opens a client for OpenAI's API or a server that speaks it. `partBytes`: size of an upload's parts. */
export function connect(settings: ProviderSettings, options: StagingOptions): ProviderClient {
  const requests = openRequests(settings);
  const keepsMetadata = profileOf(settings.values).name === 'openai';
  return {
    stageMedia: async (fileName) => {
      throw new Error(`[openai] "${fileName}" cannot be staged: images lie in the lines. This is a fault of finedrop.`);
    },
    stageFile: (split, file, stretch) => stageFile(requests, { split, file }, { ...options, stretch }),
    findJobs: (key) => findJobs(requests, key, { keepsMetadata }),
    createJob: (request, { deadlineMs }) => createJob(requests, request, { deadlineMs, now: options.now }),
    modelEndsOn: (model) => modelEndsOn(requests, model),
    getJob: (id) => getJob(requests, id),
    cancelJob: (id) => cancelJob(requests, id),
    readMetrics: (id) => readMetrics(requests, id),
    usage: (tunedModel) => usage(tunedModel, settings),
    removeStaged: (files) => removeStaged(requests, files),
    close: async () => undefined,
  };
}

const FILES_A_PAGE = 1000;
const CHUNK_BYTES = 64 * 1024;
/** Lists have less than a megabyte a page; a result file of a million steps has fifty. */
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

/** The requests, made with the official SDK; nothing is asked yet. Throws where there is no key. */
export function openRequests(settings: ProviderSettings): Requests {
  const sdk = openSdk(settings);
  const { fineTuning, files, models, uploads } = sdk;
  const ask = asker(apiKeyOf(settings));
  return {
    getModel: (id) => ask(modelAnswer, (options) => models.retrieve(id, options), ADDED),
    listFiles: (query) =>
      ask(filePageAnswer, (options) => files.list({ purpose: 'fine-tune', limit: FILES_A_PAGE, ...query }, options)),
    getFile: (id) => ask(fileAnswer, (options) => files.retrieve(id, options)),
    readFile: (id) => ask(z.string(), (options) => files.content(id, options), { format: 'text' }),
    deleteFile: (id) => ask(z.unknown(), (options) => files.delete(id, options)),
    beginUpload: (file) =>
      ask(uploadAnswer, (options) =>
        uploads.create({ ...file, purpose: 'fine-tune', mime_type: 'text/jsonl' }, options),
      ),
    addPart: (upload, bytes) => {
      const path = `/uploads/${encodeURIComponent(upload)}/parts`;
      return ask(createdAnswer, (options) => sdk.post(path, { ...options, ...partForm(bytes) }), {
        timeout: UPLOAD_MS,
      });
    },
    completeUpload: (upload, body) =>
      ask(uploadAnswer, (options) => uploads.complete(upload, body, options), { timeout: UPLOAD_MS }),
    cancelUpload: (upload) => ask(z.unknown(), (options) => uploads.cancel(upload, options)),
    listJobs: (query) => ask(jobPageAnswer, (options) => fineTuning.jobs.list(query, options)),
    createJob: (body, deadlineMs) =>
      ask(createdAnswer, (options) => fineTuning.jobs.create(body, options), {
        timeout: Math.max(1, Math.floor(deadlineMs)),
        maxRetries: 0,
      }),
    getJob: (id) => ask(jobAnswer, (options) => fineTuning.jobs.retrieve(id, options)),
    cancelJob: (id) => ask(z.unknown(), (options) => fineTuning.jobs.cancel(id, options)),
    listEvents: (id, query) => ask(eventPageAnswer, (options) => fineTuning.jobs.listEvents(id, query, options), ADDED),
    listCheckpoints: (id, query) =>
      ask(checkpointPageAnswer, (options) => fineTuning.jobs.checkpoints.list(id, query, options), ADDED),
  };
}

/**
 * The form of one part, streamed out of `bytes`. `uploads.parts.create` would make a FormData of it, which costs several copies of each
 * part and grew by 340 MB over 200 MB sent, against 100 MB at any size (openai 6.49, Node 20.20, 2026-11).
 */
function partForm(bytes: Uint8Array): OpenAI.RequestOptions {
  const boundary = `finedrop-${randomUUID()}`;
  const head = Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="data"; filename="part"\r\ncontent-type: application/octet-stream\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* body() {
    yield head;
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
    yield tail;
  }
  return {
    body: body(),
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + bytes.length + tail.length),
    },
  };
}

/** A real key never goes to a simulator, nor anything simulated to the real API. */
function apiKeyOf({ simulated, values }: ProviderSettings): string {
  if (simulated && values['baseURL'] === undefined) throw new Error('[openai] the simulator has no base URL.');
  const apiKey = simulated ? 'sk-simulated' : values['apiKey'];
  if (apiKey === undefined) throw new Error('[openai] there is no API key. Set OPENAI_API_KEY.');
  return apiKey;
}

function openSdk(settings: ProviderSettings): OpenAI {
  const { values } = settings;
  // Null and not absent: the SDK would read the environment itself. Its log would hold what is sent.
  return new OpenAI({
    apiKey: apiKeyOf(settings),
    baseURL: baseURL(values),
    ...azureOptions(settings),
    organization: values['organization'] ?? null,
    project: values['project'] ?? null,
    adminAPIKey: null,
    webhookSecret: null,
    logLevel: 'off',
    fetch: fetchUpTo(MOST_ANSWER_BYTES),
  });
}

/** Azure takes a version in every request, before `/openai/v1` it wants one; there a bearer is a token of Entra and no key. */
function azureOptions(settings: ProviderSettings): Pick<ClientOptions, 'defaultQuery' | 'defaultHeaders'> {
  const { values } = settings;
  const version = isAzure(values) ? values['apiVersion'] : undefined;
  return {
    ...(version === undefined ? {} : { defaultQuery: { 'api-version': version } }),
    ...(isDatedAzure(values) ? { defaultHeaders: { authorization: null, 'api-key': apiKeyOf(settings) } } : {}),
  };
}

const REQUEST_MS = 60_000;
/** For what is good to have, and nobody waits for. */
const ADDED = { timeout: 20_000, maxRetries: 1 };
/** For a part on a slow line, and for joining hundreds of them. */
const UPLOAD_MS = 600_000;

type Send = (options: OpenAI.RequestOptions) => { asResponse(): Promise<Response> };
type Limits = { timeout?: number; maxRetries?: number; format?: 'json' | 'text' };

/** One way to ask: each answer is checked, each failure becomes a value without key or body. */
function asker(secret: string) {
  return async <T>(schema: z.ZodType<T>, send: Send, limits: Limits = {}): Promise<Result<T>> => {
    const { timeout = REQUEST_MS, maxRetries = 2, format = 'json' } = limits;
    // The SDK's own time-out ends with the headers; the signal covers the body, and all tries together.
    const signal = AbortSignal.timeout(timeout * (maxRetries + 1));
    try {
      const response = await send({ timeout, maxRetries, signal }).asResponse();
      const text = await response.text();
      return { answer: schema.parse(format === 'json' ? JSON.parse(text) : text) };
    } catch (error) {
      return { failure: withoutSecret(readFailure(error), secret) };
    }
  };
}

function readFailure(error: unknown): Failure {
  if (isTimeout(error)) return noAnswer('there was no answer in time');
  if (error instanceof SyntaxError || error instanceof z.ZodError) {
    return noAnswer('the answer is not what the API documents');
  }
  if (!(error instanceof APIError) || error.status === undefined) return noAnswer(connectionMessage(error));
  const envelope = errorAnswer.safeParse(error.error);
  const { code, message } = envelope.success ? envelope.data : {};
  return {
    status: error.status,
    code: code ?? null,
    message: message ?? 'without an explanation',
    retryAfter: error.headers?.get('retry-after') ?? null,
    isFromApi: envelope.success,
  };
}

function isTimeout(error: unknown): boolean {
  if (error instanceof APIConnectionTimeoutError || error instanceof APIUserAbortError) return true;
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

function noAnswer(message: string): Failure {
  return { status: null, code: null, message, retryAfter: null, isFromApi: false };
}

/** The system's word for it (`ECONNREFUSED`), which lies under the SDK's and fetch's own errors. */
function connectionMessage(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return `the connection failed (${cause.code})`;
  }
  return 'the connection failed';
}

/** Some servers quote the key that they refuse. */
function withoutSecret(failure: Failure, secret: string): Failure {
  return { ...failure, message: failure.message.replaceAll(secret, '…') };
}
