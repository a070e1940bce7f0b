import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { linkName } from '../domain/link-name.ts';
import { rowIssue } from './codes.ts';

/** An object of a bucket; the key stands as it is written, nothing in it is decoded. */
export interface ObjectPlace {
  /** As operators list it: `my-photos` is a bucket of S3, `gs://my-photos` one of Cloud Storage. */
  bucket: string;
  key: string;
}

type Scheme = 's3' | 'gs';

/** Of UTF-8 bytes, at both (AWS, "Naming Amazon S3 objects"; Google, "About Cloud Storage objects", 2026-11). */
const LONGEST_KEY = 1024;
const ARCHIVE = 'or put the file into the archive';
const EXAMPLES: Readonly<Record<Scheme, string>> = {
  s3: 'Write it like s3://bucket/photos/owl.png.',
  gs: 'Write it like gs://bucket/photos/owl.png.',
};

/** Checks what can be seen of an object's URI without asking its bucket. */
export function checkObject(
  text: string,
  allowed: readonly string[],
): { object: ObjectPlace; uri: string } | { issue: Issue } {
  const [, written = '', name = '', slash, key = ''] = /^([a-z0-9]+):\/\/([^/]*)(\/?)(.*)$/is.exec(text) ?? [];
  const scheme = written.toLowerCase() === 'gs' ? 'gs' : 's3';
  const breach = bucketBreach(scheme, name) ?? (slash === '' ? noKey(scheme) : keyBreach(scheme, key));
  if (breach !== null) return { issue: rowIssue('OBJECT_URI', `${shown(text)} ${breach.what}`, breach.hint) };
  const bucket = scheme === 'gs' ? `gs://${name}` : name;
  if (!allowed.includes(bucket)) return { issue: refusedBucket(text, bucket) };
  return { object: { bucket, key }, uri: `${scheme}://${name}/${key}` };
}

/** The place that a URI names which {@link checkObject} has let pass. */
export function objectPlace(uri: string): ObjectPlace {
  const [, scheme = '', name = '', key = ''] = /^(s3|gs):\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return { bucket: scheme === 'gs' ? `gs://${name}` : name, key };
}

/** Whether an operator's list may hold it: the name of a bucket of S3, or `gs://` and the name of one of Cloud Storage. */
export function isObjectBucket(entry: string): boolean {
  return entry.startsWith('gs://') ? isGoogleBucketName(entry.slice('gs://'.length)) : isBucketName(entry);
}

/** Whether S3 could have a bucket, or an access point's alias, of that name (AWS, "General purpose bucket naming rules", 2026-11). */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !ADDRESS.test(name);
}

/** Whether Cloud Storage could have a bucket of that name (Google, "Bucket names", 2026-11): with dots it has parts of 63 characters each. */
function isGoogleBucketName(name: string): boolean {
  const hasForm = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name) && !ADDRESS.test(name);
  return hasForm && name.split('.').every((part) => part.length > 0 && part.length <= 63);
}

const ADDRESS = /^\d+(?:\.\d+){3}$/;

interface Breach {
  what: string;
  hint: string;
}

function noKey(scheme: Scheme): Breach {
  return { what: 'names a bucket, but no object in it', hint: EXAMPLES[scheme] };
}

/** What a bucket's name may hold, and whether one does. */
const NAMES: Readonly<Record<Scheme, { isName: (name: string) => boolean; characters: string }>> = {
  s3: { isName: isBucketName, characters: 'lower-case letters, digits, dots and hyphens' },
  gs: { isName: isGoogleBucketName, characters: 'lower-case letters, digits, dots, hyphens and underscores' },
};

function bucketBreach(scheme: Scheme, bucket: string): Breach | null {
  const { isName, characters } = NAMES[scheme];
  const example = EXAMPLES[scheme];
  if (isName(bucket)) return null;
  if (bucket === '') return { what: 'names no bucket', hint: example };
  if (/^arn:/i.test(bucket)) return { what: 'names an ARN', hint: `Write the bucket's name. ${example}` };
  if (isName(bucket.toLowerCase()))
    return { what: 'has capital letters in its bucket', hint: `Names of buckets are lower case. ${example}` };
  return {
    what: 'has no valid name of a bucket',
    hint: `A bucket's name has 3 to 63 ${characters}. ${example}`,
  };
}

function keyBreach(scheme: Scheme, key: string): Breach | null {
  if (key === '') return noKey(scheme);
  if (key.endsWith('/')) return { what: 'names a folder', hint: 'Name each file: a folder of a bucket is not read.' };
  if (/[\p{Cc}\p{Cs}]/u.test(key)) {
    return { what: 'holds a character that no file should be named with', hint: `Rename the object, ${ARCHIVE}.` };
  }
  const bytes = Buffer.byteLength(key);
  if (bytes > LONGEST_KEY)
    return {
      what: `has a key of ${bytes} bytes; ${TITLES[scheme]} takes ${LONGEST_KEY}`,
      hint: 'Check what was pasted there.',
    };
  // On its way, a "/../" may be resolved: the object, or even the bucket, would be another.
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(key))
    return { what: 'has "." or ".." for a folder', hint: `Write the key without it, ${ARCHIVE}.` };
  return queryBreach(key);
}

const TITLES: Readonly<Record<Scheme, string>> = { s3: 'S3', gs: 'Cloud Storage' };

/** A question mark may be part of a key; these words behind one are meant for the bucket's service. */
function queryBreach(key: string): Breach | null {
  const [, word = ''] =
    /[?&](versionId|generation|X-(?:Amz|Goog)-[a-z-]+|AWSAccessKeyId|GoogleAccessId)=/i.exec(key) ?? [];
  if (word === '') return null;
  if (/^(?:versionId|generation)$/i.test(word)) {
    const hint = `Leave "?${word}=…" out, copy that version to a key of its own, ${ARCHIVE}.`;
    return { what: 'asks for a version; an object is read as it is now', hint };
  }
  return { what: 'carries a signature, which only a link can', hint: 'Write the signed link itself: https://…' };
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
