import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { jobAnswer, snapshotOf } from '../../lib/providers/bedrock/answers.ts';
import { outcomeOf } from '../../lib/providers/bedrock/failure.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import { toJobBody } from '../../lib/providers/bedrock/tuning.ts';
import type { CreateJobRequest, ProviderClient } from '../../lib/providers/provider.ts';
import { bedrockDifferences, missingContract } from '../local/simulators/contract.ts';
import { NOVA_LITE, target } from './bedrock-fixtures.ts';

const KEY = '0123456789abcdef0123456789abcdef01234567';
const ROLE = 'arn:aws:iam::123456789012:role/tuning';
const ARN = 'arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl';
const MODEL_ARN = 'arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl';
const CREATED = '2026-11-01T10:00:00Z';
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function createRequest(changes: Partial<CreateJobRequest> = {}): CreateJobRequest {
  const file = (split: 'train' | 'validation') => ({ split, reference: `s3://fine-bucket/${split}.jsonl`, bytes: 10 });
  const hyperparameters = { epochCount: 3, learningRate: 0.000001 };
  const wanted = target({ hyperparameters });
  return {
    key: KEY,
    target: wanted,
    dataset: 'müseum',
    training: file('train'),
    validation: file('validation'),
    ...changes,
  };
}

interface Asked {
  method: string | undefined;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}
interface Answer {
  status: number;
  json?: unknown;
  headers?: Record<string, string>;
  /** The connection breaks, without an answer or after its headers. */
  breaks?: 'at once' | 'in the body' | 'never';
}

/** Bedrock's API, answering in turn what it is given; the last answer again and again. */
async function start(...answers: Answer[]): Promise<{ client: ProviderClient; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url = '', headers } = request;
    asked.push({ method, path: decodeURIComponent(url), headers, body: Buffer.concat(chunks).toString() });
    const answer = answers[Math.min(asked.length, answers.length) - 1] ?? { status: 500 };
    if (answer.breaks === 'at once') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.write(answer.breaks === 'in the body' ? '{"jobArn":' : JSON.stringify(answer.json ?? {}));
    if (answer.breaks === undefined) response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const bedrockURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = { simulated: true, values: { bedrockURL, s3URL: bedrockURL, roleArn: ROLE } };
  const options = { mediaBase: 's3://fine-bucket/finedrop/museum/media', now: () => new Date() };
  const client = await bedrock.connect(settings, options);
  cleanups.push(() => client.close());
  return { client, asked };
}

const refusal = (status: number, type: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'x-amzn-errortype': type, ...headers },
  json: { message: `this is ${type}.` },
});
const job = (changes: Record<string, unknown> = {}): Answer => ({
  status: 200,
  json: { jobArn: ARN, jobName: `fd-${KEY}`, creationTime: CREATED, status: 'InProgress', ...changes },
});

describe('toJobBody', () => {
  const place = { roleArn: ROLE, output: 's3://fine-bucket/finedrop/museum/output/' };
  const skipped = missingContract('bedrock-customization-model.json');

  it('carries the key as token, name and tag, and settings as strings', () => {
    const tags = [
      { key: 'finedrop_key', value: KEY },
      { key: 'finedrop_dataset', value: 'm-seum' },
    ];
    expect(toJobBody(createRequest(), place)).toEqual({
      jobName: `fd-${KEY}`,
      customModelName: 'm-seum-0123456789abcdef0123',
      roleArn: ROLE,
      clientRequestToken: KEY,
      baseModelIdentifier: NOVA_LITE,
      customizationType: 'FINE_TUNING',
      jobTags: tags,
      customModelTags: tags,
      trainingDataConfig: { s3Uri: 's3://fine-bucket/train.jsonl' },
      validationDataConfig: { validators: [{ s3Uri: 's3://fine-bucket/validation.jsonl' }] },
      outputDataConfig: { s3Uri: 's3://fine-bucket/finedrop/museum/output/' },
      hyperParameters: { epochCount: '3', learningRate: '0.000001' },
    });
  });

  it.skipIf(skipped)(`is as the service model says${skipped === null ? '' : ` (skipped: ${skipped})`}`, () => {
    const bodies = [
      toJobBody(createRequest(), place),
      toJobBody(createRequest({ validation: null, target: target({ suffix: 'owls' }) }), place),
      toJobBody(createRequest({ dataset: '🦉'.repeat(300) }), place),
    ];
    for (const body of bodies) expect(bedrockDifferences('CreateModelCustomizationJobRequest', body)).toEqual([]);
  });
});

