import type { Answer } from '../http.ts';
import { xmlAnswer } from './xml.ts';

/** S3's error codes with their HTTP status (Amazon S3 API Reference, "Error responses", read 2026-11). */
const STATUS_OF_CODE = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  ConditionalRequestConflict: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidDigest: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  MetadataTooLarge: 400,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  NotModified: 304,
  PreconditionFailed: 412,
  SlowDown: 503,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3Code = keyof typeof STATUS_OF_CODE;

/** A request that S3 would refuse; the handler turns it into S3's XML. */
export class S3Refusal extends Error {
  override readonly name = 'S3Refusal';
  readonly code: S3Code;

  constructor(code: S3Code, message: string) {
    super(message);
    this.code = code;
  }
}

/** The error document; 304 and answers to HEAD have none. */
export function refusalAnswer(refusal: S3Refusal, resource: string, requestId: string): Answer {
  const status = STATUS_OF_CODE[refusal.code];
  if (status === 304) return { status };
  const { code, message } = refusal;
  return xmlAnswer(status, ['Error', { Code: code, Message: message, Resource: resource, RequestId: requestId }]);
}

/** The answer of a fault rule with a status of its own choice, under the code that S3 uses for it. */
export function faultAnswer(status: number, resource: string, requestId: string): Answer {
  const codes: Record<number, string> = { 403: 'AccessDenied', 409: 'ConditionalRequestConflict', 503: 'SlowDown' };
  const Code = codes[status] ?? (status >= 500 ? 'InternalError' : 'RequestTimeout');
  const Message = `Simulated fault: status ${status}.`;
  return xmlAnswer(status, ['Error', { Code, Message, Resource: resource, RequestId: requestId }]);
}
