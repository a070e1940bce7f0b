import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectsReader } from '../http.ts';
import type { Collection } from '../state.ts';
import type { StoredJob } from './documents.ts';
import { processDataset } from './process-dataset.ts';
import { processedAt } from './timeline.ts';

/** A gigabyte takes longer than clients wait; until it is read, the job stays with its dataset, as a real one would. */
const LONGEST_ANSWER_MS = 15_000;

/** Gives a job its outcome once simulated time has come that far; each dataset is read once, in the background if it is large. */
export function openOutcomes(jobs: Collection<StoredJob>, objects: ObjectsReader) {
  const running = new Map<string, Promise<StoredJob>>();
  const processOnce = (job: StoredJob) => {
    const known = running.get(job.id);
    if (known !== undefined) return known;
    const started = processAndSave(jobs, objects, job).finally(() => running.delete(job.id));
    running.set(job.id, started);
    return started;
  };
  return async (job: StoredJob, now: number): Promise<StoredJob> => {
    const isCancelledBefore = job.cancelledAt !== null && job.cancelledAt < processedAt(job);
    if (job.outcome !== null || now < processedAt(job) || isCancelledBefore) return job;
    const timer = new AbortController();
    const waiting = sleep(LONGEST_ANSWER_MS, null, { signal: timer.signal, ref: false }).catch(() => null);
    const processed = await Promise.race([processOnce(job), waiting]).finally(() => timer.abort());
    return processed ?? job;
  };
}

/** A cancellation may have come meanwhile: what lies on disk goes on, with the outcome added. */
async function processAndSave(jobs: Collection<StoredJob>, objects: ObjectsReader, job: StoredJob): Promise<StoredJob> {
  const outcome = await processDataset(objects, job);
  const processed = { ...((await jobs.get(job.id)) ?? job), outcome };
  await jobs.put(job.id, processed);
  return processed;
}
