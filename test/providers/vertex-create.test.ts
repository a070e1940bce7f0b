import { existsSync, readFileSync } from 'node:fs';
import protobuf from '@google-cloud/aiplatform/build/protos/protos.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { CreateJobRequest } from '../../lib/providers/provider.ts';
import { toJobBody } from '../../lib/providers/vertex/tuning.ts';
import type { Reply, Routes } from './openai-server.ts';
import { target } from './vertex-fixtures.ts';
import { JOBS, job, KEY, NAME, type Opened, openVertex, refusal } from './vertex-server.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function open(routes: Routes): Promise<Opened> {
  const opened = await openVertex(routes);
  cleanups.push(opened.close);
  return opened;
}

const staged = (split: 'train' | 'validation') => ({
  split,
  reference: `gs://owls/finedrop/birds/x-${split}.jsonl`,
  bytes: 9,
});
const request: CreateJobRequest = {
  key: KEY,
  target: target(),
  dataset: 'birds',
  training: staged('train'),
  validation: null,
};

describe('toJobBody', () => {
  const whole: CreateJobRequest = {
    ...request,
    target: target({
      suffix: 'night',
      hyperparameters: { epochCount: 3, learningRateMultiplier: 0.5, adapterSize: 'ADAPTER_SIZE_TWO' },
    }),
    validation: staged('validation'),
  };

  it('asks for what the target asks for, and for nothing else', () => {
    expect(toJobBody(request)).toEqual({
      baseModel: 'gemini-3.1-flash-lite',
      supervisedTuningSpec: { trainingDatasetUri: 'gs://owls/finedrop/birds/x-train.jsonl' },
      tunedModelDisplayName: 'birds',
      labels: { finedrop_key: KEY },
    });
    expect(toJobBody(whole)).toMatchObject({
      supervisedTuningSpec: {
        validationDatasetUri: 'gs://owls/finedrop/birds/x-validation.jsonl',
        hyperParameters: { epochCount: '3', learningRateMultiplier: 0.5, adapterSize: 'ADAPTER_SIZE_TWO' },
      },
      tunedModelDisplayName: 'birds-night',
    });
  });

  it.each([
    ['x'.repeat(300), undefined, 'x'.repeat(127)],
    ['x'.repeat(300), 'night', `${'x'.repeat(121)}…-night`],
    [`${'x'.repeat(126)}🦉🦉`, undefined, 'x'.repeat(126)],
    ['a\u202eb', undefined, 'a\\u202eb'],
  ])('names the model after the dataset %j and the suffix %j', (dataset, suffix, start) => {
    const name = toJobBody({
      ...request,
      dataset,
      target: target(suffix === undefined ? {} : { suffix }),
    }).tunedModelDisplayName;
    expect(name?.length).toBeLessThanOrEqual(128);
    expect(name).not.toMatch(/\p{Surrogate}/u);
    expect(name?.startsWith(start)).toBe(true);
  });

  it.each([
    ['plain', request],
    ['whole', whole],
  ])('is a TuningJob to the official protos (%s)', (_name, given) => {
    const { TuningJob } = protobuf.google.cloud.aiplatform.v1;
    const body = toJobBody(given);
    expect(TuningJob.verify(TuningJob.fromObject(body))).toBeNull();
    const read = TuningJob.toObject(TuningJob.fromObject(body), { enums: String, longs: String });
    expect(JSON.parse(JSON.stringify(read))).toEqual(body);
  });

  const contract = new URL('../../../shared/contracts/vertex-tuning-schema.json', import.meta.url);
  const reason = existsSync(contract)
    ? ''
    : ' (skipped: no vertex-tuning-schema.json in ../shared/contracts beside this checkout)';
  it.skipIf(!existsSync(contract))(`has no field that the published schema lacks${reason}`, () => {
    const { types } = JSON.parse(readFileSync(contract, 'utf8')) as { types: Record<string, Record<string, unknown>> };
    const body = toJobBody(whole);
    const spec = body.supervisedTuningSpec;
    expect(Object.keys(types['TuningJob'] ?? {})).toEqual(expect.arrayContaining(Object.keys(body)));
    expect(Object.keys(types['SupervisedTuningSpec'] ?? {})).toEqual(expect.arrayContaining(Object.keys(spec)));
    expect(Object.keys(types['SupervisedHyperParameters'] ?? {})).toEqual(
      expect.arrayContaining(Object.keys(spec.hyperParameters ?? {})),
    );
  });
});

