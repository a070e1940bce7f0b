import { type DownloadFailure, DownloadFailureError, failure } from './download-issues.ts';

const TIMEOUTS: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT']);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)/;

/** What an error of the client means for the link. */
export function causeOf(error: unknown): DownloadFailure {
  if (error instanceof DownloadFailureError) return error.failure;
  const code = codeOf(error);
  if (TIMEOUTS.has(code)) return failure('LINK_TIMEOUT');
  if (CERTIFICATE.test(code)) return failure('LINK_CERTIFICATE');
  return failure('LINK_UNREACHABLE');
}

/** Any status but 200. What may pass is marked so, with the pause that the server asks for. */
export function statusFailure(status: number, retryAfter: string | null): DownloadFailure {
  const text = `the server answered with status ${status}`;
  if (status === 429 || status === 408 || status >= 500) {
    const hint = 'Run again later, or put the file into the archive.';
    const pause = retryAfter === null ? null : pauseOf(retryAfter);
    return failure('LINK_STATUS', { text, hint, retryable: true, ...(pause === null ? {} : { retryAfter: pause }) });
  }
  if (status >= 300 && status < 400) return failure('LINK_REDIRECT', { text: `${text} but no address to go to` });
  return failure('LINK_STATUS', { text });
}

/** Retry-After in milliseconds, from seconds or a date (RFC 9110, 10.2.3). */
function pauseOf(retryAfter: string): number | null {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const until = Date.parse(retryAfter);
  return Number.isNaN(until) ? null : Math.max(0, until - Date.now());
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // Several addresses tried, all in vain: the first tells enough.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
