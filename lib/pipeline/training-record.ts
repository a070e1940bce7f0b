import { z } from 'zod';
import { metricsCsv, orderedPoints, readMetricsCsv } from '../domain/metrics.ts';
import {
  checkpointSchema,
  type JobMetrics,
  jobEventSchema,
  namedLinesSchema,
  usageSchema,
} from '../domain/training.ts';
import type { JobSnapshot, ProviderClient } from '../providers/provider.ts';
import type { TargetMetrics } from '../report/metrics-series.ts';
import { keys } from '../storage/keys.ts';
import { readBytes, readJson } from '../storage/object-store.ts';
import type { Manifest, RunReference, RunTarget } from './manifest.ts';
import type { Services } from './services.ts';

const trainingRecordSchema = z.strictObject({
  checkpoints: z.array(checkpointSchema),
  events: z.array(jobEventSchema),
  named: namedLinesSchema.nullable(),
  use: usageSchema.nullable(),
});
/** What a job that ended left beside its metrics. */
export type TrainingRecord = z.infer<typeof trainingRecordSchema>;

const METRICS = 'metrics.csv';

/** Keeps what a job that has ended tells, for `publish`, which may not ask a provider. */
export async function keepTraining(
  services: Services,
  { dataset, run }: RunReference,
  target: RunTarget,
  { client, snapshot }: { client: ProviderClient; snapshot: JobSnapshot },
): Promise<void> {
  const told = await readMetrics(services, client, snapshot);
  const points = orderedPoints(told?.points ?? []);
  const metrics = keys.run(dataset, run).target(target.name, METRICS);
  if (points.length > 0) await services.results.write(metrics, metricsCsv(points), { contentType: 'text/csv' });
  const { tunedModel } = snapshot;
  const record: TrainingRecord = {
    checkpoints: [...(told?.checkpoints ?? [])],
    events: [...(told?.events ?? [])],
    named: told?.named ?? null,
    use: tunedModel === null ? null : client.usage(tunedModel, target),
  };
  await services.results.write(keys.work(dataset, run).training(target.name), JSON.stringify(record));
}

/** Metrics are a gift: a job that succeeded has succeeded without them. */
async function readMetrics(
  services: Services,
  client: ProviderClient,
  { id }: JobSnapshot,
): Promise<JobMetrics | null> {
  try {
    return await client.readMetrics(id);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    services.log.info('the metrics could not be read', { job: id, error: message });
    return null;
  }
}

/** What the job of a target left; null while it has not ended. */
export function readTraining(
  { results }: Services,
  { dataset, run }: RunReference,
  target: string,
): Promise<TrainingRecord | null> {
  return readJson(results, keys.work(dataset, run).training(target), (value) => trainingRecordSchema.parse(value));
}

/** The metrics of a run's targets that have any, in the order of the targets. */
export async function readTargetMetrics(
  { results }: Services,
  { dataset, run, targets }: Manifest,
): Promise<TargetMetrics[]> {
  const told: TargetMetrics[] = [];
  for (const { name } of targets) {
    const bytes = await readBytes(results, keys.run(dataset, run).target(name, METRICS));
    const points = bytes === null ? [] : readMetricsCsv(bytes.toString('utf8'));
    if (points.length > 0) told.push({ target: name, points });
  }
  return told;
}
