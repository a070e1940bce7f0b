import type { Answer } from '../http.ts';
import { parseByteRange } from '../storage/byte-range.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { versionOf } from '../storage/versions.ts';
import { checksumHeaders, objectHeaders, readAttributes } from './attributes.ts';
import { headerOf, type S3Call } from './call.ts';
import { checkRead, matches, preconditionFailed, writeCondition } from './conditions.ts';
import { receiveBody } from './receive.ts';
import { S3Refusal } from './refusal.ts';
import { versionHeader } from './versioning.ts';

/** The largest single PUT (S3 User Guide, "Uploading objects"): 5 GB. */
const LARGEST_PUT_BYTES = 5 * 1024 ** 3;

/** PutObject. */
export async function putObject(call: S3Call): Promise<Answer> {
  const { request, bucket, key } = call;
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_PUT_BYTES) {
    throw new S3Refusal('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.');
  }
  const attributes = readAttributes(request);
  const { condition, refusal } = writeCondition(request, bucket.head(key));
  const { piece, md5, checksum } = await receiveBody(bucket, request);
  const draft = { ...attributes, etag: md5, checksums: { [checksum.name]: checksum.value }, pieces: [piece] };
  const outcome = await bucket.commit(key, draft, { now: call.clock.now(), condition });
  if (!outcome.done) throw refusal(outcome.current);
  return {
    status: 200,
    headers: { etag: `"${md5}"`, ...checksumHeaders(outcome.object), ...versionHeader(outcome.object) },
  };
}

/** GetObject, whole or a single range. */
export async function getObject(call: S3Call): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const object = findObject(call);
    const { status, headers, range } = describeRead(call, object);
    try {
      return { status, headers, body: await call.bucket.read(object, range) };
    } catch (error) {
      // Replaced between the look at its record and the opening of its bytes: look again.
      const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isGone || attempt === 3) throw error;
    }
  }
}

/** HeadObject: GetObject's headers without its bytes. */
export async function headObject(call: S3Call): Promise<Answer> {
  const { status, headers } = describeRead(call, findObject(call));
  return { status, headers };
}

/** DeleteObject; removing what is not there is a success, and what is removed from a versioned bucket stays as a version. */
export async function deleteObject({ request, bucket, key, query }: S3Call): Promise<Answer> {
  // To remove the object that stands, where one of its versions was meant, would be the worst answer.
  if (query.has('versionId')) throw new S3Refusal('NotImplemented', 'The simulator removes no single versions.');
  const ifMatch = headerOf(request, 'if-match');
  const outcome = await bucket.remove(key, (current) => {
    return ifMatch === undefined || (current !== null && matches(ifMatch, current));
  });
  if (outcome.done) return { status: 204, headers: bucket.versions.areKept() ? { 'x-amz-delete-marker': 'true' } : {} };
  if (outcome.current === null) throw noSuchKey();
  throw preconditionFailed('If-Match');
}

/** The object that a call names. */
export function findObject({ bucket, key, query }: Pick<S3Call, 'bucket' | 'key' | 'query'>): StoredObject {
  const version = query.get('versionId');
  const current = bucket.head(key);
  if (version === null) {
    if (current === null) throw noSuchKey();
    return current;
  }
  const found = current !== null && versionOf(current) === version ? current : bucket.versions.find(key, version);
  if (found === null) throw new S3Refusal('NoSuchVersion', 'The specified version does not exist.');
  return found;
}

function noSuchKey(): S3Refusal {
  return new S3Refusal('NoSuchKey', 'The specified key does not exist.');
}

function describeRead({ request }: S3Call, object: StoredObject) {
  checkRead(request, object);
  const range = parseByteRange(headerOf(request, 'range'), object.size);
  if (range === 'unsatisfiable') throw new S3Refusal('InvalidRange', 'The requested range is not satisfiable.');
  const length = range?.length ?? object.size;
  const wantsChecksums = range === null && headerOf(request, 'x-amz-checksum-mode') === 'ENABLED';
  const headers = {
    ...objectHeaders(object, wantsChecksums),
    ...versionHeader(object),
    'content-length': String(length),
  };
  if (range === null) return { status: 200, headers, range: { offset: 0, length } };
  const contentRange = `bytes ${range.offset}-${range.offset + range.length - 1}/${object.size}`;
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, range };
}
