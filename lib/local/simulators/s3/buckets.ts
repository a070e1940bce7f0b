import type { Answer } from '../http.ts';
import { readBody } from '../http.ts';
import { checksumOf } from '../storage/digest.ts';
import { type Cursor, formatCursor, type ListQuery, parseCursor } from '../storage/listing.ts';
import { type Checksums, checksumName } from '../storage/stored-object.ts';
import { headerOf, type S3Call } from './call.ts';
import { namedChecksum, verify } from './receive.ts';
import { S3Refusal } from './refusal.ts';
import { childText, parseXml, type XmlElement, xmlAnswer } from './xml.ts';

const MOST_LISTED = 1000;
const MOST_DELETED = 1000;
/** 1000 keys of 1024 bytes, each byte escaped, and their tags. */
const LARGEST_BODY_BYTES = 8 * 1024 ** 2;

/** HeadBucket; the bucket is made by being asked for. */
export async function headBucket({ bucket }: S3Call): Promise<Answer> {
  return { status: 200, headers: { 'x-amz-bucket-region': bucket.region } };
}

/** GetBucketLocation; us-east-1 is an empty element, for ever. */
export async function getBucketLocation({ bucket }: S3Call): Promise<Answer> {
  return xmlAnswer(200, ['LocationConstraint', bucket.region === 'us-east-1' ? '' : bucket.region]);
}

/** ListObjectsV2. */
export async function listObjects({ bucket, query }: S3Call): Promise<Answer> {
  const limit = parseLimit(query.get('max-keys'));
  const encode = query.get('encoding-type') === 'url' ? encodeListed : (text: string) => text;
  const page =
    limit === 0 ? { objects: [], prefixes: [], next: null } : bucket.list({ ...readListQuery(query), limit });
  const result = {
    Name: bucket.name,
    Prefix: encode(query.get('prefix') ?? ''),
    Delimiter: optional(query.get('delimiter'), encode),
    StartAfter: optional(query.get('start-after'), encode),
    ContinuationToken: query.get('continuation-token') ?? undefined,
    EncodingType: query.get('encoding-type') ?? undefined,
    MaxKeys: limit,
    KeyCount: page.objects.length + page.prefixes.length,
    IsTruncated: page.next !== null,
    NextContinuationToken: page.next === null ? undefined : formatCursor(page.next),
    Contents: page.objects.map((object) => ({
      Key: encode(object.key),
      LastModified: object.updated,
      ETag: `"${object.etag}"`,
      Size: object.size,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
  return xmlAnswer(200, ['ListBucketResult', result]);
}

function optional(text: string | null, encode: (text: string) => string): string | undefined {
  return text === null ? undefined : encode(text);
}

function encodeListed(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/');
}

function parseLimit(text: string | null): number {
  if (text === null) return MOST_LISTED;
  if (!/^\d{1,9}$/.test(text))
    throw new S3Refusal('InvalidArgument', 'Argument max-keys must be an integer from 0 on.');
  return Math.min(MOST_LISTED, Number(text));
}

function readListQuery(query: URLSearchParams): Omit<ListQuery, 'limit'> {
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const cursor: Cursor | null = token === null ? { after: startAfter, whole: false } : parseCursor(token);
  if (cursor === null) throw new S3Refusal('InvalidArgument', 'The continuation token provided is incorrect.');
  return { prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '', cursor };
}

/** DeleteObjects: up to 1000 keys, each with its own result; the body must carry a digest. */
export async function deleteObjects({ bucket, request }: S3Call): Promise<Answer> {
  const document = await readDeletion(request);
  const objects = document.children.filter((child) => child.name === 'Object');
  if (objects.length === 0 || objects.length > MOST_DELETED) throw malformed();
  const isQuiet = childText(document, 'Quiet') === 'true';
  const results = await Promise.all(objects.map((object) => deleteOne(bucket, object)));
  const errors = results.filter((result) => 'Code' in result);
  const deleted = results.filter((result) => !('Code' in result));
  return xmlAnswer(200, ['DeleteResult', { Deleted: isQuiet ? [] : deleted, Error: errors }]);
}

async function readDeletion(request: S3Call['request']): Promise<XmlElement> {
  const body = await readBody(request, LARGEST_BODY_BYTES);
  if (body === null) throw malformed();
  const named = namedChecksum(request);
  if (named === null && headerOf(request, 'content-md5') === undefined) {
    throw new S3Refusal('InvalidRequest', 'Missing required header for this request: Content-MD5 or a checksum.');
  }
  const wanted = checksumName.options.filter((name) => name === 'md5' || name === 'sha256' || name === named);
  const counted: Checksums = Object.fromEntries(wanted.map((name) => [name, checksumOf(name, body)]));
  verify(request, new Map(), counted);
  const document = parseXml(body.toString('utf8'));
  if (document?.name !== 'Delete') throw malformed();
  return document;
}

async function deleteOne(bucket: S3Call['bucket'], object: XmlElement) {
  const key = childText(object, 'Key') ?? '';
  const etag = childText(object, 'ETag')?.replace(/^"(.*)"$/, '$1');
  if (key === '') return { Key: key, Code: 'MalformedXML', Message: 'A key is missing.' };
  const outcome = await bucket.remove(key, (current) => etag === undefined || current?.etag === etag);
  if (outcome.done) return { Key: key };
  return { Key: key, Code: 'PreconditionFailed', Message: 'At least one of the pre-conditions did not hold.' };
}

function malformed(): S3Refusal {
  return new S3Refusal('MalformedXML', 'The XML you provided was not well-formed or did not validate.');
}
