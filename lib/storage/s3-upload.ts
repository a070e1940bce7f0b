import type { Body, ObjectInfo, WriteOptions } from './object-store.ts';

const MEBIBYTE = 1024 ** 2;
/** Every part but the last has 5 MiB at least (S3 User Guide, "Amazon S3 multipart upload limits", 2026-11). */
const SMALLEST_PART_BYTES = 5 * MEBIBYTE;
/** 10,000 parts make 80 GB; three on their way and one being filled are the memory of a write. */
const PART_BYTES = 8 * MEBIBYTE;
/** S3 copies up to 5 GiB at once; less takes turns with other parts, and is cheaper to repeat. */
const COPIED_BYTES = 1024 * MEBIBYTE;
const PARALLEL_PARTS = 3;

/** A stretch of an object that stands already, pinned by its ETag. */
export interface Stretch {
  source: ObjectInfo;
  offset: number;
  length: number;
}

/** One part of an upload: bytes, or a stretch that S3 copies itself. */
export type Piece = { bytes: Uint8Array } | Stretch;

/** The requests that make an object; their errors are those of the port. */
export interface UploadCalls {
  put(key: string, bytes: Uint8Array, options: WriteOptions): Promise<Pick<ObjectInfo, 'etag' | 'versionId'>>;
  begin(key: string, options: WriteOptions): Promise<Upload>;
  /** Returns the part's ETag. */
  addPart(upload: Upload, number: number, piece: Piece): Promise<string>;
  complete(
    upload: Upload,
    etags: readonly string[],
    options: WriteOptions,
  ): Promise<Pick<ObjectInfo, 'etag' | 'versionId'>>;
  abort(upload: Upload): Promise<void>;
  read(stretch: Stretch): AsyncIterable<Uint8Array>;
}

export interface Upload {
  key: string;
  id: string;
}

/** Writes an object whole: in one request what is small, in parts what is not; conditions hold when it appears. */
export async function writeObject(
  calls: UploadCalls,
  key: string,
  { body, options }: { body: Body; options: WriteOptions },
): Promise<ObjectInfo> {
  if (typeof body === 'string') return putWhole(calls, key, { bytes: Buffer.from(body), options });
  if (body instanceof Uint8Array) return putWhole(calls, key, { bytes: body, options });
  return sendPieces(calls, key, { pieces: piecesOfStream(body), options });
}

/** Joins objects into one: S3 copies long stretches itself, short ones pass through here, a part at a time. */
export async function joinObjects(
  calls: UploadCalls,
  key: string,
  { sources, options }: { sources: readonly ObjectInfo[]; options: WriteOptions },
): Promise<ObjectInfo> {
  return sendPieces(calls, key, { pieces: piecesOfObjects(calls, sources), options });
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
}

/** A look ahead tells whether the first piece is the only one: then no upload is begun. */
async function sendPieces(calls: UploadCalls, key: string, { pieces, options }: Sending): Promise<ObjectInfo> {
  const first = await pieces.next();
  if (first.done === true) return putWhole(calls, key, { bytes: Buffer.alloc(0), options });
  const second = await pieces.next();
  if (second.done === true && 'bytes' in first.value) {
    return putWhole(calls, key, { bytes: first.value.bytes, options });
  }
  const begun = second.done === true ? [first.value] : [first.value, second.value];
  const upload = await calls.begin(key, options);
  const parts: Promise<string>[] = [];
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
  { pieces, parts }: { pieces: AsyncGenerator<Piece>; parts: Promise<string>[] },
): Promise<number> {
  let size = 0;
  for await (const piece of pieces) {
    await parts[parts.length - PARALLEL_PARTS];
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

/** Long stretches become parts of their own; what is shorter than a part may be is read and gathered until it is one. */
async function* piecesOfObjects(
  calls: Pick<UploadCalls, 'read'>,
  sources: readonly ObjectInfo[],
): AsyncGenerator<Piece> {
  const gathered = openGathering();
  for (const stretch of stretchesOf(sources, gathered)) {
    if (stretch.isPart) {
      yield stretch;
    } else {
      for await (const chunk of calls.read(stretch)) gathered.add(chunk);
      if (gathered.bytes() >= SMALLEST_PART_BYTES) yield { bytes: gathered.take() };
    }
  }
  if (gathered.bytes() > 0) yield { bytes: gathered.take() };
}

/** Cuts objects into stretches; what was gathered by the time that one is asked for decides how long it is. */
function* stretchesOf(
  sources: readonly ObjectInfo[],
  gathered: { bytes(): number },
): Generator<Stretch & { isPart: boolean }> {
  for (const source of sources) {
    for (let offset = 0; offset < source.size; ) {
      const left = source.size - offset;
      const isPart = gathered.bytes() === 0 && left >= SMALLEST_PART_BYTES;
      const length = Math.min(left, isPart ? COPIED_BYTES : SMALLEST_PART_BYTES - gathered.bytes());
      yield { source, offset, length, isPart };
      offset += length;
    }
  }
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
