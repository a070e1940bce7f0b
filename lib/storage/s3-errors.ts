import {
  ConditionalConflictError,
  ObjectChangedError,
  ObjectMissingError,
  PreconditionFailedError,
} from './object-store.ts';

/** What is known of a request to S3 that failed; `status` is null when no answer came. */
export interface S3Failure {
  status: number | null;
  /** S3's own word: `NoSuchKey`, `SlowDown`; or the connection's: `ECONNREFUSED`. */
  code: string;
  message: string;
}

/** Reads an error by its fields, since bundles may hold an SDK's classes twice. */
export function readFailure(error: unknown): S3Failure {
  if (!(error instanceof Error)) return { status: null, code: 'unknown', message: String(error) };
  const status = '$metadata' in error ? statusOf(error.$metadata) : null;
  const code = status === null && 'code' in error ? String(error.code) : error.name;
  return { status, code, message: error.message };
}

function statusOf(metadata: unknown): number | null {
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}

const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchVersion', 'NotFound']);

/** Whether the object is not there; a bucket that is not there is a fault of the settings and not meant. */
export function isMissing(error: unknown): boolean {
  const { status, code } = readFailure(error);
  return status === 404 && MISSING.has(code);
}

/** Whether a HEAD found nothing: its answers have no body, so that their status is all that they say. */
export function isNotFound(error: unknown): boolean {
  return readFailure(error).status === 404;
}

/** Whether a read began behind the object's end. */
export function isBehindEnd(error: unknown): boolean {
  return readFailure(error).status === 416;
}

/** Whether a request was refused for what it asked; the port's error keeps S3's own as its cause. */
export function isRefusedArgument(error: unknown): boolean {
  const { status, code } = readFailure(error instanceof Error ? error.cause : error);
  return status === 400 && code === 'InvalidArgument';
}

/** The port's error for a failed read. */
export function readError(error: unknown, bucket: string, key: string): Error {
  if (isMissing(error)) return new ObjectMissingError(key);
  if (readFailure(error).status === 412) return new ObjectChangedError(key);
  return requestError(error, `read "${key}" in the bucket "${bucket}"`);
}

/** The port's error for a failed write. */
export function writeError(error: unknown, bucket: string, key: string): Error {
  const { status } = readFailure(error);
  if (status === 412) return new PreconditionFailedError(key);
  if (status === 409) return new ConditionalConflictError(key);
  // S3 answers so where If-Match names an object that is gone.
  if (isMissing(error)) return new PreconditionFailedError(key);
  return requestError(error, `write "${key}" in the bucket "${bucket}"`);
}

/** One line for a request that failed for a reason that is no part of the port. */
export function requestError(error: unknown, doing: string): Error {
  const failure = readFailure(error);
  const { status, code, message } = failure;
  const sentence = message.replace(/[.\s]+$/, '');
  const said = [status === null ? '' : `HTTP ${status}`, code, sentence === code ? '' : sentence];
  const story = said.filter((part) => part !== '').join(' ');
  return new Error(`[s3] could not ${doing}: ${story}. ${adviceOf(failure)}.`, { cause: error });
}

function adviceOf({ status, code, message }: S3Failure): string {
  if (message.startsWith('Region is missing')) return 'Set AWS_REGION to the bucket’s Region';
  if (code === 'NoSuchBucket') return 'Create the bucket, or name another';
  if (status === 301 || code === 'PermanentRedirect') return 'The bucket lies in another Region; set AWS_REGION to it';
  if (code === 'CredentialsProviderError') return 'Set AWS credentials: an access key, a profile, or a role';
  if (status === 401 || status === 403) return 'Check the AWS credentials and what they may do in this bucket';
  return 'Try again later';
}
