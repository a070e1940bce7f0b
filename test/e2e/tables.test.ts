import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeXlsx } from '../../lib/formats/xlsx-write.ts';
import { buildXlsx } from '../formats/xlsx-builder.ts';
import { picture } from './media.ts';
import { findingsOf, jsonLines, lineMapOf } from './results.ts';
import { runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { addFiles, type DropFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();

async function convert(files: DropFiles, targets: readonly string[] = ['vertex']) {
  const drop = await workspace.drop('museum', files);
  return runSound({ command: 'convert', paths: [drop], out: await workspace.folder('out'), targets });
}

interface GeminiLine {
  contents: { parts: { text: string }[] }[];
}

/** The first question of a run's training file. */
async function firstQuestion(folder: string): Promise<string | undefined> {
  const [line] = (await jsonLines(join(folder, 'vertex', 'train.jsonl'))) as GeminiLine[];
  return line?.contents[0]?.parts[0]?.text;
}

const words = 'Où est l’œuvre n° 3 – « Été » ?';
const foreign = csv([HEADER, [words, 'Là.', ''], ...plainRows(10)]);

/** The bytes of a text in Windows-1252, as old Excels save it. */
function windows1252(text: string): Buffer {
  const upper: Record<string, number> = { '’': 0x92, œ: 0x9c, '–': 0x96 };
  return Buffer.from([...text].map((character) => upper[character] ?? character.charCodeAt(0)));
}

describe('tables', () => {
  const utf16 = Buffer.from(`\ufeff${foreign}`, 'utf16le');
  it.each<[string, DropFiles, string[]]>([
    ['UTF-8', { 'train.csv': foreign }, []],
    ['UTF-8 with a mark', { 'train.csv': `\ufeff${foreign}` }, []],
    ['UTF-16', { 'train.csv': utf16 }, []],
    ['UTF-16, big-endian', { 'train.csv': Buffer.from(utf16).swap16() }, []],
    ['Windows-1252', { 'train.csv': windows1252(foreign) }, ['ENCODING_WINDOWS_1252']],
    ['tabs', { 'train.tsv': foreign.replaceAll(',', '\t') }, []],
    ['semicolons', { 'train.csv': foreign.replaceAll(',', ';') }, []],
    ['line feeds only', { 'train.csv': foreign.replaceAll('\r\n', '\n') }, []],
    [
      'other names for columns',
      { 'train.csv': foreign.replace('prompt,completion,files', 'Question, ANSWER ,Images') },
      [],
    ],
    [
      'more columns than are read',
      { 'train.csv': foreign.replaceAll('\r\n', ',x\r\n').replace('files,x', 'files,error') },
      [],
    ],
  ])('are read in %s', async (_what, files, warnings) => {
    const { report, folder } = await convert(files);
    expect(report.rows).toMatchObject({ total: 11, accepted: 11 });
    expect(await firstQuestion(folder)).toBe(words);
    const told = (await findingsOf(folder)).filter(({ severity, target }) => severity === 'warning' && target === null);
    expect(told.map(({ code }) => code)).toEqual(warnings);
  });

  it('tell a column that is missing by the name that comes near', async () => {
    const { report, folder, exit } = await convert({ 'train.csv': 'promt,completion\na,b\n' });
    expect({ exit, status: report.status }).toEqual({ exit: 2, status: 'rejected' });
    const [finding] = (await findingsOf(folder)).filter(({ severity }) => severity === 'error');
    expect(finding).toMatchObject({ where: { file: 'train.csv', line: 1 }, hint: expect.stringContaining('promt') });
  });
});

describe('workbooks', () => {
  it('are read sheet by sheet; one called validation validates, a hidden one is passed over', async () => {
    const cell = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
    const sheet = (records: readonly (readonly string[])[]) =>
      records.map((cells, index) => `<row r="${index + 1}">${cells.map(cell).join('')}</row>`).join('');
    const book = buildXlsx({
      sheets: [
        { name: 'Owls', data: sheet([HEADER, ...plainRows(6, 'owl')]) },
        { name: 'Notes', data: sheet([['to do'], ['buy ink']]) },
        { name: 'Validation', data: sheet([HEADER, ...plainRows(3, 'ship')]) },
        { name: 'Old', state: 'hidden', data: sheet([HEADER, ...plainRows(4, 'mask')]) },
      ],
    });
    const { report, folder } = await convert({ 'train.xlsx': book });
    expect(report.rows).toMatchObject({ total: 9, accepted: 9, train: 6, validation: 3 });
    const map = await lineMapOf(folder, 'vertex');
    expect(map.map(({ sheet: name, split }) => `${name} ${split}`)).toEqual([
      ...Array(6).fill('Owls train'),
      ...Array(3).fill('Validation validation'),
    ]);
    const told = (await findingsOf(folder)).filter(({ where }) => where.sheet !== undefined);
    expect(told.map(({ severity, where }) => `${severity} ${where.sheet}`).sort()).toEqual([
      'warning Notes',
      'warning Old',
    ]);
  });
});

describe('the sides of a drop', () => {
  const validation = plainRows(3, 'ship');
  it.each<[string, DropFiles]>([
    [
      'a validation file',
      { 'train.csv': csv([HEADER, ...plainRows(12)]), 'museum-val.csv': csv([HEADER, ...validation]) },
    ],
    [
      'a split column',
      {
        'train.csv': csv([
          [...HEADER, 'split'],
          ...plainRows(12).map((cells) => [...cells, '']),
          ...validation.map((cells) => [...cells, 'validation']),
        ]),
      },
    ],
  ])('are told by %s, and go to the targets that take validation files', async (_what, files) => {
    const { report, folder } = await convert(files, ['openai', 'vertex', 'bedrock']);
    expect(report.rows).toMatchObject({ total: 15, accepted: 15, train: 12, validation: 3 });
    for (const { rows, files: written } of report.targets) {
      expect(rows).toMatchObject({ accepted: 15, excluded: 0 });
      expect(rows.train + rows.validation).toBe(15);
      expect(written['validation'] === undefined).toBe(rows.validation === 0);
    }
    expect(report.targets.map(({ rows }) => rows.validation).slice(0, 2)).toEqual([3, 3]);
    expect(await jsonLines(join(folder, 'openai', 'validation.jsonl'))).toHaveLength(3);
  });

  it('do not take a word within a word for validation', async () => {
    const { report } = await convert({
      'interval.csv': csv([HEADER, ...plainRows(5)]),
      'valley.csv': csv([HEADER, ...plainRows(6, 'b')]),
    });
    expect(report.rows).toMatchObject({ train: 11, validation: 0 });
  });

  it('are chosen by content from 100 rows on, told once, and stay when rows are added before them', async () => {
    const drop = await workspace.drop('museum', { 'train.csv': csv([HEADER, ...plainRows(99)]) });
    const out = await workspace.folder('out');
    const run = () => runSound({ command: 'convert', paths: [drop], out, targets: ['vertex'] });
    expect((await run()).report.rows).toMatchObject({ train: 99, validation: 0 });
    await addFiles(drop, { 'train.csv': csv([HEADER, ...plainRows(150)]) });
    const before = await run();
    expect(before.report.rows.validation).toBeGreaterThan(5);
    expect(before.report.rows.validation).toBeLessThan(30);
    const told = (await findingsOf(before.folder)).filter(({ code }) => code === 'VALIDATION_SPLIT');
    expect(told).toMatchObject([{ severity: 'info', target: null, where: {} }]);
    await addFiles(drop, { 'train.csv': csv([HEADER, ...plainRows(40, 'new owl'), ...plainRows(150)]) });
    const after = await run();
    const sides = async (folder: string) =>
      new Map((await lineMapOf(folder, 'vertex')).map(({ example, split }) => [example, split]));
    const sidesAfter = await sides(after.folder);
    for (const [example, split] of await sides(before.folder)) expect(sidesAfter.get(example)).toBe(split);
  });

  it('are not chosen when the job spec says so', async () => {
    const { report } = await convert({
      'train.csv': csv([HEADER, ...plainRows(120)]),
      'finedrop.yaml': 'validation: {share: 0}\n',
    });
    expect(report.rows).toMatchObject({ train: 120, validation: 0 });
  });
});

describe('names of files', () => {
  it('are found below an only folder, in any case, and in another Unicode form, each time told', async () => {
    const composed = 'caf\u00e9.png';
    const { report, folder } = await convert({
      'train.csv': csv([
        HEADER,
        ['a', 'b', 'OWL.png'],
        ['c', 'd', 'cafe\u0301.png'],
        ['e', 'f', './deep/ship.png'],
        ...plainRows(8),
      ]),
      'owl.png': await picture('png', 1),
      [composed]: await picture('png', 2),
      'deep/ship.png': await picture('png', 3),
    });
    expect(report.rows).toMatchObject({ total: 11, accepted: 11 });
    const told = (await findingsOf(folder)).filter(({ where }) => where.column === 'files');
    expect(told.map(({ where }) => where.row)).toEqual(expect.arrayContaining([1, 2]));
  });
});

describe('a workbook and a table of the same rows', () => {
  it('make the same training file', async () => {
    const rows = [HEADER, ['Which?', '=1+1', 'owl.png'], ['Really?', '0123', ''], ...plainRows(9)];
    const image = await picture('png');
    const [table, book] = await Promise.all([
      convert({ 'train.csv': csv(rows), 'owl.png': image }),
      convert({ 'train.xlsx': await writeXlsx([{ name: 'Sheet1', rows }]), 'owl.png': image }),
    ]);
    const lines = ({ folder }: typeof table) => jsonLines(join(folder, 'vertex', 'train.jsonl'));
    expect(await lines(book)).toEqual(await lines(table));
  });
});
