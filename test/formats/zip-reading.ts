import { bufferAccess, type RandomAccess } from '../../lib/formats/random-access.ts';
import { readZipDirectory, readZipEntries, type ZipLimits, type ZipReadOptions } from '../../lib/formats/zip.ts';

/** What an archive reads as: file bytes by name, fault codes by name, and the code that refuses it whole. */
export interface Reading {
  refused: string | null;
  files: Map<string, Buffer>;
  faults: Map<string, string>;
  warnings: string[];
}

/** Reads a whole archive through the public functions. */
export async function readWhole(
  archive: Uint8Array,
  options: ZipReadOptions = {},
  limits: Partial<ZipLimits> = {},
): Promise<Reading> {
  const source = bufferAccess(archive);
  const { entries, fault, warnings } = await readZipDirectory(source, limits);
  const reading: Reading = { refused: fault?.code ?? null, files: new Map(), faults: new Map(), warnings: [] };
  reading.warnings.push(...[...warnings, ...entries.flatMap((entry) => entry.warnings)].map(({ code }) => code));
  for await (const read of readZipEntries(source, entries, options)) {
    if ('fault' in read) reading.faults.set(read.entry.name, read.fault.code);
    else reading.files.set(read.entry.name, Buffer.from(read.bytes));
  }
  return reading;
}

/** Counts the ranged reads that reach `bytes`. */
export function countingAccess(bytes: Uint8Array): RandomAccess & { reads: { offset: number; length: number }[] } {
  const reads: { offset: number; length: number }[] = [];
  const inner = bufferAccess(bytes);
  return {
    size: inner.size,
    reads,
    async readAt(offset, length) {
      reads.push({ offset, length });
      return inner.readAt(offset, length);
    },
  };
}
