import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bufferAccess } from '../../lib/formats/random-access.ts';
import { readXlsx, type WriteSheet, writeXlsx } from '../../lib/formats/xlsx.ts';
import { readZipDirectory } from '../../lib/formats/zip.ts';

/** Rows as a reader finds them: with their numbers, without empty ones and without empty cells at the end. */
function found(rows: readonly (readonly string[])[]): { row: number; cells: string[] }[] {
  return rows.flatMap((cells, index) => {
    const last = cells.findLastIndex((text) => text !== '');
    return last < 0 ? [] : [{ row: index + 1, cells: cells.slice(0, last + 1) }];
  });
}

async function roundTrip(sheets: readonly WriteSheet[]): Promise<unknown> {
  const { sheets: read, fault } = await readXlsx(bufferAccess(await writeXlsx(sheets)));
  expect(fault).toBe(null);
  return read.map(({ name, rows }) => [name, rows]);
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('_', 'x', '0', '0', '4', '1', 'D', '\r', '\u0001', '\ud800', 'é'), maxLength: 24 }),
  fc.constantFrom(
    '=1+1',
    '+1',
    '@x',
    ' a ',
    '\n',
    '\r\n',
    '\t',
    '_x000D_',
    '_x005F_x0041_',
    '00123',
    'TRUE',
    '1e5',
    ']]>',
    '<&>"\'',
  ),
);

describe('writeXlsx', () => {
  it('writes texts that read back unchanged, whatever they hold', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.array(text, { maxLength: 6 }), { maxLength: 6 }), async (rows) => {
        expect(await roundTrip([{ name: 'train', rows }])).toEqual([['train', found(rows)]]);
      }),
      { seed: 42, numRuns: 300 },
    ));

  it('gives equal bytes for equal input', async () => {
    const sheets = [{ name: 'a', rows: [['x', ' ', '']] }];
    const first = await writeXlsx(sheets);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(Buffer.compare(first, await writeXlsx(sheets))).toBe(0);
  });

  it('writes many rows and columns', async () => {
    const rows = Array.from({ length: 2500 }, (_, row) =>
      Array.from({ length: 64 }, (_, column) => `${row}/${column}`),
    );
    const { sheets } = await readXlsx(bufferAccess(await writeXlsx([{ name: 'a', rows }])));
    expect([sheets[0]?.rows.length, sheets[0]?.rows[2499]?.cells]).toEqual([2500, rows[2499]]);
  });

  it.each<[string[], string[]]>([
    [[], ['Sheet1']],
    [
      ['train', 'Train', 'train'],
      ['train', 'Train (2)', 'train (3)'],
    ],
    [["a/b:c*d?e[f]g\\h'"], ['a_b_c_d_e_f_g_h_']],
    [
      ['', ''],
      ['Sheet1', 'Sheet2'],
    ],
    [
      ['x'.repeat(40), 'x'.repeat(40)],
      ['x'.repeat(31), `${'x'.repeat(27)} (2)`],
    ],
    [[`${'x'.repeat(30)}😀`], [`${'x'.repeat(30)}_`]],
    [['<&"\u0001'], ['<&"_']],
  ])('names the sheets %j as spreadsheet programs allow: %j', async (names, written) => {
    const { sheets } = await readXlsx(bufferAccess(await writeXlsx(names.map((name) => ({ name, rows: [] })))));
    expect(sheets.map(({ name }) => name)).toEqual(written);
  });

  it('packs a plain archive that is the same on every day', async () => {
    const { entries, warnings } = await readZipDirectory(bufferAccess(await writeXlsx([])));
    expect(entries.every(({ fault, flags }) => fault === null && flags === 0x0800)).toBe(true);
    expect(warnings).toEqual([]);
  });
});
