import { crc32, deflateSync } from 'node:zlib';
import { PagesUndrawableError, renderPages } from '../../lib/media/render-pages.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { picture, recording } from '../e2e/media.ts';
import { operatorOf } from '../factories.ts';
import { silentFrame } from '../formats/mp3-builder.ts';
import { buildPdf } from '../formats/pdf-builder.ts';
import { photo } from '../media/pictures.ts';
import { dropped, proveExamples, type Told, type WrongDrop } from './told.ts';

const MEBIBYTE = 1024 ** 2;
const PAGE = '<!DOCTYPE html><html><body>Please log in</body></html>';

/** A row for each file. */
function rowsOf(files: WrongDrop['files'], change: Partial<WrongDrop> = {}): WrongDrop {
  const rows = Object.keys(files).map((name) => `What is in ${name}?,An owl.,${name}`);
  return {
    ...change,
    files: { 'train.csv': `prompt,completion,files\n${rows.join('\n')}\n`, ...files, ...change.files },
  };
}

proveExamples('media', [
  dropped(async () =>
    rowsOf({
      'empty.png': '',
      'owl.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'owl.jpg': await picture('png'),
      'login.png': PAGE,
      'pointer.png': 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n',
      'cut.png': (await picture('png')).subarray(0, -20),
      'broken.png': brokenPng(48, 48),
      'pixels.png': brokenPng(60_000, 60_000),
      'spots.jpg': await spottedJpeg(),
      'glued.jpg': Buffer.concat([await picture('jpeg'), Buffer.from('PK\x03\x04')]),
    }),
  ),
  dropped(() =>
    rowsOf({
      'junk.mp3': Buffer.concat([recording(), Buffer.alloc(999, 1), recording()]),
      'short.mp3': Buffer.concat([promisingFrame(1000), recording()]),
      'cut.mp3': recording().subarray(0, -10),
      'secret.pdf': buildPdf({ pages: 1, userPassword: 'secret' }),
      'blank.pdf': buildPdf({ pages: 0 }),
      'cut.pdf': withoutEnd(buildPdf({ pages: 3 })),
      'script.pdf': buildPdf({ pages: 1, catalog: '/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>' }),
      'latin.txt': Buffer.from('M\xfcnchen', 'latin1'),
      'blank.txt': ' \n',
      'page.txt': PAGE,
      'nul.txt': Buffer.from('\ufeffAn owl.\0', 'utf16le'),
    }),
  ),
  dropped(() =>
    rowsOf(
      { 'long.pdf': buildPdf({ pages: 5 }) },
      {
        files: { 'finedrop.yaml': 'targets: [{provider: openai, adapt: {pdfPages: 2}}]\n' },
        request: { targets: undefined },
      },
    ),
  ),
  dropped(() => ({
    files: { 'train.csv': 'prompt,completion,files\nWhat is it?,An owl.,s3://my-photos/owl.png\n' },
    change: { operator: operatorOf({ objectBuckets: ['my-photos'] }), objects: async () => endless() },
  })),
  undrawable,
]);

function chunk(type: string, body: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type), body]);
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(body.length);
  sizes.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([sizes.subarray(0, 4), typed, sizes.subarray(4)]);
}

/** A PNG whose parts are whole, and whose picture is not. */
function brokenPng(width: number, height: number): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(100))), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

/** A JPEG with spots, behind which decoders go on. */
async function spottedJpeg(): Promise<Buffer> {
  const bytes = await photo(200, 200).jpeg().toBuffer();
  for (const share of [0.3, 0.6]) {
    const at = Math.floor(bytes.length * share);
    bytes.fill(0xaa, at, at + 30);
  }
  return bytes;
}

/** The first frame of a recording that is to have so many. */
function promisingFrame(frames: number): Buffer {
  const frame = silentFrame(32);
  frame.write('Xing', 36, 'latin1');
  frame.writeUInt32BE(1, 40);
  frame.writeUInt32BE(frames, 44);
  return frame;
}

function withoutEnd(pdf: Buffer): Buffer {
  return pdf.subarray(0, pdf.lastIndexOf('%%EOF'));
}

/** What opens as a PDF and cannot be drawn takes half a minute, or as much memory as there is: here it does not even open. */
async function undrawable(): Promise<readonly Told[]> {
  try {
    for await (const _page of renderPages(Buffer.from('%PDF-1.4 nothing'), { pages: 1, maxSide: 200 }));
    return [];
  } catch (error) {
    if (error instanceof PagesUndrawableError) return [error.issue];
    throw error;
  }
}

function endless(): ReturnType<typeof memoryStore> {
  return {
    ...memoryStore(),
    read: async function* () {
      const bytes = Buffer.alloc(MEBIBYTE);
      for (;;) yield bytes;
    },
  };
}
