import { type Check, checkEnd, checked, type Examination } from '../../domain/check.ts';
import type { ProviderSettings } from '../provider.ts';
import type { FoundationModelAnswer } from './answers.ts';
import { checkBucket } from './doctor-bucket.ts';
import { describe, type Failure, isUnknownCaller } from './failure.ts';
import { openBuckets, openRequests } from './job.ts';
import { isBucketName } from './names.ts';
import type { Requests, Result } from './requests.ts';
import { accountOf, isRole } from './settings.ts';
import { TUNING_REGION } from './spec.ts';

/** Looks at jobs, models and the bucket, in which it puts an empty object and takes it away again. */
export async function* examine(settings: ProviderSettings, { models, now }: Examination): AsyncGenerator<Check> {
  const { roleArn = '', bucket = '' } = settings.values;
  yield checkRole(roleArn);
  const { requests, close } = openRequests(settings);
  try {
    yield* checkService(requests, { models, now });
  } finally {
    close();
  }
  if (!isBucketName(bucket)) {
    return yield checked('bedrock bucket', 'failed', [`"${bucket}" is no name of a bucket`, BUCKET_FIX]);
  }
  const buckets = openBuckets(settings);
  try {
    yield* checkBucket(buckets.open(bucket), bucket, { isAmazon: settings.values['s3URL'] === undefined });
  } finally {
    buckets.close();
  }
}

const BUCKET_FIX = `Set FINEDROP_BEDROCK_BUCKET to the name of a bucket in ${TUNING_REGION}.`;

function checkRole(roleArn: string): Check {
  const name = 'bedrock role';
  if (!isRole(roleArn)) {
    const fix =
      'Set FINEDROP_BEDROCK_ROLE_ARN to one like arn:aws:iam::123456789012:role/finedrop-tuning (docs/live.md).';
    return checked(name, 'failed', [`"${roleArn}" is no role`, fix]);
  }
  const message = `a role of the account ${accountOf(roleArn)}; what it may do, and whether it may be passed on, shows with the first job`;
  return checked(name, 'ok', [message]);
}

async function* checkService(requests: Requests, { models, now }: Examination): AsyncGenerator<Check> {
  const jobs = await requests.listJobs({ maxResults: 1 });
  const access = checkAccess(jobs);
  yield access;
  if (access.result === 'failed') {
    for (const one of ['jobs', ...models.map((model) => `model ${model}`)])
      yield checked(`bedrock ${one}`, 'skipped', ['not asked, since the service did not let it']);
    return;
  }
  yield checkJobs(jobs);
  for (const model of models) yield* checkModel(model, await requests.getModel(model), now);
  yield checked('bedrock quotas', 'skipped', QUOTAS);
}

const QUOTAS = [
  'Service Quotas is not asked',
  `Look there in ${TUNING_REGION} at "Scheduled customization jobs" (L-0406044C) and "Custom models with a creating status" (L-C02E1E99).`,
] as const;

/** Whether the service answers and knows who asks. */
function checkAccess(jobs: Result<unknown>): Check {
  const name = 'bedrock access';
  if ('answer' in jobs) return checked(name, 'ok', [`Bedrock answers in ${TUNING_REGION}, which tunes Nova`]);
  const { failure } = jobs;
  const told = describe(failure);
  if (isUnknownCaller(failure)) {
    const fix =
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE after "aws sso login", or run under a role.';
    return checked(name, 'failed', [`AWS does not know who asks: ${told}`, fix]);
  }
  if (failure.status === null) {
    const fix = 'Check the network, its proxy, and AWS_ENDPOINT_URL_BEDROCK.';
    return checked(name, 'failed', [`Bedrock gives no answer: ${told}`, fix]);
  }
  if (
    failure.code === 'UnknownOperationException' ||
    (failure.status === 404 && failure.code !== 'ResourceNotFoundException')
  )
    return checked(name, 'failed', [`that server is not Bedrock: ${told}`, 'Check AWS_ENDPOINT_URL_BEDROCK.']);
  if (failure.status === 429 || failure.status >= 500)
    return checked(name, 'failed', [`Bedrock cannot answer now: ${told}`, 'Try again later.']);
  return checked(name, 'ok', [`Bedrock answers in ${TUNING_REGION}, and knows who asks`]);
}

function checkJobs(jobs: Result<unknown>): Check {
  const name = 'bedrock jobs';
  if ('answer' in jobs) {
    return checked(name, 'ok', [
      'the caller may look at customization jobs; whether it may make them shows with the first',
    ]);
  }
  return checked(name, 'failed', [describe(jobs.failure), permissionFix('bedrock:ListModelCustomizationJobs')]);
}

function permissionFix(action: string): string {
  return `Allow ${action} to the caller, with the rest of its policy in docs/live.md.`;
}

function* checkModel(model: string, answer: Result<FoundationModelAnswer>, now: Date): Generator<Check> {
  const name = `bedrock model ${model}`;
  if ('failure' in answer) return yield checkModelFailure(name, answer.failure);
  const { customizationsSupported, modelLifecycle } = answer.answer.modelDetails;
  if (!(customizationsSupported ?? []).includes('FINE_TUNING')) {
    const fix = 'Choose another model: finedrop targets lists those that can be tuned.';
    return yield checked(name, 'failed', [`it cannot be tuned in ${TUNING_REGION}`, fix]);
  }
  yield checkLifecycle(name, modelLifecycle, now);
}

function checkModelFailure(name: string, failure: Failure): Check {
  const told = describe(failure);
  const isUnknown = failure.code === 'ResourceNotFoundException' || failure.code === 'ValidationException';
  if (isUnknown) return checked(name, 'failed', [told, 'Choose another model: finedrop targets lists them.']);
  if (failure.code === 'AccessDeniedException') {
    // Nothing but this look needs the permission.
    return checked(name, 'warning', [`not known: ${told}`, permissionFix('bedrock:GetFoundationModel')]);
  }
  return checked(name, 'failed', [told, 'Try again later.']);
}

type Lifecycle = FoundationModelAnswer['modelDetails']['modelLifecycle'];

function checkLifecycle(name: string, lifecycle: Lifecycle, now: Date): Check {
  const status = lifecycle?.status ?? 'ACTIVE';
  const end = lifecycle?.endOfLifeTime?.toISOString().slice(0, 10);
  const ending = end === undefined ? null : checkEnd(name, end, { what: 'it is at its end', now });
  if (ending !== null) return ending;
  if (status === 'ACTIVE') return checked(name, 'ok', ['active, and can be tuned']);
  const told = `AWS calls it ${status}${end === undefined ? '' : `; its end is on ${end}`}`;
  return checked(name, 'warning', [told, 'Prefer another model for new work: finedrop targets lists them.']);
}
