import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatCsvRecord } from '../../lib/formats/csv.ts';
import { writeZip } from '../../lib/formats/zip-write.ts';
import { picture } from './media.ts';
import { findingsOf, jsonLines, lineMapOf } from './results.ts';
import { runSound } from './running.ts';
import { csv, csvRecords, HEADER, plainRows } from './tables.ts';
import { addFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const ROWS = 16;
const FORMULA = '=SUM(A1:A2)';
const BROKEN = [
  csv([['What is this?', '', 'owl.png']]),
  csv([[FORMULA, 'A formula, "quoted".', 'owl.png,missing.png']]),
  csv([['Two\nlines; and more?', '', '']]),
  'Is there a café?,"Yes, on the first floor", beside the planetarium, and another\r\n',
  'only a prompt\r\n',
];

const table = () => `${csv([HEADER, ...plainRows(ROWS - BROKEN.length)])}${BROKEN.join('')}`;

async function brokenDrop(): Promise<{ drop: string; out: string }> {
  const drop = await workspace.drop('museum', {
    'train.csv': table(),
    'media.zip': writeZip([{ name: 'owl.png', bytes: await picture('png') }]),
  });
  return { drop, out: await workspace.folder('out') };
}

const convert = (drop: string, out: string) =>
  runSound({ command: 'convert', paths: [drop], out, targets: ['vertex'] });

const rejectedTable = (folder: string) => readFile(join(folder, 'rejected', 'train.rejected.csv'), 'utf8');

/** What a user does with the refused rows in a spreadsheet: `mend` gets each row's cells by column. */
async function mended(text: string, mend: (cells: Record<string, string>) => Record<string, string>): Promise<string> {
  const [header = [], ...rows] = await csvRecords(text);
  const edited = rows.map((cells) => {
    const named = mend(Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ''])));
    return formatCsvRecord(header.map((name) => named[name] ?? ''));
  });
  return [formatCsvRecord(header), ...edited].join('');
}

function mendRow(cells: Record<string, string>): Record<string, string> {
  return {
    ...cells,
    completion: cells['completion'] || 'A mended answer.',
    files: cells['files'] === undefined ? '' : cells['files'].replace(/,?missing\.png|beside.*/, ''),
    finedrop_rest: '',
  };
}

