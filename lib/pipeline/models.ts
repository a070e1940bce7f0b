import { type ModelRecord, type Models, modelsSchema, type PointerMove } from '../domain/history.ts';
import type { MetricPoint } from '../domain/metrics.ts';
import type { Report, TargetReport } from '../domain/report.ts';
import type { TargetMetrics } from '../report/metrics-series.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, type ReadableStore, readJson } from '../storage/object-store.ts';
import { changeJson } from './change-json.ts';
import { readState } from './history.ts';
import type { Manifest } from './manifest.ts';
import type { Services } from './services.ts';

/** Every model that was made of a dataset, and how the pointers to the current ones moved; none where nothing was trained yet. */
export async function readModels(results: ObjectStore, dataset: string): Promise<Models> {
  const standing = await readJson(results, keys.history(dataset).models, (value) => modelsSchema.parse(value));
  return standing ?? noModels(dataset);
}

/** The datasets that have a history in the results, in order of their names. */
export async function* listDatasets(results: ReadableStore): AsyncGenerator<string> {
  let last: string | null = null;
  for await (const { key } of results.list(keys.histories)) {
    const dataset = key.slice(keys.histories.length).split('/')[0] ?? '';
    if (dataset !== last) yield dataset;
    last = dataset;
  }
}

function noModels(dataset: string): Models {
  return { schemaVersion: 1, dataset, models: [], moves: [] };
}

/** The newest training that gave a model and whose data the history holds; null = none. */
export function lastTrained({ models }: Models, simulated: boolean): ModelRecord | null {
  const trained = models.filter(
    (model) => model.status === 'succeeded' && model.simulated === simulated && model.snapshot !== null,
  );
  return trained.at(-1) ?? null;
}

/** Notes the jobs of a run that has ended, each once: a run that is published again changes its own. */
export async function recordModels(
  services: Services,
  manifest: Manifest,
  { report, metrics }: { report: Report; metrics: readonly TargetMetrics[] },
): Promise<void> {
  if (manifest.command !== 'run' || report.targets.every(({ job }) => job === null)) return;
  const { dataset, run, past, targets } = manifest;
  const state = await readState(services, manifest);
  const at = services.now().toISOString();
  const made = report.targets.flatMap((target) => {
    const { from = null, without = null } = targets.find(({ name }) => name === target.name) ?? {};
    const points = metrics.find((one) => one.target === target.name)?.points ?? [];
    const record = modelRecord(target, { points, simulated: report.simulated, from, without });
    return record === null ? [] : [{ ...record, run, snapshot: state?.snapshot ?? null, drop: past.drop, at }];
  });
  await changeModels(services.results, dataset, (standing) => {
    const models = [...standing.models];
    for (const model of made) {
      const place = models.findIndex(({ run: other, target }) => other === model.run && target === model.target);
      if (place === -1) models.push(model);
      else models[place] = { ...model, at: models[place]?.at ?? at };
    }
    return { ...standing, models };
  });
}

/** Notes that a pointer has moved. */
export async function recordMoves(results: ObjectStore, dataset: string, moves: readonly PointerMove[]): Promise<void> {
  if (moves.length === 0) return;
  await changeModels(results, dataset, (standing) => ({ ...standing, moves: [...standing.moves, ...moves] }));
}

async function changeModels(
  results: ObjectStore,
  dataset: string,
  change: (standing: Models) => Models,
): Promise<void> {
  await changeJson(results, keys.history(dataset).models, {
    parse: (value) => modelsSchema.parse(value),
    change: (standing) => change(standing ?? noModels(dataset)),
  });
}

type Made = Omit<ModelRecord, 'run' | 'snapshot' | 'drop' | 'at'>;

function modelRecord(
  { name, provider, model, status, rows, estimatedCost, job }: TargetReport,
  { points, ...made }: Pick<ModelRecord, 'simulated' | 'from' | 'without'> & { points: readonly MetricPoint[] },
): Made | null {
  if (job === null) return null;
  const isKnown = status === 'succeeded' || status === 'failed' || status === 'cancelled' || status === 'lost';
  return {
    target: name,
    provider,
    model,
    tunedModel: job.tunedModel,
    job: job.id,
    key: job.key,
    status: isKnown ? status : 'submitted',
    state: job.state,
    ...made,
    rows: { train: rows.train, validation: rows.validation },
    // A job that existed before was paid by the run that made it.
    cost: job.adopted ? null : estimatedCost,
    metrics: lastMetrics(points),
  };
}

/** The last losses that a job told; what is no finite number is a training that diverged. */
export function lastMetrics(points: readonly MetricPoint[]): ModelRecord['metrics'] {
  const last = (field: 'trainLoss' | 'validLoss') => points.findLast((point) => point[field] !== null)?.[field] ?? null;
  const [trainLoss, validLoss] = [last('trainLoss'), last('validLoss')];
  const diverged = [trainLoss, validLoss].some((loss) => loss !== null && !Number.isFinite(loss));
  return { trainLoss: finite(trainLoss), validLoss: finite(validLoss), ...(diverged ? { diverged } : {}) };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
