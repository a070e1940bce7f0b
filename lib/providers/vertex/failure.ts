import { excerpt } from '../../domain/excerpt.ts';
import type { CreateOutcome } from '../provider.ts';

/** What is known of a request that brought no usable answer; `status` is null when none came at all. */
export interface Failure {
  status: number | null;
  /** Google's word: `INVALID_ARGUMENT`. */
  code: string | null;
  /** The server's own sentence, or what happened to the connection. Holds no token and no body. */
  message: string;
  /** `Retry-After`: seconds or a date. */
  retryAfter: string | null;
  /** Whether the answer had Google's error envelope: a proxy's error has not. */
  isFromApi: boolean;
  /** The request was not even sent: there was no token for it. */
  unsent?: true;
}

const LONGEST_MESSAGE = 600;
/** Quotas of jobs are given back when a job ends, not within a minute. */
const QUOTA_SECONDS = 300;
const UNSENT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 86_400;

/** Answers by which Vertex AI certainly made no job. A proxy's 408 is none of them, nor is any 5xx. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 402, 403, 404, 405, 412, 413, 415, 422]);

/** What became of a job's creation that was not answered with a job: only what certainly made none is refused or put off. */
export function outcomeOf(failure: Failure, now: Date): CreateOutcome {
  const { status, code, unsent } = failure;
  const message = describe(failure);
  if (unsent) return { outcome: 'later', afterSeconds: UNSENT_SECONDS, message };
  if (status === 409) return { outcome: 'conflict', message };
  const advice = adviceOf(failure);
  const whole = advice === null ? message : `${message}. ${advice}.`;
  if (status === 429) return { outcome: 'later', afterSeconds: waitOf(failure, now), message: whole };
  if (status !== null && REFUSALS.has(status)) {
    return { outcome: 'refused', code: code ?? `http_${status}`, message: whole };
  }
  return { outcome: 'unknown', message };
}

/** Whether the same request may well succeed a moment later. */
export function isPassing({ status }: Failure): boolean {
  return status === null || status === 408 || status === 429 || status >= 500;
}

/** One line for a request that cannot go on now. */
export function failureMessage(doing: string, failure: Failure): string {
  return `[vertex] could not ${doing}: ${describe(failure)}. ${adviceOf(failure) ?? 'Try again later'}.`;
}

/** A failure in a few words, without advice: `HTTP 403 PERMISSION_DENIED Permission … denied`. */
export function describe({ status, code, message }: Failure): string {
  const sentence = excerpt(message.replaceAll(/\s+/g, ' '), LONGEST_MESSAGE).replace(/[.\s]+$/, '');
  return [status === null ? '' : `HTTP ${status}`, code ?? '', sentence].filter((part) => part !== '').join(' ');
}

/** What a refusal's own words give away, whatever its status. */
const ADVICE_BY_WORDS: readonly [words: RegExp, advice: string][] = [
  [
    /gcp-sa-(vertex-tune|aiplatform)|principal does not exist/i,
    'Google’s tuning agent reads the files: give it roles/storage.objectViewer on the bucket. It exists from a project’s first tuning job on, so that a second try may be enough',
  ],
  [/actAs|tokenCreator/i, 'A service account of one’s own needs iam.serviceAccounts.actAs for the caller'],
  [
    /concurrent|quota/i,
    'Each project may run a few jobs at a time: ask Google to raise "Global concurrent tuning jobs", or wait for another job’s end',
  ],
];

function adviceOf({ status, code, message, unsent }: Failure): string | null {
  if (unsent || status === 401) return 'Check GOOGLE_APPLICATION_CREDENTIALS';
  const told = status === null ? undefined : ADVICE_BY_WORDS.find(([words]) => words.test(message));
  if (told !== undefined) return told[1];
  if (status === 403) {
    return 'The caller needs roles/aiplatform.user in the project and roles/storage.objectAdmin on the bucket, and the Vertex AI API must be enabled';
  }
  if (status === 404) return 'Check GOOGLE_CLOUD_PROJECT, GOOGLE_CLOUD_LOCATION and FINEDROP_VERTEX_URL';
  return code === 'FAILED_PRECONDITION'
    ? 'Check GOOGLE_CLOUD_LOCATION: Gemini 3 is tuned in us-central1 and europe-west4'
    : null;
}

function waitOf({ retryAfter }: Failure, now: Date): number {
  if (retryAfter === null || retryAfter.trim() === '') return QUOTA_SECONDS;
  const seconds = Number(retryAfter);
  const asked = Number.isNaN(seconds) ? (Date.parse(retryAfter) - now.getTime()) / 1000 : seconds;
  if (!Number.isFinite(asked)) return QUOTA_SECONDS;
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil(asked)));
}
