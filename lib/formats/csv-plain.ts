import type { CsvRecord } from './csv-record.ts';
import { CARRIAGE_RETURN, type CsvScan, indexFrom, LINE_FEED, QUOTE } from './csv-scan.ts';
import { asciiText, foreignText } from './csv-text.ts';

/** Cells further on gain nothing from the short way. */
const SHORT_RECORD = 4096;

/**
 * The short way for most cells of most files: a record's leading cells that are sound, without quotes or NUL, and in sight with their end.
 * Returns the index of the line end when that was all of the record; otherwise -1, and `scan.at` is the cell at which the long way goes on.
 */
export function readPlainCells(scan: CsvScan, { cells }: CsvRecord): number {
  const { view, stops, limits } = scan;
  const end = plainEnd(scan);
  let seen = 0;
  for (let index = scan.at; index < end; index += 1) {
    const byte = view[index]!;
    seen |= byte;
    if (stops[byte] === 0) continue;
    const text = seen < 0x80 ? asciiText(scan, scan.at, index) : foreignText(scan.dialect, view, scan.at, index);
    if (scan.cellCount === limits.cells || (seen >= 0x80 && text.includes('\ufffd'))) return -1;
    cells.push(text);
    scan.cellCount += 1;
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) return index;
    scan.at = index + 1;
    seen = 0;
  }
  return -1;
}

/** The view's last byte is left out: behind a carriage return there, half of a line end may be missing. */
function plainEnd(scan: CsvScan): number {
  const { at, view, limits } = scan;
  if (scan.nextQuote < at) scan.nextQuote = indexFrom(view, QUOTE, at);
  if (scan.nextNul < at) scan.nextNul = indexFrom(view, 0, at);
  const short = Math.min(SHORT_RECORD, limits.cellBytes, limits.recordBytes);
  return Math.min(scan.nextQuote, scan.nextNul, view.length - 1, at + short);
}
