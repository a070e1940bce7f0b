import type { IncomingMessage } from 'node:http';
import type { Condition } from '../storage/index.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { headerOf } from './call.ts';
import { S3Refusal } from './refusal.ts';

/** The condition of a write and what to say when it refuses. */
export interface WriteCondition {
  condition: Condition;
  refusal(current: StoredObject | null): S3Refusal;
}

/**
 * Reads `If-None-Match: *` and `If-Match`; `before` is what stood there when the request came in. What S3 can see at once it
 * refuses at once: a missing object is 404 under If-Match; one that was deleted while the body came in is 409.
 */
export function writeCondition(request: IncomingMessage, before: StoredObject | null): WriteCondition {
  const ifNoneMatch = headerOf(request, 'if-none-match');
  const ifMatch = headerOf(request, 'if-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Refusal('NotImplemented', 'A write takes If-None-Match with "*" only.');
  }
  const condition: Condition = (current) => {
    if (ifNoneMatch !== undefined && current !== null) return false;
    return ifMatch === undefined || (current !== null && matches(ifMatch, current));
  };
  const refusal = (current: StoredObject | null) => {
    if (current !== null) return preconditionFailed(ifNoneMatch === undefined ? 'If-Match' : 'If-None-Match');
    if (before === null) return new S3Refusal('NoSuchKey', 'The specified key does not exist.');
    return new S3Refusal(
      'ConditionalRequestConflict',
      'The conditional request cannot succeed due to a conflicting operation against this resource.',
    );
  };
  if (!condition(before)) throw refusal(before);
  return { condition, refusal };
}

/** `name` is the header that did not hold. */
export function preconditionFailed(name: string): S3Refusal {
  return new S3Refusal('PreconditionFailed', `At least one of the pre-conditions you specified did not hold: ${name}.`);
}

/** Judges the conditions of a GET or HEAD; under a prefix also those on a copy's source. */
export function checkRead(request: IncomingMessage, object: StoredObject, prefix = ''): void {
  const ifMatch = headerOf(request, `${prefix}if-match`);
  const ifNoneMatch = headerOf(request, `${prefix}if-none-match`);
  if (ifMatch !== undefined && !matches(ifMatch, object)) throw preconditionFailed('If-Match');
  if (ifNoneMatch === undefined || !matches(ifNoneMatch, object)) return;
  if (prefix !== '') throw preconditionFailed('If-None-Match');
  throw new S3Refusal('NotModified', 'Not Modified');
}

/** ETags come quoted or bare; S3 takes both. */
export function matches(header: string, object: StoredObject): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((etag) => etag.trim().replace(/^"(.*)"$/, '$1') === object.etag);
}
