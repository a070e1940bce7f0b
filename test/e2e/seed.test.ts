import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportSchema } from '../../lib/domain/report.ts';
import { writeZip } from '../../lib/formats/zip-write.ts';
import { pdfDocument, picture, recording } from './media.ts';
import { findingsOf, jsonLines, lockOf } from './results.ts';
import { finedrop, runSound } from './running.ts';
import { csv } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const served = createServer((_request, response) => {
  void picture('png', 3).then((bytes) => response.setHeader('content-type', 'image/png').end(bytes));
});
let links: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
  links = `127.0.0.1:${(served.address() as AddressInfo).port}`;
});
afterAll(() => void served.close());

/** The guide's table, with a picture where it says {base64_image} and links to a server that exists. */
async function guideTable(): Promise<string> {
  const image = (await picture('jpeg', 4)).toString('base64');
  return csv([
    ['prompt', 'completion', 'files'],
    ['Describe the given image', 'drawing in black and white of Egypt pyramids with the caption "PYRAMID"', '0.png'],
    [
      'Describe the given images',
      'drawing of a man with a telescope looking at stars with the title "GALILEO" and picture of a black and white owl with yellow eyes and title "MODERN BIOLOGY"',
      '1.png,2.png',
    ],
    ['Describe the given image', 'image of blue background with the title "MODERN PHYSICS"', `http://${links}/3.png`],
    [
      'Describe the given image',
      'image of blue chemical elements with the title "MODERN CHEMISTRY"',
      `data:image/jpeg;base64,${image}`,
    ],
  ]);
}

async function guideArchive(): Promise<Uint8Array> {
  const pictures = await Promise.all([0, 1, 2].map((shade) => picture('png', shade)));
  return writeZip(pictures.map((bytes, index) => ({ name: `${index}.png`, bytes })));
}

/** A chat as the guide prints it: over many lines, with a comma behind every last element. */
function printedChat(question: string, urls: readonly string[], answer: string): string {
  const images = urls.map(
    (url) => `            {
                "type": "image_url",
                "image_url": {"url": "${url}"},
            },
`,
  );
  return `[
    {
        "role": "user",
        "content": [
            {
                "type": "text",
                "text": "${question}",
            },
${images.join('')}        ],
    },
    {
        "role": "assistant",
        "content": [
            {
                "type": "text",
                "text": "${answer}",
            },
        ],
    }
]
`;
}

interface GeminiLine {
  contents: { role: string; parts: { text?: string; fileData?: { mimeType: string; fileUri: string } }[] }[];
}

async function convertedLines(drop: string, allowHosts: string[] = []): Promise<GeminiLine[]> {
  const out = await workspace.folder('out');
  const { report, folder } = await runSound({
    command: 'convert',
    paths: [drop],
    out,
    targets: ['vertex'],
    allowHosts,
  });
  expect(report.rows.rejected).toBe(0);
  return (await jsonLines(join(folder, 'vertex', 'train.jsonl'))) as GeminiLine[];
}

const shapeOf = (line: GeminiLine | undefined) =>
  line?.contents.map(({ role, parts }) => [role, ...parts.map(({ text, fileData }) => text ?? fileData?.mimeType)]);

describe("the guide's table", () => {
  it('is accepted whole by check, each cell read as the references that it means', async () => {
    const drop = await workspace.drop('guide', { 'train.csv': await guideTable(), 'media.zip': await guideArchive() });
    const out = await workspace.folder('out');
    const words = ['check', drop, '--out', out, '--json', '--target', 'vertex', '--allow-host', links];
    const { code, stdout, stderr } = await finedrop(words);
    const report = reportSchema.parse(JSON.parse(stdout));
    expect({ code, status: report.status, rows: report.rows }).toEqual({
      code: 0,
      status: 'completed',
      rows: { total: 4, accepted: 4, rejected: 0, train: 4, validation: 0 },
    });
    expect(stderr).not.toContain('{');
    const { references } = await lockOf(join(out, 'guide', report.run));
    expect(references.map(({ row, part, origin, name }) => [row, part, origin, name])).toEqual([
      [1, 1, 'archive', 'media.zip!0.png'],
      [2, 1, 'archive', 'media.zip!1.png'],
      [2, 2, 'archive', 'media.zip!2.png'],
      [3, 1, 'link', `http://${links}/3.png`],
      [4, 1, 'data-uri', expect.stringContaining('image/jpeg')],
    ]);
  });

  it('becomes one question with its files and one answer a row', async () => {
    const drop = await workspace.drop('guide', { 'train.csv': await guideTable(), 'media.zip': await guideArchive() });
    const lines = await convertedLines(drop, [links]);
    expect(shapeOf(lines[1])).toEqual([
      ['user', 'Describe the given images', 'image/png', 'image/png'],
      ['model', expect.stringMatching(/^drawing of a man .* "GALILEO" .* "MODERN BIOLOGY"$/)],
    ]);
    expect(shapeOf(lines[3])?.[0]).toEqual(['user', 'Describe the given image', 'image/jpeg']);
  });

  it('is read from a workbook as well', async () => {
    const { writeXlsx } = await import('../../lib/formats/xlsx.ts');
    const rows = [
      ['prompt', 'completion', 'files'],
      ['Describe the given image', 'drawing of "PYRAMID"', '0.png'],
      ['Describe the given images', '"GALILEO" and "MODERN BIOLOGY"', '1.png,2.png'],
    ];
    const book = await writeXlsx([{ name: 'Sheet1', rows }]);
    const drop = await workspace.drop('guide', { 'train.xlsx': book, 'media.zip': await guideArchive() });
    const lines = await convertedLines(drop);
    expect(shapeOf(lines[1])?.[0]).toEqual(['user', 'Describe the given images', 'image/png', 'image/png']);
  });
});

