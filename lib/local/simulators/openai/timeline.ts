import type { StoredJob, Verdict } from './documents.ts';
import { PAUSING_MS, QUEUED_MS, RUNNING_MS, UNASKED_PAUSE_MS, VALIDATING_MS } from './rules.ts';

/** Where a job stands at one moment; times are simulated milliseconds. */
export interface JobPosition {
  /** A word of the specification, `pausing` or `paused`, or what a fault has the job show. */
  status: string;
  /** Null until a terminal state. */
  finishedAt: number | null;
  /** Time spent training so far, pauses left out. */
  trainedMs: number;
  estimatedFinish: number | null;
  /** Null also of a job that fails and does not say why. */
  error: { code: string; message: string; param: string | null } | null;
}

/** When the job leaves `validating_files`, and its verdict is needed. */
export function validatedAt(job: StoredJob): number {
  return job.createdAt + VALIDATING_MS;
}

/** When training begins, if the files are sound. */
export function startedAt(job: StoredJob): number {
  return validatedAt(job) + QUEUED_MS;
}

/** A job's state as a function of time; `verdict` may be null only before `validatedAt`. */
export function positionAt(job: StoredJob, verdict: Verdict | null, now: number): JobPosition {
  const cancelledAt = job.controls.find((control) => control.action === 'cancel')?.at ?? Number.POSITIVE_INFINITY;
  const position = undisturbedPosition(job, verdict, Math.min(now, cancelledAt));
  if (position.finishedAt !== null || cancelledAt > now) return position;
  return { ...position, status: 'cancelled', finishedAt: cancelledAt, estimatedFinish: null };
}

function undisturbedPosition(job: StoredJob, verdict: Verdict | null, now: number): JobPosition {
  const waiting = { finishedAt: null, trainedMs: 0, estimatedFinish: null, error: null };
  if (now < validatedAt(job)) return { ...waiting, status: 'validating_files' };
  if (verdict !== null && !verdict.valid) {
    const { code, message, param } = verdict;
    return { ...waiting, status: 'failed', finishedAt: validatedAt(job), error: { code, message, param } };
  }
  if (now < startedAt(job)) return { ...waiting, status: 'queued' };
  return trainingPosition(job, now);
}

function trainingPosition(job: StoredJob, now: number): JobPosition {
  const { trainedMs, pausedSince, finishedAt } = trainingTime(job, now);
  if (finishedAt !== null) return finishedPosition(job, finishedAt);
  const common = { finishedAt: null, trainedMs, error: null };
  if (pausedSince === null) {
    return {
      ...common,
      status: job.oddState === null ? 'running' : runningWord(job.oddState),
      estimatedFinish: now + RUNNING_MS - trainedMs,
    };
  }
  return { ...common, status: now < pausedSince + PAUSING_MS ? 'pausing' : 'paused', estimatedFinish: null };
}

/** What a running job calls itself under an odd state: a word that no specification has, but for pauses, which it goes through. */
function runningWord(oddState: string): string {
  return oddState === 'pausing' || oddState === 'paused' ? 'running' : oddState;
}

/** A pause that nobody asked for: half-way, for an hour. */
export function pauseOf(job: StoredJob): StoredJob['controls'] {
  const at = startedAt(job) + RUNNING_MS / 2;
  return [
    { action: 'pause', at },
    { action: 'resume', at: at + UNASKED_PAUSE_MS },
  ];
}

function finishedPosition(job: StoredJob, finishedAt: number): JobPosition {
  const common = { finishedAt, trainedMs: RUNNING_MS, estimatedFinish: null };
  if (job.fault === 'fail-without-reason') return { ...common, status: 'failed', error: null };
  if (job.fault !== 'fail-job') return { ...common, status: 'succeeded', error: null };
  const message = 'The job failed due to an internal error. Please try again later.';
  return { ...common, status: 'failed', error: { code: 'server_error', message, param: null } };
}

/** Sums the stretches between pauses up to `now`, or up to the moment where training is complete. */
function trainingTime(job: StoredJob, now: number) {
  let trainedMs = 0;
  let runningSince: number | null = startedAt(job);
  let pausedSince: number | null = null;
  const turns = job.controls
    .filter((control) => control.action !== 'cancel' && control.at <= now)
    .sort((a, b) => a.at - b.at);
  for (const { action, at } of turns) {
    if (action === 'pause' && runningSince !== null) {
      trainedMs += at - runningSince;
      [runningSince, pausedSince] = [null, at];
    } else if (action === 'resume' && runningSince === null) {
      [runningSince, pausedSince] = [at, null];
    }
  }
  if (runningSince === null) return { trainedMs, pausedSince, finishedAt: null };
  const finish = runningSince + RUNNING_MS - trainedMs;
  const ends = finish <= now && job.oddState !== 'running';
  const trained = Math.min(RUNNING_MS, trainedMs + now - runningSince);
  return { trainedMs: trained, pausedSince, finishedAt: ends ? finish : null };
}
