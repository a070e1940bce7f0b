import { constants } from 'node:buffer';
import { readCells } from './csv-cells.ts';
import type { CsvDialect } from './csv-dialect.ts';
import { CSV_LIMITS, type CsvLimits, type CsvPosition, type CsvRecord } from './csv-record.ts';
import { addBytes, CARRIAGE_RETURN, type CsvScan, LINE_FEED, passBytes, startScan } from './csv-scan.ts';
import { utf16ToUtf8 } from './text-encoding.ts';

export { type CsvDialect, detectCsvDialect, isSeparatorLine } from './csv-dialect.ts';
export type { CsvLimits, CsvPosition, CsvRecord } from './csv-record.ts';
export { formatCsvRecord } from './csv-write.ts';

export interface ReadCsvOptions {
  dialect: CsvDialect;
  /** Where the source begins; the start of the file by default, where the byte order mark is skipped. */
  from?: CsvPosition | undefined;
  limits?: Partial<CsvLimits> | undefined;
}

/**
 * Reads RFC 4180 records, strictly, in batches of at most 512. Faults are values on their records, and
 * reading goes on behind them; only the source throws. Cells are decoded once, memory stays within a small multiple of the limits.
 */
export async function* readCsv(
  source: AsyncIterable<Uint8Array>,
  options: ReadCsvOptions,
): AsyncGenerator<CsvRecord[]> {
  const { dialect, from = { offset: 0, line: 1 } } = options;
  const markLeft = Math.max(0, dialect.bomBytes - from.offset);
  const scan = startScan(dialect, decodableLimits(options.limits), { ...from, offset: from.offset + markLeft });
  for await (const piece of piecesOf(asciiCompatible(withoutFirst(source, markLeft), dialect))) {
    addBytes(scan, piece);
    yield* recordBatches(scan);
  }
  scan.isLast = true;
  yield* recordBatches(scan);
}

const PIECE_BYTES = 64 * 1024;
/** Larger batches outlive the young generation: a file of blank lines was 10 times slower with 65,536. */
const BATCH_RECORDS = 512;

async function* withoutFirst(source: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of source) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    yield skipped === 0 ? chunk : chunk.subarray(skipped);
  }
}

/** The reader looks for ASCII bytes, which UTF-16 does not have. */
function asciiCompatible(source: AsyncIterable<Uint8Array>, { encoding }: CsvDialect): AsyncIterable<Uint8Array> {
  return encoding === 'utf-16le' || encoding === 'utf-16be' ? utf16ToUtf8(source, encoding) : source;
}

async function* piecesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length; from += PIECE_BYTES) yield chunk.subarray(from, from + PIECE_BYTES);
  }
}

/** A cell becomes one string, and a string has a largest length. */
function decodableLimits(limits: Partial<CsvLimits> = {}): CsvLimits {
  const wanted = { ...CSV_LIMITS, ...limits };
  return { ...wanted, cellBytes: Math.min(wanted.cellBytes, constants.MAX_STRING_LENGTH) };
}

function* recordBatches(scan: CsvScan): Generator<CsvRecord[]> {
  let records: CsvRecord[] = [];
  while (scan.record || scan.at < scan.view.length) {
    const end = readCells(scan);
    if (end < 0 || !scan.record) break;
    records.push(closeRecord(scan, scan.record, end));
    if (records.length < BATCH_RECORDS) continue;
    yield records;
    records = [];
  }
  if (records.length > 0) yield records;
}

function closeRecord(scan: CsvScan, record: CsvRecord, end: number): CsvRecord {
  const lineEnd = lineEndBytes(scan.view, end);
  record.blank = scan.cellCount === 1 && end === scan.at && scan.shape !== 'skipped' && scan.droppedBytes === 0;
  passBytes(scan, end + lineEnd);
  if (lineEnd > 0) scan.line += 1;
  record.nextLine = scan.line;
  record.length = scan.offset - record.offset;
  scan.at = end + lineEnd;
  scan.record = undefined;
  return record;
}

function lineEndBytes(view: Buffer, end: number): number {
  if (end === view.length) return 0;
  return view[end] === CARRIAGE_RETURN && view[end + 1] === LINE_FEED ? 2 : 1;
}