describe('refused rows', () => {
  it('come back as they were, with what is wrong and which row they are', async () => {
    const { drop, out } = await brokenDrop();
    const { report, folder, exit } = await convert(drop, out);
    expect({ exit, status: report.status, rows: report.rows }).toMatchObject({
      exit: 2,
      status: 'rejected',
      rows: { total: ROWS, accepted: ROWS - BROKEN.length, rejected: BROKEN.length },
    });
    expect(report.message).toMatch(/^5 of 16 rows are refused, and policy\.maxRejected is 0: .*maxRejected: 5/);
    const [header, ...rows] = await csvRecords(await rejectedTable(folder));
    expect(header).toEqual([...HEADER, 'finedrop_rest', 'finedrop_fixes', 'error']);
    expect(rows.map((cells) => cells.slice(0, 4))).toEqual([
      ['What is this?', '', 'owl.png', ''],
      [FORMULA, 'A formula, "quoted".', 'owl.png,missing.png', ''],
      ['Two\nlines; and more?', '', '', ''],
      ['Is there a café?', 'Yes, on the first floor', ' beside the planetarium', '" and another"'],
      ['only a prompt', '', '', ''],
    ]);
    expect(rows.map((cells) => cells[4])).toEqual(
      [12, 13, 14, 15, 16].map((row) => expect.stringMatching(new RegExp(`^train\\.csv:${row}:[0-9a-f]{12}$`))),
    );
    const codes = ['COMPLETION_EMPTY', 'MEDIA_MISSING', 'COMPLETION_EMPTY', 'TABLE_RAGGED', 'TABLE_RAGGED'];
    expect(rows.map((cells) => cells[5])).toEqual(codes.map((code) => expect.stringContaining(code)));
  });

  it('pass within policy.maxRejected, and the others train', async () => {
    const { drop, out } = await brokenDrop();
    await addFiles(drop, { 'finedrop.yaml': 'policy: {maxRejected: 5}\n' });
    const { report, folder, exit } = await convert(drop, out);
    expect({ exit, status: report.status }).toEqual({ exit: 0, status: 'completed' });
    expect(await lineMapOf(folder, 'vertex')).toHaveLength(ROWS - BROKEN.length);
    expect(await csvRecords(await rejectedTable(folder))).toHaveLength(1 + BROKEN.length);
  });

  it('take their old places when the mended file is dropped beside the original', async () => {
    const { drop, out } = await brokenDrop();
    const first = await convert(drop, out);
    await addFiles(drop, { 'train.rejected.csv': await mended(await rejectedTable(first.folder), mendRow) });
    const { report, folder, exit } = await convert(drop, out);
    expect({ exit, status: report.status, rows: report.rows }).toMatchObject({
      exit: 0,
      status: 'completed',
      rows: { total: ROWS, accepted: ROWS, rejected: 0 },
    });
    const map = await lineMapOf(folder, 'vertex');
    expect(map.filter(({ file }) => file === 'train.rejected.csv').map(({ row }) => row)).toEqual([1, 2, 3, 4, 5]);
    expect(map.filter(({ file }) => file === 'train.csv').map(({ row }) => row)).toEqual(
      plainRows(11).map((_, index) => index + 1),
    );
    const text = JSON.stringify(await jsonLines(join(folder, 'vertex', 'train.jsonl')));
    expect(text).toContain(FORMULA);
    expect(text).not.toContain('finedrop_fixes');
    await expect(rejectedTable(folder)).rejects.toThrow('ENOENT');
  });

  it.each(['train.rejected-2.csv', 'train.rejected (1).csv', 'train.rejected2.csv'])(
    'may be mended in two goes, the second as %s: what is still broken stays refused under the same name and identity',
    async (copy) => {
      const { drop, out } = await brokenDrop();
      const first = await convert(drop, out);
      const half = await mended(await rejectedTable(first.folder), (cells) =>
        cells['prompt'] === FORMULA || cells['prompt'] === 'only a prompt' ? cells : mendRow(cells),
      );
      await addFiles(drop, { 'train.rejected.csv': half });
      const second = await convert(drop, out);
      expect(second.report.rows).toMatchObject({ total: ROWS, accepted: ROWS - 2, rejected: 2 });
      const [header = [], ...left] = await csvRecords(await rejectedTable(second.folder));
      expect(header).toEqual([...HEADER, 'finedrop_fixes', 'error']);
      expect(left.map((cells) => [cells[0], cells[3]?.replace(/:\w+$/, '')])).toEqual([
        [FORMULA, 'train.csv:13'],
        ['only a prompt', 'train.csv:16'],
      ]);
      expect(second.report.message).toContain('drop that file beside "train.rejected.csv" under another name');
      await addFiles(drop, { [copy]: await mended(await rejectedTable(second.folder), mendRow) });
      const third = await convert(drop, out);
      expect(third.report.rows).toMatchObject({ total: ROWS, accepted: ROWS, rejected: 0 });
      expect(third.exit).toBe(0);
    },
  );

  it('may be mended in the original instead', async () => {
    const { drop, out } = await brokenDrop();
    await convert(drop, out);
    await addFiles(drop, { 'train.csv': csv([HEADER, ...plainRows(ROWS)]) });
    expect((await convert(drop, out)).report.rows).toMatchObject({ total: ROWS, accepted: ROWS });
  });

  it.each([
    ['has gone', (drop: string) => rm(join(drop, 'train.csv')), /"train\.csv" is not in the drop/],
    [
      'has been changed',
      (drop: string) => addFiles(drop, { 'train.csv': table().replaceAll('Two\nlines', 'Two lines') }),
      /"train\.csv" has been changed/,
    ],
  ])('that stand for rows of an original that %s are an error which names the file', async (_what, change, message) => {
    const { drop, out } = await brokenDrop();
    const first = await convert(drop, out);
    await addFiles(drop, { 'train.rejected.csv': await mended(await rejectedTable(first.folder), mendRow) });
    await change(drop);
    const { report, folder, exit } = await convert(drop, out);
    expect({ exit, status: report.status }).toEqual({ exit: 2, status: 'rejected' });
    expect(report.message).toMatch(message);
    const finding = (await findingsOf(folder)).find(({ code }) => code === 'FIX_WITHOUT_ORIGINAL');
    expect(finding).toMatchObject({
      severity: 'error',
      where: { file: 'train.rejected.csv' },
      hint: expect.stringContaining('train.csv'),
    });
  });
});
