import { ConditionalConflictError, PreconditionFailedError } from './object-store.ts';

/** The HTTP status of a failure, null where there was no answer. The client's uploads throw the answer's JSON, which is no Error. */
export function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, status, response } = error as {
    code?: unknown;
    status?: unknown;
    response?: { status?: unknown };
  };
  const known = [code, status, response?.status].map(Number).find((value) => value >= 100 && value < 600);
  return known ?? null;
}

/** Google's own word for a failure (`forbidden`, `rateLimitExceeded`); '' where it gives none. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('errors' in error) || !Array.isArray(error.errors)) return '';
  const [first] = error.errors as { reason?: unknown }[];
  return typeof first?.reason === 'string' ? first.reason : '';
}

/** The port's error for a failed write; always an Error. */
export function writeError(key: string, error: unknown): Error {
  const status = statusOf(error);
  if (status === 412) return new PreconditionFailedError(key);
  if (status === 409) return new ConditionalConflictError(key);
  if (error instanceof Error) return error;
  return new Error(`[gcs] could not write "${key}": ${messageOf(error)}. Try again later.`, { cause: error });
}

function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return String(message).replace(/[.\s]+$/, '');
}
