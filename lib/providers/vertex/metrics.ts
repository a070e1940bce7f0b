import { metricPoint } from '../../domain/metrics.ts';
import {
  type Checkpoint,
  type JobEvent,
  type JobMetrics,
  MOST_CHECKPOINTS,
  type NamedLine,
} from '../../domain/training.ts';
import { linesNamedIn, namedLines, saidBy } from '../named-lines.ts';
import { type JobAnswer, snapshotOf } from './answers.ts';
import type { Requests } from './requests.ts';
import { lookAt } from './tuning.ts';

/**
 * What a job told. The API gives losses to the tuning experiment alone, which TensorBoard shows and a service of its own keeps: the steps
 * of the checkpoints are all that stands in the job.
 */
export async function readMetrics(requests: Requests, id: string): Promise<JobMetrics | null> {
  const job = await lookAt(requests, id);
  if (job === null) return null;
  const checkpoints = checkpointsOf(job);
  const points = checkpoints.flatMap(({ step, epoch }) => metricPoint({ step, epoch }) ?? []);
  return { points, checkpoints, events: eventsOf(job), named: namedIn(job) };
}

function checkpointsOf({ tunedModel }: JobAnswer): Checkpoint[] {
  const checkpoints = (tunedModel?.checkpoints ?? []).slice(0, MOST_CHECKPOINTS).flatMap((checkpoint): Checkpoint[] => {
    const { checkpointId, endpoint, step, epoch } = checkpoint ?? {};
    const model = endpoint ?? checkpointId;
    return model ? [{ model, step: whole(step), epoch: whole(epoch), ...NO_MEASURES }] : [];
  });
  return checkpoints.sort((left, right) => (left.step ?? 0) - (right.step ?? 0));
}

const NO_MEASURES = { trainLoss: null, trainAccuracy: null, validLoss: null, validAccuracy: null };

function whole(value: number | null | undefined): number | null {
  return value != null && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Vertex AI tells moments and sums; in words, they read like other providers' events. */
function eventsOf(job: JobAnswer): JobEvent[] {
  const { createTime, startTime, endTime, tuningDataStats } = job;
  const { state, providerState, error } = snapshotOf(job);
  const stats = tuningDataStats?.supervisedTuningDataStats;
  const read = [
    [stats?.tuningDatasetExampleCount, 'examples read'],
    [stats?.totalTruncatedExampleCount, 'examples left out or cut'],
    [stats?.totalBillableTokenCount, 'billable tokens'],
    [stats?.tuningStepCount, 'steps'],
  ].flatMap(([value, what]) => (value == null ? [] : [`${value} ${what}`]));
  const events: JobEvent[] = [said(createTime, 'the job was created')];
  if (startTime) events.push(said(startTime, 'the job started'));
  if (read.length > 0) events.push(said(null, read.join(', ')));
  const end = saidBy(`the job ended: ${[providerState, error].filter((word) => word !== null).join(': ')}`);
  events.push({ ...said(endTime ?? null, end), level: state === 'failed' ? 'error' : 'info' });
  return events;
}

function said(at: string | null, message: string): JobEvent {
  return { at: at === null ? null : new Date(at).toISOString(), level: 'info', message };
}

const NO_REASON = 'Vertex AI left it out and gave no reason';

/** The indices count the training file's lines from 1 and are a sample; a reason stands at the same place of another list. */
function namedIn(job: JobAnswer): ReturnType<typeof namedLines> {
  const stats = job.tuningDataStats?.supervisedTuningDataStats;
  const reasons = stats?.droppedExampleReasons ?? [];
  const dropped = (stats?.truncatedExampleIndices ?? []).flatMap((index, place): NamedLine[] => {
    const line = whole(index);
    if (line === null || line === 0) return [];
    return [{ split: 'train', line, reason: saidBy(reasons[place] || NO_REASON) }];
  });
  const failed = snapshotOf(job).state === 'failed' ? linesNamedIn(job.error?.message ?? '') : [];
  return namedLines([...dropped, ...failed], whole(stats?.totalTruncatedExampleCount) ?? 0);
}
