import { crc32, deflateRawSync } from 'node:zlib';

/** The fields of a record that a test may falsify, in the local header, in the central record, or in both. */
interface ZipFields {
  signature: number;
  flags: number;
  method: number;
  crc32: number;
  compressedSize: number;
  size: number;
  name: Buffer;
  extra: Buffer;
  disk: number;
  localOffset: number;
}

export interface BuiltEntry {
  /** Text is written as UTF-8, bytes as they are. */
  name: string | Uint8Array;
  bytes?: Uint8Array;
  /** 0 stored (default), 8 deflate; other numbers store the bytes under that method. */
  method?: number;
  utf8Flag?: boolean;
  /** A data descriptor after the data, zeros in the local header. */
  descriptor?: boolean | 'without-signature';
  /** Saturates the 32-bit fields and writes extra field 0x0001 (and a 64-bit descriptor). */
  zip64?: boolean;
  externalAttributes?: number;
  /** Extra fields in both headers. */
  extra?: Uint8Array;
  /** Packed bytes to write in place of the right ones; the sizes follow them. */
  packed?: Uint8Array;
  local?: Partial<ZipFields>;
  central?: Partial<ZipFields>;
  /** The numbers of the descriptor, when they are to be wrong. */
  descriptorFields?: Partial<Pick<ZipFields, 'crc32' | 'compressedSize' | 'size'>>;
  /** Bytes that belong to nobody, before the local header. */
  gap?: Uint8Array;
  /** Writes only the central record: the data are those that `central.localOffset` points to. */
  withoutLocal?: boolean;
}

/** The fields of the end record that a test may falsify. */
interface ZipEndFields {
  disk: number;
  directoryDisk: number;
  countHere: number;
  count: number;
  size: number;
  offset: number;
  commentLength: number;
}

export interface BuiltArchive {
  comment?: Uint8Array;
  /** Bytes before the archive; offsets count them unless `keepOffsets`. */
  prefix?: Uint8Array;
  keepOffsets?: boolean;
  suffix?: Uint8Array;
  /** Bytes between the central directory and its end record. */
  beforeEnd?: Uint8Array;
  /** ZIP64 end record and locator, with the old fields saturated. */
  zip64?: boolean;
  end?: Partial<ZipEndFields>;
  end64?: Partial<ZipEndFields & { recordLength: number; recordOffset: number; disks: number }>;
}

const SATURATED = 0xffffffff;
const NOTHING = Buffer.alloc(0);

/** Writes an archive by hand, right by default and wrong exactly where the test says so. */
export function buildZip(entries: readonly BuiltEntry[], options: BuiltArchive = {}): Buffer {
  const prefix = Buffer.from(options.prefix ?? NOTHING);
  const shift = options.keepOffsets ? 0 : prefix.length;
  const pieces: Buffer[] = [];
  const records: Buffer[] = [];
  let offset = shift;
  for (const entry of entries) {
    const gap = Buffer.from(entry.gap ?? NOTHING);
    const fields = rightFields(entry, offset + gap.length);
    const piece = entry.withoutLocal ? NOTHING : Buffer.concat([gap, localPart(entry, fields)]);
    pieces.push(piece);
    records.push(centralRecord(entry, fields));
    offset += piece.length;
  }
  const directory = Buffer.concat(records);
  const beforeEnd = Buffer.from(options.beforeEnd ?? NOTHING);
  const tail = endPart(options, { count: entries.length, size: directory.length, offset }, beforeEnd.length);
  return Buffer.concat([prefix, ...pieces, directory, beforeEnd, tail, options.suffix ?? NOTHING]);
}

/** One extra field: its id, its length, its content. */
export function extraField(id: number, content: Uint8Array): Buffer {
  return Buffer.concat([uint16(id), uint16(content.length), content]);
}

/** The Info-ZIP Unicode path field (0x7075) for a raw name. */
export function unicodePath(rawName: Uint8Array, name: string, checksum: number = crc32(rawName)): Buffer {
  return extraField(0x7075, Buffer.concat([Buffer.from([1]), uint32(checksum), Buffer.from(name, 'utf8')]));
}

export const uint16 = (value: number): Buffer => Buffer.from([value & 0xff, (value >>> 8) & 0xff]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value % 2 ** 32);
  return bytes;
}

export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

interface RightFields extends ZipFields {
  packed: Buffer;
}

function rightFields(entry: BuiltEntry, localOffset: number): RightFields {
  const bytes = entry.bytes ?? NOTHING;
  const method = entry.method ?? 0;
  const packed = Buffer.from(entry.packed ?? (method === 8 ? deflateRawSync(bytes) : bytes));
  const flags = (entry.utf8Flag ? 0x0800 : 0) | (entry.descriptor ? 0x0008 : 0);
  return {
    signature: 0,
    flags,
    method,
    crc32: crc32(bytes),
    compressedSize: packed.length,
    size: bytes.length,
    name: Buffer.from(entry.name as string),
    extra: Buffer.from(entry.extra ?? NOTHING),
    disk: 0,
    localOffset,
    packed,
  };
}

