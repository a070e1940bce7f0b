import { type Body, ObjectChangedError, type ObjectInfo, type WriteOptions } from './object-store.ts';

const MEBIBYTE = 1024 ** 2;
/** Every part but the last has 5 MiB at least (S3 User Guide, "Amazon S3 multipart upload limits", 2026-11). */
const SMALLEST_PART_BYTES = 5 * MEBIBYTE;
/** 10,000 parts make 80 GB; three on their way and one being filled are the memory of a write. */
const PART_BYTES = 8 * MEBIBYTE;
/** S3 copies up to 5 GiB at once; many shorter stretches side by side come to their end sooner, and are cheaper to repeat. */
const COPIED_BYTES = 256 * MEBIBYTE;
const PARALLEL_PARTS = 3;
/** Copies cost neither memory nor line. */
const PARALLEL_COPIES = 16;
/** An upload has 10,000 parts at most (same page); where many sources are joined, parts grow so that they stay below. */
const MOST_PARTS = 9000;
/** Small sources are read side by side: ten thousand one after another would take minutes. */
const READ_AT_ONCE = 16;

/** A stretch of an object that stands already, pinned by its ETag. */
export interface Stretch {
  /** `bucket`: another than the upload's; `key` is then the whole key there. */
  source: Pick<ObjectInfo, 'key' | 'etag' | 'size'> & { bucket?: string };
  offset: number;
  length: number;
}

/** One part of an upload: bytes, or a stretch that S3 copies itself. */
export type Piece = { bytes: Uint8Array } | Stretch;

/** The requests that make an object; their errors are those of the port. */
export interface UploadCalls {
  put(key: string, bytes: Uint8Array, options: WriteOptions): Promise<Pick<ObjectInfo, 'etag' | 'versionId'>>;
  begin(key: string, options: WriteOptions & { copies: boolean }): Promise<Upload>;
  /** Throws `UncheckedCopyError` for a stretch of an upload that announced checksums. */
  addPart(upload: Upload, number: number, piece: Piece): Promise<UploadedPart>;
  complete(
    upload: Upload,
    parts: readonly UploadedPart[],
    options: WriteOptions,
  ): Promise<Pick<ObjectInfo, 'etag' | 'versionId'>>;
  abort(upload: Upload): Promise<void>;
  read(stretch: Stretch): AsyncIterable<Uint8Array>;
}

export interface Upload {
  key: string;
  id: string;
  /** Whether S3 was told to keep a checksum of the whole. */
  isChecked: boolean;
}

/** A server that counts no checksum of what it copies itself copies nothing into an upload that announced one: MinIO (2026-02). */
export class UncheckedCopyError extends Error {
  override name = 'UncheckedCopyError';
  constructor(key: string) {
    super(`[s3] the server counts no checksum of what it copies into "${key}".`);
  }
}

/** What S3 said of a part that it took. */
export interface UploadedPart {
  etag: string;
  /** CRC-32, in base64; undefined from servers that count none. */
  crc32: string | undefined;
}

/** Writes an object whole: in one request what is small, in parts what is not; conditions hold when it appears. */
export async function writeObject(
  calls: UploadCalls,
  key: string,
  { body, options }: { body: Body; options: WriteOptions },
): Promise<ObjectInfo> {
  if (typeof body === 'string') return putWhole(calls, key, { bytes: Buffer.from(body), options });
  if (body instanceof Uint8Array) return putWhole(calls, key, { bytes: body, options });
  return sendPieces(calls, key, { pieces: piecesOfStream(body), options, copies: false });
}

/** Joins objects into one: S3 copies long stretches itself, short ones pass through here, a part at a time. */
export async function joinObjects(
  calls: UploadCalls,
  key: string,
  { sources, options }: { sources: readonly ObjectInfo[]; options: WriteOptions },
): Promise<ObjectInfo> {
  return sendCopies(() => sendPieces(calls, key, { pieces: piecesOfObjects(calls, sources), options, copies: true }));
}

/** Copies an object of another bucket: S3 moves all of it. */
export async function copyObject(
  calls: UploadCalls,
  key: string,
  { source, options }: { source: Stretch['source']; options: WriteOptions },
): Promise<ObjectInfo> {
  return sendCopies(() => sendPieces(calls, key, { pieces: stretchesOfCopy(source), options, copies: true }));
}

/** The calls remember what the server cannot do: the second upload announces no checksum. */
function sendCopies(send: () => Promise<ObjectInfo>): Promise<ObjectInfo> {
  return send().catch((error) => (error instanceof UncheckedCopyError ? send() : Promise.reject(error)));
}

async function* stretchesOfCopy(source: Stretch['source']): AsyncGenerator<Piece> {
  for (let offset = 0; offset < source.size; offset += COPIED_BYTES)
    yield { source, offset, length: Math.min(COPIED_BYTES, source.size - offset) };
}

async function putWhole(
  calls: UploadCalls,
  key: string,
  { bytes, options }: { bytes: Uint8Array; options: WriteOptions },
): Promise<ObjectInfo> {
  return { key, size: bytes.length, ...(await calls.put(key, bytes, options)) };
}

interface Sending {
  pieces: AsyncGenerator<Piece>;
  options: WriteOptions;
  /** Whether some of the pieces may be stretches. */
  copies: boolean;
}

