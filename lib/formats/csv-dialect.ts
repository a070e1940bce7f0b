import { decodeText, detectTextEncoding, type TextEncoding } from './text-encoding.ts';

/** How a file is to be read; `bomBytes` is the length of the byte order mark that stands at its start. */
export interface CsvDialect {
  encoding: TextEncoding;
  bomBytes: number;
  delimiter: ',' | ';' | '\t';
}

/** In order of preference when a header has as many of one as of another. */
const DELIMITERS = [',', ';', '\t'] as const;

/** Judges by the first up to 256 KiB of a file; `isWhole` says that the head is the whole file, so that it cannot end inside a character. */
export function detectCsvDialect(head: Uint8Array, options: { name: string; isWhole: boolean }): CsvDialect {
  const { encoding, bomBytes } = detectTextEncoding(head, { isWhole: options.isWhole });
  if (/\.tsv$/i.test(options.name)) return { encoding, bomBytes, delimiter: '\t' };
  return { encoding, bomBytes, delimiter: delimiterOf(decodeText(head.subarray(bomBytes), encoding)) };
}

/** Excel's own first line, `sep=;`, names the delimiter and is no data; writers for Excel put it there, some in quotes. */
const SEPARATOR_LINE = /^"?sep=([,;\t])"?(?:[\r\n]|$)/i;

/** Whether a file's first record is Excel's `sep=;` line: the delimiter that it names also ends its only cell. */
export function isSeparatorLine(cells: readonly string[]): boolean {
  return cells.length <= 2 && /^sep=[,;\t]?$/i.test(cells[0] ?? '') && (cells[1] ?? '') === '';
}

/** Counts outside of quotes in the first record that is not blank: prompts further down hold commas of every kind. */
function delimiterOf(text: string): CsvDialect['delimiter'] {
  const named = SEPARATOR_LINE.exec(text)?.[1];
  if (named !== undefined) return named as CsvDialect['delimiter'];
  const header = headerOf(text);
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
  return counts.reduce((best, other) => (other.count > best.count ? other : best)).delimiter;
}

const OPENS_CELL: ReadonlySet<string> = new Set(['', ...DELIMITERS]);

/** The header record with its quoted cells blanked out. */
function headerOf(text: string): string {
  let header = '';
  let previous = '';
  for (let index = Math.max(0, text.search(/[^\r\n]/)); index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\r' || character === '\n') break;
    if (character === '"' && OPENS_CELL.has(previous)) index = closingQuote(text, index);
    header += character;
    previous = character;
  }
  return header;
}

function closingQuote(text: string, opening: number): number {
  let quote = text.indexOf('"', opening + 1);
  while (quote >= 0 && text.charAt(quote + 1) === '"') quote = text.indexOf('"', quote + 2);
  return quote < 0 ? text.length : quote;
}
