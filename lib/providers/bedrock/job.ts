import {
  BedrockClient,
  type BedrockClientConfig,
  CreateModelCustomizationJobCommand,
  GetFoundationModelCommand,
  GetModelCustomizationJobCommand,
  ListModelCustomizationJobsCommand,
  StopModelCustomizationJobCommand,
} from '@aws-sdk/client-bedrock';
import { z } from 'zod';
import { type S3Store, s3Store } from '../../storage/s3-store.ts';
import type { ProviderClient, ProviderSettings } from '../provider.ts';
import { createdAnswer, foundationModelAnswer, jobAnswer, jobPageAnswer } from './answers.ts';
import type { Failure } from './failure.ts';
import { readMetrics } from './metrics.ts';
import { parseS3Uri } from './names.ts';
import type { Requests, Result } from './requests.ts';
import { accountOf } from './settings.ts';
import { TUNING_REGION } from './spec.ts';
import { removeStaged, type Staging, stageFile, stageMedia } from './staging.ts';
import { cancelJob, createJob, findJobs, getJob } from './tuning.ts';
import { usage } from './usage.ts';

/** Opens a client for Bedrock and the bucket that `mediaBase` names; jobs are made in the one Region that tunes Nova. */
export function connect(settings: ProviderSettings, { mediaBase }: { mediaBase: string }): ProviderClient {
  const place = readPlace(settings, mediaBase);
  const { requests, close } = openRequests(settings);
  const buckets = openBuckets(settings);
  const staging: Staging = { ...place, store: buckets.open(place.bucket) };
  const jobPlace = { roleArn: place.roleArn, output: `s3://${place.bucket}/${place.folder}output/` };
  return {
    stageMedia: (fileName, mime, file) => stageMedia(staging, fileName, { mime, file }),
    stageFile: (split, file, stretch) => stageFile(staging, { split, file }, stretch),
    findJobs: (key) => findJobs(requests, key),
    createJob: (request, { deadlineMs }) => createJob(requests, request, { ...jobPlace, deadlineMs }),
    getJob: (id) => getJob(requests, id),
    cancelJob: (id) => cancelJob(requests, id),
    readMetrics: (id) => readMetrics(requests, id, buckets.open),
    usage: (tunedModel) => usage(tunedModel, settings),
    removeStaged: (files) => removeStaged(requests, staging, files),
    close: async () => {
      close();
      buckets.close();
    },
  };
}

interface Place {
  roleArn: string;
  bucket: string;
  folder: string;
}

function readPlace({ simulated, values }: ProviderSettings, mediaBase: string): Place {
  const { bedrockURL, s3URL, roleArn = '' } = values;
  if (simulated && (bedrockURL === undefined || s3URL === undefined)) {
    throw new Error('[bedrock] the simulators have no endpoints.');
  }
  if (accountOf(roleArn) === null) {
    throw new Error(
      `[bedrock] "${roleArn}" is no role: set FINEDROP_BEDROCK_ROLE_ARN to one like arn:aws:iam::123456789012:role/tuning.`,
    );
  }
  const base = parseS3Uri(mediaBase);
  if (base === null || !base.key.endsWith('/media')) {
    throw new Error(
      `[bedrock] "${mediaBase}" names no bucket: set FINEDROP_BEDROCK_BUCKET to one in ${TUNING_REGION}.`,
    );
  }
  return { roleArn, bucket: base.bucket, folder: base.key.slice(0, -'media'.length) };
}

/** What a simulator is shown; a real key never goes there. */
const SIMULATED_CREDENTIALS = { accessKeyId: 'SIMULATED', secretAccessKey: 'simulated' };

/** The buckets of the one Region, each opened once; nothing is asked of them yet. */
export function openBuckets({ simulated, values }: ProviderSettings) {
  const stores = new Map<string, S3Store>();
  return {
    open: (bucket: string): S3Store => {
      const store =
        stores.get(bucket) ??
        s3Store({
          bucket,
          region: TUNING_REGION,
          ...(values['s3URL'] === undefined ? {} : { endpoint: values['s3URL'] }),
          ...(simulated ? { credentials: SIMULATED_CREDENTIALS } : {}),
        });
      stores.set(bucket, store);
      return store;
    },
    close: () => {
      for (const store of stores.values()) store.close();
    },
  };
}

const REQUEST_MS = 60_000;
const CONNECT_MS = 10_000;
const ATTEMPTS = 3;

