import { excerpt } from '../domain/excerpt.ts';
import { type Finding, findingAt, type Issue } from '../domain/finding.ts';
import { type RowCode, rowIssue } from './codes.ts';

/** A cell of a table as the file has it; `column` is the header's own spelling. */
export interface WatchedCell {
  text: string;
  role: 'prompt' | 'completion' | 'system' | 'files';
  column: string;
  row: number;
  sheet?: string | undefined;
}

/** Looks for what spreadsheet programs do to text, over all the cells that one call reads of a file. */
export interface DamageWatch {
  /** What to tell at this cell: of each kind of damage, the first cells only. */
  look(cell: WatchedCell): Issue[];
  /** What shows only in the whole: how many cells were not told, and columns whose cells differ from most of their own. */
  findings(file: string): Finding[];
}

/** A file that was saved in the wrong encoding is damaged in every row: the first ones say enough. */
const MOST_TOLD = 100;
/** What a cell of Excel holds (Excel specifications and limits, 2026-11). */
const EXCEL_CELL = 32_767;
/** No whole-cell damage is longer. */
const LONGEST_SIGN = 40;
/** Fewer cells than this say nothing of how a column's cells look. */
const FEWEST_CELLS = 20;
/** One cell of so many looks odd beside the others. */
const ODD_ONE_IN = 10;
const LONGEST_CODE = 20;

/** Begins to watch a file, or a stretch of one. */
export function watchDamage(): DamageWatch {
  const told = new Map<RowCode, { times: number; column: string }>();
  const columns = new Map<string, ColumnShape>();
  return {
    look: (cell) => {
      noteShape(columns, cell);
      return damagesOf(cell).filter(({ code }) => {
        const kind = told.get(code as RowCode) ?? { times: 0, column: cell.column };
        told.set(code as RowCode, { ...kind, times: kind.times + 1 });
        return kind.times < MOST_TOLD;
      });
    },
    findings: (file) => [
      ...[...told].flatMap(([code, { times }]) => (times > MOST_TOLD ? [cutFinding(file, code, times)] : [])),
      ...[...columns.values()].flatMap((column) => columnFindings(file, column)),
    ],
  };
}

function cutFinding(file: string, code: RowCode, times: number): Finding {
  const many = (times - MOST_TOLD).toLocaleString('en-US');
  const message = `${many} more cells are damaged as ${code} says; the first ${MOST_TOLD} are listed`;
  return findingAt(rowIssue('CELLS_CUT', message, 'Mend those that are listed, save the file anew, and check again.'), {
    file,
  });
}

/** Error values as Excel and LibreOffice show them, in English and in the languages whose users meet them most. */
const ERROR_VALUE =
  /^#(?:REF!|N\/A|VALUE!|DIV\/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|PYTHON!|GETTING_DATA|BEZUG!|NV|WERT!|ZAHL!|VALEUR!|NOM\?|NOMBRE!|NUL!|N\/D|¡REF!|¡VALOR!|¡NUM!|¡DIV\/0!|¿NOMBRE\?)$/;
/** As Excel shows a long number: 1.23E+15, 1,23E+15. */
const SCIENTIFIC = /^[+-]?\d(?:[.,]\d+)?E[+-]\d{2,3}$/;
const MONTHS = 'Jan|Feb|Mar|Mär|Mrz|Apr|May|Mai|Jun|Jul|Aug|Sep|Sept|Oct|Okt|Nov|Dec|Dez';
/** What Excel makes of `3/2`, `MAR1` or `SEPT2`: 2-Mar, 1. Mrz, Sep-02. */
const SHORT_DATE = new RegExp(`^(?:\\d{1,2}(?:-|\\. ?)(?:${MONTHS})|(?:${MONTHS})[-. ]\\d{2})$`, 'i');

function damagesOf(cell: WatchedCell): Issue[] {
  const { text, role } = cell;
  const column = excerpt(cell.column);
  const issues: Issue[] = [];
  if (text.length === EXCEL_CELL) issues.push(cellCut(column));
  if (role !== 'files') issues.push(...wrongLetters(text, column));
  const sign = text.length > LONGEST_SIGN ? '' : text.trim();
  const named = `the ${column} is "${excerpt(sign)}"`;
  if (ERROR_VALUE.test(sign))
    issues.push(
      rowIssue('CELL_ERROR', `${named}, an error value of a spreadsheet`, 'Mend the formula, and save the values.'),
    );
  else if (SCIENTIFIC.test(sign)) issues.push(rowIssue('CELL_SCIENTIFIC', `${named}: a long number was cut`, AS_TEXT));
  else if (SHORT_DATE.test(sign))
    issues.push(rowIssue('CELL_DATE', `${named}, as spreadsheets write what they take for a date`, AS_TEXT));
  return issues;
}

const AS_TEXT = 'Format the column as text before you paste or import, and enter the value again.';

function cellCut(column: string): Issue {
  const message = `the ${column} has exactly 32,767 characters, which is where Excel cuts a cell`;
  return rowIssue('CELL_CUT', message, 'Take the text from where it came from, and put it into a CSV or JSONL file.');
}

