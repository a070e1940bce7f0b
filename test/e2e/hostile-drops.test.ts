import { mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeZip } from '../../lib/formats/zip-write.ts';
import { buildZip } from '../formats/zip-builder.ts';
import { picture } from './media.ts';
import { findingsOf, jsonLines, lineMapOf, lockOf } from './results.ts';
import { runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { type DropFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const rows = plainRows(10);
const sound: DropFiles = { 'train.csv': csv([HEADER, ...rows]) };

const check = async (drop: string, out?: string) =>
  runSound({ command: 'check', paths: [drop], out: out ?? (await workspace.folder('out')), targets: ['vertex'] });

describe('names of drops', () => {
  it.each([
    'my owls',
    'Été 画像 🦉',
    '100%',
    '50%25 off',
    '%2e%2e',
    'a"b\'c<d>&e',
    'latest.json',
    '-rf',
    '__proto__',
    'x'.repeat(120),
  ])('may be %j', async (name) => {
    const out = await workspace.folder('out');
    const { report, folder } = await check(await workspace.drop(name, sound), out);
    expect(report).toMatchObject({ dataset: name, status: 'completed' });
    expect((await stat(join(folder, 'report.html'))).isFile()).toBe(true);
    // Nothing lies beside the results.
    expect(await readdir(dirname(out))).toEqual(['out']);
  });

  it('are told apart from finedrop’s own folders', async () => {
    const { report } = await check(await workspace.drop('.finedrop', sound));
    expect(report).toMatchObject({ dataset: 'finedrop', status: 'completed' });
  });
});

describe('names of files', () => {
  it('that programs stumble over are names like others', async () => {
    const names = [
      '__proto__.png',
      'constructor',
      'toString.png',
      'a b%20c.png',
      'ü.png',
      '-.png',
      "it's.png",
      'x;y.png',
    ];
    const pictures = await Promise.all(names.map((_, shade) => picture('png', shade)));
    const drop = await workspace.drop('names', {
      'train.csv': csv([HEADER, ...names.map((name) => ['Which?', `This: ${name}.`, name]), ...rows]),
      'media.zip': writeZip(names.map((name, index) => ({ name, bytes: pictures[index] ?? Buffer.alloc(0) }))),
    });
    const { report, folder } = await check(drop);
    expect(report.rows).toMatchObject({ total: 18, accepted: 18 });
    expect((await lockOf(folder)).references.map(({ name }) => name)).toEqual(names.map((name) => `media.zip!${name}`));
    expect(new Set((await lockOf(folder)).references.map(({ sha256 }) => sha256)).size).toBe(names.length);
  });

  it('that lead out of an archive are refused, and nothing is written there', async () => {
    const bytes = await picture('png');
    const drop = await workspace.drop('escape', {
      'train.csv': csv([HEADER, ['Which?', 'This.', '../../evil.png'], ['Which?', 'That.', 'owl.png'], ...rows]),
      'media.zip': buildZip([
        { name: '../../evil.png', bytes },
        { name: 'owl.png', bytes: await picture('png', 1) },
      ]),
    });
    const { report, folder } = await check(drop);
    expect(report.rows).toMatchObject({ total: 12, accepted: 11, rejected: 1 });
    const errors = (await findingsOf(folder)).filter(
      ({ severity, where }) => severity === 'error' && where.row !== undefined,
    );
    expect(errors.map(({ where }) => where.row)).toEqual([1]);
  });

  it('that are links to other places of the machine are not part of a drop', async () => {
    const drop = await workspace.drop('linked', {
      'train.csv': csv([HEADER, ['Who?', 'I.', 'passwd.txt'], ...rows]),
      'media.zip': writeZip([]),
    });
    await symlink('/etc/passwd', join(drop, 'passwd.txt'));
    const { report, folder } = await check(drop);
    expect(report.rows).toMatchObject({ accepted: 10, rejected: 1 });
    expect((await findingsOf(folder)).map(({ code }) => code)).toContain('MEDIA_MISSING');
  });

  it('may belong to folders', async () => {
    const drop = await workspace.drop('folders', { 'x.csv/train.csv': csv([HEADER, ...rows]) });
    await mkdir(join(drop, 'empty.csv'));
    const { report, folder } = await check(drop);
    expect(report).toMatchObject({ status: 'completed', rows: { total: 10 } });
    expect(report.inputs.map(({ key }) => key)).toEqual(['folders/x.csv/train.csv']);
    expect(await findingsOf(folder)).not.toContainEqual(expect.objectContaining({ severity: 'error' }));
  });
});

describe('contents', () => {
  it('of prompts and names are text in the report page, never markup', async () => {
    const markup = '<script>alert(1)</script><img src=x onerror=alert(2)>';
    const drop = await workspace.drop('<b>page', {
      'train.csv': csv([
        HEADER,
        [markup, markup, ''],
        [markup, '', ''],
        ['Which?', 'This.', '<img src=y>.png'],
        ...rows,
      ]),
      'finedrop.yaml': 'policy: {maxRejected: 2}\n',
      'media.zip': writeZip([]),
    });
    const { folder } = await check(drop);
    const page = await readFile(join(folder, 'report.html'), 'utf8');
    expect(page).not.toMatch(/<script>alert|<img src=[xy]|<b>page/);
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).toMatch(/Content-Security-Policy[^>]*default-src 'none'/);
    expect(page).not.toMatch(/(?:src|href)="https?:/);
  });

  it.each<[string, DropFiles, RegExp]>([
    ['an empty table', { 'train.csv': '' }, /"train\.csv" is empty \(0 bytes\)/],
    ['a table of blanks', { 'train.csv': '\r\n\r\n  \r\n' }, /header/],
    ['a table of zeros', { 'train.csv': Buffer.alloc(5000) }, /\w{4}/],
    ['a picture called a table', { 'train.csv': Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex') }, /\w{4}/],
    ['a broken archive', { ...sound, 'media.zip': 'PK\u0003\u0004 not really' }, /media\.zip/],
    ['an empty archive', { ...sound, 'media.zip': '' }, /media\.zip/],
    ['a broken workbook', { 'train.xlsx': 'not a workbook' }, /train\.xlsx/],
    ['an old workbook', { 'train.xls': Buffer.from('d0cf11e0a1b11ae1', 'hex') }, /old Excel format/],
    ['two job specs', { ...sound, 'finedrop.yaml': '', 'finedrop.json': '{}' }, /several job specs/],
    ['a job spec that unfolds', { ...sound, 'finedrop.yaml': billionLaughs() }, /job spec/],
    ['a header of one name twice', { 'train.csv': 'prompt,prompt,completion\na,b,c\n' }, /prompt/],
  ])('of a drop that is %s are refused with a sentence that says so', async (_what, files, message) => {
    const { report, exit } = await check(await workspace.drop('broken', files));
    expect({ exit, status: report.status }).toEqual({ exit: 2, status: 'rejected' });
    expect(report.message).toMatch(message);
  });

  it('with keys of objects themselves are refused or read, and change nothing else', async () => {
    const chats = [
      '{"__proto__": {"messages": 1}, "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}',
      '{"constructor": {"prototype": {"polluted": true}}, "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}',
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
      '{"messages": [{"role": "user", "content": "sound"}, {"role": "assistant", "content": "yes"}]}',
    ];
    const { report, folder } = await check(
      await workspace.drop('keys', { 'chats.jsonl': chats.map((line) => `${line}\n`).join('') }),
    );
    expect(report.rows.total).toBe(4);
    expect(report.rows.accepted).toBeGreaterThanOrEqual(1);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const rejected = await jsonLines(join(folder, 'rejected', 'chats.rejected.jsonl'));
    expect(rejected).toHaveLength(report.rows.rejected);
  });
});

describe('job specs', () => {
  it.each(['report.json', 'rejected', 'status.json', 'lock.json'])(
    'cannot call a target %j, which is the name of a result',
    async (name) => {
      const spec = `targets: [{provider: vertex, name: ${name}}]\n`;
      const drop = await workspace.drop('named', { ...sound, 'finedrop.yaml': spec });
      const { report, exit } = await runSound({
        command: 'convert',
        paths: [drop],
        out: await workspace.folder('out'),
      });
      expect({ exit, status: report.status }).toEqual({ exit: 2, status: 'rejected' });
      expect(report.message).toMatch(/"targets\.0\.name".*results/);
    },
  );

  it('name targets as they like otherwise, and one provider twice', async () => {
    const spec =
      'targets:\n  - {provider: vertex, name: Big-One}\n  - bedrock\n  - "bedrock:amazon.nova-pro-v1:0:300k"\n';
    const drop = await workspace.drop('named', { ...sound, 'finedrop.yaml': spec });
    const { report, folder } = await runSound({
      command: 'convert',
      paths: [drop],
      out: await workspace.folder('out'),
    });
    expect(report.targets.map(({ name }) => name)).toEqual([
      'Big-One',
      'bedrock-amazon.nova-lite-v1-0-300k',
      'bedrock-amazon.nova-pro-v1-0-300k',
    ]);
    for (const { name } of report.targets) expect(await lineMapOf(folder, name)).toHaveLength(10);
  });
});

/** A few lines of YAML that would unfold into a billion words. */
function billionLaughs(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (let letter = 1; letter < 9; letter += 1) {
    const [name, before] = [String.fromCharCode(97 + letter), String.fromCharCode(96 + letter)];
    lines.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`);
  }
  return lines.join('\n');
}
