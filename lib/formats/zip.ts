/**
 * ZIP archives over ranged reads. The central directory is read first (`readZipDirectory`), entries later and only those
 * that are wanted; every byte is held against checksum, sizes and both headers.
 */
export { readZipDirectory, type ZipDirectory } from './zip-directory.ts';
export { readZipEntries, type ZipRead, type ZipReadOptions } from './zip-entries.ts';
export type { ZipEntry } from './zip-entry.ts';
export { type ZipCode, ZipEntryError, type ZipFault } from './zip-faults.ts';
export { ZIP_LIMITS, type ZipLimits } from './zip-limits.ts';
export { planZipRanges, type ZipRange, type ZipRangeOptions } from './zip-ranges.ts';
export { streamZipEntry } from './zip-stream.ts';
