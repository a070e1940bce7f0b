import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { z } from 'zod';
import { withoutSecrets } from '../domain/secrets.ts';
import type { Log, Progress } from '../pipeline/services.ts';

/** Where a call's facts go: log lines that carry the run's id, and counts as CloudWatch metrics. */
export interface Observing {
  log: Log;
  progress: Progress;
}

const SERVICE = 'finedrop';
const logger = new Logger({ serviceName: process.env['POWERTOOLS_SERVICE_NAME'] ?? SERVICE });
const metrics = new Metrics({ namespace: SERVICE, serviceName: process.env['POWERTOOLS_SERVICE_NAME'] ?? SERVICE });
const UNITS: Readonly<Record<string, (typeof MetricUnit)[keyof typeof MetricUnit]>> = { bytes: MetricUnit.Bytes };

/** Runs one call; its log lines carry ids and counts, never rows, prompts or secrets. */
export async function observed<T>(
  step: string,
  event: unknown,
  call: (observing: Observing) => Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  logger.resetKeys();
  logger.appendKeys({ step, ...idsIn(event) });
  metrics.addDimension('step', step);
  try {
    const answer = await call({ log: { info: tell }, progress: { add: count } });
    tell('done', { milliseconds: Date.now() - startedAt });
    return answer;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    logger.error(withoutSecrets(message), { error: name, milliseconds: Date.now() - startedAt });
    throw error;
  } finally {
    // A call that counted nothing has no metrics to publish, and says nothing about it.
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    metrics.clearDimensions();
  }
}

function tell(message: string, facts: Readonly<Record<string, string | number | boolean>> = {}): void {
  const safe = Object.entries(facts).map(([key, value]) => [
    key,
    typeof value === 'string' ? withoutSecrets(value) : value,
  ]);
  logger.info(withoutSecrets(message), Object.fromEntries(safe));
}

/** `{rows: 3}` is the metric `Rows`; its step is a dimension. */
function count(_step: string, what: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(what)) {
    metrics.addMetric(`${name.charAt(0).toUpperCase()}${name.slice(1)}`, UNITS[name] ?? MetricUnit.Count, value);
  }
}

const text = z.string().max(1024);
const idsSchema = z.object({
  dataset: text.optional(),
  run: text.optional(),
  target: text.optional(),
  execution: text.optional(),
  request: z.object({ dataset: text }).optional(),
});

function idsIn(event: unknown): Record<string, string> {
  const parsed = idsSchema.safeParse(event);
  if (!parsed.success) return {};
  const { request, ...ids } = parsed.data;
  const given = Object.entries({ dataset: request?.dataset, ...ids });
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