/** A look ahead tells whether the first piece is the only one: then no upload is begun. */
async function sendPieces(calls: UploadCalls, key: string, { pieces, options, copies }: Sending): Promise<ObjectInfo> {
  const first = await pieces.next();
  if (first.done === true) return putWhole(calls, key, { bytes: Buffer.alloc(0), options });
  const second = await pieces.next();
  if (second.done === true && 'bytes' in first.value) {
    return putWhole(calls, key, { bytes: first.value.bytes, options });
  }
  const begun = second.done === true ? [first.value] : [first.value, second.value];
  const upload = await calls.begin(key, { ...options, copies });
  const parts: Promise<UploadedPart>[] = [];
  try {
    const size = await sendParts(calls, upload, { pieces: joined(begun, pieces), parts });
    return { key, size, ...(await calls.complete(upload, await Promise.all(parts), options)) };
  } catch (error) {
    await Promise.allSettled(parts);
    // The parts of an upload that nobody completes are paid for until it is aborted.
    await calls.abort(upload).catch(() => undefined);
    throw error;
  }
}

async function* joined(begun: readonly Piece[], rest: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
  yield* begun;
  yield* rest;
}

/** Adds each part's promise to `parts`, in order; settles with the size of all once the last is on its way. */
async function sendParts(
  calls: UploadCalls,
  upload: Upload,
  { pieces, parts }: { pieces: AsyncGenerator<Piece>; parts: Promise<UploadedPart>[] },
): Promise<number> {
  let size = 0;
  for await (const piece of pieces) {
    await parts[parts.length - ('bytes' in piece ? PARALLEL_PARTS : PARALLEL_COPIES)];
    size += 'bytes' in piece ? piece.bytes.length : piece.length;
    const part = calls.addPart(upload, parts.length + 1, piece);
    // Awaited in order above and by the caller; until then a failure must not end the process.
    part.catch(() => undefined);
    parts.push(part);
  }
  return size;
}

async function* piecesOfStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  const gathered = openGathering();
  for await (const chunk of body) {
    // A chunk may be longer than a part: all but its end go out.
    for (let start = 0; start < chunk.length; ) {
      const taken = chunk.subarray(start, start + PART_BYTES - gathered.bytes());
      gathered.add(taken);
      start += taken.length;
      if (gathered.bytes() === PART_BYTES) yield { bytes: gathered.take() };
    }
  }
  if (gathered.bytes() > 0) yield { bytes: gathered.take() };
}

/** Long stretches become parts of their own; what is shorter than a part may be is read, together with its neighbours. */
async function* piecesOfObjects(
  calls: Pick<UploadCalls, 'read'>,
  sources: readonly ObjectInfo[],
): AsyncGenerator<Piece> {
  for (const part of partsOf(sources)) {
    if ('source' in part) yield part;
    else yield { bytes: await readStretches(calls, part.stretches) };
  }
}

/** Cuts objects into parts: one stretch to copy, or short ones to gather. What gathers takes no more of a long object than it lacks. */
function* partsOf(sources: readonly ObjectInfo[]): Generator<Stretch | { stretches: Stretch[] }> {
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  const smallest = Math.max(SMALLEST_PART_BYTES, Math.ceil(total / MOST_PARTS));
  let stretches: Stretch[] = [];
  let gathered = 0;
  for (const source of sources) {
    for (let offset = 0; offset < source.size; ) {
      const left = source.size - offset;
      const isPart = gathered === 0 && left >= smallest;
      const length = isPart ? evenShare(left, Math.max(COPIED_BYTES, smallest)) : Math.min(left, smallest - gathered);
      if (isPart) yield { source, offset, length };
      else {
        stretches.push({ source, offset, length });
        gathered += length;
      }
      offset += length;
      if (gathered < smallest) continue;
      yield { stretches };
      stretches = [];
      gathered = 0;
    }
  }
  if (gathered > 0) yield { stretches };
}

/** Of equal pieces none is too short to be copied, as the rest behind the longest could be. */
function evenShare(bytes: number, most: number): number {
  return Math.ceil(bytes / Math.ceil(bytes / most));
}

async function readStretches(calls: Pick<UploadCalls, 'read'>, stretches: readonly Stretch[]): Promise<Buffer> {
  const all = Buffer.allocUnsafe(stretches.reduce((sum, { length }) => sum + length, 0));
  const places: { stretch: Stretch; at: number }[] = [];
  let at = 0;
  for (const stretch of stretches) {
    places.push({ stretch, at });
    at += stretch.length;
  }
  const next = places.values();
  const reader = async () => {
    for (const { stretch, at: start } of next)
      await readInto(all.subarray(start, start + stretch.length), calls, stretch);
  };
  const readers = await Promise.allSettled(Array.from({ length: Math.min(READ_AT_ONCE, places.length) }, reader));
  for (const one of readers) if (one.status === 'rejected') throw one.reason;
  return all;
}

async function readInto(place: Buffer, calls: Pick<UploadCalls, 'read'>, stretch: Stretch): Promise<void> {
  let filled = 0;
  for await (const chunk of calls.read(stretch)) {
    if (filled + chunk.length <= place.length) place.set(chunk, filled);
    filled += chunk.length;
  }
  // Memory that was not filled must never become part of an object.
  if (filled !== place.length) throw new ObjectChangedError(stretch.source.key);
}

/** Gathers copies of chunks, whose owners may write over them. */
function openGathering() {
  let chunks: Buffer[] = [];
  let bytes = 0;
  return {
    bytes: () => bytes,
    add(chunk: Uint8Array): void {
      chunks.push(Buffer.from(chunk));
      bytes += chunk.length;
    },
    take(): Buffer {
      const all = Buffer.concat(chunks);
      chunks = [];
      bytes = 0;
      return all;
    },
  };
}
