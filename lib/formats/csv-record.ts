/** What is wrong with a record, with a stable code; `cell` counts from 0. */
export interface CsvFault {
  code: CsvFaultCode;
  cell: number;
  message: string;
  hint: string;
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

type CellWords = { message: string; hint: string };

/** What is said of the cell, behind its number. */
const CELL_WORDS = {
  CSV_STRAY_QUOTE: {
    message: 'has a quote inside text that does not begin with one',
    hint: 'Put the whole cell in quotes and double each quote inside it.',
  },
  CSV_TEXT_AFTER_QUOTE: {
    message: 'goes on after its closing quote',
    hint: 'Double each quote inside the cell, or remove the text after the last one.',
  },
  CSV_NUL: {
    message: 'holds a NUL character (U+0000), which text never needs',
    hint: 'Remove it, or save the file as text again.',
  },
  CSV_INVALID_UTF8: {
    message: 'holds bytes that are not text in the encoding of this file; they show as \ufffd',
    hint: 'Save the file as UTF-8 again.',
  },
} satisfies Partial<Record<CsvFaultCode, CellWords>>;

/** A fault that needs no more than the cell (from 0) to be told. */
export function cellFault(code: keyof typeof CELL_WORDS, cell: number): CsvFault {
  const { message, hint } = CELL_WORDS[code];
  return { code, cell, message: `cell ${cell + 1} ${message}`, hint };
}

/** The quote that opens on `line` swallows all text after it, so its line is what the user needs to find it. */
export function unterminatedQuote(cell: number, line: number): CsvFault {
  return {
    code: 'CSV_UNTERMINATED_QUOTE',
    cell,
    message: `the quote that opens cell ${cell + 1} on line ${line} is never closed, so everything after it was read as that one cell`,
    hint: 'Close it, or double it if it is part of the text.',
  };
}

/** The cell's text is dropped, the record goes on. */
export function cellTooLarge(cell: number, limit: number): CsvFault {
  return {
    code: 'CSV_CELL_TOO_LARGE',
    cell,
    message: `cell ${cell + 1} is larger than ${bytesInWords(limit)} and was left out`,
    hint: 'Put large media beside the table and name the file in the cell.',
  };
}

/** `openQuote` tells where a quote was still open when the limit was met: the likeliest reason. */
export function recordTooLarge(cell: number, limit: number, openQuote: { line: number } | undefined): CsvFault {
  return {
    code: 'CSV_RECORD_TOO_LARGE',
    cell,
    message: `the record is larger than ${bytesInWords(limit)} and was left out; reading went on at the next line`,
    hint: openQuote
      ? `The quote that opens cell ${cell + 1} on line ${openQuote.line} may never be closed: close it, or double it if it is part of the text.`
      : 'Put large media beside the table and name the files in the cell.',
  };
}

/** Cells past the limit are dropped, so `cell` is the first that is missing. */
export function tooManyCells(limit: number): CsvFault {
  return {
    code: 'CSV_TOO_MANY_CELLS',
    cell: limit,
    message: `the record has more than ${limit} cells; the rest were left out`,
    hint: 'Check that the delimiter is right and that cells which hold it are in quotes.',
  };
}

function bytesInWords(bytes: number): string {
  return bytes >= MEBIBYTE ? `${Math.round(bytes / MEBIBYTE)} MiB` : `${bytes} bytes`;
}
