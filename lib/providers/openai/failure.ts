import { excerpt } from '../../domain/excerpt.ts';
import type { CreateOutcome } from '../provider.ts';

/** What is known of a request that brought no usable answer; `status` is null when none came at all. */
export interface Failure {
  status: number | null;
  code: string | null;
  /** The server's own sentence, or what happened to the connection. Holds no key and no body. */
  message: string;
  /** `Retry-After`: seconds or a date. */
  retryAfter: string | null;
  /** Whether the answer had the API's own error envelope: a proxy's error has not. */
  isFromApi: boolean;
}

const LONGEST_MESSAGE = 300;
const RATE_LIMIT_SECONDS = 60;
/** The daily limit on jobs names no time of reset (johny-b/llmcomp#58, 2026-02); once an hour is often enough. */
const DAILY_LIMIT_SECONDS = 3600;
const LONGEST_WAIT_SECONDS = 86_400;

/** Answers by which OpenAI certainly made no job. A proxy's 408 is none of them, nor is any 5xx. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 402, 403, 404, 405, 413, 415, 422]);
/** 429 says "too many", but these wait for money and not for time. */
const UNPAID_CODES: ReadonlySet<string> = new Set(['insufficient_quota', 'billing_hard_limit_reached']);

/** What became of a job's creation that was not answered with a job: only what certainly made none is refused or put off. */
export function outcomeOf(failure: Failure, now: Date): CreateOutcome {
  const { status, code } = failure;
  const message = describe(failure);
  if (status === 409) return { outcome: 'conflict', message };
  if (status === 429 && !UNPAID_CODES.has(code ?? '')) {
    return { outcome: 'later', afterSeconds: waitOf(failure, now), message };
  }
  if (status === 429 || (status !== null && REFUSALS.has(status))) {
    return { outcome: 'refused', code: code ?? `http_${status}`, message: withHint(message, failure) };
  }
  return { outcome: 'unknown', message };
}

/** Whether the same request may well succeed a moment later. */
export function isPassing({ status }: Failure): boolean {
  return status === null || status === 408 || status === 429 || status >= 500;
}

/** One line for a request that cannot go on now. */
export function failureMessage(doing: string, failure: Failure): string {
  const advice = adviceOf(failure) ?? 'Try again later';
  return `[openai] could not ${doing}: ${describe(failure)}. ${advice}.`;
}

/** A failure in a few words, without advice: `HTTP 401 invalid_api_key Incorrect API key provided`. */
export function describe({ status, code, message }: Failure): string {
  const sentence = excerpt(message, LONGEST_MESSAGE).replace(/[.\s]+$/, '');
  return [status === null ? '' : `HTTP ${status}`, code ?? '', sentence].filter((part) => part !== '').join(' ');
}

function withHint(message: string, failure: Failure): string {
  const advice = adviceOf(failure);
  return advice === null ? message : `${message}. ${advice}.`;
}

const ADVICE: Readonly<Record<string, string>> = {
  // Since 2026-05-07 for accounts that never tuned, since 2026-07-02 for those that do not use what they tuned, from 2027-01-06 for all.
  training_not_available:
    'OpenAI has closed fine-tuning to this account for good, so trying again does not help; nothing was charged. Choose another target (finedrop targets lists them), or set OPENAI_BASE_URL to a service that speaks the same API, such as Azure OpenAI',
  insufficient_quota: 'Add credit to the account, then run again',
  billing_hard_limit_reached: 'Raise the account’s limit, then run again',
};

/** What to do about a failure: a sentence without its full stop, or null where only time can tell. */
export function adviceOf({ status, code }: Failure): string | null {
  const known = code !== null && Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined;
  if (known !== undefined) return known;
  if (status === 401) return 'Check OPENAI_API_KEY';
  if (status === 403) return 'Check what the key, organization and project may do';
  return status === 404 ? 'Check OPENAI_BASE_URL' : null;
}

function waitOf({ code, retryAfter }: Failure, now: Date): number {
  const standard = code === 'daily_rate_limit_exceeded' ? DAILY_LIMIT_SECONDS : RATE_LIMIT_SECONDS;
  if (retryAfter === null || retryAfter.trim() === '') return standard;
  const seconds = Number(retryAfter);
  const asked = Number.isNaN(seconds) ? (Date.parse(retryAfter) - now.getTime()) / 1000 : seconds;
  if (!Number.isFinite(asked)) return standard;
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil(asked)));
}
