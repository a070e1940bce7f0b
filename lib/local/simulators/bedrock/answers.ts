import { randomUUID } from 'node:crypto';
import type { Answer } from '../http.ts';

/** Bedrock's exceptions and their status; a name that is taken is a 400, too, not a 409. */
const STATUS = {
  ValidationException: 400,
  ConflictException: 400,
  TooManyTagsException: 400,
  ServiceQuotaExceededException: 400,
  AccessDeniedException: 403,
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  ResourceNotFoundException: 404,
  UnknownOperationException: 404,
  ThrottlingException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
} as const;

export type ExceptionName = keyof typeof STATUS;

/** An error as rest-json services send it: its name in `x-amzn-ErrorType`, its text in the body. */
export function exception(name: ExceptionName, message: string, status: number = STATUS[name]): Answer {
  return { status, headers: { ...requestHeaders(), 'x-amzn-errortype': name }, json: { message } };
}

export function ok(json: unknown, status = 200): Answer {
  return { status, headers: requestHeaders(), json };
}

/** The exception that Bedrock sends with a status, for faults (which may name it) and for requests that no route knows. */
export function exceptionOf(status: number, message: string, code = ''): Answer {
  if (isExceptionName(code)) return exception(code, message, status);
  const names: Record<number, ExceptionName> = {
    400: 'ValidationException',
    403: 'AccessDeniedException',
    404: 'UnknownOperationException',
    429: 'ThrottlingException',
    503: 'ServiceUnavailableException',
  };
  return exception(names[status] ?? 'InternalServerException', message, status);
}

function isExceptionName(code: string): code is ExceptionName {
  return Object.hasOwn(STATUS, code);
}

function requestHeaders(): Record<string, string> {
  return { 'x-amzn-requestid': randomUUID() };
}
