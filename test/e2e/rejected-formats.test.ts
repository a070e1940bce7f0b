import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readXlsx } from '../../lib/formats/xlsx.ts';
import { writeXlsx } from '../../lib/formats/xlsx-write.ts';
import { writeZip } from '../../lib/formats/zip-write.ts';
import { picture } from './media.ts';
import { findingsOf, jsonLines } from './results.ts';
import { runSound } from './running.ts';
import { HEADER, plainRows } from './tables.ts';
import { addFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();

const convert = (drop: string, out: string) =>
  runSound({ command: 'convert', paths: [drop], out, targets: ['vertex'] });

interface RejectedChat {
  finedrop_fixes: string;
  error: string;
  example?: { messages: { role: string; content: unknown }[] };
  raw?: string;
}

const rejectedChats = async (folder: string) =>
  (await jsonLines(join(folder, 'rejected', 'chats.rejected.jsonl'))) as RejectedChat[];

const question = { role: 'user', content: 'What is this?' };

function chat(answer: unknown, more: object = {}): string {
  return JSON.stringify({ messages: [question, { role: 'assistant', content: answer }], ...more });
}

const withImage = (url: string) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: [{ type: 'image_url', image_url: { url } }] },
      { role: 'assistant', content: 'An owl.' },
    ],
  });

describe('refused chats', () => {
  const lines = [
    ...plainRows(9).map(([, answer]) => chat(answer)),
    chat(''),
    withImage('missing.png'),
    '{"messages": [{"role": "user", "content": "cut off',
    chat('sound again'),
  ];
  const drop = async () => ({
    drop: await workspace.drop('chats', {
      'chats.jsonl': lines.map((line) => `${line}\n`).join(''),
      'media.zip': writeZip([{ name: 'owl.png', bytes: await picture('png') }]),
    }),
    out: await workspace.folder('out'),
  });

  it('come back one a line: the value as it came, or its text where it is no JSON', async () => {
    const folders = await drop();
    const { report, folder, exit } = await convert(folders.drop, folders.out);
    expect({ exit, rows: report.rows }).toMatchObject({ exit: 2, rows: { total: 13, accepted: 10, rejected: 3 } });
    const rejected = await rejectedChats(folder);
    expect(rejected.map((line) => Object.keys(line))).toEqual([
      ['finedrop_fixes', 'error', 'example'],
      ['finedrop_fixes', 'error', 'example'],
      ['finedrop_fixes', 'error', 'raw'],
    ]);
    expect(rejected.map((line) => line.example ?? line.raw)).toEqual([
      JSON.parse(lines[9] ?? ''),
      JSON.parse(lines[10] ?? ''),
      lines[11],
    ]);
    expect(rejected.map((line) => line.finedrop_fixes.replace(/:\w+$/, ''))).toEqual([
      'chats.jsonl:10',
      'chats.jsonl:11',
      'chats.jsonl:12',
    ]);
    expect(rejected[1]?.error).toContain('MEDIA_MISSING');
  });

  it('take their old places when they are mended, and stay refused under their old identity when they are not', async () => {
    const folders = await drop();
    const rejected = await rejectedChats((await convert(folders.drop, folders.out)).folder);
    const [empty, missing, broken] = rejected;
    const mended = [
      { ...empty, example: JSON.parse(chat('An answer.')) },
      missing,
      { finedrop_fixes: broken?.finedrop_fixes, error: broken?.error, example: JSON.parse(chat('Whole again.')) },
    ];
    await addFiles(folders.drop, {
      'chats.rejected.jsonl': mended.map((line) => `${JSON.stringify(line)}\n`).join(''),
    });
    const second = await convert(folders.drop, folders.out);
    expect(second.report.rows).toMatchObject({ total: 13, accepted: 12, rejected: 1 });
    expect(await rejectedChats(second.folder)).toEqual([missing]);
    const text = JSON.stringify(missing).replaceAll('missing.png', 'owl.png');
    await addFiles(folders.drop, { 'chats.rejected-2.jsonl': `${text}\n` });
    const third = await convert(folders.drop, folders.out);
    expect({ exit: third.exit, rows: third.report.rows }).toMatchObject({ exit: 0, rows: { total: 13, accepted: 13 } });
  });

  it.each([
    ['an empty text', ''],
    ['blanks', ' \n\t'],
    ['no parts', []],
    ['an empty part', [{ type: 'text', text: '' }]],
    ['nothing', null],
  ])('are those whose answer is %s', async (_what, answer) => {
    const path = await workspace.drop('empty', { 'chats.jsonl': `${chat('fine')}\n${chat(answer)}\n` });
    const { report, folder } = await convert(path, await workspace.folder('out'));
    expect(report.rows).toMatchObject({ total: 2, accepted: 1, rejected: 1 });
    const told = (await findingsOf(folder)).filter(({ severity, where }) => severity === 'error' && where.row === 2);
    expect(told).not.toEqual([]);
  });
});

describe('refused rows of a workbook', () => {
  const sheets = [
    { name: 'Owls', rows: [HEADER, ...plainRows(5, 'owl'), ['What is this?', '', ''], ...plainRows(1, 'last owl')] },
    { name: 'Ships', rows: [HEADER, ...plainRows(4, 'ship'), ['=1+1', 'Two.', 'missing.png']] },
  ];

  const rejectedBook = async (folder: string) => {
    const bytes = await readFile(join(folder, 'rejected', 'train.rejected.xlsx'));
    const book = await readXlsx({
      size: bytes.length,
      readAt: async (offset, length) => bytes.subarray(offset, offset + length),
    });
    return book.sheets.map(({ name, rows }) => ({ name, rows: rows.map(({ cells }) => [...cells]) }));
  };

  it('come back sheet by sheet, and take their old places when they are mended', async () => {
    const drop = await workspace.drop('book', {
      'train.xlsx': await writeXlsx(sheets),
      'media.zip': writeZip([{ name: 'owl.png', bytes: await picture('png') }]),
    });
    const out = await workspace.folder('out');
    const first = await convert(drop, out);
    expect(first.report.rows).toMatchObject({ total: 12, accepted: 10, rejected: 2 });
    const rejected = await rejectedBook(first.folder);
    expect(rejected.map(({ name, rows }) => [name, rows.map((cells) => cells.slice(0, 3))])).toEqual([
      ['Owls', [HEADER, ['What is this?', '', '']]],
      ['Ships', [HEADER, ['=1+1', 'Two.', 'missing.png']]],
    ]);
    expect(rejected.map(({ rows }) => rows[1]?.[3])).toEqual([
      expect.stringMatching(/^train\.xlsx!Owls:6:[0-9a-f]{12}$/),
      expect.stringMatching(/^train\.xlsx!Ships:5:[0-9a-f]{12}$/),
    ]);
    const mended = rejected.map(({ name, rows }) => ({
      name,
      rows: rows.map((cells, index) =>
        index === 0 ? cells : cells.map((cell, column) => (column === 1 ? 'Mended.' : cell.replace('missing', 'owl'))),
      ),
    }));
    await addFiles(drop, { 'train.rejected.xlsx': await writeXlsx(mended) });
    const second = await convert(drop, out);
    expect({ exit: second.exit, rows: second.report.rows }).toMatchObject({
      exit: 0,
      rows: { total: 12, accepted: 12, rejected: 0 },
    });
  });
});
