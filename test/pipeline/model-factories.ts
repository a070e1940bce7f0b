import type { ModelRecord, PointerMove } from '../../lib/domain/history.ts';
import type { Latest } from '../../lib/pipeline/latest.ts';
import { keys } from '../../lib/storage/keys.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';

/** A tuned model of the museum; `change` says what the test is about. */
export function modelRecordOf(change: Partial<ModelRecord> = {}): ModelRecord {
  return {
    target: 'openai',
    provider: 'openai',
    model: 'gpt-4o-2024-08-06',
    tunedModel: 'ft:one',
    run: '1'.repeat(16),
    job: 'job-one',
    key: '9c1e'.repeat(10),
    status: 'succeeded',
    state: 'succeeded',
    simulated: true,
    snapshot: 'c'.repeat(16),
    drop: 'd'.repeat(64),
    from: null,
    without: null,
    rows: { train: 22, validation: 2 },
    cost: { currency: 'USD', low: 1.21, high: 1.64 },
    metrics: { trainLoss: 0.4, validLoss: 0.5 },
    at: '2026-11-23T09:00:00Z',
    ...change,
  };
}

/** Models named `ft:a`, `ft:b` … as runs have made them one after another; the last is current. */
export function modelsInTurn(names: readonly string[], change: Partial<ModelRecord> = {}): ModelRecord[] {
  return names.map((name, index) =>
    modelRecordOf({ tunedModel: `ft:${name}`, run: `${index + 1}`.repeat(16), job: `job-${name}`, ...change }),
  );
}

/** Writes what runs have left of these models: the list, the moves, and the pointers to the last of each target. */
export async function writeModels(
  results: ObjectStore,
  models: readonly ModelRecord[],
  dataset = 'museum',
): Promise<void> {
  const current: Latest['models'] = {};
  const moves: PointerMove[] = [];
  for (const { target, model, tunedModel, job, run, simulated, status, at } of models) {
    if (status !== 'succeeded' || tunedModel === null) continue;
    const before = current[target]?.tunedModel ?? null;
    if (before !== tunedModel) moves.push({ target, tunedModel, run, before, by: 'run', at });
    current[target] = { model, tunedModel, job, run, simulated };
  }
  const run = models.at(-1)?.run ?? '';
  const latest: Latest = {
    schemaVersion: 1,
    dataset,
    run,
    command: 'run',
    status: 'completed',
    startedAt: '2026-11-23T09:00:00Z',
    report: keys.run(dataset, run).report,
    models: current,
  };
  await results.write(keys.latest(dataset), JSON.stringify(latest));
  await results.write(keys.history(dataset).models, JSON.stringify({ schemaVersion: 1, dataset, models, moves }));
}
