import type { OddState, StoredJob } from './documents.ts';

/** A small tuning job of images takes half an hour (Google's sample notebooks); the rest is an order of magnitude. */
const QUEUED_MS = 10_000;
const PROCESSING_MS = 120_000;
const WAITING_MS = 30_000;
const TUNING_MS = 1_500_000;
const POST_PROCESSING_MS = 120_000;
const CANCELLING_MS = 20_000;
/** A quota of one job at a time: the wait for another to end. */
const QUOTA_MS = 2 * 3_600_000;
const PAUSED_MS = 3_600_000;
const UPDATING_MS = 300_000;

type JobState =
  | 'QUEUED'
  | 'PENDING'
  | 'RUNNING'
  | 'PAUSED'
  | 'UPDATING'
  | 'SUCCEEDED'
  | 'PARTIALLY_SUCCEEDED'
  | 'FAILED'
  | 'EXPIRED'
  | 'CANCELLING'
  | 'CANCELLED';

/** `detail` is v1beta1's TuningJobState, without its prefix. */
export interface JobPosition {
  state: JobState;
  detail: 'WAITING_FOR_QUOTA' | 'PROCESSING_DATASET' | 'WAITING_FOR_CAPACITY' | 'TUNING' | 'POST_PROCESSING' | null;
  startedAt: number | null;
  endedAt: number | null;
  /** From 0 to 1. */
  tuned: number;
  error: { code: number; message: string } | null;
}

/** When the dataset has been processed, and its outcome is needed. */
export function processedAt(job: StoredJob): number {
  return job.createdAt + queuedMs(job) + PROCESSING_MS;
}

function queuedMs({ oddState }: StoredJob): number {
  return oddState === 'WAITING_FOR_QUOTA' ? QUOTA_MS : QUEUED_MS;
}

/** A job's position as a function of time; without an outcome it stays with its dataset. */
export function positionAt(job: StoredJob, now: number): JobPosition {
  const cancelledAt = job.cancelledAt ?? Number.POSITIVE_INFINITY;
  if (now < cancelledAt) return undisturbed(job, now);
  const before = undisturbed(job, cancelledAt);
  const isOver = now >= cancelledAt + CANCELLING_MS;
  return {
    ...before,
    state: isOver ? 'CANCELLED' : 'CANCELLING',
    detail: null,
    endedAt: isOver ? cancelledAt + CANCELLING_MS : null,
    error: isOver ? { code: 1, message: 'CANCELED' } : null,
  };
}

function undisturbed(job: StoredJob, now: number): JobPosition {
  const age = now - job.createdAt;
  const waiting = { startedAt: null, endedAt: null, tuned: 0, error: null };
  if (age < queuedMs(job)) return { ...waiting, state: 'QUEUED', detail: 'WAITING_FOR_QUOTA' };
  if (now < processedAt(job) || job.outcome === null) {
    return { ...waiting, state: 'PENDING', detail: 'PROCESSING_DATASET' };
  }
  if (!job.outcome.sound) return failed(processedAt(job), { code: 3, message: job.outcome.message });
  return tuning(job, now - processedAt(job));
}

function tuning(job: StoredJob, sinceProcessed: number): JobPosition {
  const startedAt = processedAt(job);
  const running = { state: 'RUNNING' as const, startedAt, endedAt: null, error: null };
  if (sinceProcessed < WAITING_MS) return { ...running, detail: 'WAITING_FOR_CAPACITY', tuned: 0 };
  const half = WAITING_MS + TUNING_MS / 2;
  if (job.oddState !== null && sinceProcessed >= half) {
    const odd = oddly(job.oddState, sinceProcessed - half);
    if (odd === 'EXPIRED') return { ...running, detail: null, state: odd, endedAt: startedAt + half, tuned: 0.5 };
    if (odd !== null) return { ...running, detail: odd === 'RUNNING' ? 'TUNING' : null, state: odd, tuned: 0.5 };
  }
  const delay = delayOf(job, sinceProcessed - half);
  const position = undelayed(job, startedAt, sinceProcessed - delay);
  return { ...position, endedAt: position.endedAt === null ? null : position.endedAt + delay };
}

/** Where an odd state keeps a job so long after half its training; null = nowhere any more. */
function oddly(state: OddState, sinceHalf: number): 'PAUSED' | 'UPDATING' | 'RUNNING' | 'EXPIRED' | null {
  if (state === 'EXPIRED' || state === 'RUNNING') return state;
  if (state === 'PAUSED' && sinceHalf < PAUSED_MS) return state;
  return state === 'UPDATING' && sinceHalf < UPDATING_MS ? state : null;
}

/** How much later all that follows happens. */
function delayOf({ oddState }: StoredJob, sinceHalf: number): number {
  if (sinceHalf < 0) return 0;
  if (oddState === 'PAUSED') return PAUSED_MS;
  return oddState === 'UPDATING' ? UPDATING_MS : 0;
}

function undelayed(job: StoredJob, startedAt: number, sinceProcessed: number): JobPosition {
  const running = { state: 'RUNNING' as const, startedAt, endedAt: null, error: null };
  const tuned = Math.min(1, (sinceProcessed - WAITING_MS) / TUNING_MS);
  if (tuned < 1) return { ...running, detail: 'TUNING', tuned };
  if (job.fault === 'fail-job') {
    return failed(startedAt + WAITING_MS + TUNING_MS, { code: 13, message: 'Internal error occurred. Please retry.' });
  }
  const endedAt = startedAt + WAITING_MS + TUNING_MS + POST_PROCESSING_MS;
  if (startedAt + sinceProcessed < endedAt) return { ...running, detail: 'POST_PROCESSING', tuned };
  const state = job.oddState === 'PARTIALLY_SUCCEEDED' ? job.oddState : 'SUCCEEDED';
  return { state, detail: null, startedAt, endedAt, tuned, error: null };
}

function failed(endedAt: number, error: { code: number; message: string }): JobPosition {
  return { state: 'FAILED', detail: null, startedAt: null, endedAt, tuned: 0, error };
}
