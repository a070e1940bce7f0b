import { refuseWorkbook } from './xlsx-faults.ts';
import type { NumberKind } from './xlsx-formats.ts';
import { showNumber, showStoredDate } from './xlsx-numbers.ts';
import { createTextReader, unescapeText } from './xlsx-strings.ts';
import { readXmlSteps, type XmlHandler } from './xlsx-xml.ts';

/** One row that is not empty; `row` is the number beside it in a spreadsheet program, `cells` end with the last that is not empty. */
export interface XlsxRow {
  row: number;
  cells: string[];
}

/** What a sheet's cells refer to. */
export interface XlsxContext {
  strings: readonly string[];
  kinds: readonly NumberKind[];
  from1904: boolean;
  rows: number;
  columns: number;
}

/** The last row of a sheet (Excel specifications and limits, read 2026-11). */
export const LAST_ROW = 1_048_576;

/** Streams the rows of a worksheet part; throws XlsxError for damage and for what lies beyond the limits. */
export async function* readSheetRows(
  part: string,
  bytes: AsyncIterable<Uint8Array>,
  context: XlsxContext,
): AsyncGenerator<XlsxRow, void, void> {
  const ready: XlsxRow[] = [];
  for await (const _ of readXmlSteps(part, bytes, createSheetHandler(part, context, ready))) {
    yield* ready;
    ready.length = 0;
  }
}

interface Cell {
  column: number;
  type: string;
  style: number;
  value: string;
}

function createSheetHandler(part: string, context: XlsxContext, ready: XlsxRow[]): XmlHandler {
  const inline = createTextReader();
  let row: XlsxRow = { row: 0, cells: [] };
  let filled = 0;
  let inData = false;
  let cell: Cell | null = null;
  let place: 'value' | 'inline' | 'other' = 'other';
  let column = -1;
  const opened: Record<string, (attributes: () => Map<string, string>) => void> = {
    row(attributes) {
      row = { row: nextRow(part, row.row, attributes().get('r')), cells: [] };
      column = -1;
    },
    c(attributes) {
      cell = beginCell(part, row.row, column, attributes());
      column = cell.column;
      inline.begin();
    },
    v() {
      place = 'value';
    },
    is() {
      place = 'inline';
    },
  };
  const closed: Record<string, () => void> = {
    c() {
      if (cell !== null) putCell(part, row, cell, showCell(part, row.row, cell, inline.end(), context), context);
      cell = null;
    },
    row() {
      if (row.cells.length === 0) return;
      filled += 1;
      if (filled > context.rows)
        refuseWorkbook('XLSX_TOO_BIG', `the sheet has more than ${context.rows} rows`, 'Split it.');
      ready.push(row);
    },
  };
  return {
    open(name, attributes) {
      if (name === 'sheetData') inData = true;
      else if (place === 'inline') inline.open(name);
      else if (inData && Object.hasOwn(opened, name)) opened[name]?.(attributes);
    },
    close(name) {
      if (name === 'sheetData') inData = false;
      else if (name === 'v' || name === 'is') place = 'other';
      else if (place === 'inline') inline.close(name);
      else if (inData && Object.hasOwn(closed, name)) closed[name]?.();
    },
    text(piece) {
      if (place === 'inline') inline.text(piece);
      else if (place === 'value' && cell !== null) cell.value += piece;
    },
  };
}

function refuseCell(part: string, where: string, why: string): never {
  refuseWorkbook('XLSX_STRUCTURE', `the workbook is damaged: ${where} ${why} (${part})`);
}

function nextRow(part: string, previous: number, written: string | undefined): number {
  const row = written === undefined ? previous + 1 : Number(written);
  if (!Number.isInteger(row) || row <= previous || row > LAST_ROW) {
    refuseCell(part, `row ${JSON.stringify(written ?? row)}`, `cannot follow row ${previous}`);
  }
  return row;
}

function beginCell(part: string, row: number, previous: number, attributes: Map<string, string>): Cell {
  const reference = attributes.get('r');
  const column = reference === undefined ? previous + 1 : readColumn(part, row, reference);
  return { column, type: attributes.get('t') ?? 'n', style: Number(attributes.get('s') ?? -1), value: '' };
}

/** The column of a reference like `AB12`, from 0. */
function readColumn(part: string, row: number, reference: string): number {
  const [, letters, number] = /^([A-Z]{1,3})(\d{1,7})$/.exec(reference) ?? [];
  if (letters === undefined || Number(number) !== row) {
    return refuseCell(part, `the cell ${JSON.stringify(reference.slice(0, 20))}`, `stands in row ${row}`);
  }
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function showCell(part: string, row: number, cell: Cell, inline: string, context: XlsxContext): string {
  const { value } = cell;
  switch (cell.type) {
    case 'inlineStr':
      return inline;
    case 's':
      return value === '' ? '' : sharedString(part, row, value, context.strings);
    case 'str':
      return unescapeText(value);
    case 'b':
      return showBoolean(value.trim());
    case 'e':
      return value.trim();
    case 'd':
      return showStoredDate(value);
    default:
      return value === '' ? '' : showNumber(value, context.kinds[cell.style] ?? 'number', context.from1904);
  }
}

function showBoolean(value: string): string {
  if (value === '') return '';
  return value === '1' || value.toLowerCase() === 'true' ? 'TRUE' : 'FALSE';
}

function sharedString(part: string, row: number, value: string, strings: readonly string[]): string {
  const found = /^\s*\d+\s*$/.test(value) ? strings[Number(value)] : undefined;
  return found ?? refuseCell(part, `a cell of row ${row}`, `refers to text ${value.slice(0, 20)}, which is not there`);
}

function putCell(part: string, row: XlsxRow, cell: Cell, shown: string, context: XlsxContext): void {
  if (shown === '') return;
  if (cell.column >= context.columns) {
    refuseWorkbook(
      'XLSX_COLUMNS',
      `row ${row.row} has a value in column ${cell.column + 1}; at most ${context.columns} columns are read`,
      'Remove what stands to the right.',
    );
  }
  while (row.cells.length < cell.column) row.cells.push('');
  if ((row.cells[cell.column] ?? '') !== '') refuseCell(part, `row ${row.row}`, `has column ${cell.column + 1} twice`);
  row.cells[cell.column] = shown;
}
