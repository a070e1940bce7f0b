import type { Answer } from '../http.ts';
import { combineCrc32c } from '../storage/crc32c.ts';
import { createDigests, decodeCrc, encodeCrc } from '../storage/digest.ts';
import type { GcsCall } from './call.ts';
import { conditionNotMet, readPreconditions, toCondition } from './conditions.ts';
import { expectedHashes, findMismatch } from './insert.ts';
import { findObject } from './objects.ts';
import { GcsRefusal } from './refusal.ts';
import { objectResource } from './resource.ts';
import { receivedBytes, type Session } from './sessions.ts';

/** Every chunk but the last (Cloud Storage, "Resumable uploads"): a multiple of 256 KiB. */
const CHUNK_UNIT_BYTES = 262_144;

/** What a PUT to a session says: where its bytes begin (null: none, a question), and the whole size, if it is known. */
interface Chunk {
  first: number | null;
  last: number | null;
  total: number | null;
}

/** A PUT to a session's link: a chunk, the rest, or the question how far it came; 308 until the object is whole. */
export async function resumeUpload(call: GcsCall): Promise<Answer> {
  const session = await findSession(call);
  if (session.finished !== null) {
    call.request.resume();
    return finishedAnswer(call, session);
  }
  const chunk = parseContentRange(call.request.headers['content-range']);
  const grown = chunk.first === null ? session : await appendChunk(call, session, { ...chunk, first: chunk.first });
  const size = receivedBytes(grown);
  const fault = findFault(chunk, size) ?? findUndeclared(session, chunk, size);
  if (fault !== null) {
    await call.bucket.discard(grown.pieces.slice(session.pieces.length));
    throw fault;
  }
  if (isWhole(chunk, size)) return finish(call, grown);
  await call.sessions.save(grown);
  return { status: 308, headers: size === 0 ? {} : { range: `bytes=0-${size - 1}` } };
}

/** DELETE of a session's link; 499 is what the service answers. */
export async function cancelUpload(call: GcsCall): Promise<Answer> {
  const session = await findSession(call);
  await call.sessions.end(session.id);
  if (session.finished === null) await call.bucket.discard(session.pieces);
  return { status: 499 };
}

/** A session is good for a week (Cloud Storage, "Resumable uploads", session URIs). */
const SESSION_MS = 7 * 24 * 3_600_000;

async function findSession({ query, bucket, sessions, clock }: GcsCall): Promise<Session> {
  const session = await sessions.find(query.get('upload_id') ?? '');
  if (session?.bucket === bucket.name) {
    if (clock.now().getTime() - Date.parse(session.started) <= SESSION_MS) return session;
    throw new GcsRefusal(410, 'The resumable upload is older than a week: begin a new one.');
  }
  throw new GcsRefusal(404, 'The resumable upload does not exist: begin a new one.');
}

/** `bytes 0-99/200`, where the end, the total, or the whole range may be a star; no header: everything at once. */
function parseContentRange(header: string | undefined): Chunk {
  if (header === undefined) return { first: 0, last: null, total: null };
  const match = /^bytes (?:(\d{1,16})-(\d{1,16}|\*)|\*)\/(\d{1,16}|\*)$/.exec(header);
  if (match === null) throw new GcsRefusal(400, `Invalid Content-Range: "${header}".`);
  const [, first, last, total] = match;
  const known = (text: string | undefined) => (text === undefined || !/^\d/.test(text) ? null : Number(text));
  const chunk = { first: known(first), last: known(last), total: known(total) };
  if (chunk.first !== null && chunk.last !== null && chunk.last < chunk.first - 1) {
    throw new GcsRefusal(400, `Invalid Content-Range: "${header}".`);
  }
  return chunk;
}

/** A chunk whose end is open is the last one; a question finishes an upload only when every byte is there. */
function isWhole({ first, last, total }: Chunk, size: number): boolean {
  if (total !== null) return size === total;
  return first !== null && last === null;
}

