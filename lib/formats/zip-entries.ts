import { promisify } from 'node:util';
import { crc32, type InflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';
import { type RandomAccess, readBuffer } from './random-access.ts';
import { refuseData, refuseSize, type ZipEntry } from './zip-entry.ts';
import { showName, ZipEntryError, type ZipFault } from './zip-faults.ts';
import { showBytes, ZIP_LIMITS } from './zip-limits.ts';
import { checkDescriptor, checkLocalHeader } from './zip-local.ts';
import { planZipRanges, type ZipRange, type ZipRangeOptions } from './zip-ranges.ts';
import { streamZipEntry } from './zip-stream.ts';

/** An entry with its bytes (perhaps a view of a larger read: copy what is kept for long), or with why there are none. */
export type ZipRead = { entry: ZipEntry; bytes: Uint8Array } | { entry: ZipEntry; fault: ZipFault };

export interface ZipReadOptions extends ZipRangeOptions {
  /** Entries that unpack to more are faults; 512 MiB unless told. */
  maxEntryBytes?: number;
}

/** Above this size inflating leaves the event loop; below, the way to another thread costs more than it saves. */
const ASYNC_BYTES = 1024 * 1024;
const LARGE_READ_BYTES = 16 * 1024 * 1024;
const inflateRawAsync = promisify(inflateRaw);

/**
 * Reads and verifies entries, neighbours by one ranged read, with the next read under way meanwhile. Entries that carry a
 * fault already come first, the others in the order of their offsets. Faults are values; only a failed read throws.
 */
export async function* readZipEntries(
  source: RandomAccess,
  entries: readonly ZipEntry[],
  options: ZipReadOptions = {},
): AsyncGenerator<ZipRead, void, void> {
  const { maxSpanBytes = LARGE_READ_BYTES, maxEntryBytes = ZIP_LIMITS.entryBytes } = options;
  const readable: ZipEntry[] = [];
  for (const entry of entries) {
    const fault = entry.fault ?? tooBig(entry, maxEntryBytes);
    if (fault === null) readable.push(entry);
    else yield { entry, fault };
  }
  const ranges = planZipRanges(readable, options);
  let next = startRead(source, ranges[0], maxSpanBytes);
  for (const [place, range] of ranges.entries()) {
    const bytes = await next;
    next = startRead(source, ranges[place + 1], maxSpanBytes);
    for (const entry of range.entries) {
      yield bytes === null
        ? await readLarge(source, entry)
        : await readOne(entry, bytes.subarray(entry.localOffset - range.offset));
    }
  }
}

function tooBig(entry: ZipEntry, maxEntryBytes: number): ZipFault | null {
  if (entry.size <= maxEntryBytes) return null;
  const message = `${showName(entry.name)} unpacks to ${showBytes(entry.size)}; at most ${showBytes(maxEntryBytes)} are read`;
  return { code: 'ZIP_TOO_BIG', message, hint: 'Make the file smaller.', entry: entry.name };
}

/** Null where the range is one entry too large to hold packed and unpacked at once. */
function startRead(source: RandomAccess, range: ZipRange | undefined, maxSpanBytes: number): Promise<Buffer | null> {
  if (range === undefined || range.length > maxSpanBytes) return Promise.resolve(null);
  const read = readBuffer(source, range.offset, range.length);
  // It may fail while the entries before it are still with the caller; whoever awaits it sees the error.
  read.catch(() => undefined);
  return read;
}

async function readOne(entry: ZipEntry, slot: Buffer): Promise<ZipRead> {
  try {
    const { dataStart, hasDescriptor } = checkLocalHeader(entry, slot);
    const dataEnd = dataStart + entry.compressedSize;
    const slotLength = entry.endOffset - entry.localOffset;
    const data = slot.subarray(dataStart, dataEnd);
    const bytes = entry.method === 0 ? data : await inflate(entry, data);
    if (crc32(bytes) !== entry.crc32) refuseData(entry, 'its checksum does not match');
    if (hasDescriptor) checkDescriptor(entry, slot.subarray(dataEnd, slotLength));
    return { entry, bytes };
  } catch (error) {
    if (error instanceof ZipEntryError) return { entry, fault: error.fault };
    throw error;
  }
}

/** Inflates at most what the record claims, in one allocation, and wants the packed bytes used up. */
async function inflate(entry: ZipEntry, data: Buffer): Promise<Buffer> {
  const options = { maxOutputLength: Math.max(1, entry.size), chunkSize: Math.max(64, entry.size + 1), info: true };
  const { buffer, engine } = await inflateWith(entry, data, options);
  if (buffer.length !== entry.size) refuseSize(entry, `${buffer.length}`);
  if (engine.bytesWritten !== data.length) refuseData(entry, 'there are bytes after its end');
  return buffer;
}

async function inflateWith(
  entry: ZipEntry,
  data: Buffer,
  options: { maxOutputLength: number; chunkSize: number; info: boolean },
): Promise<{ buffer: Buffer; engine: InflateRaw }> {
  try {
    const result: unknown =
      entry.size > ASYNC_BYTES ? await inflateRawAsync(data, options) : inflateRawSync(data, options);
    // Node answers like this when asked for `info`; @types/node 20 only knows the plain buffer.
    return result as { buffer: Buffer; engine: InflateRaw };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') refuseSize(entry, `more than ${entry.size}`);
    return refuseData(entry, 'its packed bytes are damaged', error);
  }
}

async function readLarge(source: RandomAccess, entry: ZipEntry): Promise<ZipRead> {
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of streamZipEntry(source, entry)) pieces.push(piece);
    return { entry, bytes: Buffer.concat(pieces) };
  } catch (error) {
    if (error instanceof ZipEntryError) return { entry, fault: error.fault };
    throw error;
  }
}
