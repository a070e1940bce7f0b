import { LOCAL_HEADER_LENGTH, LOCAL_SLACK } from './zip-archive-checks.ts';
import type { ZipEntry } from './zip-entry.ts';
import { rawNameLength } from './zip-names.ts';

/** One ranged read and the entries that it serves, in the order of their offsets. */
export interface ZipRange {
  offset: number;
  length: number;
  entries: ZipEntry[];
}

export interface ZipRangeOptions {
  /** Neighbours that lie further apart than this are read apart. */
  maxGapBytes?: number;
  /** No read is longer, except for a single entry that is larger by itself. */
  maxSpanBytes?: number;
}

const GAP_BYTES = 64 * 1024;
const SPAN_BYTES = 16 * 1024 * 1024;

/** Groups usable entries into few ranged reads, so that callers can share them out; entries with a fault are left out. */
export function planZipRanges(entries: readonly ZipEntry[], options: ZipRangeOptions = {}): ZipRange[] {
  const { maxGapBytes = GAP_BYTES, maxSpanBytes = SPAN_BYTES } = options;
  const usable = entries.filter((entry) => entry.fault === null);
  usable.sort((one, other) => one.localOffset - other.localOffset);
  const ranges: ZipRange[] = [];
  let open: ZipRange | undefined;
  for (const entry of usable) {
    const end = slotEnd(entry);
    const near = open !== undefined && entry.localOffset - (open.offset + open.length) <= maxGapBytes;
    if (open !== undefined && near && end - open.offset <= maxSpanBytes) {
      open.length = Math.max(open.length, end - open.offset);
      open.entries.push(entry);
    } else {
      open = { offset: entry.localOffset, length: end - entry.localOffset, entries: [entry] };
      ranges.push(open);
    }
  }
  return ranges;
}

/** Where an entry ends at the latest: header, name, the longest extra field, data and descriptor, and never in the next entry. */
function slotEnd(entry: ZipEntry): number {
  const fixed = entry.localOffset + LOCAL_HEADER_LENGTH + rawNameLength(entry) + entry.compressedSize;
  return Math.min(entry.endOffset, fixed + LOCAL_SLACK);
}
