import { z } from 'zod';
import type { PointerMove } from '../domain/history.ts';
import type { Promotion, Report } from '../domain/report.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJson } from '../storage/object-store.ts';
import { changeJson } from './change-json.ts';
import type { Services } from './services.ts';

const currentModelSchema = z.strictObject({
  model: z.string(),
  tunedModel: z.string(),
  job: z.string(),
  run: z.string(),
  simulated: z.boolean(),
});

/** `latest.json`: where the newest run lies, and the tuned model of each target. */
export const latestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  run: z.string(),
  command: z.string(),
  status: z.string(),
  /** When the newest run began. */
  startedAt: z.string(),
  report: z.string(),
  models: z.record(z.string(), currentModelSchema),
});
export type Latest = z.infer<typeof latestSchema>;

/** Where the newest run lies, and the current models; null = no run has ended yet. */
export function readLatest(results: ObjectStore, dataset: string): Promise<Latest | null> {
  return readJson(results, keys.latest(dataset), (value) => latestSchema.parse(value));
}

/** Points to the newest run, also when an older one ends after it; a target's model stays until another was promoted. The answer is each move. */
export async function publishLatest(
  { results, now }: Pick<Services, 'results' | 'now'>,
  report: Report,
  promotions: ReadonlyMap<string, Promotion>,
): Promise<PointerMove[]> {
  let before: Latest | null = null;
  // Two runs of a dataset that end at once must not lose each other's models.
  const after = await changeJson(results, keys.latest(report.dataset), {
    parse: (value) => latestSchema.parse(value),
    change: (standing) => {
      before = standing;
      return latestOf(report, standing, promotions);
    },
  });
  return movesBetween(before, after, { by: 'run', at: now().toISOString() });
}

/** Each pointer that is another in `after`. */
export function movesBetween(
  before: Latest | null,
  after: Latest | null,
  { by, at }: Pick<PointerMove, 'by' | 'at'>,
): PointerMove[] {
  return Object.entries(after?.models ?? {}).flatMap(([target, { tunedModel, run }]) => {
    const former = before?.models[target]?.tunedModel ?? null;
    return former === tunedModel ? [] : [{ target, tunedModel, run, before: former, by, at }];
  });
}

function latestOf(report: Report, standing: Latest | null, promotions: ReadonlyMap<string, Promotion>): Latest {
  const isNewest = standing === null || standing.run === report.run || standing.startedAt <= report.startedAt;
  const { dataset, run, command, status, startedAt } = report;
  const known = standing?.models ?? {};
  const models = { ...known, ...modelsOf(report, { standing: known, isNewest, promotions }) };
  if (standing !== null && !isNewest) return { ...standing, models };
  return { schemaVersion: 1, dataset, run, command, status, startedAt, report: keys.run(dataset, run).report, models };
}

interface Standing {
  standing: Latest['models'];
  isNewest: boolean;
  promotions: ReadonlyMap<string, Promotion>;
}

/** A simulated model never takes a real one's place, an older run's only an empty one, and no model that of a better one. */
function modelsOf({ run, targets }: Report, { standing, isNewest, promotions }: Standing): Latest['models'] {
  const tuned: Latest['models'] = {};
  for (const { name, model, job, simulated } of targets) {
    const current = standing[name];
    const isFree = current === undefined || (current.simulated && !simulated);
    const isBetter = promotions.get(name)?.promoted === true;
    const mayReplace = isFree || (isNewest && isBetter && current.simulated === simulated);
    if (job?.tunedModel != null && mayReplace)
      tuned[name] = { model, tunedModel: job.tunedModel, job: job.id, run, simulated };
  }
  return tuned;
}
