import type { StoredJob, Verdict } from './documents.ts';
import { PROCESSING_MS, STOPPING_MS, TRAINING_MS, VALIDATION_MS } from './rules.ts';

type JobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
type StepStatus = 'NotStarted' | 'InProgress' | 'Completed' | 'Stopping' | 'Stopped' | 'Failed';

/** A step of a job; times are simulated milliseconds, null before it starts. */
export interface StepPosition {
  status: StepStatus;
  startedAt: number | null;
  changedAt: number | null;
}

/** Where a job stands at one moment. */
export interface JobPosition {
  status: JobStatus;
  endedAt: number | null;
  changedAt: number;
  failureMessage: string | null;
  steps: { validation: StepPosition; processing: StepPosition; training: StepPosition };
}

/** When the dataset is judged: the end of the first step. */
export function validatedAt(job: StoredJob): number {
  return job.createdAt + VALIDATION_MS;
}

const INTERNAL_FAILURE = 'Encountered an unexpected error during the training job. Please try again.';

/** A job's state as a function of time; `verdict` may be null only before `validatedAt`. */
export function positionAt(job: StoredJob, verdict: Verdict | null, now: number): JobPosition {
  const ends = stepEnds(job);
  const failure = failureOf(job, verdict);
  const naturalEnd = failure?.at ?? ends.training;
  const stop = job.stopRequestedAt;
  if (stop !== null && stop <= now) return stoppedPosition(job, stop, now);
  const moment = Math.min(now, naturalEnd);
  const failed = failure !== null && now >= failure.at;
  const starts = [job.createdAt, ends.validation, ends.processing, ends.training] as const;
  const step = (index: 0 | 1 | 2) => stepAt(moment, starts[index], starts[index + 1] ?? ends.training, failed);
  const over = now >= naturalEnd;
  return {
    status: failed ? 'Failed' : over ? 'Completed' : 'InProgress',
    endedAt: over ? naturalEnd : null,
    changedAt: moment,
    failureMessage: failed ? failure.message : null,
    steps: { validation: step(0), processing: step(1), training: step(2) },
  };
}

function stepEnds(job: StoredJob) {
  const validation = validatedAt(job);
  const processing = validation + PROCESSING_MS;
  return { validation, processing, training: processing + TRAINING_MS };
}

function failureOf(job: StoredJob, verdict: Verdict | null): { at: number; message: string } | null {
  const ends = stepEnds(job);
  if (verdict !== null && !verdict.valid) {
    return { at: verdict.step === 'validation' ? ends.validation : ends.processing, message: verdict.message };
  }
  return job.fault === 'fail-job' ? { at: ends.training, message: INTERNAL_FAILURE } : null;
}

/** At a failure `moment` is the end of the step that failed. */
function stepAt(moment: number, start: number, end: number, failed: boolean): StepPosition {
  if (moment < start || (failed && moment === start)) return { status: 'NotStarted', startedAt: null, changedAt: null };
  if (moment < end) return { status: 'InProgress', startedAt: start, changedAt: moment };
  return { status: failed && moment === end ? 'Failed' : 'Completed', startedAt: start, changedAt: end };
}

function stoppedPosition(job: StoredJob, stop: number, now: number): JobPosition {
  const before = positionAt({ ...job, stopRequestedAt: null, fault: null }, null, stop);
  const stoppedAt = stop + STOPPING_MS;
  const status = now < stoppedAt ? 'Stopping' : 'Stopped';
  const changedAt = Math.min(now, stoppedAt);
  const halt = (step: StepPosition): StepPosition =>
    step.status === 'InProgress' ? { ...step, status, changedAt } : step;
  const { validation, processing, training } = before.steps;
  return {
    status,
    endedAt: status === 'Stopped' ? stoppedAt : null,
    changedAt,
    failureMessage: null,
    steps: { validation: halt(validation), processing: halt(processing), training: halt(training) },
  };
}
