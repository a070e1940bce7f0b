/**
 * `npm run rehearse`: one run of the packaged functions on this machine, and what it would have used on AWS: memory, time,
 * state transitions and S3 requests. The example by default, or a generated drop. `--help` tells the flags.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDrop } from '../bench/drop.ts';
import { type ServedExample, serveExample } from './rehearsal/example.ts';
import { packageFunctions } from './rehearsal/package.ts';
import { openStack, type Stack } from './rehearsal/stack.ts';
import { upload } from './rehearsal/upload.ts';
import { usageText } from './rehearsal/usage.ts';

const USAGE = `npm run rehearse -- [--images N] [--rows N]

  --images N  a generated drop with this many images of about 100 KB, instead of the example
  --rows N    its rows; as many by default, and the images are spread among them evenly
`;

const { values } = parseArgs({
  options: { images: { type: 'string' }, rows: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help === true) process.stdout.write(USAGE);
else await rehearse(values.images === undefined ? null : sizeOf(values.images, values.rows));

interface Size {
  images: number;
  rows: number;
}

function sizeOf(images: string, rows: string = images): Size {
  const size = { images: Number(images), rows: Number(rows) };
  if (Object.values(size).every((count) => Number.isInteger(count) && count >= 10)) return size;
  throw new RangeError('--images and --rows take whole numbers from 10 on.');
}

async function rehearse(size: Size | null): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'finedrop-rehearsal-'));
  const close: (() => unknown)[] = [];
  try {
    const drop = size === null ? await serveExample(folder) : await generate(join(folder, 'drop'), size);
    close.push(drop.close);
    say('building and unpacking the functions…');
    const packaged = await packageFunctions(folder);
    const allowHosts = drop.host === '' ? [] : [drop.host];
    const stack = await openStack({ packaged, folder, allowHosts });
    close.push(stack.close);
    await run(stack, drop.path, size === null ? 'museum' : 'generated');
    process.stdout.write(`${usageText(stack)}\n`);
  } finally {
    for (const end of close.reverse()) await end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** One table for all three providers. */
async function generate(folder: string, { images, rows }: Size): Promise<ServedExample> {
  say(`generating ${images} images and ${rows} rows…`);
  await makeDrop(folder, { images, rows, imagesPerRow: Math.ceil(images / rows), targets: ['openai'] });
  const spec = ['targets:', '  - openai', '  - vertex', '  - bedrock', 'policy:', '  maxRejected: 0', ''].join('\n');
  for (const name of ['structure', 'decode']) await rm(join(folder, `${name}.finedrop.json`));
  await writeFile(join(folder, 'finedrop.yaml'), spec);
  return { path: folder, host: '', close: () => {} };
}

async function run(stack: Stack, path: string, dataset: string): Promise<void> {
  say('uploading…');
  const batch = await upload(stack, path, dataset);
  say('running…');
  await stack.lambdas.invoke(stack.nameOf('receive'), batch);
  for (const name of stack.executions.names()) {
    const result = await stack.executions.result(name);
    say(`${name}: ${JSON.stringify(result)}`);
    if (result.status !== 'SUCCEEDED') process.exitCode = 1;
  }
}

function say(text: string): void {
  process.stderr.write(`rehearsal: ${text}\n`);
}
