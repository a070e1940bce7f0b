/**
 * ZIP archives over ranged reads. The central directory is read first (`readZipDirectory`), entries later and only those
 * that are wanted; every byte is held against checksum, sizes and both headers.
 */
export { readZipDirectory } from './zip-directory.ts';
export { readZipEntries, type ZipReadOptions } from './zip-entries.ts';
export type { ZipEntry } from './zip-entry.ts';
export { ZipEntryError, type ZipFault } from './zip-faults.ts';
export type { ZipLimits } from './zip-limits.ts';
export { planZipRanges } from './zip-ranges.ts';
export { streamZipEntry } from './zip-stream.ts';