function localPart(entry: BuiltEntry, right: RightFields): Buffer {
  const later = entry.descriptor ? { crc32: 0, compressedSize: 0, size: 0 } : {};
  const wide = entry.zip64 ? { compressedSize: SATURATED, size: SATURATED } : {};
  const wideExtra = entry.zip64
    ? extraField(
        0x0001,
        Buffer.concat(entry.descriptor ? [uint64(0), uint64(0)] : [uint64(right.size), uint64(right.compressedSize)]),
      )
    : NOTHING;
  const extra = Buffer.concat([wideExtra, right.extra]);
  const fields = { ...right, extra, signature: 0x04034b50, ...later, ...wide, ...entry.local };
  return Buffer.concat([
    uint32(fields.signature),
    uint16(entry.zip64 ? 45 : 20),
    shared(fields),
    uint16(fields.extra.length),
    fields.name,
    fields.extra,
    right.packed,
    descriptor(entry, right),
  ]);
}

/** Flags to name length: the same in both headers. */
function shared(fields: ZipFields): Buffer {
  return Buffer.concat([
    uint16(fields.flags),
    uint16(fields.method),
    Buffer.from([0, 0, 0x21, 0]),
    uint32(fields.crc32),
    uint32(fields.compressedSize),
    uint32(fields.size),
    uint16(fields.name.length),
  ]);
}

function descriptor(entry: BuiltEntry, right: RightFields): Buffer {
  if (!entry.descriptor) return NOTHING;
  const fields = { ...right, ...entry.descriptorFields };
  const size = entry.zip64 ? uint64 : uint32;
  const signature = entry.descriptor === 'without-signature' ? NOTHING : uint32(0x08074b50);
  return Buffer.concat([signature, uint32(fields.crc32), size(fields.compressedSize), size(fields.size)]);
}

function centralRecord(entry: BuiltEntry, right: RightFields): Buffer {
  const wide = entry.zip64 ? { compressedSize: SATURATED, size: SATURATED, localOffset: SATURATED } : {};
  const wideExtra = entry.zip64
    ? extraField(0x0001, Buffer.concat([uint64(right.size), uint64(right.compressedSize), uint64(right.localOffset)]))
    : NOTHING;
  const extra = Buffer.concat([wideExtra, right.extra]);
  const fields = { ...right, extra, signature: 0x02014b50, ...wide, ...entry.central };
  return Buffer.concat([
    uint32(fields.signature),
    uint16(0x0314),
    uint16(entry.zip64 ? 45 : 20),
    shared(fields),
    uint16(fields.extra.length),
    uint16(0),
    uint16(fields.disk),
    uint16(0),
    uint32(entry.externalAttributes ?? 0),
    uint32(fields.localOffset),
    fields.name,
    fields.extra,
  ]);
}

function endPart(
  options: BuiltArchive,
  right: { count: number; size: number; offset: number },
  before: number,
): Buffer {
  const comment = Buffer.from(options.comment ?? NOTHING);
  const whole = { disk: 0, directoryDisk: 0, countHere: right.count, ...right, commentLength: comment.length };
  const saturated = options.zip64 ? { countHere: 0xffff, count: 0xffff, size: SATURATED, offset: SATURATED } : {};
  const fields = { ...whole, ...saturated, ...options.end };
  const end64 = options.zip64 ? endPart64({ ...whole, ...options.end64 }, right.offset + right.size + before) : NOTHING;
  return Buffer.concat([
    end64,
    uint32(0x06054b50),
    uint16(fields.disk),
    uint16(fields.directoryDisk),
    uint16(fields.countHere),
    uint16(fields.count),
    uint32(fields.size),
    uint32(fields.offset),
    uint16(fields.commentLength),
    comment,
  ]);
}

function endPart64(
  fields: ZipEndFields & { recordLength?: number; recordOffset?: number; disks?: number },
  place: number,
): Buffer {
  return Buffer.concat([
    uint32(0x06064b50),
    uint64(fields.recordLength ?? 44),
    uint16(45),
    uint16(45),
    uint32(fields.disk),
    uint32(fields.directoryDisk),
    uint64(fields.countHere),
    uint64(fields.count),
    uint64(fields.size),
    uint64(fields.offset),
    uint32(0x07064b50),
    uint32(0),
    uint64(fields.recordOffset ?? place),
    uint32(fields.disks ?? 1),
  ]);
}
