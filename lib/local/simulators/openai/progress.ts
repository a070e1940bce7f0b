import { createHash } from 'node:crypto';
import type { StoredJob, Verdict } from './documents.ts';
import { RUNNING_MS } from './rules.ts';
import { startedAt } from './timeline.ts';

/** What a sound job trains: counts are whole, `tokens` those of all epochs. */
export interface TrainingPlan {
  epochs: number;
  batchSize: number;
  learningRate: number;
  steps: number;
  tokens: number;
}

export interface StepMetrics {
  step: number;
  trainLoss: number;
  trainAccuracy: number;
  validLoss: number | null;
  validAccuracy: number | null;
}

/** Jobs with more steps report only some of them. */
const MOST_REPORTED_STEPS = 1000;

/** The settings that `auto` comes to (the cookbook's epoch rule: towards 100 examples seen at least, 25,000 at most). */
export function planTraining(job: StoredJob, verdict: Extract<Verdict, { valid: true }>): TrainingPlan {
  const { n_epochs, batch_size, learning_rate_multiplier } = job.settings.hyperparameters;
  const epochs = n_epochs === 'auto' ? automaticEpochs(verdict.examples) : n_epochs;
  const automaticBatch = Math.min(256, Math.max(1, Math.round(verdict.examples * 0.002)));
  const batchSize = batch_size === 'auto' ? automaticBatch : batch_size;
  return {
    epochs,
    batchSize,
    learningRate: learning_rate_multiplier === 'auto' ? 2 : learning_rate_multiplier,
    steps: Math.ceil(verdict.examples / batchSize) * epochs,
    tokens: verdict.tokens * epochs,
  };
}

function automaticEpochs(examples: number): number {
  if (examples * 3 < 100) return Math.min(25, Math.floor(100 / examples));
  return examples * 3 > 25_000 ? Math.max(1, Math.floor(25_000 / examples)) : 3;
}

/** Metrics of the steps done after `trainedMs` of training: a falling curve with a ripple that the job's id decides. */
export function stepsDone(job: StoredJob, plan: TrainingPlan, trainedMs: number): StepMetrics[] {
  const done = Math.min(plan.steps, Math.floor((plan.steps * trainedMs) / RUNNING_MS));
  const stride = Math.ceil(plan.steps / MOST_REPORTED_STEPS);
  const metrics: StepMetrics[] = [];
  for (let step = stride; step <= done; step += stride) metrics.push(metricsOf(job, plan, step));
  return metrics;
}

/** What a training that was told to go badly ends above the others. */
const POOR_LOSS = 0.5;

/** The metrics of one step, the same at each call; every training ends alike, unless it was told to go badly. */
export function metricsOf(job: StoredJob, plan: TrainingPlan, step: number): StepMetrics {
  const ripple = createHash('sha256').update(`${job.id} ${step}`).digest().readUInt8(0) / 2550;
  const left = 1 - step / plan.steps;
  const poor = job.fault === 'poor-training' ? POOR_LOSS : 0;
  const loss = 0.3 + 2 * Math.exp((-3 * step) / plan.steps) + ripple * left + poor;
  const accuracy = Math.max(0, Math.min(1, 1 - loss / 3));
  const validated = job.settings.validationFile !== null;
  return {
    step,
    trainLoss: round(loss),
    trainAccuracy: round(accuracy),
    validLoss: validated ? round(loss + 0.1) : null,
    validAccuracy: validated ? round(Math.max(0, accuracy - 0.05)) : null,
  };
}

/** When a step ended: pauses are left out, as they are in the position. */
export function timeOfStep(job: StoredJob, plan: TrainingPlan, step: number): number {
  return startedAt(job) + Math.floor((RUNNING_MS * step) / plan.steps);
}

function round(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}

/** The results file: `step,train_loss,...`, empty cells where there is no validation file. */
export function resultsCsv(job: StoredJob, plan: TrainingPlan): string {
  const rows = stepsDone(job, plan, RUNNING_MS).map(
    ({ step, trainLoss, trainAccuracy, validLoss, validAccuracy }) =>
      `${step},${trainLoss},${trainAccuracy},${validLoss ?? ''},${validAccuracy ?? ''}`,
  );
  return `step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n${rows.join('\n')}\n`;
}

/** `ft:<model>:simulated:<suffix>:<8 characters>`, at Azure `<model>.ft-<32 characters>`; a model tuned again keeps the name of its first base. */
export function tunedModelName(job: StoredJob): string {
  const base = baseModelOf(job.settings.model);
  if (job.service === 'azure') return `${base}.ft-${digest(job.id).slice(0, 32)}`;
  const suffix = (job.settings.suffix ?? '').toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
  return `ft:${base}:simulated:${suffix}:${digest(job.id).slice(0, 8)}`;
}

/** The base of a tuned model's name, or the name itself. */
export function baseModelOf(model: string): string {
  if (model.startsWith('ft:')) return model.split(':')[1] ?? model;
  return model.replace(/\.ft-[0-9a-f]{32}$/, '');
}

/** A stable id for something that belongs to a job. */
export function derivedId(prefix: string, job: StoredJob, what: string): string {
  return prefix + digest(`${job.id} ${what}`).slice(0, 24);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