describe('createJob', () => {
  const create = async (reply: Reply, deadlineMs = 2000) => {
    const { server, client } = await open({ [`POST ${JOBS}`]: () => reply });
    const outcome = await client.createJob(request, { deadlineMs });
    expect(server.asked).toHaveLength(1);
    return { server, outcome };
  };

  it('sends the body once, with a token that is nobody’s', async () => {
    const { server, outcome } = await create({ json: job({ state: 'JOB_STATE_PENDING' }) });
    expect(outcome).toEqual({ outcome: 'created', id: NAME });
    expect(JSON.parse(String(server.asked[0]?.body))).toEqual(toJobBody(request));
    expect(server.asked[0]?.headers.authorization).toBe('Bearer finedrop-stand-in');
  });

  it.each<[Reply, object]>([
    [
      refusal(400, 'INVALID_ARGUMENT', 'List of found errors:\t1.Field: x'),
      { outcome: 'refused', code: 'INVALID_ARGUMENT' },
    ],
    [
      refusal(400, 'FAILED_PRECONDITION', 'not in global'),
      { outcome: 'refused', message: expect.stringContaining('europe-west4') },
    ],
    [
      refusal(401, 'UNAUTHENTICATED', 'no'),
      { outcome: 'refused', message: expect.stringContaining('GOOGLE_APPLICATION_CREDENTIALS') },
    ],
    [
      refusal(403, 'PERMISSION_DENIED', 'no'),
      { outcome: 'refused', message: expect.stringContaining('roles/aiplatform.user') },
    ],
    [refusal(404, 'NOT_FOUND', 'no'), { outcome: 'refused', code: 'NOT_FOUND' }],
    [
      refusal(400, 'INVALID_ARGUMENT', 'service-1@gcp-sa-vertex-tune.iam.gserviceaccount.com has no access'),
      { outcome: 'refused', message: expect.stringContaining('roles/storage.objectViewer on the bucket') },
    ],
    [
      refusal(403, 'PERMISSION_DENIED', 'Permission iam.serviceAccounts.actAs denied'),
      { outcome: 'refused', message: expect.stringContaining('A service account of one’s own') },
    ],
    [
      refusal(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded'),
      { outcome: 'later', message: expect.stringContaining('Global concurrent tuning jobs') },
    ],
    [
      { status: 404, text: '<html>' },
      { outcome: 'refused', code: 'http_404' },
    ],
    [refusal(409, 'ALREADY_EXISTS', 'there'), { outcome: 'conflict' }],
    [refusal(429, 'RESOURCE_EXHAUSTED', 'quota'), { outcome: 'later', afterSeconds: 300 }],
    [refusal(429, 'RESOURCE_EXHAUSTED', 'quota', { 'retry-after': '7' }), { outcome: 'later', afterSeconds: 7 }],
    [
      refusal(429, 'RESOURCE_EXHAUSTED', 'quota', { 'retry-after': 'Mon, 23 Nov 2026 09:02:00 GMT' }),
      { outcome: 'later', afterSeconds: 120 },
    ],
    [refusal(408, 'DEADLINE_EXCEEDED', 'late'), { outcome: 'unknown' }],
    [refusal(500, 'INTERNAL', 'no'), { outcome: 'unknown' }],
    [refusal(503, 'UNAVAILABLE', 'no'), { outcome: 'unknown' }],
    [{ json: { state: 'nameless' } }, { outcome: 'unknown' }],
    [{ text: 'no JSON' }, { outcome: 'unknown' }],
    [{ cut: true }, { outcome: 'unknown' }],
    [{ status: 302, headers: { location: 'http://127.0.0.1:9/' } }, { outcome: 'unknown' }],
  ])('takes %j as %j', async (reply, expected) => {
    expect((await create(reply)).outcome).toMatchObject(expected);
  });

  it.each<[string, Reply]>([
    ['never comes', { hang: true }],
    ['never ends', { stall: true }],
  ])('gives an answer that %s up at the deadline', async (_what, reply) => {
    const { outcome } = await create(reply, 100);
    expect(outcome).toMatchObject({ outcome: 'unknown', message: expect.stringContaining('in time') });
  });
});
