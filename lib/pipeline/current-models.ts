import type { ModelRecord, Models } from '../domain/history.ts';
import type { Latest } from './latest.ts';

/** The records of a dataset's current models, one for each target that has one: of a model that several runs found, the run that the pointer names. */
export function currentRecords({ models }: Models, latest: Latest | null): Set<ModelRecord> {
  const current = new Set<ModelRecord>();
  for (const [target, { tunedModel, run }] of Object.entries(latest?.models ?? {})) {
    const same = models.filter((model) => model.target === target && model.tunedModel === tunedModel);
    const named = same.find((model) => model.run === run) ?? same.at(-1);
    if (named !== undefined) current.add(named);
  }
  return current;
}
