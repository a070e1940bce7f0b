import { crc32, deflateRawSync } from 'node:zlib';

/** A file to pack. */
export interface ZipFile {
  name: string;
  bytes: Uint8Array;
}

const UTF8_FLAG = 0x0800;
const DEFLATE = 8;
const VERSION = 20;
/** 1980-01-01, the first day that the format knows: equal files give equal archives. */
const FIXED_DATE = 0x0021;
const MOST_BYTES = 0xffffffff;

/** Packs files by Deflate with fixed times, so that equal input gives equal bytes; up to 65,534 files and 4 GiB. */
export function writeZip(files: readonly ZipFile[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  const records: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const rawName = Buffer.from(name, 'utf8');
    const packed = deflateRawSync(bytes);
    const fields = sharedFields(rawName, bytes, packed);
    pieces.push(localHeader(fields), rawName, packed);
    records.push(centralRecord(fields, offset), rawName);
    offset += 4 + fields.length + rawName.length + packed.length;
  }
  const directory = Buffer.concat(records);
  if (offset + directory.length > MOST_BYTES || files.length >= 0xffff) {
    throw new RangeError('The files do not fit into a plain ZIP archive (4 GiB, 65,534 files). Split them.');
  }
  return Buffer.concat([...pieces, directory, endRecord(files.length, directory.length, offset)]);
}

/** From the version to the length of the extra field: the same in both headers. */
function sharedFields(rawName: Buffer, bytes: Uint8Array, packed: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(UTF8_FLAG, 2);
  fields.writeUInt16LE(DEFLATE, 4);
  fields.writeUInt16LE(FIXED_DATE, 8);
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(rawName.length, 22);
  return fields;
}

function localHeader(fields: Buffer): Buffer {
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields]);
}

function centralRecord(fields: Buffer, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, rest]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
