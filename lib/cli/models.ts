import { UsageError } from '../engines/usage-error.ts';
import type { Arguments } from './arguments.ts';
import { datasetOfWord } from './dataset-word.ts';
import { modelsText, movedText } from './models-text.ts';
import { placeOfResults } from './results-place.ts';

/** `models`: every model of a dataset, newest last. */
export async function modelsCommand(words: Arguments): Promise<number> {
  const [path, ...others] = words.paths;
  const dataset = datasetOfWord(path);
  if (dataset === undefined || others.length > 0) throw new UsageError('name one dataset: finedrop models museum.');
  const { listModels } = await import('../engines/local-models.ts');
  const list = await listModels({ ...placeOfResults(words), dataset });
  process.stdout.write(words.flags['json'] === true ? `${JSON.stringify(list, null, 2)}\n` : modelsText(list));
  return 0;
}

/** `promote`: a model becomes the current one of its target by a person's word. */
export async function promoteCommand(words: Arguments): Promise<number> {
  const [path, model, ...others] = words.paths;
  const dataset = datasetOfWord(path);
  if (dataset === undefined || model === undefined || others.length > 0)
    throw new UsageError('name a dataset, and a run or tuned model of it: finedrop promote museum 3f0c9a1d5b7e2c48.');
  return move(words, { dataset, model });
}

/** `rollback`: the model that was current before the present one is so again. */
export async function rollbackCommand(words: Arguments): Promise<number> {
  const [path, ...others] = words.paths;
  const dataset = datasetOfWord(path);
  if (dataset === undefined || others.length > 0)
    throw new UsageError('name one dataset: finedrop rollback museum. To choose a model, use finedrop promote.');
  return move(words, { dataset, model: null });
}

async function move(words: Arguments, wanted: { dataset: string; model: string | null }): Promise<number> {
  const target = words.values['target']?.[0];
  const { moveLocal } = await import('../engines/local-models.ts');
  const moved = await moveLocal({ ...placeOfResults(words), ...wanted, ...(target === undefined ? {} : { target }) });
  process.stdout.write(words.flags['json'] === true ? `${JSON.stringify(moved, null, 2)}\n` : movedText(moved));
  return 0;
}
