import type { Answer } from '../http.ts';
import type { Received } from '../storage/blobs.ts';
import type { Checksums } from '../storage/stored-object.ts';
import { type GcsCall, readResource } from './call.ts';
import { conditionNotMet, readPreconditions, toCondition } from './conditions.ts';
import { GcsRefusal } from './refusal.ts';
import { openRelated } from './related.ts';
import { applyFields, checkObjectName, type ObjectFields, objectResource, parseObjectFields } from './resource.ts';
import type { Session } from './sessions.ts';

const DEFAULT_TYPE = 'application/octet-stream';

/** objects.insert: the bytes with the request (`media`, `multipart`), or a session that takes them later (`resumable`). */
export async function insertObject(call: GcsCall): Promise<Answer> {
  const type = call.query.get('uploadType');
  if (type === 'multipart') return insertRelated(call);
  if (type === 'resumable') return startSession(call);
  if (type === 'media') return insertMedia(call);
  throw new GcsRefusal(400, `Invalid upload type "${type}": it must be media, multipart or resumable.`);
}

async function insertMedia(call: GcsCall): Promise<Answer> {
  const contentType = call.request.headers['content-type'] ?? DEFAULT_TYPE;
  return storeObject(call, { fields: { contentType }, contentType, body: call.request });
}

async function insertRelated(call: GcsCall): Promise<Answer> {
  const { resource, contentType, body } = await openRelated(call.request, call.request.headers['content-type'] ?? '');
  return storeObject(call, { fields: parseFields(resource), contentType: contentType ?? DEFAULT_TYPE, body });
}

function parseFields(text: string): ObjectFields {
  try {
    return parseObjectFields(JSON.parse(text));
  } catch (error) {
    if (error instanceof GcsRefusal) throw error;
    throw new GcsRefusal(400, 'Malformed multipart body: the first part is no JSON.');
  }
}

interface Upload {
  fields: ObjectFields;
  contentType: string;
  body: AsyncIterable<Uint8Array>;
}

async function storeObject(call: GcsCall, { fields, contentType, body }: Upload): Promise<Answer> {
  const { bucket, query, request } = call;
  const name = checkObjectName(query.get('name') ?? fields.name);
  const condition = toCondition(readPreconditions(query));
  if (!condition(bucket.head(name))) throw conditionNotMet();
  const received = await bucket.receive(body, ['md5', 'crc32c']);
  const expected = { ...expectedHashes(request.headers['x-goog-hash']), ...hashesOf(fields) };
  await checkHashes(call, received, expected);
  const { piece, checksums } = received;
  const draft = { ...applyFields({ contentType, headers: {}, metadata: {} }, fields), pieces: [piece], checksums };
  const outcome = await bucket.commit(
    name,
    { ...draft, etag: checksums.md5 ?? '' },
    { now: call.clock.now(), condition },
  );
  if (!outcome.done) throw conditionNotMet();
  return { status: 200, json: objectResource(bucket, outcome.object, call.origin) };
}

async function checkHashes({ bucket }: GcsCall, { piece, checksums }: Received, expected: Checksums): Promise<void> {
  const mismatch = findMismatch(checksums, expected);
  if (mismatch === null) return;
  await bucket.discard([piece]);
  throw mismatch;
}

/** The refusal for the first hash that a client named and the bytes do not have. */
export function findMismatch(counted: Checksums, expected: Session['expected']): GcsRefusal | null {
  for (const name of ['crc32c', 'md5'] as const) {
    const wanted = expected[name];
    if (wanted === undefined || wanted === counted[name]) continue;
    const word = name === 'md5' ? 'MD5 hash' : 'CRC32C';
    return new GcsRefusal(400, `Provided ${word} "${wanted}" doesn't match calculated ${word} "${counted[name]}".`);
  }
  return null;
}

function hashesOf({ md5Hash, crc32c }: ObjectFields): Checksums {
  return { ...(md5Hash === undefined ? {} : { md5: md5Hash }), ...(crc32c === undefined ? {} : { crc32c }) };
}

/** `x-goog-hash: crc32c=…,md5=…`. */
export function expectedHashes(header: string | string[] | undefined): Checksums {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  const pairs = [...text.matchAll(/(?:^|,)\s*(crc32c|md5)=([A-Za-z0-9+/]+={0,2})/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}

function declaredBytes(header: string | string[] | undefined): number | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && /^\d{1,16}$/.test(header)) return Number(header);
  throw new GcsRefusal(400, 'Invalid request: X-Upload-Content-Length is no number.');
}

async function startSession({ request, query, bucket, sessions, clock, origin }: GcsCall): Promise<Answer> {
  const fields = parseObjectFields(await readResource(request));
  const name = checkObjectName(query.get('name') ?? fields.name);
  if (!toCondition(readPreconditions(query))(bucket.head(name))) throw conditionNotMet();
  const contentType = String(request.headers['x-upload-content-type'] ?? DEFAULT_TYPE);
  const session = await sessions.start({
    bucket: bucket.name,
    name,
    started: clock.now().toISOString(),
    ...applyFields({ contentType, headers: {}, metadata: {} }, fields),
    query: query.toString(),
    declared: declaredBytes(request.headers['x-upload-content-length']),
    expected: { ...expectedHashes(request.headers['x-goog-hash']), ...hashesOf(fields) },
  });
  const link = new URLSearchParams({ uploadType: 'resumable', name, upload_id: session.id });
  const location = `${origin}/upload/storage/v1/b/${bucket.name}/o?${link}`;
  return { status: 200, headers: { location, 'x-guploader-uploadid': session.id } };
}
