import { readPlainCells } from './csv-plain.ts';
import {
  type CsvRecord,
  cellFault,
  cellTooLarge,
  recordTooLarge,
  tooManyCells,
  unterminatedQuote,
} from './csv-record.ts';
import { CARRIAGE_RETURN, type CsvScan, indexFrom, LINE_FEED, passLines, QUOTE } from './csv-scan.ts';
import { cellText, isBroken, unpairedText } from './csv-text.ts';

/**
 * Reads on in the open record (or opens one) and returns the index where it ends, before its line end, or -1 when more bytes are needed.
 * It may stop and go on at any byte: what it knows of a half-seen cell stays in `scan`, so no byte is looked at twice.
 */
export function readCells(scan: CsvScan): number {
  if (scan.record) return readAnyCells(scan, scan.record);
  const record = openRecord(scan);
  const end = readPlainCells(scan, record);
  if (end >= 0) return end;
  openCell(scan, scan.at);
  return readAnyCells(scan, record);
}

function readAnyCells(scan: CsvScan, record: CsvRecord): number {
  while (scan.shape !== 'skipped') {
    const end = cellEnd(scan);
    if ((end < 0 ? scan.scannedTo : end) > scan.recordLimitAt) {
      skipRecord(scan, record);
    } else if (end < 0) {
      dropLargeCell(scan);
      return -1;
    } else {
      closeCell(scan, record, end);
      if (isRecordEnd(scan, end)) return end;
      openCell(scan, end + 1);
      if (scan.at > scan.recordLimitAt) skipRecord(scan, record);
    }
  }
  return skippedEnd(scan);
}

function isRecordEnd({ view }: CsvScan, end: number): boolean {
  return end === view.length || view[end] === LINE_FEED || view[end] === CARRIAGE_RETURN;
}

function openRecord(scan: CsvScan): CsvRecord {
  scan.record = newRecord(scan);
  scan.recordLimitAt = scan.at + scan.limits.recordBytes;
  scan.cellCount = 0;
  scan.shape = 'fresh';
  scan.droppedBytes = 0;
  return scan.record;
}

function newRecord({ offset, line }: CsvScan): CsvRecord {
  return { cells: [], line, nextLine: line, offset, length: 0, faults: [], blank: false };
}

function openCell(scan: CsvScan, at: number): void {
  scan.at = at;
  scan.scannedTo = at;
  scan.shape = 'fresh';
  scan.cellLine = scan.line;
  scan.hasPairs = false;
  scan.droppedBytes = 0;
}

/** The index of the delimiter or line end behind the cell, or -1; an unclosed quote in a finished file ends with it. */
function cellEnd(scan: CsvScan): number {
  const { view, isLast } = scan;
  if (scan.shape === 'fresh') {
    if (scan.at === view.length) return isLast ? scan.at : -1;
    scan.shape = view[scan.at] === QUOTE ? 'quoted' : 'plain';
    scan.scannedTo = scan.shape === 'quoted' ? scan.at + 1 : scan.at;
  }
  if (scan.shape === 'quoted' && !passQuotes(scan)) return isLast ? view.length : -1;
  scan.scannedTo = stopFrom(scan, scan.scannedTo);
  return isUndecided(scan, scan.scannedTo) ? -1 : scan.scannedTo;
}

/** More bytes may follow the end of the view; those behind a carriage return decide whether it is half of a CRLF. */
function isUndecided(scan: CsvScan, end: number): boolean {
  const { view, isLast } = scan;
  return !isLast && (end === view.length || (end + 1 === view.length && view[end] === CARRIAGE_RETURN));
}

function stopFrom({ view, stops }: CsvScan, from: number): number {
  let index = from;
  while (index < view.length && stops[view[index]!] === 0) index += 1;
  return index;
}

/** Goes to the closing quote, past doubled ones; false when it is not in sight. */
function passQuotes(scan: CsvScan): boolean {
  const { view } = scan;
  for (;;) {
    const quote = quoteFrom(scan, scan.scannedTo);
    scan.scannedTo = quote;
    if (quote === view.length || (quote + 1 === view.length && !scan.isLast)) return false;
    if (view[quote + 1] !== QUOTE) {
      scan.shape = 'closed';
      scan.closedAt = quote;
      scan.scannedTo = quote + 1;
      return true;
    }
    scan.hasPairs = true;
    scan.scannedTo = quote + 2;
  }
}

