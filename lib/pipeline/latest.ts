import { z } from 'zod';
import type { Report } from '../domain/report.ts';
import { keys } from '../storage/keys.ts';
import { ConditionalConflictError, PreconditionFailedError, readJson } from '../storage/object-store.ts';
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

/** Points to the newest run, also when an older one ends after it; a target's model stays until another has been tuned. */
export async function publishLatest({ results }: Services, report: Report): Promise<void> {
  const key = keys.latest(report.dataset);
  for (;;) {
    const info = await results.head(key);
    const standing = info === null ? null : await readJson(results, key, (value) => latestSchema.parse(value));
    const text = `${JSON.stringify(latestOf(report, standing), null, 2)}\n`;
    const condition = info === null ? { ifNoneMatch: '*' as const } : { ifMatch: info.etag };
    try {
      await results.write(key, text, { contentType: 'application/json', ...condition });
      return;
    } catch (error) {
      // Two runs of a dataset that end at once must not lose each other's models.
      if (!(error instanceof PreconditionFailedError || error instanceof ConditionalConflictError)) throw error;
    }
  }
}

function latestOf(report: Report, standing: Latest | null): Latest {
  const isNewest = standing === null || standing.run === report.run || standing.startedAt <= report.startedAt;
  const { dataset, run, command, status, startedAt } = report;
  const models = { ...standing?.models, ...modelsOf(report, standing?.models ?? {}, isNewest) };
  if (standing !== null && !isNewest) return { ...standing, models };
  return { schemaVersion: 1, dataset, run, command, status, startedAt, report: keys.run(dataset, run).report, models };
}

/** A simulated model never takes a real one's place, and an older run's only an empty one. */
function modelsOf({ run, targets }: Report, standing: Latest['models'], isNewest: boolean): Latest['models'] {
  const tuned: Latest['models'] = {};
  for (const { name, model, job, simulated } of targets) {
    const current = standing[name];
    const isFree = current === undefined || (current.simulated && !simulated);
    const mayReplace = isFree || (isNewest && current.simulated === simulated);
    if (job?.tunedModel != null && mayReplace)
      tuned[name] = { model, tunedModel: job.tunedModel, job: job.id, run, simulated };
  }
  return tuned;
}