describe('createJob', () => {
  const deadline = { deadlineMs: 3000 };

  it('sends one request, signed for us-east-1 and never with the machine’s own bearer token', async () => {
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'real-token');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const { client, asked } = await start({ status: 201, json: { jobArn: ARN } });
    expect(await client.createJob(createRequest(), deadline)).toEqual({ outcome: 'created', id: ARN });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/model-customization-jobs' });
    expect(asked[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=SIMULATED\/\d+\/us-east-1\/bedrock\//,
    );
    expect(JSON.stringify(asked)).not.toContain('real-token');
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({
      clientRequestToken: KEY,
      outputDataConfig: { s3Uri: 's3://fine-bucket/finedrop/museum/output/' },
    });
  });

  it.each([
    ['a name that is taken', refusal(400, 'ConflictException'), { outcome: 'conflict' }],
    ['a full quota', refusal(400, 'ServiceQuotaExceededException'), { outcome: 'later', afterSeconds: 1800 }],
    ['throttling', refusal(429, 'ThrottlingException'), { outcome: 'later', afterSeconds: 60 }],
    [
      'throttling for a time',
      refusal(429, 'ThrottlingException', { 'retry-after': '7' }),
      { outcome: 'later', afterSeconds: 7 },
    ],
    ['a faulty request', refusal(400, 'ValidationException'), { outcome: 'refused', code: 'ValidationException' }],
    [
      'a missing permission',
      refusal(403, 'AccessDeniedException'),
      { outcome: 'refused', code: 'AccessDeniedException' },
    ],
    [
      'an expired token',
      refusal(403, 'ExpiredTokenException'),
      { outcome: 'refused', message: expect.stringContaining('Check the AWS credentials') },
    ],
    ['a missing resource', refusal(404, 'ResourceNotFoundException'), { outcome: 'refused' }],
    ['a fault of the server', refusal(500, 'InternalServerException'), { outcome: 'unknown' }],
    ['a busy server', refusal(503, 'ServiceUnavailableException'), { outcome: 'unknown' }],
    [
      'a broken connection',
      { status: 0, breaks: 'at once' },
      { outcome: 'unknown', message: 'the connection failed (ECONNRESET)' },
    ],
    [
      'an answer that breaks off',
      { status: 201, breaks: 'in the body' },
      { outcome: 'unknown', message: 'there was no answer in time' },
    ],
    [
      'an answer of another shape',
      { status: 201, json: { job: 'x' } },
      { outcome: 'unknown', message: expect.stringContaining('not what the API documents') },
    ],
  ] as const)('tells what became of it after %s, and asks once', async (_what, answer, outcome) => {
    const { client, asked } = await start(answer);
    const slow = 'breaks' in answer && answer.breaks === 'in the body' ? { deadlineMs: 200 } : deadline;
    expect(await client.createJob(createRequest(), slow)).toMatchObject(outcome);
    expect(asked).toHaveLength(1);
  });
});

describe('outcomeOf', () => {
  const failure = { status: null, code: null, message: 'x', retryAfter: null, wasSent: true };

  it('knows that nothing was made of a request that never left', () => {
    const unsent = { ...failure, code: 'CredentialsProviderError', wasSent: false };
    expect(outcomeOf(unsent)).toMatchObject({ outcome: 'refused', message: expect.stringContaining('credentials') });
    expect(outcomeOf(failure)).toMatchObject({ outcome: 'unknown' });
  });

  it.each([
    [Number.POSITIVE_INFINITY, 60],
    [-5, 1],
    [1e9, 86_400],
    [0.2, 1],
  ])('waits a sensible time when asked for %s seconds', (retryAfter, afterSeconds) => {
    expect(outcomeOf({ ...failure, status: 429, retryAfter })).toMatchObject({ outcome: 'later', afterSeconds });
  });

  it.each([
    ['User is not authorized to perform: iam:PassRole on resource', /Allow iam:PassRole/],
    ['Could not validate GetObject permissions to access Amazon S3 bucket', /allowed to read and list the bucket/],
  ])('advises on "%s"', (message, advice) => {
    const outcome = outcomeOf({ ...failure, status: 403, code: 'AccessDeniedException', message });
    expect(outcome).toMatchObject({ outcome: 'refused', message: expect.stringMatching(advice) });
  });
});

