import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthClient } from 'google-auth-library';
import { z } from 'zod';
import { gcsStore } from '../../storage/gcs-store.ts';
import { fetchUpTo } from '../bounded-fetch.ts';
import type { ProviderClient, ProviderSettings } from '../provider.ts';
import { errorAnswer, jobAnswer, jobPageAnswer } from './answers.ts';
import { openCredentials, tokenOf } from './credentials.ts';
import { type Failure, isPassing } from './failure.ts';
import { readMetrics } from './metrics.ts';
import type { Requests, Result } from './requests.ts';
import { checkSettings, locationOf, STORAGE_URL, storageUrl, vertexUrl } from './settings.ts';
import { openStaging, parseBase } from './staging.ts';
import { cancelJob, createJob, filesInUse, findJobs, getJob } from './tuning.ts';
import { usage } from './usage.ts';

/** Opens a client for Vertex AI and Cloud Storage, or for stand-ins of both. Throws where the settings cannot work. */
export async function connect(
  settings: ProviderSettings,
  { mediaBase, now }: { mediaBase: string; now: () => Date },
): Promise<ProviderClient> {
  checkSettings(settings);
  const { values } = settings;
  const { bucket } = parseBase(mediaBase);
  const endpoint = storageUrl(values);
  const store = gcsStore({
    bucket,
    project: values['project'] ?? '',
    authClient: await openCredentials(settings, endpoint ?? STORAGE_URL),
    ...(endpoint === null ? {} : { endpoint }),
  });
  const staging = openStaging(store, mediaBase);
  const requests = openRequests(settings, await openCredentials(settings, vertexUrl(values)));
  return {
    stageMedia: staging.stageMedia,
    stageFile: staging.stageFile,
    findJobs: (key) => findJobs(requests, key),
    createJob: (request, { deadlineMs }) => createJob(requests, request, { deadlineMs, now }),
    getJob: (id) => getJob(requests, id),
    cancelJob: (id) => cancelJob(requests, id),
    readMetrics: (id) => readMetrics(requests, id),
    usage: (tunedModel, { model }) => usage(tunedModel, { model, simulated: settings.simulated }),
    removeStaged: async (files) => staging.remove(files, await filesInUse(requests)),
    close: async () => undefined,
  };
}

const JOBS_A_PAGE = 100;
/** Each job shows some of its examples: a page of a hundred has a megabyte as a rule, and far more where examples are long. */
const boundedFetch = fetchUpTo(256 * 1024 * 1024);

function openRequests({ values }: ProviderSettings, authClient: AuthClient): Requests {
  const ask = asker(vertexUrl(values), authClient);
  const parent = `/projects/${values['project'] ?? ''}/locations/${locationOf(values)}/tuningJobs`;
  return {
    listJobs: ({ pageToken }) => {
      const query = new URLSearchParams({
        pageSize: String(JOBS_A_PAGE),
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      return ask(jobPageAnswer, { path: `/v1${parent}?${query}` });
    },
    createJob: (body, deadlineMs) => ask(jobAnswer, { path: `/v1${parent}`, body, once: true, timeoutMs: deadlineMs }),
    getJob: (name, version) => ask(jobAnswer, { path: `/${version}/${pathOf(name)}` }),
    cancelJob: (name) => ask(z.unknown(), { path: `/v1/${pathOf(name)}:cancel`, body: {} }),
  };
}

/** A job's name as a path: whatever else an id may be, it names nothing but a job. */
function pathOf(name: string): string {
  const [, project = '', location = '', job = ''] =
    /^projects\/([\w:.-]+)\/locations\/([\w-]+)\/tuningJobs\/([\w-]+)$/.exec(name) ?? [];
  return `projects/${project}/locations/${location}/tuningJobs/${job}`;
}

interface Request {
  path: string;
  /** Sent as JSON by POST. */
  body?: unknown;
  /** Not tried again. */
  once?: boolean;
  timeoutMs?: number;
}

const REQUEST_MS = 30_000;
const TRIES = 4;
const FIRST_PAUSE_MS = 150;

/** One way to ask: each answer is checked, each failure becomes a value without token or body. What may pass is asked again. */
export function asker(baseUrl: string, authClient: AuthClient) {
  return async <T>(schema: z.ZodType<T>, request: Request): Promise<Result<T>> => {
    for (let tries = 1; ; tries += 1) {
      const result = await send(baseUrl, authClient, { schema, request });
      const isLast = request.once === true || tries === TRIES;
      if ('answer' in result || isLast || !isPassing(result.failure)) return result;
      await sleep(FIRST_PAUSE_MS * 2 ** tries);
    }
  };
}

async function send<T>(
  baseUrl: string,
  authClient: AuthClient,
  { schema, request }: { schema: z.ZodType<T>; request: Request },
): Promise<Result<T>> {
  const signal = AbortSignal.timeout(Math.max(1, Math.floor(request.timeoutMs ?? REQUEST_MS)));
  const token = await within(signal, tokenOf(authClient)).catch((error: unknown) => ({ error }));
  if (typeof token !== 'string')
    return { failure: { ...noAnswer(`no token: ${reasonOf(token.error)}`), unsent: true } };
  try {
    const response = await boundedFetch(`${baseUrl}${request.path}`, { ...initOf(request, token), signal });
    const text = await response.text();
    if (!response.ok) return { failure: readFailure(response, text) };
    return { answer: schema.parse(JSON.parse(text)) };
  } catch (error) {
    return { failure: noAnswer(reasonOf(error)) };
  }
}

/** A token's source may hang; the request's time is over all the same. */
function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);
}

function initOf({ body }: Request, token: string): RequestInit {
  const authorization = `Bearer ${token}`;
  // A redirect would carry the token to wherever it points.
  if (body === undefined) return { redirect: 'error', headers: { authorization } };
  const headers = { authorization, 'content-type': 'application/json' };
  return { method: 'POST', redirect: 'error', headers, body: JSON.stringify(body) };
}

function readFailure({ status, headers }: Response, text: string): Failure {
  const envelope = errorAnswer.safeParse(parseOrNull(text));
  const { message, status: code } = envelope.success ? envelope.data.error : {};
  return {
    status,
    code: code ?? null,
    message: message ?? 'without an explanation',
    retryAfter: headers.get('retry-after'),
    isFromApi: envelope.success,
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function noAnswer(message: string): Failure {
  return { status: null, code: null, message, retryAfter: null, isFromApi: false };
}

/** The system's word for it (`ECONNREFUSED`), which lies under fetch's own errors; never the whole message, which may quote what was sent. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError || error instanceof z.ZodError) return 'the answer is not what the API documents';
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'there was no answer in time';
    // Of a token's source, the code may be the status of its answer.
    const code = 'code' in cause ? String(cause.code) : '';
    if (/^\d{3}$/.test(code)) return `HTTP ${code}`;
    if (/^[A-Z][A-Z0-9_]+$/.test(code)) return `the connection failed (${code})`;
  }
  return 'the connection failed';
}
