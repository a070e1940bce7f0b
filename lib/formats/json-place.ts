import { excerpt, type Fault } from './fault.ts';
import type { ScanFault } from './json-scan-state.ts';

const LINE_FEED = 0x0a;
const SHOWN_BEFORE = 30;
/** How many bytes from a fault on may be shown. */
export const SHOWN_BEHIND = 32;

/** A scan's fault as users read it: with line and column (of characters, from 1) and the text around. `firstLine` is the value's line. */
export function placedFault({ at, code, message, hint }: ScanFault, value: Buffer, firstLine: number): Fault {
  const { line, column } = placeOf(value, at, firstLine);
  const around = excerptAround(value, at);
  const near = around === '' ? '' : `, near "${around}"`;
  return {
    code,
    message: `line ${line}, column ${column}${near}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Line and column of a byte of the value; the column counts from the value's first byte on its first line. */
export function placeOf(value: Buffer, at: number, firstLine: number): { line: number; column: number } {
  let line = firstLine;
  let lineStart = 0;
  for (let next = value.indexOf(LINE_FEED); next >= 0 && next < at; next = value.indexOf(LINE_FEED, next + 1)) {
    line += 1;
    lineStart = next + 1;
  }
  return { line, column: characters(value.subarray(lineStart, at)) + 1 };
}

function characters(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count += 1;
  return count;
}

function excerptAround(value: Buffer, at: number): string {
  const start = value.lastIndexOf(LINE_FEED, Math.max(0, at - 1)) + 1;
  const end = value.indexOf(LINE_FEED, at);
  const from = Math.max(start > at ? at : start, at - SHOWN_BEFORE);
  const to = Math.min(end < 0 ? value.length : end, at + SHOWN_BEHIND);
  // Cutting within a character leaves replacement characters at the ends.
  const text = value.toString('utf8', from, to).replace(/^\ufffd+|\ufffd+$/g, '');
  return excerpt(text.trim());
}
