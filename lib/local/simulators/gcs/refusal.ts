import type { Answer } from '../http.ts';

/** Reasons of Cloud Storage's JSON errors (Cloud Storage JSON API, "HTTP status and error codes", read 2026-11). */
const REASON_OF_STATUS: ReadonlyMap<number, string> = new Map([
  [304, 'notModified'],
  [400, 'invalid'],
  [401, 'required'],
  [403, 'forbidden'],
  [404, 'notFound'],
  [409, 'conflict'],
  [410, 'gone'],
  [411, 'required'],
  [412, 'conditionNotMet'],
  [413, 'uploadTooLarge'],
  [416, 'requestedRangeNotSatisfiable'],
  [429, 'rateLimitExceeded'],
  [501, 'notImplemented'],
  [503, 'backendError'],
]);

/** A request that Cloud Storage would refuse; the route's wrapper turns it into Google's JSON. */
export class GcsRefusal extends Error {
  override readonly name = 'GcsRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Google's error document; 304 has none. */
export function refuse(status: number, message: string): Answer {
  if (status === 304) return { status };
  const reason = REASON_OF_STATUS.get(status) ?? (status >= 500 ? 'internalError' : 'invalid');
  const detail = { message, domain: 'global', reason };
  const place = status === 412 ? { locationType: 'header', location: 'If-Match' } : {};
  return { status, json: { error: { code: status, message, errors: [{ ...detail, ...place }] } } };
}
