import type { ObjectsReader } from '../http.ts';
import type { StoredJob, Verdict } from './documents.ts';
import { parseS3Uri } from './names.ts';

type SoundVerdict = Extract<Verdict, { valid: true }>;

const ROWS_PER_STEP = 8;
/** Longer trainings report only some of their steps. */
const MOST_REPORTED_STEPS = 1000;

const FINAL_LOSS = 0.4;
/** What a training that was told to go badly ends above the others. */
const POOR_LOSS = 0.5;

/** The loss that a completed job ends with: every training ends alike, unless it was told to go badly. */
export function finalLoss(job: StoredJob, kind: 'training' | 'validation'): number {
  const poor = job.fault === 'poor-training' ? POOR_LOSS : 0;
  return round(FINAL_LOSS + poor + (kind === 'validation' ? 0.1 : 0));
}

/** The CSV files that a completed job leaves, and the keys below its output prefix where Bedrock puts them. */
function artefactsOf(job: StoredJob, verdict: SoundVerdict): { path: string; csv: string }[] {
  const folder = `model-customization-job-${job.id}`;
  const training = {
    path: `${folder}/training_artifacts/step_wise_training_metrics.csv`,
    csv: metricsCsv(job, verdict, 'training'),
  };
  if (job.validationUri === null) return [training];
  const path = `${folder}/validation_artifacts/post_fine_tuning_validation/validation_metrics.csv`;
  return [training, { path, csv: metricsCsv(job, verdict, 'validation') }];
}

/** Writes the artefacts through the store; does nothing where it is a mere reader. */
export async function writeArtefacts(objects: ObjectsReader, job: StoredJob, verdict: SoundVerdict): Promise<void> {
  const output = parseS3Uri(job.outputUri);
  if (output === null) return;
  for (const { path, csv } of artefactsOf(job, verdict)) {
    const key = output.key === '' ? path : `${output.key}/${path}`;
    await objects.writeObject?.(output.bucket, key, Buffer.from(csv), 'text/csv');
  }
}

function metricsCsv(job: StoredJob, verdict: SoundVerdict, kind: 'training' | 'validation'): string {
  const epochs = Number(job.hyperParameters['epochCount'] ?? '2');
  const stepsPerEpoch = Math.ceil(verdict.rows / ROWS_PER_STEP);
  const steps = stepsPerEpoch * epochs;
  const stride = Math.ceil(steps / MOST_REPORTED_STEPS);
  const last = finalLoss(job, kind);
  const rows = [`step_number,epoch_number,${kind}_loss,perplexity`];
  for (let step = 0; step < steps; step += stride) {
    const loss = round(last + 2 * Math.exp((-4 * (step + 1)) / steps) - 2 * Math.exp(-4));
    rows.push(`${step},${Math.floor(step / stepsPerEpoch)},${loss},${round(Math.exp(loss))}`);
  }
  return `${rows.join('\n')}\n`;
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
