import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';

/** A file to store, in pieces. */
export interface ArchiveFile {
  name: string;
  pieces: readonly Buffer[];
}

const MOST_OFFSET = 0xffffffff;
const VERSION = 20;
/** 1980-01-01, the first day that the format knows. */
const FIXED_DATE = 0x0021;

/** Writes files into a ZIP as they are (stored), one after the other, so that gigabytes pass through a few megabytes; answers the files' bytes. */
export async function writeArchive(path: string, files: Iterable<ArchiveFile>): Promise<number> {
  const written = { bytes: 0 };
  await pipeline(Readable.from(archiveChunks(files, written), { objectMode: true }), createWriteStream(path));
  return written.bytes;
}

function* archiveChunks(files: Iterable<ArchiveFile>, written: { bytes: number }): Generator<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  let entries = 0;
  for (const { name, pieces } of files) {
    const rawName = Buffer.from(name, 'ascii');
    const data = Buffer.concat(pieces);
    const fields = sharedFields(rawName, data);
    yield Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, rawName, data]);
    directory.push(centralRecord(fields, offset), rawName);
    offset += 4 + fields.length + rawName.length + data.length;
    if (offset > MOST_OFFSET) throw new RangeError('the archive would pass 4 GiB; take fewer --images.');
    written.bytes += data.length;
    entries += 1;
  }
  const records = Buffer.concat(directory);
  yield records;
  yield endRecord(entries, records.length, offset);
}

/** From the version to the length of the extra field: the same in both headers. */
function sharedFields(rawName: Buffer, data: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(FIXED_DATE, 8);
  fields.writeUInt32LE(crc32(data), 10);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(data.length, 18);
  fields.writeUInt16LE(rawName.length, 22);
  return fields;
}

function centralRecord(fields: Buffer, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), fields, rest]);
}

function endRecord(entries: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
