/**
 * Makes what docs hold twice: what the commands of worked examples print, JSON Schemas from the zod schemas, the table of targets from the providers' data, the list of
 * finding codes, and the picture of the state machine.
 * Run it after a change of either: npm run docs. test/docs.test.ts fails when they are out of date.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedDocs } from './generated.ts';
import { PLAYED_PAGES, playedPage } from './played-page.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

for (const [name, text] of await generatedDocs()) {
  await mkdir(dirname(join(HERE, name)), { recursive: true });
  await writeFile(join(HERE, name), text);
  process.stdout.write(`docs/${name}\n`);
}
for (const name of PLAYED_PAGES) {
  await writeFile(join(HERE, name), await playedPage(await readFile(join(HERE, name), 'utf8')));
  process.stdout.write(`docs/${name}\n`);
}
