import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeZip } from '../../lib/formats/zip-write.ts';
import { buildPdf } from '../formats/pdf-builder.ts';
import { frames, noise, photo } from '../media/pictures.ts';
import { findingsOf, jsonLines, lineMapOf } from './results.ts';
import { runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { type DropFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const NOISY_SIDE = 1900;
const COLORS = Array.from({ length: 12 }, (_, index) => [index * 20, 90, 255 - index * 20] as const);
const EXIF = { IFD0: { Make: 'CANARY' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } };

const [FRAMES_ROW, PAGES_ROW, TURNED_ROW, TAGGED_ROW, NOISY_ROW, CMYK_ROW, MANY_ROW] = [1, 2, 3, 4, 5, 6, 7];
const ROWS = 7 + 12;

async function drop(spec: string): Promise<DropFiles> {
  const archive = [
    { name: 'walk.gif', bytes: await frames(32, COLORS).gif().toBuffer() },
    { name: 'guide.pdf', bytes: buildPdf({ pages: 5, text: 'A guide' }) },
    {
      name: 'turned.jpg',
      bytes: await photo(90, 60).withExif(EXIF).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    },
    { name: 'tagged.jpg', bytes: await photo(90, 60, 2).withExif(EXIF).jpeg().toBuffer() },
    // Noise cannot be packed: a PNG of more than 10,000,000 bytes that no target's useful side makes smaller.
    {
      name: 'noisy.png',
      bytes: await sharp(noise(NOISY_SIDE * NOISY_SIDE * 3), {
        raw: { width: NOISY_SIDE, height: NOISY_SIDE, channels: 3 },
      })
        .png({ compressionLevel: 1 })
        .toBuffer(),
    },
    { name: 'ink.jpg', bytes: await photo(90, 60, 3).toColourspace('cmyk').jpeg().toBuffer() },
  ];
  const rows = [
    ['What moves?', 'A dot.', 'walk.gif'],
    ['What does it say?', 'A guide.', 'guide.pdf'],
    ['What is this?', 'A gradient.', 'turned.jpg'],
    ['And this?', 'Another gradient.', 'tagged.jpg'],
    ['What is to be seen?', 'Nothing.', 'noisy.png'],
    ['Printed?', 'Yes.', 'ink.jpg'],
    ['Are they all the same?', 'They are.', Array(4).fill('walk.gif').join(',')],
    ...plainRows(12),
  ];
  return { 'train.csv': csv([HEADER, ...rows]), 'media.zip': writeZip(archive), 'finedrop.yaml': spec };
}

async function run(spec: string) {
  const path = await workspace.drop('adapted', await drop(spec));
  return runSound({ command: 'run', paths: [path], out: await workspace.folder('out') });
}

type Result = Awaited<ReturnType<typeof run>>;

/** `row code (kind)` of all that was adjusted or refused at a target. */
async function told({ folder }: Result, target: string): Promise<string[]> {
  const findings = (await findingsOf(folder)).filter((one) => one.target === target && one.where.row !== undefined);
  return findings.map(({ where, code, message }) =>
    `${where.row} ${code} ${/\(([a-z-]+)\)/.exec(message)?.[1] ?? ''}`.trim(),
  );
}

/** The images that OpenAI's line of a row carries. */
async function imagesOf({ folder }: Result, row: number): Promise<Buffer[]> {
  const entry = (await lineMapOf(folder, 'openai')).find((one) => one.row === row);
  const line = (await jsonLines(join(folder, 'openai', 'train.jsonl')))[(entry?.line ?? 0) - 1];
  const uris = [...JSON.stringify(line).matchAll(/data:image\/[a-z]+;base64,([^"]+)/g)];
  return uris.map(([, base64]) => Buffer.from(base64 ?? '', 'base64'));
}

const OPTIONS = '{frames: 3, pdfPages: 2}';
const SPEC = `targets: [{provider: openai, adapt: ${OPTIONS}}, {provider: bedrock, adapt: ${OPTIONS}}, vertex]\n`;

describe('a drop that no target takes as it is', () => {
  let result: Result;
  beforeAll(async () => {
    result = await run(SPEC);
  });

  it('is trained by all three', () => {
    expect(result.report.targets.map(({ name, status }) => [name, status])).toEqual([
      ['openai', 'succeeded'],
      ['bedrock', 'succeeded'],
      ['vertex', 'succeeded'],
    ]);
    expect(result.report.rows).toMatchObject({ total: ROWS, accepted: ROWS });
  });

  it('says at each target what was done, and what was too much', async () => {
    expect(await told(result, 'openai')).toEqual([
      `${FRAMES_ROW} ADJUSTED frames-taken`,
      `${FRAMES_ROW} ADJUSTED gif-to-png`,
      `${PAGES_ROW} ADJUSTED pages-rendered`,
      `${PAGES_ROW} PDF_PAGES_LEFT_OUT`,
      `${TURNED_ROW} ADJUSTED metadata-stripped`,
      `${TURNED_ROW} ADJUSTED orientation-baked`,
      `${TAGGED_ROW} ADJUSTED metadata-stripped`,
      `${NOISY_ROW} ADJUSTED recompressed`,
      `${NOISY_ROW} ADJUSTED scaled-down`,
      `${CMYK_ROW} ADJUSTED colors-to-rgb`,
      `${MANY_ROW} TOO_MANY_IMAGES`,
    ]);
    expect(await told(result, 'bedrock')).toEqual(
      (await told(result, 'openai')).filter((one) => !one.endsWith('gif-to-png')),
    );
    expect(await told(result, 'vertex')).toEqual(
      [
        ...[FRAMES_ROW].flatMap((row) => [`${row} ADJUSTED first-frame`, `${row} ADJUSTED gif-to-png`]),
        `${TURNED_ROW} ADJUSTED metadata-stripped`,
        `${TURNED_ROW} ADJUSTED orientation-baked`,
        `${TAGGED_ROW} ADJUSTED metadata-stripped`,
        ...Array(4)
          .fill([`${MANY_ROW} ADJUSTED first-frame`, `${MANY_ROW} ADJUSTED gif-to-png`])
          .flat(),
      ].sort((left, right) => Number(left.split(' ')[0]) - Number(right.split(' ')[0])),
    );
  });

  it('puts frames and pages in their order in the place of the file', async () => {
    const shown = await imagesOf(result, FRAMES_ROW);
    const reds = await Promise.all(shown.map(async (png) => (await sharp(png).stats()).channels[0]?.mean ?? -1));
    expect(reds.map((red) => Math.round(red / 20))).toEqual([0, 4, 8]);
    const pages = await imagesOf(result, PAGES_ROW);
    expect(await Promise.all(pages.map(async (page) => (await sharp(page).metadata()).format))).toEqual(['png', 'png']);
    const lines = JSON.stringify(await jsonLines(join(result.folder, 'bedrock', 'train.jsonl')));
    expect(lines.match(/s3Location/g)).toHaveLength(3 + 2 + 4);
  });

  it('makes pictures upright, plain and small enough', async () => {
    const [turned] = await imagesOf(result, TURNED_ROW);
    expect(await sharp(turned).metadata()).toMatchObject({ width: 60, height: 90, format: 'jpeg' });
    const [noisy] = await imagesOf(result, NOISY_ROW);
    expect(noisy?.length).toBeLessThanOrEqual(10_000_000);
    const [ink] = await imagesOf(result, CMYK_ROW);
    expect(await sharp(ink).metadata()).toMatchObject({ channels: 3, space: 'srgb' });
  });

  it('lets no place or camera reach a provider, in lines or beside them', async () => {
    const images = await Promise.all([TURNED_ROW, TAGGED_ROW].map((row) => imagesOf(result, row)));
    const files = await filesBelow(join(result.folder, '..', '..', '.finedrop', 'simulators'));
    expect(files.length).toBeGreaterThan(3);
    for (const bytes of [...images.flat(), ...files]) expect(bytes.includes('CANARY')).toBe(false);
  });

  it('counts in the report what it did', () => {
    const [openai] = result.report.targets;
    expect(openai?.adjustments).toEqual({
      'colors-to-rgb': 1,
      'frames-taken': 1,
      'gif-to-png': 1,
      'metadata-stripped': 2,
      'orientation-baked': 1,
      'pages-rendered': 1,
      recompressed: 1,
      'scaled-down': 1,
    });
  });

  it('gives the same bytes in another run', async () => {
    const other = await run(SPEC);
    for (const target of ['openai', 'vertex', 'bedrock']) {
      const [before, after] = await Promise.all(
        [result, other].map(({ folder }) => readFile(join(folder, target, 'train.jsonl'))),
      );
      expect(after?.equals(before ?? Buffer.alloc(0))).toBe(true);
    }
  });
});

describe('adapt: a word for the whole drop', () => {
  it('none: leaves out what would have to be changed, and names the switch', async () => {
    const result = await run('targets: [openai]\nadapt: none\n');
    expect(await told(result, 'openai')).toEqual([
      `${FRAMES_ROW} ADAPTATION_OFF gif-to-png`,
      `${PAGES_ROW} MODALITY_UNSUPPORTED`,
      `${NOISY_ROW} ADAPTATION_OFF scaled-down`,
      `${CMYK_ROW} ADAPTATION_OFF colors-to-rgb`,
      `${MANY_ROW} ADAPTATION_OFF gif-to-png`,
    ]);
    const [tagged] = await imagesOf(result, TAGGED_ROW);
    expect(tagged?.includes('CANARY')).toBe(true);
    expect(result.report.targets[0]).toMatchObject({ adjustments: {}, rows: { accepted: ROWS - 5, adjusted: 0 } });
  });

  it('safe: does what keeps the picture, at full size and without loss', async () => {
    const result = await run('targets: [openai]\nadapt: safe\n');
    expect(await told(result, 'openai')).toEqual([
      `${FRAMES_ROW} ADAPTATION_OFF first-frame`,
      `${PAGES_ROW} MODALITY_UNSUPPORTED`,
      `${TURNED_ROW} ADJUSTED metadata-stripped`,
      `${TURNED_ROW} ADJUSTED orientation-baked`,
      `${TAGGED_ROW} ADJUSTED metadata-stripped`,
      `${NOISY_ROW} ADAPTATION_OFF scaled-down`,
      `${CMYK_ROW} ADJUSTED colors-to-rgb`,
      `${MANY_ROW} ADAPTATION_OFF first-frame`,
    ]);
    const [turned] = await imagesOf(result, TURNED_ROW);
    expect(await sharp(turned).metadata()).toMatchObject({ width: 60, height: 90, format: 'png' });
  });

  it('all: is the same job as no word; another level is another', async () => {
    const out = await workspace.folder('out');
    const adopted = async (spec: string) => {
      const files = { 'train.csv': csv([HEADER, ...plainRows(12)]), 'finedrop.yaml': spec };
      const { report } = await runSound({ command: 'run', paths: [await workspace.drop('plain', files)], out });
      return report.targets[0]?.job?.adopted;
    };
    expect(await adopted('targets: [openai]\n')).toBe(false);
    expect(await adopted('targets: [openai]\nadapt: all\n')).toBe(true);
    expect(await adopted('targets: [{provider: openai, adapt: {frames: 1, metadata: strip}}]\n')).toBe(true);
    expect(await adopted('targets: [openai]\nadapt: safe\n')).toBe(false);
  });
});

async function filesBelow(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return Promise.all(entries.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name))));
}
