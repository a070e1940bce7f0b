import { parseArgs } from 'node:util';

/** What a benchmark run is asked to do; counts are rows and files, not bytes. */
export interface BenchOptions {
  images: number;
  /** Rows for OpenAI, which takes text rows beside those with images; Bedrock gets one row an image. */
  rows: number;
  /** Where the generated data go; a temporary folder when null. */
  dir: string | null;
  keep: boolean;
  targets: readonly string[];
}

/** Bedrock's quota for rows, and so the most images that both targets can be measured with. */
const FULL = { images: 20_000, rows: 100_000 };
const SMALL = { images: 1000, rows: 5000 };
export const TARGETS = ['openai', 'bedrock'] as const;

const USAGE = `npm run bench -- [--small] [--images N] [--rows N] [--target openai|bedrock] [--dir FOLDER] [--keep]

  --small     ${SMALL.images} images (100 MB) and ${SMALL.rows} rows instead of ${FULL.images} (2 GB) and ${FULL.rows}
  --images N  how many images of about 100 KB; the archive stays below 4 GiB, so at most 40000 (bedrock: 20000)
  --rows N    CSV rows for openai, at least as many as images
  --target    measure only this target; may be given twice
  --dir       put the data here (it needs three times their size); a temporary folder otherwise
  --keep      leave the data there
`;

/** Reads the command line; null after a question for help, which is answered. */
export function readOptions(words: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...words],
    options: {
      small: { type: 'boolean' },
      images: { type: 'string' },
      rows: { type: 'string' },
      target: { type: 'string', multiple: true },
      dir: { type: 'string' },
      keep: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return null;
  }
  const size = values.small === true ? SMALL : FULL;
  const images = count('--images', values.images ?? String(size.images), 40_000);
  const rows = count('--rows', values.rows ?? String(Math.max(size.rows, images)), 1_000_000);
  if (rows < images) throw new RangeError(`--rows ${rows} is less than the ${images} images: each needs a row.`);
  return { images, rows, dir: values.dir ?? null, keep: values.keep === true, targets: targetsOf(values.target) };
}

function count(name: string, text: string, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 10 || number > most)
    throw new RangeError(`${name} takes a whole number from 10 to ${most}, not "${text}".`);
  return number;
}

function targetsOf(named: readonly string[] | undefined): readonly string[] {
  const unknown = named?.find((name) => !(TARGETS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new RangeError(`--target takes ${TARGETS.join(' or ')}, not "${unknown}".`);
  return named ?? TARGETS;
}
