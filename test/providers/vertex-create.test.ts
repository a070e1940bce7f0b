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

  const source = { tunedModelName: 'projects/museum/locations/europe-west4/models/7@2', checkpointId: '3' };

  it('names a tuned model in the base model’s place, and leaves it its name', () => {
    const { baseModel: _base, tunedModelDisplayName: _name, ...same } = toJobBody(whole);
    expect(toJobBody(whole, source)).toEqual({ ...same, preTunedModel: source });
  });

  it.each([
    ['plain', request, null],
    ['whole', whole, null],
    ['going on', whole, source],
  ])('is a TuningJob to the official protos (%s)', (_name, given, from) => {
    const { TuningJob } = protobuf.google.cloud.aiplatform.v1;
    const body = toJobBody(given, from);
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
    const body = { ...toJobBody(whole), ...toJobBody(whole, source) };
    expect(Object.keys(types['PreTunedModel'] ?? {})).toEqual(expect.arrayContaining(Object.keys(source)));
    const spec = body.supervisedTuningSpec;
    expect(Object.keys(types['TuningJob'] ?? {})).toEqual(expect.arrayContaining(Object.keys(body)));
    expect(Object.keys(types['SupervisedTuningSpec'] ?? {})).toEqual(expect.arrayContaining(Object.keys(spec)));
    expect(Object.keys(types['SupervisedHyperParameters'] ?? {})).toEqual(
      expect.arrayContaining(Object.keys(spec.hyperParameters ?? {})),
    );
  });
});

describe('createJob from a tuned model', () => {
  const ENDPOINT = 'projects/123/locations/eu/endpoints/9';
  const further: CreateJobRequest = { ...request, target: target({ from: ENDPOINT }) };
  const made = (tunedModel: object) => job({ state: 'JOB_STATE_SUCCEEDED', tunedModel });
  const page = (jobs: readonly object[], next?: string) => ({
    json: { tuningJobs: jobs, ...(next === undefined ? {} : { nextPageToken: next }) },
  });
  const create = async (list: (query: URLSearchParams) => Reply, given = further, deadlineMs = 2000) => {
    const { server, client } = await open({
      [`GET ${JOBS}`]: ({ query }) => list(query),
      [`POST ${JOBS}`]: () => ({ json: job() }),
    });
    const outcome = await client.createJob(given, { deadlineMs });
    const sent = server.asked.filter(({ method }) => method === 'POST');
    return { outcome, bodies: sent.map(({ body }) => JSON.parse(String(body)) as { preTunedModel?: object }), server };
  };
  const owls = { model: 'projects/123/locations/europe-west4/models/5@2', endpoint: ENDPOINT };

  it('finds the model that is behind an endpoint by the job that made both, on whatever page', async () => {
    const { bodies, outcome } = await create((query) =>
      query.get('pageToken') === '2'
        ? page([made({ endpoint: 'projects/1/locations/eu/endpoints/8', model: 'm' }), made(owls)])
        : page([made({ endpoint: ENDPOINT }), job()], '2'),
    );
    expect(outcome).toEqual({ outcome: 'created', id: NAME });
    expect(bodies).toEqual([toJobBody(further, { tunedModelName: owls.model })]);
  });

  it('names the checkpoint where the endpoint is a checkpoint’s', async () => {
    const checkpoints = [null, { checkpointId: '1', endpoint: ENDPOINT }];
    const { bodies } = await create(() =>
      page([made({ ...owls, endpoint: 'projects/1/locations/eu/endpoints/1', checkpoints })]),
    );
    expect(bodies[0]?.preTunedModel).toEqual({ tunedModelName: owls.model, checkpointId: '1' });
  });

  it('asks for no list where the model itself is named', async () => {
    const { bodies, server } = await create(() => page([]), { ...request, target: target({ from: owls.model }) });
    expect(bodies[0]?.preTunedModel).toEqual({ tunedModelName: owls.model });
    expect(server.asked).toHaveLength(1);
  });

  it('is refused with the way back where no job has left the model, and makes none', async () => {
    const { bodies, outcome } = await create(() => page([job(), made({ model: owls.model })]));
    expect(bodies).toEqual([]);
    expect(outcome).toMatchObject({
      outcome: 'refused',
      code: 'tuned_model_not_found',
      message: expect.stringMatching(/endpoints\/9.*retrain: \{from: base\}\.$/),
    });
  });

  it('waits where the jobs cannot be listed, and makes none', async () => {
    const { bodies, outcome } = await create(() => refusal(403, 'PERMISSION_DENIED', 'no'));
    expect([outcome.outcome, bodies]).toEqual(['later', []]);
  });

  it('waits where the list took all the time that the create had', async () => {
    const { bodies, outcome } = await create(() => page([made(owls)]), further, 0);
    expect([outcome.outcome, bodies]).toEqual(['later', []]);
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
