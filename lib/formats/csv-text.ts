import { isUtf8 } from 'node:buffer';
import type { CsvDialect } from './csv-dialect.ts';
import { type CsvScan, QUOTE } from './csv-scan.ts';
import { decodeWindows1252 } from './text-encoding.ts';

/**
 * ASCII cells are slices of a decoded window, because a call into native code costs more than a short cell. A slice keeps its window in
 * memory, so it is small: a caller who keeps one short cell of each record keeps at most this much more.
 */
const WINDOW_BYTES = 1024;
const SHORT_CELL = 256;

/** The text of a range, broken bytes shown as U+FFFD. */
export function cellText(scan: CsvScan, from: number, to: number): string {
  return scan.isAscii ? asciiText(scan, from, to) : foreignText(scan.dialect, scan.view, from, to);
}

/** For a range that is known to be ASCII; what stands around it need not be. */
export function asciiText(scan: CsvScan, from: number, to: number): string {
  if (to - from > SHORT_CELL) return scan.view.toString('latin1', from, to);
  if (to > scan.windowTo || from < scan.windowFrom) moveWindow(scan, from);
  return scan.window.slice(from - scan.windowFrom, to - scan.windowFrom);
}

/** For a range that holds more than ASCII. */
export function foreignText({ encoding }: CsvDialect, bytes: Buffer, from: number, to: number): string {
  return encoding === 'windows-1252' ? decodeWindows1252(bytes, from, to) : bytes.toString('utf8', from, to);
}

/** The text of a quoted range in which each doubled quote stands for one; undone on bytes, because replacing in a string of many matches costs 25 times its size. */
export function unpairedText(scan: CsvScan, from: number, to: number): string {
  const bytes = withoutSecondQuotes(scan.view, from, to);
  return scan.isAscii ? bytes.toString('latin1') : foreignText(scan.dialect, bytes, 0, bytes.length);
}

/** Whether the open cell, which decoded to `text`, holds bytes that are not text. */
export function isBroken(scan: CsvScan, text: string, end: number): boolean {
  return (
    !scan.isAscii &&
    scan.dialect.encoding !== 'windows-1252' &&
    text.includes('\ufffd') &&
    !isUtf8(scan.view.subarray(scan.at, end))
  );
}

function withoutSecondQuotes(view: Buffer, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(to - from);
  let length = 0;
  for (let index = from; index < to; index += 1) {
    const byte = view[index]!;
    bytes[length] = byte;
    length += 1;
    if (byte === QUOTE) index += 1;
  }
  return bytes.subarray(0, length);
}

function moveWindow(scan: CsvScan, from: number): void {
  scan.windowFrom = from;
  scan.windowTo = Math.min(scan.view.length, from + WINDOW_BYTES);
  scan.window = scan.view.toString('latin1', from, scan.windowTo);
}
