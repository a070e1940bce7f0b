import type { StoredJob, Verdict } from './documents.ts';
import { derivedId, planTraining, stepsDone, type TrainingPlan, timeOfStep, tunedModelName } from './progress.ts';
import { type JobPosition, startedAt, validatedAt } from './timeline.ts';

export interface JobEvent {
  id: string;
  at: number;
  level: 'info' | 'warn' | 'error';
  message: string;
  type: 'message' | 'metrics';
  data: Record<string, unknown>;
}

/** All events up to a position, oldest first. */
export function eventsOf(job: StoredJob, verdict: Verdict | null, position: JobPosition): JobEvent[] {
  const { trainingFile, validationFile } = job.settings;
  const files = `${trainingFile}${validationFile === null ? '' : ` and validation file: ${validationFile}`}`;
  const events = [
    message(job, job.createdAt, 'Created fine-tuning job'),
    message(job, job.createdAt, `Validating training file: ${files}`),
  ];
  if (verdict?.valid === true && position.status !== 'validating_files') {
    events.push(message(job, validatedAt(job), 'Files validated, moving job to queued state'));
    events.push(...trainingEvents(job, planTraining(job, verdict), position));
  }
  return [...events, ...closingEvents(job, position)];
}

function trainingEvents(job: StoredJob, plan: TrainingPlan, position: JobPosition): JobEvent[] {
  if (position.status === 'queued' || position.trainedMs === 0) return [];
  const steps = stepsDone(job, plan, position.trainedMs).map((metrics): JobEvent => {
    const { step, trainLoss, trainAccuracy } = metrics;
    const data = { step, train_loss: trainLoss, train_mean_token_accuracy: trainAccuracy, total_steps: plan.steps };
    const text = `Step ${step}/${plan.steps}: training loss=${trainLoss}`;
    return { ...message(job, timeOfStep(job, plan, step), text), type: 'metrics', data };
  });
  return [message(job, startedAt(job), 'Fine-tuning job started'), ...steps];
}

function closingEvents(job: StoredJob, position: JobPosition): JobEvent[] {
  const at = position.finishedAt;
  if (at === null) return [];
  if (position.status === 'cancelled') return [message(job, at, 'Fine-tuning job cancelled')];
  if (position.status === 'failed' && position.error === null)
    return [{ ...message(job, at, 'The job failed'), level: 'error' }];
  if (position.error !== null) return [{ ...message(job, at, position.error.message), level: 'error' }];
  return [
    message(job, at, `New fine-tuned model created: ${tunedModelName(job)}`),
    message(job, at, 'The job has successfully completed'),
  ];
}

function message(job: StoredJob, at: number, text: string): JobEvent {
  return {
    id: derivedId('ftevent-', job, `${at} ${text}`),
    at,
    level: 'info',
    message: text,
    type: 'message',
    data: {},
  };
}