// UTF-8 that was read as Windows-1252, by its most common letters: two bytes (é as Ã©), three (’ as â€™), four (emoji as ðŸ…), Cyrillic and
// Greek in runs, the byte order mark. A capital before Ã or Â is a Portuguese word in capitals before a quote: «AMANHû is none of it.
const MOJIBAKE =
  /(?<!\p{Lu})[ÃÂ][\u00a0-\u00bf]|â€[\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2013-\u2122]|ðŸ|(?:[ÐÑÎÏ][\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2013-\u2122]){2}|ï»¿/u;
const REPLACEMENT = '\ufffd';
const SHOWN_AROUND = 12;

function wrongLetters(text: string, column: string): Issue[] {
  const lost = text.indexOf(REPLACEMENT);
  const at = lost >= 0 ? lost : (MOJIBAKE.exec(text)?.index ?? -1);
  if (at < 0) return [];
  const around = excerpt(text.slice(Math.max(0, at - SHOWN_AROUND), at + SHOWN_AROUND).trim());
  const what = lost >= 0 ? 'has a mark where a letter was lost' : 'has letters that were read in the wrong encoding';
  const hint = 'Save it as UTF-8 from the program that still shows it rightly (in Excel: "CSV UTF-8").';
  return [rowIssue('TEXT_MOJIBAKE', `the ${column} ${what} at character ${at + 1}: "${around}"`, hint)];
}

/** What the cells of a column look like, as far as it tells of damage. */
interface ColumnShape {
  column: string;
  sheet: string | undefined;
  cells: number;
  dates: number;
  firstDate: number;
  /** Cells that are digits and nothing else, by their number of digits, with the first row of each. */
  digits: Map<number, { times: number; row: number }>;
  /** Whether a zero leads any of them: then zeros were kept. */
  keepsZeros: boolean;
}

/** A whole date in the usual spellings; workbooks give theirs as 2026-11-23. */
const WHOLE_DATE = /^(?:\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\d{1,2}([/.])\d{1,2}\1\d{2,4})$/;

function noteShape(columns: Map<string, ColumnShape>, { text, role, column, sheet, row }: WatchedCell): void {
  if (role !== 'prompt' && role !== 'completion') return;
  const key = `${sheet ?? ''}\n${column}`;
  const shape: ColumnShape = columns.get(key) ?? {
    ...{ column, sheet, cells: 0, dates: 0, firstDate: 0, keepsZeros: false },
    digits: new Map(),
  };
  columns.set(key, shape);
  shape.cells += 1;
  const sign = text.length > LONGEST_SIGN ? '' : text.trim();
  if (WHOLE_DATE.test(sign)) {
    shape.dates += 1;
    shape.firstDate ||= row;
  }
  if (sign.length > LONGEST_CODE || !/^\d+$/.test(sign)) return;
  shape.keepsZeros ||= sign.length > 1 && sign.startsWith('0');
  const ofLength = shape.digits.get(sign.length) ?? { times: 0, row };
  shape.digits.set(sign.length, { ...ofLength, times: ofLength.times + 1 });
}

function columnFindings(file: string, shape: ColumnShape): Finding[] {
  const { column, sheet } = shape;
  const where = { file, ...(sheet === undefined ? {} : { sheet }), column };
  return [...oddDates(shape), ...lostZeros(shape)].map((issue) => findingAt(issue, where));
}

/** A few dates among many texts are what a spreadsheet made of texts like 3/2 or 1.5. */
function oddDates({ cells, dates, firstDate, column }: ColumnShape): Issue[] {
  if (cells < FEWEST_CELLS || dates === 0 || dates * ODD_ONE_IN > cells) return [];
  const message = `${dates} of ${cells} cells of the column ${excerpt(column)} are dates, the others are not; the first is in row ${firstDate}`;
  return [rowIssue('CELL_DATE', message, 'Look whether a spreadsheet made them of other texts; format it as text.')];
}

/** Codes of one length but for a few that are shorter, and none with a zero in front: spreadsheets take 01067 for the number 1067. */
function lostZeros({ digits, keepsZeros, column }: ColumnShape): Issue[] {
  const all = [...digits].sort(([, left], [, right]) => right.times - left.times);
  const [usual] = all;
  const count = all.reduce((sum, [, { times }]) => sum + times, 0);
  const FEWEST_DIGITS = 4;
  if (usual === undefined || keepsZeros || count < FEWEST_CELLS || usual[0] < FEWEST_DIGITS) return [];
  const shorter = all.filter(([length]) => length < usual[0]);
  const isUsual = (count - usual[1].times) * ODD_ONE_IN <= count;
  const isCode = isUsual && shorter.length > 0 && all.length === shorter.length + 1;
  if (!isCode) return [];
  const many = shorter.reduce((sum, [, { times }]) => sum + times, 0);
  const first = Math.min(...shorter.map(([, { row }]) => row));
  const message = `${usual[1].times} numbers of the column ${excerpt(column)} have ${usual[0]} digits, ${many} fewer and none begins with 0; the first short one is in row ${first}`;
  return [rowIssue('CELL_ZEROS_LOST', message, 'If they are codes, format the column as text and restore the zeros.')];
}