function findFault(chunk: Chunk, size: number): GcsRefusal | null {
  if (chunk.total !== null && size > chunk.total) {
    return new GcsRefusal(400, `Invalid request: ${size} bytes came, more than the declared ${chunk.total}.`);
  }
  if (chunk.first === null || isWhole(chunk, size) || size % CHUNK_UNIT_BYTES === 0) return null;
  return new GcsRefusal(400, 'Invalid request: every chunk but the last must be a multiple of 262144 bytes.');
}

/** Whoever declared a size at the beginning sends as much. */
function findUndeclared({ declared }: Session, chunk: Chunk, size: number): GcsRefusal | null {
  if (declared === null) return null;
  const total = chunk.total ?? (isWhole(chunk, size) ? size : declared);
  if (total === declared) return null;
  return new GcsRefusal(400, `Invalid request: ${total} bytes in all, but X-Upload-Content-Length was ${declared}.`);
}

async function appendChunk(call: GcsCall, session: Session, chunk: Chunk & { first: number }): Promise<Session> {
  const size = receivedBytes(session);
  if (chunk.first > size) {
    throw new GcsRefusal(400, `Invalid request: the chunk begins at ${chunk.first}, but only ${size} bytes are here.`);
  }
  const declared = chunk.last === null ? null : chunk.last - chunk.first + 1;
  const body = cutChunk(call.request, { skip: size - chunk.first, declared });
  const { piece, checksums } = await call.bucket.receive(body, ['crc32c']);
  const crc32c = combineCrc32c(session.crc32c, decodeCrc(checksums.crc32c ?? ''), piece.size);
  return { ...session, pieces: [...session.pieces, piece], crc32c };
}

/** Leaves out what an earlier request brought already, and holds the length against the header. */
async function* cutChunk(
  body: AsyncIterable<Uint8Array>,
  { skip, declared }: { skip: number; declared: number | null },
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const bytes of body) {
    const known = Math.max(0, Math.min(bytes.length, skip - size));
    size += bytes.length;
    if (known < bytes.length) yield bytes.subarray(known);
  }
  if (declared !== null && size !== declared) {
    throw new GcsRefusal(400, `Invalid request: Content-Range declares ${declared} bytes, ${size} came.`);
  }
}

async function finish(call: GcsCall, session: Session): Promise<Answer> {
  const { bucket, request } = call;
  const crc32c = encodeCrc(session.crc32c);
  const checksums = { crc32c, md5: await hashPieces(call, session) };
  const mismatch =
    findMismatch(checksums, expectedHashes(request.headers['x-goog-hash'])) ??
    findMismatch(checksums, session.expected);
  if (mismatch !== null) {
    await call.sessions.end(session.id);
    await bucket.discard(session.pieces);
    throw mismatch;
  }
  const { contentType, headers, metadata, pieces } = session;
  const condition = toCondition(readPreconditions(new URLSearchParams(session.query)));
  const draft = { contentType, headers, metadata, pieces, checksums, etag: checksums.md5 };
  const outcome = await bucket.commit(session.name, draft, { now: call.clock.now(), condition });
  if (!outcome.done) {
    await call.sessions.end(session.id);
    throw conditionNotMet();
  }
  const finished = { ...session, pieces: [], finished: outcome.object.generation };
  await call.sessions.save(finished);
  return finishedAnswer(call, finished);
}

/** Chunks may have come to several processes, and an MD5 cannot be continued: it is counted over the whole at the end. */
async function hashPieces({ bucket }: GcsCall, session: Session): Promise<string> {
  const digests = createDigests(['md5']);
  for await (const bytes of await bucket.readPieces(session.pieces)) digests.update(bytes);
  return digests.result().md5 ?? '';
}

function finishedAnswer(call: GcsCall, session: Session): Answer {
  const object = findObject(call.bucket, session.name, session.finished);
  return { status: 200, json: objectResource(call.bucket, object, call.origin) };
}