describe('getJob', () => {
  const details = (validation: string, processing: string, training: string) => ({
    statusDetails: {
      validationDetails: { status: validation },
      dataProcessingDetails: { status: processing },
      trainingDetails: { status: training },
    },
  });

  it.each([
    ['InProgress', {}, 'running'],
    ['InProgress', details('InProgress', 'NotStarted', 'NotStarted'), 'validating'],
    ['InProgress', details('Completed', 'InProgress', 'NotStarted'), 'running'],
    ['InProgress', details('Completed', 'Completed', 'InProgress'), 'running'],
    ['Stopping', {}, 'stopping'],
    ['Stopped', {}, 'cancelled'],
    ['Failed', {}, 'failed'],
    ['Completed', { outputModelArn: MODEL_ARN }, 'succeeded'],
    ['Completed', {}, 'unknown'],
    ['Completed', { outputModelArn: 'x'.repeat(3000) }, 'unknown'],
    [null, { statusDetails: 'odd', failureMessage: 7 }, 'unknown'],
    ['Paused', {}, 'unknown'],
    [undefined, {}, 'unknown'],
  ])('reads the status %s with %j as %s', (status, changes, state) => {
    const answer = jobAnswer.parse({ jobArn: ARN, creationTime: new Date(CREATED), status, ...changes });
    expect(snapshotOf(answer)).toMatchObject({ id: ARN, state, tunedModel: state === 'succeeded' ? MODEL_ARN : null });
  });

  it('tells why a job failed, shortened and without control characters, or that nobody says why', async () => {
    const { client } = await start(
      job({ status: 'Failed', failureMessage: `bad\u001b[31m ${'x'.repeat(3000)}` }),
      job({ status: 'Failed' }),
    );
    const error = (await client.getJob(ARN))?.error ?? '';
    expect(error).toMatch(/^bad\\u001b\[31m x+…$/);
    expect(error.length).toBeLessThan(600);
    expect((await client.getJob(ARN))?.error).toContain('gave no reason');
  });

  it('asks again after a fault that passes', async () => {
    const { client, asked } = await start(refusal(503, 'ServiceUnavailableException'), job());
    expect(await client.getJob(ARN)).toMatchObject({ state: 'running', providerState: 'InProgress' });
    expect(asked.map(({ path }) => path)).toEqual(Array.from({ length: 2 }, () => `/model-customization-jobs/${ARN}`));
  });

  it('takes a proxy’s 404 for no answer', async () => {
    const { client } = await start({ status: 404, json: {} });
    await expect(client.getJob(ARN)).rejects.toThrow('[bedrock] could not look at the job');
  });
});

describe('findJobs', () => {
  it('looks for the name, and in the list, page by page, where a free name counts as invalid', async () => {
    const summary = (jobName: string) => ({
      jobArn: ARN,
      jobName,
      baseModelArn: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k',
      status: 'InProgress',
      creationTime: CREATED,
    });
    const invalid = refusal(400, 'ValidationException');
    const first = {
      status: 200,
      json: { modelCustomizationJobSummaries: [summary(`fd-${KEY}-2`)], nextToken: 'next' },
    };
    const second = { status: 200, json: { modelCustomizationJobSummaries: [summary(`fd-${KEY}`)] } };
    const found = await start(invalid, first, second, job());
    expect(await found.client.findJobs(KEY)).toEqual([
      { id: ARN, createdAt: '2026-11-01T10:00:00.000Z', state: 'running' },
    ]);
    expect(found.asked.map(({ path }) => path.replace('/model-customization-jobs', ''))).toEqual([
      `/fd-${KEY}`,
      `?nameContains=fd-${KEY}`,
      `?nameContains=fd-${KEY}&nextToken=next`,
      `/${ARN}`,
    ]);
    const none = await start(invalid, { status: 200, json: { modelCustomizationJobSummaries: [] } });
    expect(await none.client.findJobs(KEY)).toEqual([]);
    const endless = await start(invalid, first);
    await expect(endless.client.findJobs(KEY)).rejects.toThrow('the list does not end');
  });
});

describe('cancelJob', () => {
  it('is content with a job that has ended, and tells of one that goes on', async () => {
    const conflict = refusal(400, 'ConflictException');
    const ended = await start(conflict, job({ status: 'Completed', outputModelArn: MODEL_ARN }));
    await ended.client.cancelJob(ARN);
    expect(ended.asked[0]?.path).toBe(`/model-customization-jobs/${ARN}/stop`);
    const running = await start(conflict, job());
    await expect(running.client.cancelJob(ARN)).rejects.toThrow('could not stop the job');
  });
});
