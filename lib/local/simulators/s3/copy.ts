import type { Answer } from '../http.ts';
import type { Bucket } from '../storage/index.ts';
import type { ObjectDraft, StoredObject } from '../storage/stored-object.ts';
import { readAttributes } from './attributes.ts';
import { decodeKey, headerOf, type S3Call } from './call.ts';
import { checkRead, writeCondition } from './conditions.ts';
import { findObject } from './objects.ts';
import { S3Refusal } from './refusal.ts';
import { versionHeader } from './versioning.ts';
import { xmlAnswer } from './xml.ts';

export interface CopySource {
  bucket: Bucket;
  object: StoredObject;
}

/** CopyObject: the bytes are linked, not read, but for objects that were made of parts. */
export async function copyObject(call: S3Call): Promise<Answer> {
  const { request, bucket, key } = call;
  const source = await findCopySource(call);
  const replaces = headerOf(request, 'x-amz-metadata-directive')?.toUpperCase() === 'REPLACE';
  if (source.bucket === bucket && source.object.key === key && !replaces) {
    throw new S3Refusal('InvalidRequest', 'This copy request is illegal: it copies an object to itself unchanged.');
  }
  const { condition, refusal } = writeCondition(request, bucket.head(key));
  const { contentType, headers, metadata } = replaces ? readAttributes(request) : source.object;
  const draft = { ...(await copyBytes(source, bucket)), contentType, headers, metadata };
  const outcome = await bucket.commit(key, draft, { now: call.clock.now(), condition });
  if (!outcome.done) throw refusal(outcome.current);
  const { etag, updated } = outcome.object;
  return xmlAnswer(
    200,
    ['CopyObjectResult', { ETag: `"${etag}"`, LastModified: updated }],
    versionHeader(outcome.object),
  );
}

/** The object that `x-amz-copy-source` names, once its conditions hold. */
export async function findCopySource({ request, store }: S3Call): Promise<CopySource> {
  const header = headerOf(request, 'x-amz-copy-source') ?? '';
  const [path = '', version = ''] = header.split('?versionId=', 2);
  const match = /^\/?([^/]+)\/(.+)$/.exec(path);
  if (match === null) throw new S3Refusal('InvalidArgument', 'Copy Source must mention the source bucket and key.');
  const bucket = await store.findBucket(match[1] ?? '');
  if (bucket === null) throw new S3Refusal('NoSuchBucket', 'The specified bucket does not exist.');
  const query = new URLSearchParams(version === '' ? {} : { versionId: version });
  const object = findObject({ bucket, key: decodeKey(match[2] ?? ''), query });
  checkRead(request, object, 'x-amz-copy-source-');
  return { bucket, object };
}

/** A copy is one object with an ETag of its content, whatever its source was made of. */
async function copyBytes({ bucket, object }: CopySource, target: Bucket): Promise<ObjectDraft> {
  const isWhole = !object.etag.includes('-');
  if (isWhole && bucket === target) {
    return { etag: object.etag, checksums: object.checksums, pieces: await bucket.duplicate(object.pieces) };
  }
  const { piece, checksums } = await target.receive(await bucket.read(object), ['md5', 'crc32']);
  const { md5 = '', ...kept } = checksums;
  return { etag: Buffer.from(md5, 'base64').toString('hex'), checksums: kept, pieces: [piece] };
}