/** The requests, made with the official SDK; nothing is asked yet. */
export function openRequests(settings: ProviderSettings): { requests: Requests; close: () => void } {
  const patient = new BedrockClient({ ...clientConfig(settings), maxAttempts: ATTEMPTS });
  // A create that is sent twice would hide which try made the job: the pipeline looks before it repeats.
  const once = new BedrockClient({ ...clientConfig(settings), maxAttempts: 1 });
  return {
    requests: {
      getModel: (id) =>
        ask(foundationModelAnswer, REQUEST_MS * ATTEMPTS, (options) =>
          patient.send(new GetFoundationModelCommand({ modelIdentifier: id }), options),
        ),
      createJob: (body, deadlineMs) =>
        ask(createdAnswer, deadlineMs, (options) => once.send(new CreateModelCustomizationJobCommand(body), options)),
      getJob: (id) =>
        ask(jobAnswer, REQUEST_MS * ATTEMPTS, (options) =>
          patient.send(new GetModelCustomizationJobCommand({ jobIdentifier: id }), options),
        ),
      listJobs: (query) =>
        ask(jobPageAnswer, REQUEST_MS * ATTEMPTS, (options) =>
          patient.send(new ListModelCustomizationJobsCommand(query), options),
        ),
      stopJob: (id) =>
        ask(z.unknown(), REQUEST_MS * ATTEMPTS, (options) =>
          patient.send(new StopModelCustomizationJobCommand({ jobIdentifier: id }), options),
        ),
    },
    close: () => {
      patient.destroy();
      once.destroy();
    },
  };
}

function clientConfig({ simulated, values }: ProviderSettings): BedrockClientConfig {
  const { bedrockURL } = values;
  return {
    region: TUNING_REGION,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
    // An endpoint of one's own goes with neither, whatever the machine's AWS settings say.
    ...(bedrockURL === undefined ? {} : { endpoint: bedrockURL, useFipsEndpoint: false, useDualstackEndpoint: false }),
    // The preference keeps a bearer token of the environment (AWS_BEARER_TOKEN_BEDROCK) away from simulators.
    ...(simulated ? { credentials: SIMULATED_CREDENTIALS, authSchemePreference: ['aws.auth#sigv4'] } : {}),
  };
}

interface SendOptions {
  abortSignal: AbortSignal;
}

/** One way to ask: each answer is checked, each failure becomes a value. The deadline holds for the answer's body, too. */
async function ask<T>(
  schema: z.ZodType<T>,
  deadlineMs: number,
  send: (options: SendOptions) => Promise<unknown>,
): Promise<Result<T>> {
  const abortSignal = AbortSignal.timeout(Math.max(1, Math.floor(deadlineMs)));
  const tooLate = new Promise<never>((_resolve, reject) => {
    abortSignal.addEventListener('abort', () => reject(abortSignal.reason), { once: true });
  });
  try {
    return { answer: schema.parse(await Promise.race([send({ abortSignal }), tooLate])) };
  } catch (error) {
    return { failure: readFailure(error) };
  }
}

/** As much of the SDK's errors as is read; they are told apart by names, since bundles may hold a class twice. */
const sdkError = z.object({
  name: z.string(),
  message: z.string().catch(''),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional().catch(undefined),
  $response: z
    .object({ headers: z.record(z.string(), z.string().optional()) })
    .optional()
    .catch(undefined),
});

function readFailure(error: unknown): Failure {
  const nothing = { status: null, code: null, retryAfter: null, wasSent: true };
  if (error instanceof z.ZodError) return { ...nothing, message: 'the answer is not what the API documents' };
  const parsed = sdkError.safeParse(error);
  if (!parsed.success) return { ...nothing, message: 'the connection failed' };
  const { name, message, $metadata, $response } = parsed.data;
  if (name === 'CredentialsProviderError') return { ...nothing, code: name, message, wasSent: false };
  const status = $metadata?.httpStatusCode ?? null;
  if (status === null) return { ...nothing, message: silenceMessage(error, name) };
  const retryAfter = Number($response?.headers['retry-after'] ?? Number.NaN);
  return { status, code: name, message, retryAfter: Number.isNaN(retryAfter) ? null : retryAfter, wasSent: true };
}

/** The system's word for it (`ECONNREFUSED`), which may lie under the SDK's own error; the SDK calls a reset a time-out, too. */
function silenceMessage(error: unknown, name: string): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return `the connection failed (${cause.code})`;
  }
  return name === 'AbortError' || name === 'TimeoutError' ? 'there was no answer in time' : 'the connection failed';
}
