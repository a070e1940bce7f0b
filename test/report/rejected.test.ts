import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectCsvDialect, readCsv } from '../../lib/formats/csv.ts';
import { bufferAccess } from '../../lib/formats/random-access.ts';
import { readXlsx } from '../../lib/formats/xlsx.ts';
import {
  type RejectedRecord,
  type RejectedSource,
  rejectedTable,
  rejectedWorkbook,
} from '../../lib/report/rejected.ts';

const SEED = { seed: 42 };

function record(...cells: string[]): RejectedRecord {
  return { cells, fixes: 'train.csv:1:abc', error: 'it is broken' };
}

function sourceOf(
  header: string[],
  records: RejectedRecord[],
  delimiter: RejectedSource['delimiter'] = ',',
): RejectedSource {
  return {
    header,
    delimiter,
    async *records() {
      yield* records;
    },
  };
}

async function written(...sources: RejectedSource[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of rejectedTable(sources)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function text(...sources: RejectedSource[]): Promise<string> {
  return (await written(...sources)).toString('utf8');
}

/** As the next run reads the file: nothing is known of it but its name. */
async function readBack(bytes: Buffer): Promise<string[][]> {
  const dialect = detectCsvDialect(bytes, { name: 'train.rejected.csv', isWhole: true });
  const rows: string[][] = [];
  for await (const records of readCsv(once(bytes), { dialect })) rows.push(...records.map(({ cells }) => cells));
  return rows;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('rejectedTable', () => {
  it('gives the header, the cells as they came, the identity and the error', async () => {
    const rows = [record('=1+1', ' "a", b', 'x.png'), record('@b', '-1\n2', '')];
    expect(await text(sourceOf(['Prompt', 'completion', 'files'], rows))).toBe(
      'Prompt,completion,files,finedrop_fixes,error\r\n' +
        '=1+1," ""a"", b",x.png,train.csv:1:abc,it is broken\r\n' +
        '@b,"-1\n2",,train.csv:1:abc,it is broken\r\n',
    );
  });

  it('fills in missing cells, and has a column for surplus ones only where there are some', async () => {
    const header = ['prompt', 'completion'];
    expect(await text(sourceOf(header, [record('a')]))).toBe(
      'prompt,completion,finedrop_fixes,error\r\na,,train.csv:1:abc,it is broken\r\n',
    );
    expect(await text(sourceOf(header, [record('a', 'b'), record('a', 'b', 'c, d', 'e')]))).toBe(
      'prompt,completion,finedrop_rest,finedrop_fixes,error\r\n' +
        'a,b,,train.csv:1:abc,it is broken\r\n' +
        'a,b,"""c, d"",e",train.csv:1:abc,it is broken\r\n',
    );
  });

  it.each([
    ['one empty cell', [''], '""'],
    ['two empty cells', ['', ''], ','],
  ])('keeps a row broken that is so by %s too many', async (_, surplus, rest) => {
    const rows = await readBack(await written(sourceOf(['prompt', 'completion'], [record('a', 'b', ...surplus)])));
    expect(rows[1]?.[2]).toBe(rest);
  });

  it('takes out its own columns wherever they stand and however they are written', async () => {
    const header = ['Finedrop Fixes', 'prompt', ' ERROR ', 'completion', 'finedrop_REST'];
    const rows = [
      record('old', 'p', 'old error', 'c', ''),
      record('old', 'p', '', 'c', 'x,y', 'z'),
      record('', '', '', '', '', 'z'),
    ];
    expect(await text(sourceOf(header, rows))).toBe(
      'prompt,completion,finedrop_rest,finedrop_fixes,error\r\n' +
        'p,c,,train.csv:1:abc,it is broken\r\n' +
        'p,c,"x,y,z",train.csv:1:abc,it is broken\r\n' +
        ',,z,train.csv:1:abc,it is broken\r\n',
    );
  });

  it('is the same when its own output is refused again', async () => {
    const first = await written(
      sourceOf(['prompt', 'completion'], [record('a'), record('a', 'b', 'c'), record('', '=b')]),
    );
    const [header = [], ...rows] = await readBack(first);
    const again = await written(
      sourceOf(
        header,
        rows.map((cells) => record(...cells)),
      ),
    );
    expect(again.toString()).toBe(first.toString());
  });

  it('joins several files by the names of their columns', async () => {
    const original = sourceOf(['prompt', 'completion', ''], [record('p1', 'c1', 'n1')], ';');
    const fixed = sourceOf(
      ['Completion', 'note', 'finedrop_fixes', 'error', 'PROMPT', '', ''],
      [record('c2', 'n', 'f', 'e', 'p2', 'x', 'y')],
    );
    expect(await readBack(await written(original, fixed))).toEqual([
      ['prompt', 'completion', '', 'note', '', 'finedrop_fixes', 'error'],
      ['p1', 'c1', 'n1', '', '', 'train.csv:1:abc', 'it is broken'],
      ['p2', 'c2', 'x', 'n', 'y', 'train.csv:1:abc', 'it is broken'],
    ]);
  });

  it.each(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])(
    'makes only an error safe that begins with %j',
    async (sign) => {
      const danger = `${sign}cmd|' /C calc'!A1`;
      const bytes = await written(
        sourceOf(['prompt', 'completion'], [{ cells: [danger, danger], fixes: danger, error: danger }]),
      );
      expect((await readBack(bytes))[1]).toEqual([danger, danger, danger, `'${danger}`]);
    },
  );

  it.each<[RejectedSource['delimiter'], string]>([
    [';', 'what, we, are, asked, for'],
    [',', 'what; we; are; asked; for'],
    [',', 'what\twe\tare\tasked\tfor'],
    [';', 'what "we", are, asked, "for"'],
  ])('keeps the delimiter %j plain to see, also where a name like %j holds another', async (delimiter, name) => {
    const rows = await readBack(await written(sourceOf([name, 'completion'], [record('a,b;c', 'd')], delimiter)));
    expect(rows).toEqual([
      [name, 'completion', 'finedrop_fixes', 'error'],
      ['a,b;c', 'd', 'train.csv:1:abc', 'it is broken'],
    ]);
  });

  it('writes many rows in pieces', async () => {
    const source = sourceOf(
      ['prompt', 'completion'],
      Array.from({ length: 5000 }, (_, index) => record(`p${index}`, 'é'.repeat(50))),
    );
    const sizes: number[] = [];
    for await (const chunk of rejectedTable([source])) sizes.push(chunk.length);
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThan(200_000);
    expect(await readBack(await written(source))).toHaveLength(5001);
  });

  it('gives cells back as they were, whatever they hold', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('"', ',', ';', '\t', '\n', '\r', '\r\n', ' ', '=', 'a', '\ufeff', 'é', '🙂') }),
    );
    const cells = fc.array(cell, { maxLength: 6 });
    const delimiter = fc.constantFrom<RejectedSource['delimiter']>(',', ';', '\t');
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { maxLength: 8 }), delimiter, async (rows, delimiter) => {
        const bytes = await written(
          sourceOf(
            ['prompt', 'completion', 'files'],
            rows.map((row) => record(...row)),
            delimiter,
          ),
        );
        const [header = [], ...back] = await readBack(bytes);
        expect(back).toHaveLength(rows.length);
        for (const [index, row] of rows.entries()) {
          const got = back[index] ?? [];
          expect(got).toHaveLength(header.length);
          expect(got.slice(0, 3)).toEqual([row[0] ?? '', row[1] ?? '', row[2] ?? '']);
          expect(got.slice(-2)).toEqual(['train.csv:1:abc', 'it is broken']);
          expect(await surplusIn(header, got, delimiter)).toEqual(row.slice(3));
        }
      }),
      SEED,
    );
  });
});