describe("the guide's chats", () => {
  const describeAll =
    "First one is a image of blue chemical elements with the title 'MODERN CHEMISTRY'. Second one is a image of blue background with the title 'MODERN PHYSICS' and the third one is a drawing of a man with a telescope looking at stars with the title 'GALILEO'";

  async function guideChats(): Promise<string> {
    const image = `data:image/jpeg;base64,${(await picture('jpeg', 4)).toString('base64')}`;
    const pdf = `data:application/pdf;base64,${pdfDocument('a table').toString('base64')}`;
    return [
      printedChat('What is in this image?', [image], 'The image is a image of blue chemical elements'),
      printedChat(
        'Explain the given images one by one',
        [image, `http://${links}/3.png`, `http://${links}/1.png`],
        describeAll,
      ),
      printedChat('Extract the table from the given pdf', [pdf], 'The table is as follows:\\n a | b'),
    ].join('');
  }

  it('are read as printed, over many lines and with their trailing commas, which are told', async () => {
    const drop = await workspace.drop('guide', { 'chats.jsonl': await guideChats() });
    const out = await workspace.folder('out');
    const { report, folder, exit } = await runSound({
      command: 'check',
      paths: [drop],
      out,
      targets: ['vertex'],
      allowHosts: [links],
    });
    expect({ exit, rows: report.rows }).toMatchObject({ exit: 0, rows: { total: 3, accepted: 3, rejected: 0 } });
    const findings = await findingsOf(folder);
    expect(findings.map(({ severity }) => severity)).not.toContain('error');
    for (const row of [1, 2, 3])
      expect(findings.filter(({ where }) => where.row === row).map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/comma/),
      );
    const { references } = await lockOf(folder);
    expect(references.map(({ row, part, origin }) => `${row}.${part} ${origin}`)).toEqual([
      '1.1 data-uri',
      '2.1 data-uri',
      '2.2 link',
      '2.3 link',
      '3.1 data-uri',
    ]);
  });

  it('keep their words, the order of their files, and documents given as image_url', async () => {
    const lines = await convertedLines(await workspace.drop('guide', { 'chats.jsonl': await guideChats() }), [links]);
    expect(lines.map(shapeOf)).toEqual([
      [
        ['user', 'What is in this image?', 'image/jpeg'],
        ['model', 'The image is a image of blue chemical elements'],
      ],
      [
        ['user', 'Explain the given images one by one', 'image/jpeg', 'image/png', 'image/png'],
        ['model', describeAll],
      ],
      [
        ['user', 'Extract the table from the given pdf', 'application/pdf'],
        ['model', 'The table is as follows:\n a | b'],
      ],
    ]);
  });

  it('may be one chat a line, as JSONL files are', async () => {
    const printed = (await guideChats()).replaceAll(/\n\s*/g, ' ').replaceAll('] [', ']\n[');
    const drop = await workspace.drop('guide', { 'chats.jsonl': printed });
    expect(await convertedLines(drop, [links])).toHaveLength(3);
  });
});

describe("the guide's file types", () => {
  it('are taken from an archive under every ending and as data URIs under every type it names', async () => {
    const [png, jpeg, webp, gif] = await Promise.all(
      (['png', 'jpeg', 'webp', 'gif'] as const).map((format) => picture(format)),
    );
    const contents: Record<string, Uint8Array> = {
      'a.png': png ?? Buffer.alloc(0),
      'a.jpeg': jpeg ?? Buffer.alloc(0),
      'a.jpg': jpeg ?? Buffer.alloc(0),
      'a.webp': webp ?? Buffer.alloc(0),
      'a.gif': gif ?? Buffer.alloc(0),
      'a.mp3': recording(),
      'a.pdf': pdfDocument('hello'),
      'a.txt': Buffer.from('A label.'),
    };
    const types = {
      'image/png': 'a.png',
      'image/jpeg': 'a.jpeg',
      'image/jpg': 'a.jpg',
      'image/webp': 'a.webp',
      'image/gif': 'a.gif',
      'audio/mpeg': 'a.mp3',
      'audio/mp3': 'a.mp3',
      'application/pdf': 'a.pdf',
      'text/plain': 'a.txt',
    };
    const uri = (type: string, name: string) =>
      `data:${type};base64,${Buffer.from(contents[name] ?? []).toString('base64')}`;
    const rows = [
      ...Object.keys(contents).map((name) => [`What is ${name}?`, 'A file.', name]),
      ...Object.entries(types).map(([type, name]) => [`What is ${type}?`, 'A file.', uri(type, name)]),
    ];
    const drop = await workspace.drop('types', {
      'train.csv': csv([['prompt', 'completion', 'files'], ...rows]),
      'media.zip': writeZip(Object.entries(contents).map(([name, bytes]) => ({ name, bytes }))),
    });
    const out = await workspace.folder('out');
    const { report, folder } = await runSound({ command: 'check', paths: [drop], out, targets: ['vertex'] });
    expect(report.rows).toMatchObject({ total: 17, accepted: 17 });
    expect(report.targets[0]).toMatchObject({ status: 'accepted', rows: { accepted: 17, excluded: 0 } });
    const told = (await findingsOf(folder)).filter(
      ({ severity, where }) => severity !== 'info' && where.row !== undefined,
    );
    expect(told).toEqual([]);
    expect(await readFile(join(folder, 'lock.json'), 'utf8')).toContain('audio/mpeg');
  });
});
