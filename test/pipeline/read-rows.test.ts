import { describe, expect, it } from 'vitest';
import { writeXlsx } from '../../lib/formats/xlsx-write.ts';
import type { FileRow } from '../../lib/pipeline/file-rows.ts';
import type { DatasetFile } from '../../lib/pipeline/manifest.ts';
import { openDatasetFile } from '../../lib/pipeline/read-rows.ts';
import { buildDropIndex } from '../../lib/rows/drop-index.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { manifestOf, servicesOf } from '../factories.ts';

async function readFile(name: string, content: string | Uint8Array) {
  const inbox = memoryStore();
  const services = servicesOf({ inbox });
  const { etag, size } = await inbox.write(`museum/${name}`, content);
  const format = name.split('.').at(-1) as DatasetFile['format'];
  const file: DatasetFile = { key: `museum/${name}`, name, size, etag, format, split: null };
  const options = { index: buildDropIndex([]), saveData: () => {} };
  const rowsFrom = async (from: FileRow['next']) => {
    const opened = await openDatasetFile(services, manifestOf(), file, { ...options, from });
    const rows: FileRow[] = [];
    for await (const row of opened.rows) rows.push(row);
    return { rows, findings: opened.findings() };
  };
  return { ...(await rowsFrom(null)), rowsFrom };
}

const places = (rows: readonly FileRow[]) => rows.map(({ record }) => [record.row, record.line]);
const codes = (rows: readonly FileRow[]) => rows.map(({ record }) => record.findings.map(({ code }) => code));

describe('openDatasetFile', () => {
  it.each([
    ['as delimiters alone', ',,'],
    ['as more delimiters than columns', ',,,,,,'],
    ['as white space between delimiters', ' ,\t, '],
    ['as quotes', '"","",""'],
    ['as white space', '  '],
  ])('passes over blank rows that a spreadsheet wrote %s', async (_how, blank) => {
    const { rows } = await readFile(
      'train.csv',
      `${blank}\nprompt,completion,files\n${blank}\na,b,\n${blank}\nc,d,\n${blank}`,
    );
    expect(places(rows)).toEqual([
      [1, 4],
      [2, 6],
    ]);
    expect(codes(rows)).toEqual([[], []]);
  });

  it('passes over the same rows in a workbook', async () => {
    const rows = [
      ['prompt', 'completion', 'files'],
      ['a', 'b'],
      ['', ' ', ''],
      ['c', 'd'],
      ['', ''],
    ];
    const read = await readFile('train.xlsx', await writeXlsx([{ name: 'Sheet1', rows }]));
    expect(places(read.rows)).toEqual([
      [1, 2],
      [2, 4],
    ]);
  });

  it('keeps rows that say anything, and rows that could not be read', async () => {
    const { rows } = await readFile('train.csv', 'prompt,completion,files,note\n,,,7\n,,"x\n');
    expect(codes(rows)).toEqual([['PROMPT_EMPTY', 'COMPLETION_EMPTY'], ['CSV_UNTERMINATED_QUOTE']]);
  });

  it.each(['sep=;\r\n', '"sep=;"\r\n', '\ufeffsep=;\n', 'SEP=;\r'])(
    'takes the first line %j for the name of the delimiter',
    async (first) => {
      const { rows, findings, rowsFrom } = await readFile('train.csv', `${first}prompt;completion\na, b;c\nd;e\n`);
      expect(findings).toEqual([]);
      expect(codes(rows)).toEqual([[], []]);
      expect(places(rows)).toEqual([
        [1, 3],
        [2, 4],
      ]);
      expect(places((await rowsFrom(rows[0]?.next ?? null)).rows)).toEqual([[2, 4]]);
    },
  );

  it('takes such a line further down for data', async () => {
    const { rows } = await readFile('train.csv', 'prompt;completion\nsep=;a\n');
    expect(codes(rows)).toEqual([[]]);
  });
});
