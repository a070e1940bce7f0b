import type { IncomingMessage } from 'node:http';
import type { SimulatedClock } from '../clock.ts';
import type { Bucket, BucketStore } from '../storage/index.ts';
import { S3Refusal } from './refusal.ts';
import type { Uploads } from './uploads.ts';

/** One request to S3 as its operation sees it; `key` is empty for operations on a bucket. */
export interface S3Call {
  request: IncomingMessage;
  query: URLSearchParams;
  bucket: Bucket;
  key: string;
  store: BucketStore;
  uploads: Uploads;
  clock: SimulatedClock;
}

/** S3's limit on keys, in UTF-8 bytes (S3 User Guide, "Naming Amazon S3 objects"). */
const LONGEST_KEY_BYTES = 1024;

/** Bucket, key and query of a request's target; read raw, because a URL would fold `a/../b`, which S3 keeps. */
export function parseTarget(target: string): { bucket: string; key: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  const slash = path.indexOf('/', 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  return { bucket, key: decodeKey(slash < 0 ? '' : path.slice(slash + 1)), query };
}

/** A key from its percent-encoded form. */
export function decodeKey(encoded: string): string {
  let key: string;
  try {
    key = decodeURIComponent(encoded);
  } catch {
    throw new S3Refusal('InvalidURI', "Couldn't parse the specified URI: the key is not percent-encoded UTF-8.");
  }
  if (Buffer.byteLength(key) > LONGEST_KEY_BYTES) throw new S3Refusal('KeyTooLongError', 'Your key is too long.');
  return key;
}

/** A header's single value. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
