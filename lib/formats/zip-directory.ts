import { type RandomAccess, readBuffer } from './random-access.ts';
import { checkZipArchive } from './zip-archive-checks.ts';
import { findZipDirectory, refuseWrapped, type ZipDirectoryPlace } from './zip-end.ts';
import { entryProblem, type ZipEntry } from './zip-entry.ts';
import { readZipExtras, widenZip64 } from './zip-extra.ts';
import { PACK_AGAIN, refuseArchive, showName, ZipArchiveError, type ZipFault } from './zip-faults.ts';
import { ZIP_LIMITS, type ZipLimits } from './zip-limits.ts';
import { readZipName } from './zip-names.ts';

/** What an archive holds; with a `fault` the whole archive is refused and `entries` is empty. */
export interface ZipDirectory {
  entries: ZipEntry[];
  fault: ZipFault | null;
  warnings: ZipFault[];
}

const RECORD_SIGNATURE = 0x02014b50;
const RECORD_LENGTH = 46;
const UTF8_FLAG = 0x0800;

/** Reads the central directory in one to three ranged reads; local headers are left to the reading of entries. */
export async function readZipDirectory(source: RandomAccess, limits: Partial<ZipLimits> = {}): Promise<ZipDirectory> {
  const all = { ...ZIP_LIMITS, ...limits };
  try {
    const place = await findZipDirectory(source, all);
    const records = await readRecords(source, place);
    const entries = parseRecords(records, place, all);
    const warnings = checkZipArchive(entries, source.size, place.offset, all);
    return { entries, fault: null, warnings };
  } catch (error) {
    if (error instanceof ZipArchiveError) return { entries: [], fault: error.fault, warnings: [] };
    throw error;
  }
}

async function readRecords(source: RandomAccess, place: ZipDirectoryPlace): Promise<Buffer> {
  if (place.offset < place.tailOffset) return readBuffer(source, place.offset, place.size);
  const start = place.offset - place.tailOffset;
  return place.tail.subarray(start, start + place.size);
}

function parseRecords(records: Buffer, place: ZipDirectoryPlace, limits: ZipLimits): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let position = 0;
  while (position < records.length) {
    if (entries.length === limits.entries) refuseCount(entries.length + 1, place);
    const end = recordEnd(records, position);
    entries.push(parseRecord(records.subarray(position, end), entries.length, limits));
    position = end;
  }
  if (entries.length !== place.count) refuseCount(entries.length, place);
  return entries;
}

function recordEnd(records: Buffer, position: number): number {
  const whole = position + RECORD_LENGTH <= records.length && records.readUInt32LE(position) === RECORD_SIGNATURE;
  const end = whole
    ? position +
      RECORD_LENGTH +
      records.readUInt16LE(position + 28) +
      records.readUInt16LE(position + 30) +
      records.readUInt16LE(position + 32)
    : Number.POSITIVE_INFINITY;
  return end <= records.length ? end : refuseRecord(`at byte ${position} of it`);
}

function refuseCount(found: number, place: ZipDirectoryPlace): never {
  if (place.sixteenBit && (found - place.count) % 0x10000 === 0) refuseWrapped();
  refuseArchive(
    'ZIP_STRUCTURE',
    `the archive says that it holds ${place.count} entries and lists ${found}${found > place.count ? ' or more' : ''}`,
    PACK_AGAIN,
  );
}

function refuseRecord(where: string): never {
  refuseArchive(
    'ZIP_STRUCTURE',
    `the archive’s table of contents is damaged (${where})`,
    'Upload the archive again, or pack the files again.',
  );
}

function parseRecord(record: Buffer, index: number, limits: ZipLimits): ZipEntry {
  const flags = record.readUInt16LE(8);
  const nameEnd = RECORD_LENGTH + record.readUInt16LE(28);
  const rawName = record.subarray(RECORD_LENGTH, nameEnd);
  const extras = readZipExtras(record.subarray(nameEnd, nameEnd + record.readUInt16LE(30)));
  if (extras.broken || extras.repeated) refuseRecord(`the extra fields of entry ${index + 1}`);
  const { fault, ...named } = readZipName(rawName, (flags & UTF8_FLAG) !== 0, extras.unicodePath, limits);
  const sizes = [record.readUInt32LE(24), record.readUInt32LE(20), record.readUInt32LE(42)];
  const [size, compressedSize, localOffset] = widenZip64(sizes, extras.zip64) ?? [];
  if (size === undefined || compressedSize === undefined || localOffset === undefined) {
    return refuseRecord(`the sizes of ${showName(named.name)}`);
  }
  if (record.readUInt16LE(34) % 0xffff !== 0) return refuseRecord(`${showName(named.name)} lies in another file`);
  const entry = {
    index,
    ...named,
    isDirectory: named.name.endsWith('/'),
    method: record.readUInt16LE(10),
    flags,
    crc32: record.readUInt32LE(16),
    compressedSize,
    size,
    localOffset,
    endOffset: localOffset,
  };
  const problem = entryProblem(entry, record.readUInt32LE(38), limits);
  return { ...entry, fault: fault ?? problem };
}
