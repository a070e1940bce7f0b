import { z } from 'zod';
import type { Report } from '../domain/report.ts';
import { keys } from '../storage/keys.ts';
import { readJson } from '../storage/object-store.ts';
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
  report: z.string(),
  models: z.record(z.string(), currentModelSchema),
});
export type Latest = z.infer<typeof latestSchema>;

/** Points to the newest run; a target's model stays until another has been tuned. */
export async function publishLatest({ results }: Services, report: Report): Promise<void> {
  const key = keys.latest(report.dataset);
  const standing = await readJson(results, key, (value) => latestSchema.parse(value));
  const models = { ...standing?.models };
  for (const { name, model, job, simulated } of report.targets) {
    if (job?.tunedModel != null)
      models[name] = { model, tunedModel: job.tunedModel, job: job.id, run: report.run, simulated };
  }
  const { dataset, run, command, status } = report;
  const latest: Latest = {
    schemaVersion: 1,
    dataset,
    run,
    command,
    status,
    report: keys.run(dataset, run).report,
    models,
  };
  await results.write(key, `${JSON.stringify(latest, null, 2)}\n`, { contentType: 'application/json' });
}
