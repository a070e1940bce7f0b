import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer, type Call, readJson } from '../http.ts';
import { withLock } from '../lock.ts';
import { exception, ok } from './answers.ts';
import { JOB_FAULTS, type StoredJob } from './documents.ts';
import { type JobRequest, readJobRequest } from './job-request.ts';
import { stateOf } from './job-state.ts';
import { foundationModelOf, parseS3Uri, resourceArn } from './names.ts';
import { DEFAULT_HYPERPARAMETERS, MODELS, TUNING_REGION } from './rules.ts';
import { type BedrockSimulator, derivedId, freshId } from './simulator.ts';

const BODY_LIMIT = 1024 * 1024;
const NO_ACCOUNT = '000000000000';

/** CreateModelCustomizationJob: the same token gets the same job again, a taken name is a conflict. */
export async function createJob(simulator: BedrockSimulator, call: Call): Promise<Answer> {
  const body = await readJson(call.request, BODY_LIMIT);
  if (body === null) return exception('ValidationException', 'The request body is no JSON.');
  const read = readJobRequest(body.value);
  if ('status' in read) return read;
  const folder = join(simulator.stateDir, 'bedrock');
  await mkdir(folder, { recursive: true });
  // One creation at a time: between looking for the token or name and writing the job nothing may come in.
  return withLock(join(folder, 'create.lock'), () => createExclusively(simulator, call, read.request));
}

async function createExclusively(simulator: BedrockSimulator, call: Call, request: JobRequest): Promise<Answer> {
  const jobs = await simulator.documents.jobs.list();
  const token = request.clientRequestToken;
  const repeated = token === undefined ? undefined : jobs.find((job) => job.clientRequestToken === token);
  if (repeated !== undefined) return ok({ jobArn: repeated.arn }, 201);
  const model = await resolveModel(simulator, jobs, request.baseModelIdentifier);
  if (model === null) return exception('ValidationException', 'The provided model identifier is invalid.');
  const refused =
    (await refuseNames(simulator, jobs, request)) ??
    refuseRegion(simulator, call) ??
    (await refuseDatasets(simulator, model, request));
  if (refused !== null) return refused;
  const job = describeJob(simulator, { call, request, model });
  if (call.fault?.action !== 'lost-job') await keepJob(simulator, job, request);
  return ok({ jobArn: job.arn }, 201);
}

/** The base model behind an id, an ARN, or a custom model that an earlier job made here. */
async function resolveModel(
  simulator: BedrockSimulator,
  jobs: StoredJob[],
  identifier: string,
): Promise<string | null> {
  const base = foundationModelOf(identifier);
  if (base !== null) return base;
  for (const job of jobs) {
    if (job.modelArn !== identifier && job.customModelName !== identifier) continue;
    const { position } = await stateOf(simulator, job);
    if (position.status === 'Completed') return job.model;
  }
  return null;
}

async function refuseNames(
  simulator: BedrockSimulator,
  jobs: StoredJob[],
  request: JobRequest,
): Promise<Answer | null> {
  if (jobs.some((job) => job.jobName === request.jobName)) {
    return exception('ConflictException', `The job name ${request.jobName} is already in use.`);
  }
  for (const job of jobs) {
    if (job.customModelName !== request.customModelName) continue;
    const { position } = await stateOf(simulator, job);
    // A job that made no model gives its model's name free again.
    if (position.status === 'Failed' || position.status === 'Stopped') continue;
    return exception('ConflictException', `The custom model name ${request.customModelName} is already in use.`);
  }
  return null;
}

/** The Region is the one that the client signed for; bearer tokens name none. */
function refuseRegion(simulator: BedrockSimulator, call: Call): Answer | null {
  const region = signedRegion(call.request.headers.authorization) ?? simulator.region;
  if (region === TUNING_REGION) return null;
  return exception('ValidationException', `The model cannot be customized in ${region}, only in ${TUNING_REGION}.`);
}

function signedRegion(authorization: string | undefined): string | null {
  return /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]+)\/bedrock\//.exec(authorization ?? '')?.[1] ?? null;
}

async function refuseDatasets(simulator: BedrockSimulator, model: string, request: JobRequest): Promise<Answer | null> {
  const validators = request.validationDataConfig?.validators ?? [];
  if (validators.length > 0 && MODELS.get(model)?.validationData !== true) {
    return exception('ValidationException', `The model ${model} does not support a validation dataset.`);
  }
  for (const { s3Uri } of [request.trainingDataConfig, ...validators]) {
    const location = parseS3Uri(s3Uri);
    const facts = location === null ? null : await simulator.objects.head(location.bucket, location.key);
    if (facts !== null) continue;
    const message = `Could not validate GetObject permissions to access Amazon S3 file ${s3Uri}: it does not exist.`;
    return exception('ValidationException', message);
  }
  return null;
}

function describeJob(
  simulator: BedrockSimulator,
  { call, request, model }: { call: Call; request: JobRequest; model: string },
): StoredJob {
  const account = /^arn:[^:]+:iam::(\d{12}):/.exec(request.roleArn)?.[1] ?? NO_ACCOUNT;
  const region = simulator.region;
  const id = freshId();
  const action = call.fault?.action;
  return {
    id,
    arn: resourceArn('model-customization-job', { region, account, model, id }),
    modelArn: resourceArn('custom-model', { region, account, model, id: derivedId(id) }),
    model,
    region,
    createdAt: simulator.clock.now().getTime(),
    stopRequestedAt: null,
    fault: JOB_FAULTS.find((fault) => fault === action) ?? null,
    jobName: request.jobName,
    customModelName: request.customModelName,
    roleArn: request.roleArn,
    clientRequestToken: request.clientRequestToken ?? null,
    trainingUri: request.trainingDataConfig.s3Uri,
    validationUri: request.validationDataConfig?.validators[0]?.s3Uri ?? null,
    outputUri: request.outputDataConfig.s3Uri,
    hyperParameters: { ...DEFAULT_HYPERPARAMETERS, ...request.hyperParameters },
  };
}

async function keepJob(simulator: BedrockSimulator, job: StoredJob, request: JobRequest): Promise<void> {
  const { tags, jobs } = simulator.documents;
  await tags.put(job.arn, { arn: job.arn, tags: request.jobTags ?? [] });
  await tags.put(job.modelArn, { arn: job.modelArn, tags: request.customModelTags ?? [] });
  await jobs.put(job.id, job);
}
