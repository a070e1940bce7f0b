import { type RandomAccess, readBuffer } from './random-access.ts';
import { readUInt64 } from './zip-extra.ts';
import { PACK_AGAIN, refuseArchive } from './zip-faults.ts';
import { showBytes, type ZipLimits } from './zip-limits.ts';
import { refuseOtherKind } from './zip-other-kind.ts';

/** Where the central directory lies; `sixteenBit` when its count had only 16 bits and may have wrapped. */
export interface ZipDirectoryPlace {
  offset: number;
  size: number;
  count: number;
  sixteenBit: boolean;
  /** The end of the file as read, so that a directory inside it needs no second read. */
  tail: Buffer;
  tailOffset: number;
}

interface EndRecord {
  offset: number;
  size: number;
  count: number;
  /** Where the record itself begins: the directory must end there. */
  boundary: number;
  sixteenBit: boolean;
}

const END_BYTES = Buffer.from('PK\x05\x06', 'latin1');
const END_LENGTH = 22;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_LENGTH = 20;
const END64_SIGNATURE = 0x06064b50;
const END64_LENGTH = 56;
const COMMENT_MAX = 0xffff;
const TAIL_LENGTH = END_LENGTH + COMMENT_MAX + LOCATOR_LENGTH + END64_LENGTH;
const WRAP = 2 ** 32;

/** The archive's numbers wrapped at 16 or 32 bits. */
export function refuseWrapped(): never {
  refuseArchive(
    'ZIP_STRUCTURE',
    'the archive passes 4 GiB or 65,535 files and was written without ZIP64, as the macOS Finder does, so its numbers are cut off',
    'Make it again with `zip -r` in Terminal, or as several smaller archives.',
  );
}

/** Finds the central directory from the end of the file; throws ZipArchiveError unless there is one reading of it only. */
export async function findZipDirectory(source: RandomAccess, limits: ZipLimits): Promise<ZipDirectoryPlace> {
  if (source.size > limits.archiveBytes) {
    refuseArchive(
      'ZIP_TOO_BIG',
      `the archive has ${showBytes(source.size)}; at most ${showBytes(limits.archiveBytes)} are read`,
      'Split it into smaller archives.',
    );
  }
  const tailOffset = Math.max(0, source.size - TAIL_LENGTH);
  const tail = await readBuffer(source, tailOffset, source.size - tailOffset);
  const at = locateEnd(tail);
  if (at === null) return refuseOtherKind(source);
  const end = readEnd(tail, tailOffset, at);
  const record = isPlain(end) ? end : ((await readEnd64(source, tail, tailOffset, at, end)) ?? end);
  checkPlace(record, limits);
  return { ...record, tail, tailOffset };
}

/** The one end record whose comment ends with the file. Others may lie before it, in a stored archive within the archive. */
function locateEnd(tail: Buffer): number | null {
  let nearest: number | null = null;
  let exact: number | null = null;
  for (let at = tail.lastIndexOf(END_BYTES); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(END_BYTES, at - 1)) {
    if (at + END_LENGTH > tail.length) continue;
    nearest ??= at;
    if (at + END_LENGTH + tail.readUInt16LE(at + 20) !== tail.length) continue;
    if (exact !== null) refuseTwoEnds();
    exact = at;
  }
  if (exact === null && nearest !== null) refuseLooseEnd(tail, nearest);
  if (exact !== null && nearest !== exact) refuseTwoEnds();
  return exact;
}

function refuseTwoEnds(): never {
  refuseArchive(
    'ZIP_POLYGLOT',
    'the file ends like two ZIP archives at once, so two programs would see different contents',
    'Pack the files again with an ordinary ZIP tool and without a comment.',
  );
}

function refuseLooseEnd(tail: Buffer, at: number): never {
  const surplus = tail.length - at - END_LENGTH - tail.readUInt16LE(at + 20);
  if (surplus < 0) {
    refuseArchive(
      'ZIP_STRUCTURE',
      `the archive is cut short: ${-surplus} bytes are missing at its end`,
      'Upload it again.',
    );
  }
  refuseArchive('ZIP_POLYGLOT', `${surplus} bytes follow the end of the archive`, PACK_AGAIN);
}

