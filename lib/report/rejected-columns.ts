import { formatCsvRecord } from '../formats/csv.ts';

/** A refused row as it came; `fixes` is the identity of the row that it stands for, `error` all that is wrong with it, in one cell. */
export interface RejectedRecord {
  cells: readonly string[];
  fixes: string;
  error: string;
}

/** The columns of one output, and how the cells of each of its sources find them. */
export interface Columns {
  header: string[];
  sources: SourceColumns[];
}

/** Where each cell of a source goes: to a column, to `rest`, or nowhere, because finedrop wrote it. */
interface SourceColumns {
  places: (number | 'rest' | 'dropped')[];
}

/** The first source's columns, then those that only later sources have; columns that finedrop adds itself are left out. */
export function columnsOf(headers: readonly (readonly string[])[]): Columns {
  const header: string[] = [];
  const known = new Map<string, number>();
  const sources = headers.map((names) => {
    const seen = new Map<string, number>();
    const places = names.map((name) => SERVICE.get(plain(name)) ?? placeOf(name, { header, known, seen }));
    return { places };
  });
  return { header, sources };
}

const SERVICE: ReadonlyMap<string, 'rest' | 'dropped'> = new Map([
  ['finedroprest', 'rest'],
  ['finedropfixes', 'dropped'],
  ['error', 'dropped'],
]);

/** As the reader of tables compares names: a header that differs in case or spacing names the same columns. */
function plain(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_\-\p{Cf}\p{Cc}]/gu, '');
}

interface Known {
  header: string[];
  known: Map<string, number>;
  seen: Map<string, number>;
}

/** Names may stand twice in a header (columns without a name do as a rule), so that the second is matched by the second. */
function placeOf(name: string, { header, known, seen }: Known): number {
  const word = plain(name);
  const times = (seen.get(word) ?? 0) + 1;
  seen.set(word, times);
  const key = `${times}:${word}`;
  const standing = known.get(key);
  if (standing !== undefined) return standing;
  known.set(key, header.length);
  header.push(name);
  return header.length - 1;
}

/** A row in the columns of the output: missing cells are empty, surplus ones are joined as one delimited record. */
export function placeCells(
  record: RejectedRecord,
  { columns, source, delimiter }: { columns: Columns; source: number; delimiter: string },
): { cells: string[]; rest: string } {
  const places = columns.sources[source]?.places ?? [];
  const cells = columns.header.map(() => '');
  const rest: string[] = [];
  const surplus: string[] = [];
  for (const [index, cell] of record.cells.entries()) {
    const place = places[index];
    if (place === undefined) surplus.push(cell);
    else if (typeof place === 'number') cells[place] = cell;
    else if (place === 'rest' && cell !== '') rest.push(cell);
  }
  if (surplus.length > 0) rest.push(formatCsvRecord(surplus, delimiter).slice(0, -'\r\n'.length));
  return { cells, rest: rest.join(delimiter) };
}

/** The whole header, with the columns that finedrop adds. */
export function headerWith({ header }: Columns, { hasRest }: { hasRest: boolean }): string[] {
  return [...header, ...(hasRest ? ['finedrop_rest'] : []), 'finedrop_fixes', 'error'];
}

/** A whole row behind that header. Only our own words are made safe: what the user wrote must come back as it was. */
export function rowWith(
  { cells, rest }: { cells: readonly string[]; rest: string },
  { fixes, error }: RejectedRecord,
  { hasRest }: { hasRest: boolean },
): string[] {
  return [...cells, ...(hasRest ? [rest] : []), fixes, safeForSpreadsheets(error)];
}

// What spreadsheet programs take for a formula, in both widths (OWASP "CSV Injection", read 2026-11).
const FORMULA = /^[=+\-@\t\r＝＋－＠]/;

function safeForSpreadsheets(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}
