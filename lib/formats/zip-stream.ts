import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { type RandomAccess, readBuffer } from './random-access.ts';
import { LOCAL_HEADER_LENGTH } from './zip-archive-checks.ts';
import { refuseData, refuseSize, type ZipEntry } from './zip-entry.ts';
import { ZipEntryError } from './zip-faults.ts';
import { checkDescriptor, checkLocalHeader, DESCRIPTOR_MOST } from './zip-local.ts';

const PIECE_BYTES = 4 * 1024 * 1024;
const INFLATE_BYTES = 256 * 1024;

/** Streams one entry in pieces of a few MiB; what is wrong with it is thrown as a ZipEntryError, at the end at the latest. */
export async function* streamZipEntry(source: RandomAccess, entry: ZipEntry): AsyncGenerator<Uint8Array, void, void> {
  if (entry.fault !== null) throw new ZipEntryError(entry.fault);
  const head = await readBuffer(source, entry.localOffset, await headerLength(source, entry));
  const { dataStart, hasDescriptor } = checkLocalHeader(entry, head);
  const packed = readPacked(source, entry.localOffset + dataStart, entry.compressedSize);
  let size = 0;
  let checksum = 0;
  for await (const piece of entry.method === 0 ? packed : inflatePieces(entry, packed)) {
    size += piece.length;
    if (size > entry.size) refuseSize(entry, `more than ${entry.size}`);
    checksum = crc32(piece, checksum);
    yield piece;
  }
  if (size !== entry.size) refuseSize(entry, `${size}`);
  if (checksum !== entry.crc32) refuseData(entry, 'its checksum does not match');
  if (hasDescriptor) {
    const dataEnd = entry.localOffset + dataStart + entry.compressedSize;
    checkDescriptor(entry, await readBuffer(source, dataEnd, Math.min(DESCRIPTOR_MOST, entry.endOffset - dataEnd)));
  }
}

async function headerLength(source: RandomAccess, entry: ZipEntry): Promise<number> {
  const room = entry.endOffset - entry.localOffset;
  const fixed = await readBuffer(source, entry.localOffset, Math.min(LOCAL_HEADER_LENGTH, room));
  if (fixed.length < LOCAL_HEADER_LENGTH) return fixed.length;
  return Math.min(room, LOCAL_HEADER_LENGTH + fixed.readUInt16LE(26) + fixed.readUInt16LE(28));
}

async function* readPacked(source: RandomAccess, start: number, length: number): AsyncGenerator<Buffer, void, void> {
  for (let at = 0; at < length; at += PIECE_BYTES) {
    yield await readBuffer(source, start + at, Math.min(PIECE_BYTES, length - at));
  }
}

async function* inflatePieces(entry: ZipEntry, packed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer, void, void> {
  const inflater = createInflateRaw({ chunkSize: INFLATE_BYTES });
  const fed = pipeline(Readable.from(packed), inflater);
  // The reader of `inflater` sees the same error; this one must not be an unhandled rejection when it stops early.
  fed.catch(() => undefined);
  try {
    for await (const piece of inflater) yield piece as Buffer;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('Z_')) refuseData(entry, 'its packed bytes are damaged', error);
    throw error;
  } finally {
    inflater.destroy();
  }
  if (inflater.bytesWritten !== entry.compressedSize) refuseData(entry, 'there are bytes after its end');
}