/** The surplus cells of a row, read from the one cell that holds them. */
async function surplusIn(header: string[], cells: string[], delimiter: RejectedSource['delimiter']): Promise<string[]> {
  const rest = cells[header.indexOf('finedrop_rest')] ?? '';
  if (rest === '') return [];
  const dialect = { encoding: 'utf-8', bomBytes: 0, delimiter } as const;
  for await (const [first] of readCsv(once(Buffer.from(rest)), { dialect })) return first?.cells ?? [];
  return [];
}

describe('rejectedWorkbook', () => {
  const read = async (sheets: Parameters<typeof rejectedWorkbook>[0]) => {
    const workbook = await readXlsx(bufferAccess(await rejectedWorkbook(sheets)));
    return workbook.sheets.map(({ name, rows }) => ({ name, rows: rows.map(({ cells }) => cells) }));
  };

  it('keeps sheets apart, and each to its own columns', async () => {
    const sheets = await read([
      { sheet: 'A', header: ['prompt', 'completion'], records: [record('=1', 'c', 'surplus')] },
      { sheet: 'B', header: ['completion', 'prompt', 'error'], records: [record('c', 'p', 'old')] },
    ]);
    expect(sheets).toEqual([
      {
        name: 'A',
        rows: [
          ['prompt', 'completion', 'finedrop_rest', 'finedrop_fixes', 'error'],
          ['=1', 'c', 'surplus', 'train.csv:1:abc', 'it is broken'],
        ],
      },
      {
        name: 'B',
        rows: [
          ['completion', 'prompt', 'finedrop_fixes', 'error'],
          ['c', 'p', 'train.csv:1:abc', 'it is broken'],
        ],
      },
    ]);
  });

  it('joins sheets of one name by the names of their columns', async () => {
    const [sheet] = await read([
      { sheet: 'A', header: ['prompt', 'completion'], records: [record('p1', 'c1')] },
      { sheet: 'A', header: ['completion', 'finedrop_fixes', 'prompt'], records: [record('c2', 'old', 'p2')] },
    ]);
    expect(sheet?.rows.slice(1).map((cells) => cells.slice(0, 2))).toEqual([
      ['p1', 'c1'],
      ['p2', 'c2'],
    ]);
  });

  it('gives equal bytes for equal rows', async () => {
    const sheets = [{ sheet: 'A', header: ['prompt'], records: [record('a')] }];
    expect(await rejectedWorkbook(sheets)).toEqual(await rejectedWorkbook(structuredClone(sheets)));
  });
});
