import exceljs from 'exceljs';
import fc from 'fast-check';
import { readXlsx as readWithHucre } from 'hucre/xlsx';
import { describe, expect, it } from 'vitest';
import { bufferAccess } from '../../lib/formats/random-access.ts';
import { readXlsx, writeXlsx } from '../../lib/formats/xlsx.ts';
import { buildXlsx } from './xlsx-builder.ts';

type Grid = Record<string, string>;

async function ours(archive: Uint8Array): Promise<Grid> {
  const { sheets, fault } = await readXlsx(bufferAccess(archive));
  expect(fault).toBe(null);
  const grid: Grid = {};
  for (const { row, cells } of sheets[0]?.rows ?? []) {
    for (const [column, shown] of cells.entries()) if (shown !== '') grid[`${row}/${column}`] = shown;
  }
  return grid;
}

async function hucre(archive: Uint8Array): Promise<Grid> {
  const { sheets } = await readWithHucre(archive, { readStyles: true });
  const grid: Grid = {};
  for (const [row, cells] of sheets[0]!.rows.entries()) {
    for (const [column, value] of cells.entries()) put(grid, `${row + 1}/${column}`, value);
  }
  return grid;
}

async function excel(archive: Uint8Array): Promise<Grid> {
  const book = new exceljs.Workbook();
  await book.xlsx.load(Buffer.from(archive) as never);
  const grid: Grid = {};
  book.worksheets[0]!.eachRow((row, number) => {
    row.eachCell((cell, column) => put(grid, `${number}/${column - 1}`, plain(cell.value)));
  });
  return grid;
}

/** exceljs gives objects for rich text, formulas and errors. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if ('richText' in value) return (value.richText as { text: string }[]).map(({ text }) => text).join('');
  if ('result' in value) return plain(value.result);
  return 'error' in value ? value.error : '';
}

function put(grid: Grid, place: string, value: unknown): void {
  if (value === null || value === undefined || value === '') return;
  if (typeof value === 'boolean') grid[place] = value ? 'TRUE' : 'FALSE';
  else
    grid[place] =
      value instanceof Date
        ? value
            .toISOString()
            .replace(/\.000Z$/, '')
            .replace(/T00:00:00$/, '')
        : String(value);
}

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
/** Without underscores: exceljs 4.4.0 undoes no `_xHHHH_`. */
const words = fc
  .string({
    unit: fc.constantFrom('a', 'é', '漢', '😀', '<', '&', '"', '1', '=', 'z', ' ', '\n'),
    minLength: 1,
    maxLength: 12,
  })
  .map(xml);

/** Cells on which all three readers should agree; where they are known not to is said in xlsx.test.ts and below. */
const cell = fc.oneof(
  words.map((text) => `t="inlineStr"><is><t>${text}</t></is>`),
  words.map((text) => `t="str"><f>A1</f><v>${text}</v>`),
  fc.nat(2).map((index) => `t="s"><v>${index}</v>`),
  fc.boolean().map((value) => `t="b"><v>${value ? 1 : 0}</v>`),
  fc.constantFrom('#N/A', '#DIV/0!', '#REF!').map((error) => `t="e"><v>${error}</v>`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => `><v>${value === 0 ? 0 : value}</v>`),
  fc.integer().map((value) => `><v>${value}</v>`),
  fc.integer({ min: 61, max: 2_000_000 }).map((serial) => `s="1"><v>${serial}</v>`),
  fc
    .tuple(fc.integer({ min: 61, max: 90_000 }), fc.nat(86_399))
    .map(([day, second]) => `s="2"><v>${day + second / 86_400}</v>`),
);
const rows = fc.uniqueArray(fc.tuple(fc.nat(30), fc.nat(8), cell), {
  minLength: 1,
  maxLength: 30,
  selector: ([row, column]) => `${row}/${column}`,
});

function buildRows(cells: readonly (readonly [number, number, string])[]): Buffer {
  const byRow: string[] = [];
  for (const [row, column, content] of cells.toSorted((one, other) => one[0] - other[0] || one[1] - other[1])) {
    byRow[row] = `${byRow[row] ?? ''}<c r="${'ABCDEFGHI'[column]}${row + 1}" ${content}</c>`;
  }
  const data = byRow.map((written, row) => `<row r="${row + 1}">${written}</row>`);
  const strings =
    '<si><t>first</t></si><si><r><t>a</t></r><r><t>b</t></r></si><si><t xml:space="preserve">c &amp; d</t></si>';
  return buildXlsx({ sheets: [{ data: data.join('') }], strings, formats: ['yyyy-mm-dd', 'yyyy-mm-dd hh:mm:ss'] });
}

describe('readXlsx beside other libraries', () => {
  it('reads generated workbooks as hucre and exceljs do', () =>
    fc.assert(
      fc.asyncProperty(rows, async (cells) => {
        const archive = buildRows(cells);
        const grid = await ours(archive);
        expect(await hucre(archive)).toEqual(grid);
        expect(await excel(archive)).toEqual(grid);
      }),
      { seed: 42, numRuns: 100 },
    ));

  it('writes workbooks that hucre reads as we do', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), { maxLength: 5 }),
        async (texts) => {
          const archive = await writeXlsx([{ name: 'a', rows: texts }]);
          expect(await hucre(archive)).toEqual(await ours(archive));
        },
      ),
      { seed: 42, numRuns: 100 },
    ));

  it('writes workbooks that exceljs reads as we do', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.array(words, { maxLength: 5 }), { maxLength: 5 }), async (texts) => {
        const archive = await writeXlsx([{ name: 'a', rows: texts }]);
        expect(await excel(archive)).toEqual(await ours(archive));
      }),
      { seed: 42, numRuns: 60 },
    ));
});

describe('readXlsx on mutated workbooks', () => {
  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom('<', '>', '"', '&', '/', '', '\0', '<!', '<row>', ' r="1"', '</c>', '&#0;', 'é'),
  );

  it('never throws, and gives rows or a reason', () =>
    fc.assert(
      fc.asyncProperty(rows, fc.array(change, { minLength: 1, maxLength: 3 }), async (cells, changes) => {
        let sheet = `<worksheet><sheetData>${cells.map(([, , content]) => `<row><c ${content}</c></row>`).join('')}</sheetData></worksheet>`;
        for (const [at, piece] of changes) {
          const place = at % sheet.length;
          sheet = sheet.slice(0, place) + piece + sheet.slice(place + (at % 3));
        }
        const mutated = buildXlsx({ sheets: [{ data: '' }], parts: { 'xl/worksheets/sheet1.xml': sheet } });
        const read = await readXlsx(bufferAccess(mutated));
        expect(read.fault === null ? read.sheets.length : read.fault.code).toEqual(
          read.fault === null ? 1 : expect.stringMatching(/^(XLSX|ZIP)_[A-Z]+$/),
        );
      }),
      { seed: 42, numRuns: 300, endOnFailure: true },
    ));

  it('never throws on damaged archives', () =>
    fc.assert(
      fc.asyncProperty(rows, fc.nat(), fc.nat(255), async (cells, at, byte) => {
        const archive = buildRows(cells);
        archive[at % archive.length] = byte;
        const { sheets, fault } = await readXlsx(bufferAccess(archive));
        expect(sheets.length).toBe(fault === null ? 1 : 0);
      }),
      { seed: 42, numRuns: 200, endOnFailure: true },
    ));
});
