import { createHash } from 'node:crypto';
import type { DatasetStats, Distribution, StoredJob } from './documents.ts';
import { MODELS, SERVING_LOCATION } from './rules.ts';
import { type JobPosition, positionAt } from './timeline.ts';

export type ApiVersion = 'v1' | 'v1beta1';

/** Examples of a step; the service does not say, and reports only the number of steps. */
const EXAMPLES_PER_STEP = 16;

/** The job as the API shows it at one moment; v1beta1 adds where exactly it stands. */
export function jobView(job: StoredJob, now: number, version: ApiVersion) {
  const position = positionAt(job, now);
  const at = (time: number | null) => (time === null ? undefined : new Date(time).toISOString());
  const changed = [job.createdAt, job.cancelledAt, position.startedAt, position.endedAt].filter(
    (time) => time !== null,
  );
  const view = {
    name: jobName(job),
    ...job.request,
    state: `JOB_STATE_${position.state}`,
    createTime: at(job.createdAt),
    startTime: at(position.startedAt),
    endTime: at(position.endedAt),
    updateTime: at(Math.max(...changed)),
    error: position.error ?? undefined,
    experiment: position.startedAt === null ? undefined : experimentName(job),
    ...resultView(job, position),
    ...(version === 'v1beta1' ? progressView(job, position) : {}),
  };
  return job.fault === 'null-fields' ? withNulls(view) : view;
}

/** Fields of a job that may be absent; some of Google's surfaces write null for these. */
const OPTIONAL_FIELDS = [
  ...['labels', 'description', 'startTime', 'endTime', 'error', 'experiment', 'tunedModel', 'tuningDataStats'],
  ...['encryptionSpec', 'serviceAccount', 'tuningJobState', 'tuningJobMetadata'],
];

function withNulls<T extends object>(view: T): T {
  const nulls = Object.fromEntries(OPTIONAL_FIELDS.map((field) => [field, null]));
  return { ...nulls, ...Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined)) } as T;
}

/** `projects/…/locations/…/tuningJobs/…`. */
export function jobName({ project, location, id }: StoredJob): string {
  return `projects/${project}/locations/${location}/tuningJobs/${id}`;
}

/** The finished model's name without its version, the same from the start. */
export function modelName(job: StoredJob): string {
  if (job.versionOf !== null) return job.versionOf;
  return `projects/${job.project}/locations/${job.location}/models/${derivedNumber(job, 'model')}`;
}

function experimentName({ project, location, id }: StoredJob): string {
  return `projects/${project}/locations/${location}/metadataStores/default/contexts/tuning-experiment-${id}`;
}

function resultView(job: StoredJob, { state, startedAt }: JobPosition) {
  if (job.outcome?.sound !== true || startedAt === null) return {};
  const tuningDataStats = { supervisedTuningDataStats: statsView(job, job.outcome.dataset) };
  if (state !== 'SUCCEEDED' && state !== 'PARTIALLY_SUCCEEDED') return { tuningDataStats };
  const endpoint = endpointName(job, '');
  const tunedModel = {
    model: `${modelName(job)}@${job.version}`,
    endpoint,
    checkpoints: checkpointsView(job, job.outcome.dataset),
  };
  return { tunedModel, tuningDataStats };
}

/** From the third generation on, a model tuned in a region is served in a multi-region, and its endpoint says so. */
function endpointName(job: StoredJob, checkpoint: string): string {
  const isMultiRegional = MODELS.get(job.model)?.generation === 3;
  const location = (isMultiRegional ? SERVING_LOCATION.get(job.location) : undefined) ?? job.location;
  return `projects/${job.project}/locations/${location}/endpoints/${derivedNumber(job, `endpoint${checkpoint}`)}`;
}

function checkpointsView(job: StoredJob, dataset: DatasetStats) {
  const epochs = epochsOf(job, dataset);
  const first = job.request.supervisedTuningSpec.exportLastCheckpointOnly ? epochs : 1;
  return Array.from({ length: epochs - first + 1 }, (_, index) => {
    const epoch = first + index;
    return {
      checkpointId: String(index + 1),
      epoch: String(epoch),
      step: String((stepsOf(job, dataset) / epochs) * epoch),
      endpoint: endpointName(job, epoch === epochs ? '' : ` ${epoch}`),
    };
  });
}

/** The checkpoints of a job that has ended well, by their ids. */
export function checkpointIds(job: StoredJob): string[] {
  return job.outcome?.sound === true
    ? checkpointsView(job, job.outcome.dataset).map(({ checkpointId }) => checkpointId)
    : [];
}

/** Unset, the service chooses by a rule that it does not publish; a user measured 40 epochs for 166 examples. */
function epochsOf(job: StoredJob, { examples }: DatasetStats): number {
  const asked = job.request.supervisedTuningSpec.hyperParameters?.epochCount;
  if (asked !== undefined) return Math.min(1000, Number(asked));
  return Math.min(40, Math.max(1, Math.round(6640 / examples)));
}

function stepsOf(job: StoredJob, dataset: DatasetStats): number {
  return Math.ceil((dataset.examples - dataset.dropped) / EXAMPLES_PER_STEP) * epochsOf(job, dataset);
}

function statsView(job: StoredJob, dataset: DatasetStats) {
  return {
    tuningDatasetExampleCount: String(dataset.examples),
    totalTuningCharacterCount: String(dataset.characters),
    totalBillableTokenCount: String(dataset.tokens),
    tuningStepCount: String(stepsOf(job, dataset)),
    userInputTokenDistribution: distributionView(dataset.inputTokens),
    userOutputTokenDistribution: distributionView(dataset.outputTokens),
    userMessagePerExampleDistribution: distributionView(dataset.messages),
    userDatasetExamples: dataset.sample,
    totalTruncatedExampleCount: String(dataset.dropped),
    ...(dataset.dropped === 0 ? {} : droppedView(dataset)),
  };
}

/** Protobuf's JSON leaves empty lists out. */
function droppedView({ droppedSample }: DatasetStats) {
  return {
    truncatedExampleIndices: droppedSample.map(({ index }) => String(index)),
    droppedExampleReasons: droppedSample.map(({ reason }) => reason),
  };
}

function distributionView({ sum, ...rest }: Distribution) {
  return { sum: String(sum), billableSum: String(sum), ...rest };
}

function progressView(job: StoredJob, { detail, tuned }: JobPosition) {
  const tuningJobState = detail === null ? undefined : `TUNING_JOB_STATE_${detail}`;
  if (job.outcome?.sound !== true || tuned === 0) return { tuningJobState };
  const { dataset } = job.outcome;
  const done = (total: number) => String(Math.floor(total * tuned));
  return {
    tuningJobState,
    tuningJobMetadata: {
      completedEpochCount: done(epochsOf(job, dataset)),
      completedStepCount: done(stepsOf(job, dataset)),
    },
  };
}

/** A stable id of 19 digits for something that belongs to a job. */
function derivedNumber(job: StoredJob, what: string): string {
  const hash = createHash('sha256')
    .update(`${jobName(job)} ${what}`)
    .digest();
  return String((hash.readBigUInt64BE() % 9_000_000_000_000_000_000n) + 1_000_000_000_000_000_000n);
}
