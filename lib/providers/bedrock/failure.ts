import { excerpt } from '../../domain/excerpt.ts';
import type { CreateOutcome } from '../provider.ts';

/** What is known of a request that brought no usable answer. */
export interface Failure {
  /** Null when no answer came. */
  status: number | null;
  /** The service's own name for it (`ThrottlingException`), or null. */
  code: string | null;
  message: string;
  /** Seconds, from `Retry-After`. */
  retryAfter: number | null;
  /** False where the request certainly never left: no credentials could be found for it. */
  wasSent: boolean;
}

const LONGEST_MESSAGE = 500;
const THROTTLED_SECONDS = 60;
/** A job slot gets free when a job ends, which takes an hour and more. */
const QUOTA_SECONDS = 1800;
const LONGEST_WAIT_SECONDS = 86_400;

/** Answers by which Bedrock certainly made no job. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 415, 422]);

/** Whether the credentials themselves are the matter, and not what they may do. */
export function isUnknownCaller({ code, wasSent }: Failure): boolean {
  return !wasSent || (code !== null && UNKNOWN_CALLER.has(code));
}

/** What became of a job's creation that was not answered with a job: only what certainly made none is refused or put off. */
export function outcomeOf(failure: Failure): CreateOutcome {
  const { status, code } = failure;
  const message = describe(failure);
  if (code === 'ConflictException') return { outcome: 'conflict', message };
  if (code === 'ServiceQuotaExceededException') return { outcome: 'later', afterSeconds: QUOTA_SECONDS, message };
  if (code === 'ThrottlingException' || status === 429) {
    return { outcome: 'later', afterSeconds: waitOf(failure, THROTTLED_SECONDS), message };
  }
  const isRefused = !failure.wasSent || (status !== null && REFUSALS.has(status));
  if (!isRefused) return { outcome: 'unknown', message };
  return { outcome: 'refused', code: code ?? `http_${status}`, message: withAdvice(message, failure) };
}

/** Whether the service says that there is no such thing; a proxy's or a wrong URL's 404 is none. */
export function isMissing({ code }: Failure): boolean {
  return code === 'ResourceNotFoundException';
}

/** One line for a request that cannot go on now. */
export function failureMessage(doing: string, failure: Failure): string {
  return `[bedrock] could not ${doing}: ${describe(failure)}. ${adviceOf(failure) ?? 'Try again later'}.`;
}

/** A failure in a few words, without advice: `HTTP 403 AccessDeniedException User … is not authorized`. */
export function describe({ status, code, message }: Failure): string {
  const sentence = excerpt(message, LONGEST_MESSAGE).replace(/[.\s]+$/, '');
  return [status === null ? '' : `HTTP ${status}`, code ?? '', sentence].filter((part) => part !== '').join(' ');
}

function withAdvice(message: string, failure: Failure): string {
  const advice = adviceOf(failure);
  return advice === null ? message : `${message}. ${advice}.`;
}

const PASS_ROLE = 'Allow iam:PassRole on FINEDROP_BEDROCK_ROLE_ARN to whoever runs finedrop';
const CHECK_CREDENTIALS = 'Check the AWS credentials: an access key, a profile, or a role that may be assumed';
const CHECK_BUCKET = 'The role must be allowed to read and list the bucket, which must be in us-east-1';
/** What AWS answers, or its SDK throws, where it does not know who asks. */
const UNKNOWN_CALLER: ReadonlySet<string> = new Set([
  ...['ExpiredTokenException', 'UnrecognizedClientException', 'InvalidSignatureException'],
  ...['MissingAuthenticationTokenException', 'IncompleteSignatureException', 'CredentialsProviderError'],
]);

/** What to do about a failure: a sentence without its full stop, or null where only time can tell. */
function adviceOf(failure: Failure): string | null {
  const { code, message } = failure;
  if (isUnknownCaller(failure)) return CHECK_CREDENTIALS;
  if (/PassRole/i.test(message)) return PASS_ROLE;
  if (/GetObject|PutObject|S3 perms/i.test(message)) return CHECK_BUCKET;
  if (code === 'AccessDeniedException') return 'Check what the AWS credentials may do on Amazon Bedrock';
  return code === 'UnknownOperationException' ? 'Check AWS_ENDPOINT_URL_BEDROCK' : null;
}

/** What a job's `failureMessage` means for whoever reads it (troubleshooting page of the guide, 2026-11): the first that fits. */
const JOB_ADVICE: readonly (readonly [RegExp, string])[] = [
  [/GetObject|PutObject|S3 perms/i, CHECK_BUCKET],
  [/Maximum input token count/i, 'Shorten the rows that were warned of as too long, and run again'],
  [/Input size exceeded/i, 'Shorten the row that it names, and run again'],
  [/Unable to parse|Invalid record/i, 'The row that it names should have been found before: please report it'],
  [/unexpected error/i, 'Bedrock advises to try once more: finedrop run --again'],
];

/** What to do about a job that failed with this message, or null; a sentence without its full stop. */
export function adviceOnFailure(message: string): string | null {
  return JOB_ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? null;
}

function waitOf({ retryAfter }: Failure, standard: number): number {
  if (retryAfter === null || !Number.isFinite(retryAfter)) return standard;
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil(retryAfter)));
}
