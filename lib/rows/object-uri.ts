import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { linkName } from '../domain/link-name.ts';
import { rowIssue } from './codes.ts';

/** An object of a bucket; the key stands as it is written, nothing in it is decoded. */
export interface ObjectPlace {
  bucket: string;
  key: string;
}

/** S3's own limit, of UTF-8 bytes (AWS, "Naming Amazon S3 objects", 2026-11). */
const LONGEST_KEY = 1024;
const ARCHIVE = 'or put the file into the archive';
const EXAMPLE = 'Write it like s3://bucket/photos/owl.png.';

/** Checks what can be seen of an object's URI without asking its bucket. */
export function checkObject(
  text: string,
  allowed: readonly string[],
): { object: ObjectPlace; uri: string } | { issue: Issue } {
  const [, scheme = '', bucket = '', slash, key = ''] = /^([a-z0-9]+):\/\/([^/]*)(\/?)(.*)$/is.exec(text) ?? [];
  if (scheme.toLowerCase() !== 's3') return { issue: otherScheme(text) };
  const breach = bucketBreach(bucket) ?? (slash === '' ? NO_KEY : keyBreach(key));
  if (breach !== null) return { issue: rowIssue('OBJECT_URI', `${shown(text)} ${breach.what}`, breach.hint) };
  if (!allowed.includes(bucket)) return { issue: refusedBucket(text, bucket) };
  return { object: { bucket, key }, uri: `s3://${bucket}/${key}` };
}

/** The place that a URI names which {@link checkObject} has let pass. */
export function objectPlace(uri: string): ObjectPlace {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return { bucket, key };
}

/** Whether S3 could have a bucket, or an access point's alias, of that name (AWS, "General purpose bucket naming rules", 2026-11). */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+(?:\.\d+){3}$/.test(name);
}

interface Breach {
  what: string;
  hint: string;
}

const NO_KEY: Breach = { what: 'names a bucket, but no object in it', hint: EXAMPLE };

function bucketBreach(bucket: string): Breach | null {
  if (isBucketName(bucket)) return null;
  if (bucket === '') return { what: 'names no bucket', hint: EXAMPLE };
  if (/^arn:/i.test(bucket)) return { what: 'names an ARN', hint: `Write the bucket's name. ${EXAMPLE}` };
  if (isBucketName(bucket.toLowerCase()))
    return { what: 'has capital letters in its bucket', hint: `Names of buckets are lower case. ${EXAMPLE}` };
  return {
    what: 'has no valid name of a bucket',
    hint: `A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens. ${EXAMPLE}`,
  };
}

function keyBreach(key: string): Breach | null {
  if (key === '') return NO_KEY;
  if (key.endsWith('/')) return { what: 'names a folder', hint: 'Name each file: a folder of a bucket is not read.' };
  if (/[\p{Cc}\p{Cs}]/u.test(key)) {
    return { what: 'holds a character that no file should be named with', hint: `Rename the object, ${ARCHIVE}.` };
  }
  const bytes = Buffer.byteLength(key);
  if (bytes > LONGEST_KEY)
    return { what: `has a key of ${bytes} bytes; S3 takes ${LONGEST_KEY}`, hint: 'Check what was pasted there.' };
  // On its way, a "/../" may be resolved: the object, or even the bucket, would be another.
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(key))
    return { what: 'has "." or ".." for a folder', hint: `Write the key without it, ${ARCHIVE}.` };
  return queryBreach(key);
}

/** A question mark may be part of a key; these words behind one are meant for S3. */
function queryBreach(key: string): Breach | null {
  const [, word = ''] = /[?&](versionId|X-Amz-[a-z-]+|AWSAccessKeyId)=/i.exec(key) ?? [];
  if (word === '') return null;
  if (/^versionId$/i.test(word)) {
    const hint = `Leave "?versionId=…" out, copy that version to a key of its own, ${ARCHIVE}.`;
    return { what: 'asks for a version; an object is read as it is now', hint };
  }
  return { what: 'carries a signature, which only a link can', hint: 'Write the signed link itself: https://…' };
}

function otherScheme(text: string): Issue {
  const message = `${shown(text)} lies in Cloud Storage; of buckets, only S3's are read`;
  const hint = `Copy the object to an S3 bucket that may be read, ${ARCHIVE}.`;
  return rowIssue('OBJECT_REFERENCE_REFUSED', message, hint);
}

function refusedBucket(text: string, bucket: string): Issue {
  const message = `${shown(text)} lies in the bucket "${bucket}", which rows may not name here`;
  const hint = `Ask whoever runs finedrop to allow the bucket "${bucket}" (docs/drop.md, Objects), ${ARCHIVE}.`;
  return rowIssue('OBJECT_REFERENCE_REFUSED', message, hint);
}

/** Signatures and passwords cut: somebody may have pasted half a link. */
function shown(text: string): string {
  return `"${excerpt(/[?@]/.test(text) ? linkName(text) : text, 200)}"`;
}
