import { type MetricColumns, type MetricPoint, metricPoint, parseMetrics } from '../../domain/metrics.ts';
import type { JobEvent, JobMetrics } from '../../domain/training.ts';
import { type ObjectStore, readBytes } from '../../storage/object-store.ts';
import { linesNamedIn, namedLines, saidBy } from '../named-lines.ts';
import { type JobAnswer, snapshotOf } from './answers.ts';
import { parseS3Uri } from './names.ts';
import { answerOrNull, type Requests } from './requests.ts';

/** Below `model-customization-job-<id>/`; the second exists where there was validation data (model-customization-analyze, 2026-08). */
const TRAINING_FILE = 'training_artifacts/step_wise_training_metrics.csv';
const VALIDATION_FILE = 'validation_artifacts/post_fine_tuning_validation/validation_metrics.csv';

/** Perplexity is left out: it is the loss again, as its power of e. */
const TRAINING: MetricColumns = { step: ['step_number'], epoch: ['epoch_number'], trainLoss: ['training_loss'] };
const VALIDATION: MetricColumns = { step: ['step_number'], epoch: ['epoch_number'], validLoss: ['validation_loss'] };

/** What a job told: the steps of both its files, else the losses that its description ends with; null where there is no such job. */
export async function readMetrics(
  requests: Requests,
  id: string,
  openBucket: (bucket: string) => ObjectStore,
): Promise<JobMetrics | null> {
  const job = answerOrNull(await requests.getJob(id), `look at the job ${id}`);
  if (job === null) return null;
  const steps = await readSteps(job, openBucket);
  return {
    points: steps.length > 0 ? steps : lastLosses(job),
    checkpoints: [],
    events: eventsOf(job),
    named: snapshotOf(job).state === 'failed' ? namedLines(linesNamedIn(job.failureMessage ?? '')) : null,
  };
}

async function readSteps(job: JobAnswer, openBucket: (bucket: string) => ObjectStore): Promise<MetricPoint[]> {
  const output = parseS3Uri(job.outputDataConfig?.s3Uri ?? '');
  const jobId = job.jobArn.split('/').at(-1);
  if (output === null || jobId === undefined) return [];
  const folder = output.key === '' ? '' : `${output.key.replace(/\/$/, '')}/`;
  const store = openBucket(output.bucket);
  const read = async (file: string, columns: MetricColumns) =>
    parseMetrics(await readText(store, `${folder}model-customization-job-${jobId}/${file}`), columns);
  return [...(await read(TRAINING_FILE, TRAINING)), ...(await read(VALIDATION_FILE, VALIDATION))];
}

/** A file of a million steps; what is beyond is cut, and its last line with it. */
const MOST_BYTES = 64 * 1024 * 1024;

async function readText(store: ObjectStore, key: string): Promise<string> {
  const bytes = await readBytes(store, key, { length: MOST_BYTES }).catch(() => null);
  const text = bytes?.toString('utf8') ?? '';
  return bytes?.length === MOST_BYTES ? text.slice(0, text.lastIndexOf('\n')) : text;
}

function lastLosses({ trainingMetrics, validationMetrics }: JobAnswer): MetricPoint[] {
  const [first] = validationMetrics ?? [];
  return [metricPoint({ trainLoss: trainingMetrics?.trainingLoss, validLoss: first?.validationLoss })].filter(
    (point) => point !== null,
  );
}

/** Bedrock tells the steps of a job and when each was touched last; in words, they read like other providers' events. */
function eventsOf(job: JobAnswer): JobEvent[] {
  const { statusDetails, creationTime, endTime } = job;
  const steps = [
    ['validation', statusDetails?.validationDetails],
    ['data processing', statusDetails?.dataProcessingDetails],
    ['training', statusDetails?.trainingDetails],
  ] as const;
  const { state, providerState, error } = snapshotOf(job);
  const end = saidBy(`the job ended: ${[providerState, error].filter((word) => word !== null).join(': ')}`);
  return [
    said(creationTime, 'the job was created'),
    ...steps.flatMap(([name, details]) =>
      details?.status ? [said(details.lastModifiedTime, saidBy(`${name}: ${details.status}`))] : [],
    ),
    { ...said(endTime, end), level: state === 'failed' ? 'error' : 'info' },
  ];
}

function said(at: Date | null | undefined, message: string): JobEvent {
  return { at: at == null || Number.isNaN(at.getTime()) ? null : at.toISOString(), level: 'info', message };
}
