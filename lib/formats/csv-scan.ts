import { isAscii } from 'node:buffer';
import type { CsvDialect } from './csv-dialect.ts';
import type { CsvLimits, CsvPosition, CsvRecord } from './csv-record.ts';
import { utf16SourceBytes } from './text-encoding.ts';

export const QUOTE = 0x22;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;

/** `fresh`: nothing of it seen; `plain`: no opening quote; `quoted`: inside; `closed`: past the closing quote; `skipped`: the whole record is dropped. */
type CellShape = 'fresh' | 'plain' | 'quoted' | 'closed' | 'skipped';

/**
 * Where the reader stands. One mutable value, because it is read for every byte; all indexes are into `view`.
 * `at` is the first byte still needed: the start of the open cell, or of the next record. Lines before `at` are counted in `line`.
 * The `next…` are the first places at or after `at` where such a byte stands (`view.length`: none);
 * one that lies before `at` is stale and is searched for again when it is asked for.
 */
export interface CsvScan {
  readonly dialect: CsvDialect;
  readonly limits: CsvLimits;
  readonly stops: Uint8Array;
  memory: Buffer;
  view: Buffer;
  isLast: boolean;
  isAscii: boolean;
  at: number;
  nextQuote: number;
  nextNul: number;
  nextLineFeed: number;
  nextCarriageReturn: number;
  offset: number;
  offsetAt: number;
  line: number;
  record: CsvRecord | undefined;
  cellCount: number;
  recordLimitAt: number;
  shape: CellShape;
  cellLine: number;
  scannedTo: number;
  closedAt: number;
  hasPairs: boolean;
  droppedBytes: number;
  window: string;
  windowFrom: number;
  windowTo: number;
}

const LEAST_MEMORY = 512 * 1024;
/** Below this the tail is looked at again, so that one foreign character does not slow the rest of the file down. */
const RECHECKED_TAIL = 4096;

/** Nothing read yet; the first byte that comes is the one at `from`. */
export function startScan(dialect: CsvDialect, limits: CsvLimits, from: CsvPosition): CsvScan {
  const memory = Buffer.allocUnsafeSlow(LEAST_MEMORY);
  return {
    dialect,
    limits,
    stops: stopTable(dialect.delimiter),
    memory,
    view: memory.subarray(0, 0),
    isLast: false,
    isAscii: true,
    at: 0,
    nextQuote: 0,
    nextNul: 0,
    nextLineFeed: 0,
    nextCarriageReturn: 0,
    offset: from.offset,
    offsetAt: 0,
    line: from.line,
    record: undefined,
    cellCount: 0,
    recordLimitAt: 0,
    shape: 'fresh',
    cellLine: from.line,
    scannedTo: 0,
    closedAt: 0,
    hasPairs: false,
    droppedBytes: 0,
    window: '',
    windowFrom: 0,
    windowTo: 0,
  };
}

/** Adds bytes behind those that are still needed; used ones are forgotten when room runs out, at a cost that stays linear for any chunk size. */
export function addBytes(scan: CsvScan, chunk: Uint8Array): void {
  const end = scan.view.length;
  if (end + chunk.length > scan.memory.length) makeRoom(scan, chunk.length);
  const from = scan.view.length;
  scan.memory.set(chunk, from);
  scan.view = scan.memory.subarray(0, from + chunk.length);
  scan.isAscii =
    isAscii(from - scan.at < RECHECKED_TAIL ? scan.view.subarray(scan.at) : chunk) &&
    (scan.isAscii || from - scan.at < RECHECKED_TAIL);
  scan.windowTo = 0;
  if (scan.nextQuote === from) scan.nextQuote = indexFrom(scan.view, QUOTE, from);
  if (scan.nextNul === from) scan.nextNul = indexFrom(scan.view, 0, from);
  if (scan.nextLineFeed === from) scan.nextLineFeed = indexFrom(scan.view, LINE_FEED, from);
  if (scan.nextCarriageReturn === from) scan.nextCarriageReturn = indexFrom(scan.view, CARRIAGE_RETURN, from);
}

/** A native search costs about as much as looking at this many bytes. */
const NEAR_BYTES = 48;

/** The index of the byte at or after `from`, or the length of the view. */
export function indexFrom(view: Buffer, byte: number, from: number): number {
  const near = Math.min(view.length, from + NEAR_BYTES);
  for (let index = from; index < near; index += 1) {
    if (view[index] === byte) return index;
  }
  const index = view.indexOf(byte, near);
  return index < 0 ? view.length : index;
}

/** Moves `offset` on to the byte at `to`. */
export function passBytes(scan: CsvScan, to: number): void {
  const { encoding } = scan.dialect;
  const isUtf16 = encoding === 'utf-16le' || encoding === 'utf-16be';
  scan.offset += isUtf16 ? utf16SourceBytes(scan.view, scan.offsetAt, to) : to - scan.offsetAt;
  scan.offsetAt = to;
}

/** Counts the line ends between `at` and `to`, where neither half of a CRLF may be cut off. */
export function passLines(scan: CsvScan, to: number): void {
  if (scan.nextLineFeed < scan.at) scan.nextLineFeed = indexFrom(scan.view, LINE_FEED, scan.at);
  if (scan.nextCarriageReturn < scan.at) scan.nextCarriageReturn = indexFrom(scan.view, CARRIAGE_RETURN, scan.at);
  while (scan.nextLineFeed < to || scan.nextCarriageReturn < to) {
    const { nextLineFeed, nextCarriageReturn } = scan;
    scan.line += 1;
    if (nextCarriageReturn < nextLineFeed) {
      scan.nextCarriageReturn = indexFrom(scan.view, CARRIAGE_RETURN, nextCarriageReturn + 1);
    }
    if (nextLineFeed <= nextCarriageReturn + 1) {
      scan.nextLineFeed = indexFrom(scan.view, LINE_FEED, nextLineFeed + 1);
    }
  }
}

function stopTable(delimiter: string): Uint8Array {
  const stops = new Uint8Array(256);
  for (const byte of [delimiter.charCodeAt(0), LINE_FEED, CARRIAGE_RETURN]) stops[byte] = 1;
  return stops;
}

function makeRoom(scan: CsvScan, wanted: number): void {
  const { at, view } = scan;
  passBytes(scan, at);
  const kept = view.length - at;
  const needed = Math.max(LEAST_MEMORY, 2 * (kept + wanted));
  const memory =
    needed > scan.memory.length || needed * 4 < scan.memory.length ? Buffer.allocUnsafeSlow(needed) : scan.memory;
  view.copy(memory, 0, at);
  scan.memory = memory;
  scan.view = memory.subarray(0, kept);
  moveIndexes(scan, at);
}

function moveIndexes(scan: CsvScan, by: number): void {
  scan.at = 0;
  scan.offsetAt -= by;
  scan.nextQuote -= by;
  scan.nextNul -= by;
  scan.nextLineFeed -= by;
  scan.nextCarriageReturn -= by;
  scan.recordLimitAt -= by;
  scan.scannedTo -= by;
  scan.closedAt -= by;
}
