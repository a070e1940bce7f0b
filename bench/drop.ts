import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArchiveFile, writeArchive } from './archive.ts';
import { makeBaseImages, numberedCopy } from './images.ts';

/** A generated drop: an archive that all targets share, and a table for each. */
export interface BenchDrop {
  folder: string;
  archive: string;
  /** Bytes of the images alone. */
  mediaBytes: number;
  images: number;
  tables: ReadonlyMap<string, { path: string; rows: number }>;
  specs: Readonly<Record<Verify, string>>;
}

export type Verify = 'structure' | 'decode';

/** Every nth row has a cell with quotes, a comma and a line break, so that no reader gets by with `split(',')`. */
const AWKWARD_EVERY = 7;

export interface DropSize {
  images: number;
  rows: number;
  /** At most; 1 by default. */
  imagesPerRow?: number;
  targets: readonly string[];
}

/** Writes the drop: `images` distinct JPEG files, and for each target as many rows as it takes, each image in one row. */
export async function makeDrop(
  folder: string,
  { images, rows, imagesPerRow = 1, targets }: DropSize,
): Promise<BenchDrop> {
  await mkdir(folder, { recursive: true });
  const archive = join(folder, 'media.zip');
  const mediaBytes = await writeArchive(archive, files(await makeBaseImages(), images));
  const tables = new Map<string, { path: string; rows: number }>();
  for (const target of targets) {
    // Bedrock's quota is 20,000 rows; of OpenAI's rows 50,000 may have images, the others are text.
    const count = target === 'bedrock' ? Math.min(images, 20_000) : rows;
    const path = join(folder, `${target}.csv`);
    await writeFile(path, tableLines(count, Math.min(count * imagesPerRow, images)));
    tables.set(target, { path, rows: count });
  }
  return { folder, archive, mediaBytes, images, tables, specs: await writeSpecs(folder) };
}

function* files(bases: readonly Buffer[], images: number): Generator<ArchiveFile> {
  for (let number = 0; number < images; number += 1) {
    const base = bases[number % bases.length] ?? Buffer.alloc(0);
    yield { name: imageName(number), pieces: numberedCopy(base, number) };
  }
}

function imageName(number: number): string {
  return `photos/photo-${String(number).padStart(5, '0')}.jpg`;
}

/** The images are spread evenly among the rows. */
function* tableLines(rows: number, images: number): Generator<string> {
  yield 'prompt,completion,files\n';
  let named = 0;
  for (let row = 0; row < rows; row += 1) {
    const until = Math.floor(((row + 1) * images) / rows);
    const names = Array.from({ length: until - named }, (_, index) => imageName(named + index));
    yield tableLine(row, names.join('; '));
    named = until;
  }
}

function tableLine(row: number, files: string): string {
  const what = files === '' ? 'the visitor in hall' : 'the photograph from hall';
  const prompt = `Describe ${what} ${row % 97} in two sentences, and say which of the ${row} notes in the catalogue mention it.`;
  const completion =
    row % AWKWARD_EVERY === 0
      ? `"The label says ""hall ${row % 97}"", and the colours run from blue to amber.\nNote ${row} mentions it."`
      : `It shows a soft gradient from blue to amber with a fine grain. Note ${row} of the catalogue mentions it twice.`;
  return `${row % 2 === 0 ? `"${prompt}"` : `"${prompt} Be brief."`},${completion},${files}\n`;
}

async function writeSpecs(folder: string): Promise<Record<Verify, string>> {
  const write = async (verify: Verify): Promise<string> => {
    const path = join(folder, `${verify}.finedrop.json`);
    // No side is split off: both programs write one file.
    await writeFile(
      path,
      JSON.stringify({ policy: { maxRejected: 0 }, validation: { share: 0 }, media: { verify } }, null, 2),
    );
    return path;
  };
  return { structure: await write('structure'), decode: await write('decode') };
}
