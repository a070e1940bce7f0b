/** What is wrong with a record, with a stable code; `cell` counts from 0. */
export interface CsvFault {
  code: CsvFaultCode;
  cell: number;
  message: string;
}

type CsvFaultCode =
  | 'CSV_STRAY_QUOTE'
  | 'CSV_TEXT_AFTER_QUOTE'
  | 'CSV_UNTERMINATED_QUOTE'
  | 'CSV_NUL'
  | 'CSV_INVALID_UTF8'
  | 'CSV_CELL_TOO_LARGE'
  | 'CSV_RECORD_TOO_LARGE'
  | 'CSV_TOO_MANY_CELLS';

/**
 * One record. `line` is the physical line of its first byte (from 1) and `nextLine` that of the byte after it, so that
 * `{ offset: offset + length, line: nextLine }` is where reading can resume; `offset` and `length` are bytes of the file, line end included.
 * Cells with a stray quote or with text after a quote are verbatim; a cell over its limit is '', a record over its limit has no cells.
 */
export interface CsvRecord {
  cells: string[];
  line: number;
  nextLine: number;
  offset: number;
  length: number;
  faults: CsvFault[];
  blank: boolean;
}

/** A record boundary: byte offset in the file and physical line, from 1. */
export interface CsvPosition {
  offset: number;
  line: number;
}

/** Bytes are those of the cell as it stands in the file, quotes included (for UTF-16: of the same text in UTF-8). */
export interface CsvLimits {
  cellBytes: number;
  recordBytes: number;
  cells: number;
}

const MEBIBYTE = 1024 * 1024;

/** A cell may hold a data URI of a provider's largest file; a record may hold several. */
export const CSV_LIMITS: Readonly<CsvLimits> = { cellBytes: 64 * MEBIBYTE, recordBytes: 256 * MEBIBYTE, cells: 1024 };

type CellMessage = (cell: number) => string;

const CELL_MESSAGES = {
  CSV_STRAY_QUOTE: (cell) =>
    `Cell ${cell} has a quote inside text that does not begin with one. Put the whole cell in quotes and double each quote inside it.`,
  CSV_TEXT_AFTER_QUOTE: (cell) =>
    `Cell ${cell} goes on after its closing quote. Double each quote inside the cell, or remove the text after the last one.`,
  CSV_NUL: (cell) =>
    `Cell ${cell} holds a NUL character, which text never needs. Remove it, or save the file as text again.`,
  CSV_INVALID_UTF8: (cell) =>
    `Cell ${cell} holds bytes that are not text in the encoding of this file; they show as \ufffd. Save the file as UTF-8 again.`,
} satisfies Partial<Record<CsvFaultCode, CellMessage>>;

/** A fault that needs no more than the cell (from 0) to be told. */
export function cellFault(code: keyof typeof CELL_MESSAGES, cell: number): CsvFault {
  return { code, cell, message: CELL_MESSAGES[code](cell + 1) };
}

/** The quote that opens on `line` swallows all text after it, so its line is what the user needs to find it. */
export function unterminatedQuote(cell: number, line: number): CsvFault {
  return {
    code: 'CSV_UNTERMINATED_QUOTE',
    cell,
    message: `The quote that opens cell ${cell + 1} on line ${line} is never closed, so everything after it was read as that one cell. Close it, or double it if it is part of the text.`,
  };
}

/** The cell's text is dropped, the record goes on. */
export function cellTooLarge(cell: number, limit: number): CsvFault {
  return {
    code: 'CSV_CELL_TOO_LARGE',
    cell,
    message: `Cell ${cell + 1} is larger than ${bytesInWords(limit)} and was left out. Put large media beside the table and name the file in the cell.`,
  };
}

/** `openQuote` tells where a quote was still open when the limit was met: the likeliest reason. */
export function recordTooLarge(cell: number, limit: number, openQuote: { line: number } | undefined): CsvFault {
  const reason = openQuote
    ? `The quote that opens cell ${cell + 1} on line ${openQuote.line} may never be closed: close it, or double it if it is part of the text.`
    : 'Put large media beside the table and name the files in the cell.';
  return {
    code: 'CSV_RECORD_TOO_LARGE',
    cell,
    message: `The record is larger than ${bytesInWords(limit)} and was left out; reading went on at the next line. ${reason}`,
  };
}

/** Cells past the limit are dropped, so `cell` is the first that is missing. */
export function tooManyCells(limit: number): CsvFault {
  return {
    code: 'CSV_TOO_MANY_CELLS',
    cell: limit,
    message: `The record has more than ${limit} cells; the rest were left out. Check that the delimiter is right and that cells which hold it are in quotes.`,
  };
}

function bytesInWords(bytes: number): string {
  return bytes >= MEBIBYTE ? `${Math.round(bytes / MEBIBYTE)} MiB` : `${bytes} bytes`;
}