function quoteFrom(scan: CsvScan, from: number): number {
  if (scan.nextQuote < from) scan.nextQuote = indexFrom(scan.view, QUOTE, from);
  return scan.nextQuote;
}

function closeCell(scan: CsvScan, record: CsvRecord, end: number): void {
  const cell = scan.cellCount;
  const isKept = cell < scan.limits.cells;
  scan.cellCount += 1;
  if (cell === scan.limits.cells) record.faults.push(tooManyCells(cell));
  if (scan.shape === 'quoted') record.faults.push(unterminatedQuote(cell, scan.cellLine));
  if (isKept) record.cells.push(isTooLarge(scan, end) ? leftOut(scan, record) : keptText(scan, record, end));
  if (scan.shape !== 'plain') passLines(scan, end);
}

function isTooLarge(scan: CsvScan, end: number): boolean {
  return scan.droppedBytes + end - scan.at > scan.limits.cellBytes;
}

function leftOut(scan: CsvScan, { faults }: CsvRecord): string {
  faults.push(cellTooLarge(scan.cellCount - 1, scan.limits.cellBytes));
  return '';
}

function keptText(scan: CsvScan, record: CsvRecord, end: number): string {
  const cell = scan.cellCount - 1;
  const isClean = scan.shape === 'closed' && end === scan.closedAt + 1;
  const text = isClean ? quotedText(scan) : cellText(scan, scan.at, end);
  if (scan.shape === 'closed' && !isClean) record.faults.push(cellFault('CSV_TEXT_AFTER_QUOTE', cell));
  if (scan.shape === 'plain' && quoteFrom(scan, scan.at) < end) record.faults.push(cellFault('CSV_STRAY_QUOTE', cell));
  if (scan.nextNul < scan.at) scan.nextNul = indexFrom(scan.view, 0, scan.at);
  if (scan.nextNul < end) record.faults.push(cellFault('CSV_NUL', cell));
  if (isBroken(scan, text, end)) record.faults.push(cellFault('CSV_INVALID_UTF8', cell));
  return text;
}

function quotedText(scan: CsvScan): string {
  const { at, closedAt, hasPairs } = scan;
  return hasPairs ? unpairedText(scan, at + 1, closedAt) : cellText(scan, at + 1, closedAt);
}

/** What is already over the limit need not be remembered; a carriage return stays, as its line feed may follow. */
function dropLargeCell(scan: CsvScan): void {
  if (!isTooLarge(scan, scan.scannedTo)) return;
  const to = scan.view[scan.scannedTo - 1] === CARRIAGE_RETURN ? scan.scannedTo - 1 : scan.scannedTo;
  if (to <= scan.at) return;
  passLines(scan, to);
  scan.droppedBytes += to - scan.at;
  scan.at = to;
}

/** Gives the record up where it met its limit, wherever the chunks were cut: the next line end from there on is its end. */
function skipRecord(scan: CsvScan, record: CsvRecord): void {
  const { view, limits, recordLimitAt } = scan;
  const openQuote = scan.shape === 'quoted' || scan.shape === 'closed' ? { line: scan.cellLine } : undefined;
  record.faults = [recordTooLarge(scan.cellCount, limits.recordBytes, openQuote)];
  record.cells = [];
  const isCut = recordLimitAt > scan.at && view[recordLimitAt - 1] === CARRIAGE_RETURN;
  const from = isCut ? recordLimitAt - 1 : Math.max(recordLimitAt, scan.at);
  passLines(scan, from);
  scan.at = from;
  scan.nextQuote = -1;
  scan.nextNul = -1;
  scan.shape = 'skipped';
}

function skippedEnd(scan: CsvScan): number {
  const end = Math.min(scan.nextLineFeed, scan.nextCarriageReturn);
  scan.at = end;
  return isUndecided(scan, end) ? -1 : end;
}