function readEnd(tail: Buffer, tailOffset: number, at: number): EndRecord {
  const count = tail.readUInt16LE(at + 10);
  if (tail.readUInt16LE(at + 4) % 0xffff !== 0 || tail.readUInt16LE(at + 6) % 0xffff !== 0) refuseDisks();
  if (tail.readUInt16LE(at + 8) !== count) refuseDisks();
  const [size, offset] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  return { offset, size, count, boundary: tailOffset + at, sixteenBit: true };
}

function refuseDisks(): never {
  refuseArchive(
    'ZIP_STRUCTURE',
    'this is one part of an archive that was split over several files',
    'Make one archive without splitting it.',
  );
}

function isPlain(end: EndRecord): boolean {
  const saturated = end.count === 0xffff || end.size === WRAP - 1 || end.offset === WRAP - 1;
  return !saturated && end.offset + end.size === end.boundary;
}

/** The ZIP64 end record, or null where there is no locator: 65,535 entries may just be that many. */
async function readEnd64(
  source: RandomAccess,
  tail: Buffer,
  tailOffset: number,
  at: number,
  end: EndRecord,
): Promise<EndRecord | null> {
  const locator = at - LOCATOR_LENGTH;
  if (locator < 0 || tail.readUInt32LE(locator) !== LOCATOR_SIGNATURE) return null;
  const boundary = readUInt64(tail, locator + 8);
  if (boundary === null || boundary + END64_LENGTH > tailOffset + locator) return refuseEnd64();
  if (tail.readUInt32LE(locator + 4) !== 0 || tail.readUInt32LE(locator + 16) > 1) refuseDisks();
  const record =
    boundary >= tailOffset
      ? tail.subarray(boundary - tailOffset, locator)
      : await readBuffer(source, boundary, END64_LENGTH);
  const length = readUInt64(record, 4);
  if (record.readUInt32LE(0) !== END64_SIGNATURE || length === null) return refuseEnd64();
  if (boundary + 12 + length !== tailOffset + locator) return refuseEnd64();
  return mergeEnds(end, record, boundary);
}

/** A field of the old record counts only where it is saturated; otherwise both must agree. */
function mergeEnds(end: EndRecord, record: Buffer, boundary: number): EndRecord {
  if (record.readUInt32LE(16) !== 0 || record.readUInt32LE(20) !== 0) refuseDisks();
  const [here, count, size, offset] = [24, 32, 40, 48].map((field) => readUInt64(record, field));
  if (count == null || size == null || offset == null) return refuseEnd64();
  if (here !== count) refuseDisks();
  const agrees =
    (end.count === 0xffff || end.count === count) &&
    (end.size === WRAP - 1 || end.size === size) &&
    (end.offset === WRAP - 1 || end.offset === offset);
  return agrees ? { offset, size, count, boundary, sixteenBit: false } : refuseEnd64();
}

function refuseEnd64(): never {
  refuseArchive(
    'ZIP_STRUCTURE',
    'the archive says two different things about where its table of contents is',
    PACK_AGAIN,
  );
}

function checkPlace(record: EndRecord, limits: ZipLimits): void {
  if (record.count > limits.entries || record.size > limits.directoryBytes) {
    refuseArchive(
      'ZIP_TOO_MANY',
      `the archive lists ${record.count} entries in ${showBytes(record.size)}; at most ${limits.entries} entries in ${showBytes(limits.directoryBytes)} are read`,
      'Split it into smaller archives.',
    );
  }
  const surplus = record.boundary - record.offset - record.size;
  if (surplus === 0) return;
  if (surplus > 0 && surplus % WRAP === 0 && record.sixteenBit) refuseWrapped();
  if (surplus < 0) {
    refuseArchive(
      'ZIP_STRUCTURE',
      'the table of contents lies outside of the archive: bytes are missing, or were changed on the way',
      'Upload the archive again.',
    );
  }
  refuseArchive(
    'ZIP_POLYGLOT',
    `${surplus} bytes of the file belong to no part of the archive (something stands before it, or inside its end)`,
    PACK_AGAIN,
  );
}
