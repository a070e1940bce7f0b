import { UsageError } from '../engines/usage-error.ts';
import type { Arguments } from './arguments.ts';
import { lineageJson } from './lineage-json.ts';
import { lineageText } from './lineage-text.ts';
import { placeOfResults } from './results-place.ts';

/** `lineage`: what a model was made of, or the models that a row or file is in. A million rows are printed as they are read. */
export async function lineageCommand(words: Arguments): Promise<number> {
  const [query, ...others] = words.paths;
  if (query === undefined || others.length > 0)
    throw new UsageError('name one tuned model, job or run, or the sha256 of a file, an example or a row’s content.');
  const { traceLocal } = await import('../engines/local-lineage.ts');
  const piecesOf = words.flags['json'] === true ? lineageJson : lineageText;
  await traceLocal({ ...placeOfResults(words), query }, (lineage) => print(piecesOf(lineage)));
  return 0;
}

/** Pieces are gathered: a system call for each row would take longer than the row. */
const BLOCK_CHARACTERS = 65_536;

async function print(pieces: AsyncIterable<string>): Promise<void> {
  // Whoever reads may have seen enough, as "head" has.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  let block = '';
  for await (const piece of pieces) {
    block += piece;
    if (block.length < BLOCK_CHARACTERS) continue;
    await write(block);
    block = '';
  }
  await write(block);
}

function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error == null ? resolve() : reject(error)));
  });
}
