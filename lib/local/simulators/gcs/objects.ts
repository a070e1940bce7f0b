import type { Answer } from '../http.ts';
import { type ByteRange, parseByteRange } from '../storage/byte-range.ts';
import type { Bucket } from '../storage/index.ts';
import { formatCursor, parseCursor } from '../storage/listing.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { type GcsCall, readResource } from './call.ts';
import { checkRead, conditionNotMet, readGeneration, readPreconditions, toCondition } from './conditions.ts';
import { GcsRefusal } from './refusal.ts';
import { applyFields, objectResource, parseObjectFields } from './resource.ts';

const MOST_LISTED = 1000;

/** objects.get: the resource, or with `alt=media` the bytes. */
export async function getObject(call: GcsCall): Promise<Answer> {
  const object = findObject(call.bucket, call.name, readGeneration(call.query, 'generation'));
  checkRead(readPreconditions(call.query), object);
  if (call.query.get('alt') === 'media') return downloadObject(call);
  return { status: 200, json: objectResource(call.bucket, object, call.origin) };
}

/** The bytes of an object, whole or a single range, with its hashes in `x-goog-hash`. */
export async function downloadObject(call: GcsCall): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const object = findObject(call.bucket, call.name, readGeneration(call.query, 'generation'));
    checkRead(readPreconditions(call.query), object);
    const range = readRange(call, object);
    try {
      return { ...downloadHead(object, range), body: await call.bucket.read(object, range ?? undefined) };
    } catch (error) {
      // Replaced between the look at its record and the opening of its bytes: look again.
      const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isGone || attempt === 3) throw error;
    }
  }
}

function downloadHead(object: StoredObject, range: ByteRange | null): Answer {
  const { md5, crc32c = '' } = object.checksums;
  const headers = {
    ...object.headers,
    'content-type': object.contentType,
    'content-length': String(range?.length ?? object.size),
    'accept-ranges': 'bytes',
    etag: object.etag,
    'last-modified': new Date(object.updated).toUTCString(),
    'x-goog-hash': md5 === undefined ? `crc32c=${crc32c}` : `crc32c=${crc32c},md5=${md5}`,
    'x-goog-generation': object.generation,
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-stored-content-encoding': object.headers['content-encoding'] ?? 'identity',
    'x-goog-stored-content-length': String(object.size),
  };
  if (range === null) return { status: 200, headers };
  const contentRange = `bytes ${range.offset}-${range.offset + range.length - 1}/${object.size}`;
  return { status: 206, headers: { ...headers, 'content-range': contentRange } };
}

/** An empty object is read whole, whatever part of it is asked for. */
function readRange(call: GcsCall, { size }: StoredObject): ByteRange | null {
  const range = size === 0 ? null : parseByteRange(call.request.headers.range, size);
  if (range === 'unsatisfiable') throw new GcsRefusal(416, 'The requested range cannot be satisfied.');
  return range;
}

/** The live object, if it is the generation asked for; older ones are not kept. */
export function findObject(bucket: Bucket, name: string, generation: string | null): StoredObject {
  const object = bucket.head(name);
  if (object !== null && (generation === null || generation === object.generation)) return object;
  throw new GcsRefusal(404, `No such object: ${bucket.name}/${name}`);
}

/** objects.patch: null removes a field or a metadata key. */
export async function patchObject({ request, query, bucket, name, clock, origin }: GcsCall): Promise<Answer> {
  const fields = parseObjectFields(await readResource(request));
  const meets = toCondition(readPreconditions(query));
  const generation = readGeneration(query, 'generation');
  const outcome = await bucket.amend(
    name,
    (current) => {
      const isWanted = generation === null || generation === current.generation;
      return isWanted && meets(current) ? applyFields(current, fields) : null;
    },
    { now: clock.now() },
  );
  if (outcome.done) return { status: 200, json: objectResource(bucket, outcome.object, origin) };
  findObject(bucket, name, generation);
  throw conditionNotMet();
}

/** objects.delete. */
export async function deleteObject({ query, bucket, name }: GcsCall): Promise<Answer> {
  const meets = toCondition(readPreconditions(query));
  const generation = readGeneration(query, 'generation');
  const outcome = await bucket.remove(name, (current) => {
    return current !== null && (generation === null || generation === current.generation) && meets(current);
  });
  if (outcome.done) return { status: 204 };
  findObject(bucket, name, generation);
  throw conditionNotMet();
}

/** objects.list: prefix, delimiter, startOffset, endOffset, maxResults, pageToken. */
export async function listObjects({ query, bucket, origin }: GcsCall): Promise<Answer> {
  if (query.has('matchGlob')) throw new GcsRefusal(501, 'The simulator does not implement matchGlob.');
  const token = query.get('pageToken');
  const cursor = token === null ? undefined : parseCursor(token);
  if (cursor === null) throw new GcsRefusal(400, 'Invalid argument: pageToken.');
  const before = query.get('endOffset');
  const page = bucket.list({
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    from: query.get('startOffset') ?? '',
    ...(before === null ? {} : { before }),
    ...(cursor === undefined ? {} : { cursor }),
    limit: parseLimit(query.get('maxResults')),
  });
  const items = page.objects.map((object) => objectResource(bucket, object, origin));
  const json = {
    kind: 'storage#objects',
    ...(page.next === null ? {} : { nextPageToken: formatCursor(page.next) }),
    ...(page.prefixes.length === 0 ? {} : { prefixes: page.prefixes }),
    ...(items.length === 0 ? {} : { items }),
  };
  return { status: 200, json };
}

function parseLimit(text: string | null): number {
  if (text === null) return MOST_LISTED;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw new GcsRefusal(400, 'Invalid argument: maxResults.');
  return Math.min(MOST_LISTED, Number(text));
}
