import type { StoredJob, Verdict } from './documents.ts';
import { finalLoss, writeArtefacts } from './metrics.ts';
import { foundationModelArn } from './names.ts';
import { MODELS } from './rules.ts';
import type { BedrockSimulator } from './simulator.ts';
import { type JobPosition, positionAt, type StepPosition, validatedAt } from './timeline.ts';
import { validateDataset } from './validate-dataset.ts';
import { checkWriteAccess } from './write-access.ts';

/** A job as it stands now. */
export interface JobState {
  job: StoredJob;
  position: JobPosition;
}

/** Works out a job's state, reading the dataset when the simulated validation has just ended. */
export async function stateOf(simulator: BedrockSimulator, job: StoredJob): Promise<JobState> {
  const now = simulator.clock.now().getTime();
  const isDue = Math.min(now, job.stopRequestedAt ?? now) >= validatedAt(job);
  const verdict = isDue ? await verdictOf(simulator, job) : null;
  const position = positionAt(job, verdict, now);
  if (position.status === 'Completed' && verdict?.valid === true) await keepArtefacts(simulator, job, verdict);
  return { job, position };
}

async function verdictOf(simulator: BedrockSimulator, job: StoredJob): Promise<Verdict> {
  const known = await simulator.documents.verdicts.get(job.id);
  if (known !== null) return known;
  const running = simulator.judging.get(job.id) ?? judge(simulator, job);
  simulator.judging.set(job.id, running);
  try {
    return await running;
  } finally {
    simulator.judging.delete(job.id);
  }
}

async function judge(simulator: BedrockSimulator, job: StoredJob): Promise<Verdict> {
  const verdict = await judgeDataset(simulator, job);
  await simulator.documents.verdicts.put(job.id, verdict);
  return verdict;
}

async function judgeDataset(simulator: BedrockSimulator, job: StoredJob): Promise<Verdict> {
  const rules = MODELS.get(job.model);
  if (job.fault === 'reject-file' || rules === undefined) {
    const message = `Unable to parse Amazon S3 file ${job.trainingUri}. Fix the formatting errors and resubmit.`;
    return { valid: false, step: 'validation', message };
  }
  const refusal = await checkWriteAccess(simulator.objects, job);
  if (refusal !== null) return { valid: false, step: 'validation', message: refusal };
  const uris = [job.trainingUri, ...(job.validationUri === null ? [] : [job.validationUri])];
  const verdict = await validateDataset(uris, { objects: simulator.objects, rules, region: job.region });
  return verdict.valid ? verdict : { ...verdict, message: verdict.message.slice(0, 2048) };
}

/** Written again until noted, never twice after that: the user may have deleted the files since. */
async function keepArtefacts(
  simulator: BedrockSimulator,
  job: StoredJob,
  verdict: Extract<Verdict, { valid: true }>,
): Promise<void> {
  if ((await simulator.documents.artefacts.get(job.id)) !== null) return;
  await writeArtefacts(simulator.objects, job, verdict);
  await simulator.documents.artefacts.create(job.id, { written: true });
}

/** A job as GetModelCustomizationJob answers it. */
export function jobView({ job, position }: JobState) {
  return {
    ...summaryFields({ job, position }),
    outputModelName: job.customModelName,
    ...(position.status === 'Completed' ? { outputModelArn: job.modelArn } : {}),
    ...(job.clientRequestToken === null ? {} : { clientRequestToken: job.clientRequestToken }),
    roleArn: job.roleArn,
    ...(position.failureMessage === null ? {} : { failureMessage: position.failureMessage }),
    ...datasetFields(job),
    hyperParameters: job.hyperParameters,
    ...(position.status === 'Completed' ? metricFields(job) : {}),
  };
}

/** A job as ListModelCustomizationJobs answers it. */
export function jobSummary({ job, position }: JobState) {
  const model = position.status === 'Completed' ? { customModelArn: job.modelArn } : {};
  return { ...summaryFields({ job, position }), customModelName: job.customModelName, ...model };
}

/** The model that a completed job made, as GetCustomModel answers it. */
export function modelView({ job, position }: JobState) {
  return {
    modelArn: job.modelArn,
    modelName: job.customModelName,
    jobName: job.jobName,
    jobArn: job.arn,
    baseModelArn: foundationModelArn(job.region, job.model),
    customizationType: 'FINE_TUNING',
    hyperParameters: job.hyperParameters,
    ...datasetFields(job),
    ...metricFields(job),
    creationTime: instant(position.endedAt ?? job.createdAt),
    modelStatus: 'Active',
  };
}

function summaryFields({ job, position }: JobState) {
  const { validation, processing, training } = position.steps;
  return {
    jobArn: job.arn,
    jobName: job.jobName,
    baseModelArn: foundationModelArn(job.region, job.model),
    status: position.status,
    statusDetails: {
      validationDetails: stepView(validation),
      dataProcessingDetails: stepView(processing),
      trainingDetails: stepView(training),
    },
    creationTime: instant(job.createdAt),
    lastModifiedTime: instant(position.changedAt),
    ...(position.endedAt === null ? {} : { endTime: instant(position.endedAt) }),
    customizationType: 'FINE_TUNING',
  };
}

function stepView({ status, startedAt, changedAt }: StepPosition) {
  return {
    status,
    ...(startedAt === null ? {} : { creationTime: instant(startedAt) }),
    ...(changedAt === null ? {} : { lastModifiedTime: instant(changedAt) }),
  };
}

function datasetFields(job: StoredJob) {
  return {
    trainingDataConfig: { s3Uri: job.trainingUri },
    validationDataConfig: { validators: job.validationUri === null ? [] : [{ s3Uri: job.validationUri }] },
    outputDataConfig: { s3Uri: job.outputUri },
  };
}

function metricFields(job: StoredJob) {
  const validated = job.validationUri !== null;
  return {
    trainingMetrics: { trainingLoss: finalLoss(job, 'training') },
    ...(validated ? { validationMetrics: [{ validationLoss: finalLoss(job, 'validation') }] } : {}),
  };
}

/** RFC 3339, the only form that the JavaScript SDK reads. */
function instant(ms: number): string {
  return new Date(ms).toISOString();
}
