import { LOCAL_HEADER_LENGTH } from './zip-archive-checks.ts';
import { DESCRIPTOR_FLAG, type ZipEntry } from './zip-entry.ts';
import { readUInt64, readUnicodePath, readZipExtras, widenZip64, type ZipExtras } from './zip-extra.ts';
import { PACK_AGAIN, refuseEntry, showName } from './zip-faults.ts';
import { rawNameBytes } from './zip-names.ts';

const LOCAL_SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const ENCRYPTED = 0x0001;
/** The longest descriptor: signature, CRC and two 64-bit sizes. */
export const DESCRIPTOR_MOST = 24;

/** Where the data begins, and whether a data descriptor must follow it. */
export interface ZipLocal {
  dataStart: number;
  hasDescriptor: boolean;
}

/** Holds an entry's local header (at the start of `head`) against its central record; throws ZipEntryError where they differ. */
export function checkLocalHeader(entry: ZipEntry, head: Buffer): ZipLocal {
  if (head.length < LOCAL_HEADER_LENGTH || head.readUInt32LE(0) !== LOCAL_SIGNATURE) refuseMismatch(entry, 'place');
  const flags = head.readUInt16LE(6);
  const nameEnd = LOCAL_HEADER_LENGTH + head.readUInt16LE(26);
  const dataStart = nameEnd + head.readUInt16LE(28);
  if (dataStart + entry.compressedSize > entry.endOffset - entry.localOffset) {
    const message = `${showName(entry.name)} overlaps what follows it in the archive`;
    refuseEntry({ code: 'ZIP_OVERLAP', message, hint: PACK_AGAIN, entry: entry.name });
  }
  if (!head.subarray(LOCAL_HEADER_LENGTH, nameEnd).equals(rawNameBytes(entry))) refuseMismatch(entry, 'name');
  if (head.readUInt16LE(8) !== entry.method) refuseMismatch(entry, 'packing method');
  if (((flags ^ entry.flags) & ENCRYPTED) !== 0) refuseMismatch(entry, 'encryption');
  const extras = readZipExtras(head.subarray(nameEnd, dataStart));
  checkUnicodePath(entry, extras);
  checkSizes(entry, head, (flags & DESCRIPTOR_FLAG) !== 0, extras);
  return { dataStart, hasDescriptor: ((flags | entry.flags) & DESCRIPTOR_FLAG) !== 0 };
}

function refuseMismatch(entry: ZipEntry, what: string): never {
  const message = `the archive says two different things about the ${what} of ${showName(entry.name)}`;
  refuseEntry({ code: 'ZIP_HEADER_MISMATCH', message, hint: PACK_AGAIN, entry: entry.name });
}

function checkUnicodePath(entry: ZipEntry, extras: ZipExtras): void {
  if (extras.unicodePath === null) return;
  const name = readUnicodePath(extras.unicodePath, rawNameBytes(entry))?.toString('utf8').replaceAll('\\', '/');
  if (name !== entry.name && name !== `./${entry.name}`) refuseMismatch(entry, 'name');
}

/** With a descriptor the header may leave the numbers at zero (they were not known yet); otherwise they must be the record's. */
function checkSizes(entry: ZipEntry, head: Buffer, later: boolean, extras: ZipExtras): void {
  const wide = widenZip64([head.readUInt32LE(22), head.readUInt32LE(18)], extras.zip64);
  if (wide === null) {
    if (later) return;
    refuseMismatch(entry, 'size');
  }
  const pairs = [
    [head.readUInt32LE(14), entry.crc32, 'checksum'],
    [wide[0], entry.size, 'size'],
    [wide[1], entry.compressedSize, 'packed size'],
  ] as const;
  for (const [local, central, what] of pairs) {
    if (local !== central && !(later && local === 0)) refuseMismatch(entry, what);
  }
}

/** Holds the data descriptor (with or without signature, with 32 or 64 bits) against the central record; throws ZipEntryError. */
export function checkDescriptor(entry: ZipEntry, after: Buffer): void {
  const starts = after.length >= 4 && after.readUInt32LE(0) === DESCRIPTOR_SIGNATURE ? [4, 0] : [0];
  if (!starts.some((start) => agrees32(entry, after, start) || agrees64(entry, after, start))) {
    refuseMismatch(entry, 'sizes (in the data descriptor)');
  }
}

function agrees32(entry: ZipEntry, after: Buffer, start: number): boolean {
  return (
    after.length >= start + 12 &&
    after.readUInt32LE(start) === entry.crc32 &&
    after.readUInt32LE(start + 4) === entry.compressedSize &&
    after.readUInt32LE(start + 8) === entry.size
  );
}

function agrees64(entry: ZipEntry, after: Buffer, start: number): boolean {
  return (
    after.length >= start + 20 &&
    after.readUInt32LE(start) === entry.crc32 &&
    readUInt64(after, start + 4) === entry.compressedSize &&
    readUInt64(after, start + 12) === entry.size
  );
}
