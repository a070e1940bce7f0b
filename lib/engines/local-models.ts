import type { ModelRecord } from '../domain/history.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import { type Promotion, type Report, reportSchema } from '../domain/report.ts';
import { currentRecords } from '../pipeline/current-models.ts';
import { readHistory } from '../pipeline/history.ts';
import { readLatest } from '../pipeline/latest.ts';
import { listDatasets, readModels } from '../pipeline/models.ts';
import { movePointer, type PointerMoved, type WantedMove } from '../pipeline/move-pointer.ts';
import { readAhead } from '../pipeline/read-ahead.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson } from '../storage/object-store.ts';
import { openResults } from './local-stores.ts';
import { UsageError } from './usage-error.ts';

export type { PointerMoved } from '../pipeline/move-pointer.ts';

/** Where results lie: a folder, or `s3://bucket/prefix`. */
export interface ResultsPlace {
  out: string;
  results?: string;
}

/** A model of a dataset, or the job that should have become one. */
export interface ListedModel extends ModelRecord {
  current: boolean;
  /** What its run decided about it, and why; null = nothing, or the run's report is gone. */
  promotion: Promotion | null;
}

export interface ModelList {
  dataset: string;
  /** Newest last. */
  models: ListedModel[];
}

/** Every model that was made of a dataset, with its data, cost and losses. Only reads, of deployed results too. */
export async function listModels({ dataset, ...place }: ResultsPlace & { dataset: string }): Promise<ModelList> {
  const { store: results, close } = await openResults(place.out, place.results);
  try {
    const models = await readModels(results, dataset);
    const latest = await readLatest(results, dataset);
    if (models.models.length === 0 && latest === null) await expectKnown(results, dataset);
    const current = currentRecords(models, latest);
    const promotions = await readPromotions(results, dataset, models.models);
    const listed = models.models.map((model) => ({
      ...model,
      current: current.has(model),
      promotion: promotions.get(model.run)?.get(model.target) ?? null,
    }));
    return { dataset, models: listed };
  } finally {
    close();
  }
}

/** Moves the pointer to a target's current model, and tells from where; nothing is asked of a provider. */
export async function moveLocal({ out, results: bucket, ...wanted }: ResultsPlace & WantedMove): Promise<PointerMoved> {
  const { store: results, close } = await openResults(out, bucket);
  try {
    const moved = await movePointer({ results, now: () => new Date() }, wanted);
    if ('problem' in moved) throw new UsageError(moved.problem);
    return moved;
  } finally {
    close();
  }
}

async function expectKnown(results: ObjectStore, dataset: string): Promise<void> {
  const { states } = await readHistory(results, dataset);
  if (states.length > 0) return;
  const datasets: string[] = [];
  for await (const name of listDatasets(results)) datasets.push(name);
  const near = didYouMean(dataset, datasets);
  throw new UsageError(
    `nothing is known of a dataset "${dataset}" here.${near} Name where its results are with --out DIR or --results s3://bucket.`,
  );
}

const REPORTS_READ_AT_ONCE = 8;

async function readPromotions(
  results: ObjectStore,
  dataset: string,
  models: readonly ModelRecord[],
): Promise<Map<string, Map<string, Promotion>>> {
  const runs = new Set(models.map(({ run }) => run));
  const reports = readAhead(runs, REPORTS_READ_AT_ONCE, (run) =>
    readJson(results, keys.run(dataset, run).report, (value) => reportSchema.safeParse(value).data ?? null),
  );
  const promotions = new Map<string, Map<string, Promotion>>();
  for await (const report of reports) if (report !== null) promotions.set(report.run, promotionsOf(report));
  return promotions;
}

function promotionsOf({ targets }: Report): Map<string, Promotion> {
  return new Map(
    targets.flatMap(({ name, promotion }) => (promotion === undefined ? [] : [[name, promotion] as const])),
  );
}
