import { crc32 } from 'node:zlib';

const ZIP64 = 0x0001;
const UNICODE_PATH = 0x7075;

/** The extra fields that change how a record reads; `broken` when the list does not add up, `repeated` when one came twice. */
export interface ZipExtras {
  zip64: Buffer | null;
  unicodePath: Buffer | null;
  broken: boolean;
  repeated: boolean;
}

const NONE: ZipExtras = { zip64: null, unicodePath: null, broken: false, repeated: false };

/** Walks the extra fields; fewer than four bytes at the end are padding (zipalign writes it). */
export function readZipExtras(extra: Buffer): ZipExtras {
  if (extra.length < 4) return NONE;
  const found = { ...NONE };
  let position = 0;
  while (position + 4 <= extra.length) {
    const id = extra.readUInt16LE(position);
    const end = position + 4 + extra.readUInt16LE(position + 2);
    if (end > extra.length) return { ...found, broken: true };
    keepField(found, id, extra.subarray(position + 4, end));
    position = end;
  }
  return found;
}

function keepField(found: ZipExtras, id: number, field: Buffer): void {
  if (id === ZIP64) {
    found.repeated ||= found.zip64 !== null;
    found.zip64 ??= field;
  }
  if (id === UNICODE_PATH) {
    found.repeated ||= found.unicodePath !== null;
    found.unicodePath ??= field;
  }
}

/** The UTF-8 name of a 0x7075 field, or null where it does not belong to this raw name (its checksum says so). */
export function readUnicodePath(field: Buffer, rawName: Buffer): Buffer | null {
  if (field.length < 5 || field[0] !== 1) return null;
  return field.readUInt32LE(1) === crc32(rawName) ? field.subarray(5) : null;
}

const SATURATED = 0xffffffff;

/** Takes the next 64-bit value of a ZIP64 field for each saturated 32-bit one, in their order; null where one is missing or too large. */
export function widenZip64(values: readonly number[], zip64: Buffer | null): number[] | null {
  const wide: number[] = [];
  let position = 0;
  for (const value of values) {
    if (value !== SATURATED) {
      wide.push(value);
      continue;
    }
    if (zip64 === null || position + 8 > zip64.length) return null;
    const read = readUInt64(zip64, position);
    if (read === null) return null;
    wide.push(read);
    position += 8;
  }
  return wide;
}

/** A 64-bit value, or null beyond 2^53, where no file ends. */
export function readUInt64(bytes: Buffer, position: number): number | null {
  const value = bytes.readBigUInt64LE(position);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value);
}
