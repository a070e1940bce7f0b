import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runLocal } from '../../lib/engines/local.ts';
import { explainLocal } from '../../lib/engines/local-explain.ts';
import { shortened } from '../../lib/engines/local-explain-line.ts';
import { writeXlsx } from '../../lib/formats/xlsx-write.ts';
import { GIF_ROW, mixedDrop, VERTEX_ONLY_ROWS } from './mixed-drop.ts';
import { findingsOf, jsonLines, lineMapOf, treeOf } from './results.ts';
import { finedrop } from './running.ts';
import { csv, HEADER } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const TARGETS = ['openai', 'vertex', 'bedrock'];

async function explain(drop: string, row: string, targets: readonly string[] = ['openai']) {
  return explainLocal({ paths: [drop], out: join(dirname(drop), 'out'), targets, row });
}

let mixed: string;
beforeAll(async () => {
  mixed = await workspace.drop('museum', await mixedDrop());
});

describe('finedrop explain', () => {
  it('shows the very line that convert writes, with base64 shortened, and what is said of the row', async () => {
    const { folder } = await runLocal({
      command: 'convert',
      paths: [mixed],
      out: join(dirname(mixed), 'converted'),
      targets: TARGETS,
    });
    const explained = await explain(mixed, `train.csv:${GIF_ROW}`, TARGETS);
    expect(explained).toMatchObject({ dataset: 'museum', file: 'train.csv', row: GIF_ROW, verdict: 'accepted' });
    expect(explained.media).toMatchObject([
      { part: 1, origin: 'archive', name: 'media.zip!pendulum.gif', asset: { mime: 'image/gif', width: 48 } },
    ]);
    const findings = (await findingsOf(folder)).filter(({ where }) => where.row === GIF_ROW);
    for (const target of explained.targets) {
      const entry = (await lineMapOf(folder, target.name)).find(({ row }) => row === GIF_ROW);
      const line = (await jsonLines(join(folder, target.name, 'train.jsonl')))[(entry?.line ?? 0) - 1];
      expect(target).toMatchObject({ verdict: 'accepted', split: 'train', adjustments: entry?.adjustments ?? [] });
      expect(target.findings).toEqual(findings.filter((finding) => finding.target === target.name));
      expect(target.tokens).toBeGreaterThan(0);
      expect(withoutPlaces(target.line)).toBe(withoutPlaces(shortened(line)));
      if (target.name === 'openai') expect(target.bytes).toBe(JSON.stringify(line).length + 1);
    }
    expect(explained.targets.map(({ name }) => name)).toEqual(TARGETS);
    expect(JSON.stringify(explained)).toMatch(/data:image\/png;base64,[A-Za-z0-9+/]{24}… \(\d+ bytes\)/);
  });

  it('says which targets take a row, and why others do not', async () => {
    const { verdict, targets } = await explain(mixed, `train.csv:${VERTEX_ONLY_ROWS[0]}`, TARGETS);
    expect(verdict).toBe('accepted');
    expect(targets.map((target) => [target.name, target.verdict, target.line === null])).toEqual([
      ['openai', 'excluded', true],
      ['vertex', 'accepted', false],
      ['bedrock', 'excluded', true],
    ]);
    expect(targets[0]?.findings).toMatchObject([{ code: 'MODALITY_UNSUPPORTED', target: 'openai' }]);
  });

  it('says why a row is refused, also where the run ends before rows are judged', async () => {
    const rows = csv([HEADER, ['What?', 'That.', 'missing.png'], ['What?', '', '']]);
    const waiting = await workspace.drop('waiting', { 'train.csv': rows });
    const unjudged = await explain(waiting, 'train.csv:1');
    expect(unjudged).toMatchObject({
      verdict: 'unjudged',
      run: { status: 'waiting', message: expect.stringContaining('1 file that rows name has not arrived') },
      targets: [],
      findings: [{ code: 'MEDIA_MISSING' }],
    });
    const refused = await workspace.drop('refused', { 'train.csv': csv([HEADER, ['a', 'b', ''], ['What?', '', '']]) });
    const { verdict, example, findings, targets } = await explain(refused, 'train.csv:2');
    expect({ verdict, example, targets }).toEqual({ verdict: 'rejected', example: null, targets: [] });
    expect(findings).toMatchObject([{ code: 'COMPLETION_EMPTY', where: { row: 2 } }]);
  });

  it('tells what comparing the row with others has found', async () => {
    const drop = await workspace.drop('twice', { 'train.csv': csv([HEADER, ['a', 'b', ''], ['a', 'b', '']]) });
    const { findings } = await explain(drop, 'train.csv:2');
    expect(findings).toMatchObject([{ code: 'ROW_DUPLICATE', where: { file: 'train.csv', row: 2 } }]);
  });

  it('takes chats, sheets by name, and a workbook’s only sheet', async () => {
    const header = ['prompt', 'completion'];
    const sheets = ['Alpha', 'Beta'].map((name) => ({ name, rows: [header, [`What is ${name}?`, 'That.']] }));
    const chat = [
      { role: 'user', content: 'What is a chat?' },
      { role: 'assistant', content: 'That.' },
    ];
    const drop = await workspace.drop('books', {
      'book.xlsx': await writeXlsx(sheets),
      'single.xlsx': await writeXlsx(sheets.slice(1)),
      'more/chats.jsonl': `${JSON.stringify(chat)}\n`,
    });
    const asked = async (row: string) => JSON.stringify((await explain(drop, row)).example?.messages[0]);
    expect(await asked('book.xlsx/Beta:1')).toContain('What is Beta?');
    expect(await asked('book.xlsx!Alpha:1')).toContain('What is Alpha?');
    expect(await asked('single.xlsx:1')).toContain('What is Beta?');
    expect(await asked('more/chats.jsonl:1')).toContain('What is a chat?');
    await expect(explain(drop, 'book.xlsx:1')).rejects.toThrow('name one, as in --row "book.xlsx/Alpha:1"');
    await expect(explain(drop, 'book.xlsx/Betta:1')).rejects.toThrow('Did you mean "Beta"?');
    await expect(explain(drop, 'book.xlsx/Beta:2')).rejects.toThrow(
      'sheet "Beta" of "book.xlsx" has one row: there is no row 2.',
    );
  });

  it.each([
    ['train.csv:18', '"train.csv" has 17 rows: there is no row 18. The first row below the header is 1.'],
    ['tain.csv:1', 'the drop has no dataset file "tain.csv". Did you mean "train.csv"? It has "train.csv".'],
    ['train.csv', '"train.csv" names no row. Write --row train.csv:17'],
    ['train.csv:0', '"train.csv:0" names no row.'],
  ])('says what is wrong with --row %s', async (row, message) => {
    await expect(explain(mixed, row)).rejects.toThrow(message);
  });

  it('says why nothing was read', async () => {
    const drop = await workspace.drop('spoilt', { 'train.csv': csv([HEADER]), 'finedrop.yaml': 'targts: []\n' });
    await expect(explain(drop, 'train.csv:1')).rejects.toThrow('the rows of the drop were not read: ');
  });

  it('leaves the results of other runs out of the drop', async () => {
    const rows = csv([HEADER, ['a', 'b', '']]);
    const drop = await workspace.drop('inner', { 'train.csv': rows, 'results/stray.csv': rows });
    const asked = { paths: [drop], out: join(drop, 'results'), targets: ['openai'], row: 'results/stray.csv:1' };
    await expect(explainLocal(asked)).rejects.toThrow('the drop has no dataset file "results/stray.csv"');
  });

  it('prints JSON, and leaves nothing behind', async () => {
    const drop = await workspace.drop('clean', { 'train.csv': csv([HEADER, ['a', 'b', ''], ['c', 'd', '']]) });
    const before = await treeOf(drop);
    const temporary = await workspace.folder('temporary');
    const words = ['explain', '.', '--row', 'train.csv:2', '--json', '--target', 'openai'];
    const ended = await finedrop(words, { cwd: drop, env: { TMPDIR: temporary } });
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      dataset: 'clean',
      file: 'train.csv',
      row: 2,
      verdict: 'accepted',
    });
    expect(await treeOf(drop)).toEqual(before);
    expect((await readdir(temporary)).filter((name) => name.startsWith('finedrop'))).toEqual([]);
  });

  it('asks for the row with an example', async () => {
    const { code, stderr } = await finedrop(['explain', mixed]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'finedrop: name the row: finedrop explain museum --row train.csv:17.\n',
    });
  });
});

/** Media lie elsewhere for who uploads them himself. */
function withoutPlaces(line: unknown): string {
  return JSON.stringify(line).replace(/"(?:gs|s3):\/\/[^"]*\/([^"/]+)"/g, '"$1"');
}
