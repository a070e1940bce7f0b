import protobuf from '@google-cloud/aiplatform/build/protos/protos.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, jobBody, line, startVertex, TRAINING, type VertexFixture } from './vertex-fixture.ts';

const { TuningJob } = protobuf.google.cloud.aiplatform.v1;
let vertex: VertexFixture;

beforeAll(async () => {
  vertex = await startVertex();
  await vertex.stageLines('train.jsonl', [line('one'), line('two'), line('three')]);
});

afterAll(() => vertex.close());

/** The official message and back: a field that Google does not know, or of another type, does not survive it. */
function throughProtobuf(job: Json): Json {
  const times = Object.keys(job).filter((field) => field.endsWith('Time'));
  const withTimes = times.map((field) => [
    field,
    { seconds: Math.floor(Date.parse(String(job[field])) / 1000), nanos: 0 },
  ]);
  const message = TuningJob.fromObject({ ...job, ...Object.fromEntries(withTimes) });
  const back = TuningJob.toObject(message, { enums: String, longs: String });
  return { ...back, ...Object.fromEntries(times.map((field) => [field, job[field]])) };
}

const violations = (json: Json) => {
  const { error } = json as { error: { status: string; details?: { fieldViolations: { field: string }[] }[] } };
  return [error.status, ...(error.details ?? []).flatMap((detail) => detail.fieldViolations.map(({ field }) => field))];
};

describe('tuningJobs.create', () => {
  it('answers with the job itself, in a shape that the official protocol takes', async () => {
    const hyperParameters = { epochCount: '3', learningRateMultiplier: 1, adapterSize: 'ADAPTER_SIZE_FOUR' };
    const labels = { finedrop_key: 'a'.repeat(40) };
    const spec = { trainingDatasetUri: TRAINING, validationDatasetUri: TRAINING, hyperParameters };
    const body = jobBody({ supervisedTuningSpec: spec, labels, tunedModelDisplayName: 'museum', description: 'd' });
    const { status, json } = await vertex.create(body);
    expect(status).toBe(200);
    expect(json).toMatchObject({ ...body, state: 'JOB_STATE_QUEUED', createTime: expect.stringMatching(/Z$/) });
    expect(json['name']).toMatch(/^projects\/demo\/locations\/us-central1\/tuningJobs\/\d+$/);
    expect(throughProtobuf(json)).toEqual(json);
  });

  it('takes snake case and numbers for enums, as protobuf’s JSON does', async () => {
    const { json } = await vertex.create({
      base_model: 'gemini-2.5-pro',
      supervised_tuning_spec: { training_dataset_uri: TRAINING, hyper_parameters: { epoch_count: 2, adapter_size: 6 } },
      labels: {},
    });
    const hyperParameters = { epochCount: '2', adapterSize: 'ADAPTER_SIZE_TWO' };
    expect(json).toMatchObject({ supervisedTuningSpec: { trainingDatasetUri: TRAINING, hyperParameters } });
  });

  const spec = (more: Json) => ({ supervisedTuningSpec: { trainingDatasetUri: TRAINING, ...more } });
  const hyper = (more: Json) => spec({ hyperParameters: more });
  it.each<[string, Json, string]>([
    ['no model', { baseModel: null }, 'tuning_job.source_model'],
    [
      'two models',
      { preTunedModel: { tunedModelName: 'projects/demo/locations/us-central1/models/1' } },
      'tuning_job.source_model',
    ],
    ['a model that is not tunable', { baseModel: 'gemini-2.0-flash' }, 'tuning_job.base_model'],
    ['an inherited name as model', { baseModel: 'constructor' }, 'tuning_job.base_model'],
    ['a field that nobody knows', { requestId: 'x' }, 'tuning_job'],
    [
      'a nested field that nobody knows',
      hyper({ batchSize: '4' }),
      'tuning_job.supervised_tuning_spec.hyper_parameters',
    ],
    ['no training file', { supervisedTuningSpec: {} }, 'tuning_job.supervised_tuning_spec.training_dataset_uri'],
    [
      'a file that is no .jsonl',
      spec({ trainingDatasetUri: 'gs://staging/train.json' }),
      'tuning_job.supervised_tuning_spec.training_dataset_uri',
    ],
    [
      'a file that is not there',
      spec({ trainingDatasetUri: 'gs://staging/none.jsonl' }),
      'tuning_job.supervised_tuning_spec.training_dataset_uri',
    ],
    [
      'a validation file that is not there',
      spec({ validationDatasetUri: 'gs://other/v.jsonl' }),
      'tuning_job.supervised_tuning_spec.validation_dataset_uri',
    ],
    ['no epoch', hyper({ epochCount: '0' }), 'tuning_job.supervised_tuning_spec.hyper_parameters.epoch_count'],
    ['half an epoch', hyper({ epochCount: 1.5 }), 'tuning_job.supervised_tuning_spec.hyper_parameters.epoch_count'],
    [
      'a negative rate',
      hyper({ learningRateMultiplier: -1 }),
      'tuning_job.supervised_tuning_spec.hyper_parameters.learning_rate_multiplier',
    ],
    [
      'an adapter size that no model has',
      hyper({ adapterSize: 'ADAPTER_SIZE_THIRTY_TWO' }),
      'tuning_job.supervised_tuning_spec.hyper_parameters.adapter_size',
    ],
    ['a label in capitals', { labels: { Key: 'v' } }, 'tuning_job.labels'],
    ['a label’s value that is too long', { labels: { key: 'v'.repeat(64) } }, 'tuning_job.labels'],
    ['a label that is no text', { labels: { key: 1 } }, 'tuning_job.labels'],
    ['a long display name', { tunedModelDisplayName: 'x'.repeat(129) }, 'tuning_job.tuned_model_display_name'],
    ['a service account that is none', { serviceAccount: 'me' }, 'tuning_job.service_account'],
    [
      'encryption that Gemini 3 has not',
      { encryptionSpec: { kmsKeyName: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' } },
      'tuning_job.encryption_spec',
    ],
    [
      'a tuned model that nobody made',
      { baseModel: null, preTunedModel: { tunedModelName: 'projects/x/locations/y/models/1' } },
      'tuning_job.pre_tuned_model.tuned_model_name',
    ],
  ])('refuses %s and names the field', async (_, more, field) => {
    const { status, json } = await vertex.create(jobBody(more));
    expect([status, ...violations(json)]).toEqual([400, 'INVALID_ARGUMENT', field]);
  });

  it('refuses an adapter size that this model has not, though others have', async () => {
    const body = { ...jobBody(hyper({ adapterSize: 'ADAPTER_SIZE_SIXTEEN' })), baseModel: 'gemini-2.5-pro' };
    expect((await vertex.create(body)).status).toBe(400);
    expect((await vertex.create({ ...body, baseModel: 'gemini-2.5-flash' })).status).toBe(200);
  });

  it.each([
    ['gemini-3.1-flash-lite', 'global', 'FAILED_PRECONDITION'],
    ['gemini-3.1-flash-lite', 'us-east1', 'FAILED_PRECONDITION'],
    ['gemini-3.1-flash-lite', 'europe-west4', undefined],
    ['gemini-2.5-flash', 'us-east1', undefined],
    ['gemini-2.5-flash', 'global', 'FAILED_PRECONDITION'],
  ])('for %s in %s says %s', async (baseModel, location, status) => {
    const { json } = await vertex.create(jobBody({ baseModel }), location);
    expect((json['error'] as Json | undefined)?.['status']).toBe(status);
  });

  it.each([{}, { authorization: 'Bearer' }, { authorization: 'Basic eDp5' }])(
    'wants a bearer token, not %o',
    async (headers) => {
      const path = '/v1/projects/demo/locations/us-central1/tuningJobs';
      const { status, json } = await vertex.send(path, { headers: { authorization: '', ...headers } });
      expect([status, (json['error'] as Json)['status']]).toEqual([401, 'UNAUTHENTICATED']);
    },
  );

  it('refuses a body that is no JSON', async () => {
    const path = '/v1/projects/demo/locations/us-central1/tuningJobs';
    expect((await vertex.send(path, { method: 'POST', body: '{' })).status).toBe(400);
  });
});

describe('tuningJobs.get', () => {
  it('walks through its states as simulated time passes and ends with a model that the protocol takes', async () => {
    const epochs = { hyperParameters: { epochCount: '2' } };
    const { json } = await vertex.create(jobBody(spec(epochs)));
    const seen: unknown[] = [];
    for (let minute = 0; minute < 32; minute += 1) {
      const job = await vertex.look(json['name'], 1, 'v1beta1');
      if (job['state'] !== seen.at(-2) || job['tuningJobState'] !== seen.at(-1))
        seen.push(job['state'], job['tuningJobState']);
    }
    expect(seen).toEqual([
      ...['JOB_STATE_PENDING', 'TUNING_JOB_STATE_PROCESSING_DATASET'],
      ...['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_TUNING'],
      ...['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_POST_PROCESSING'],
      ...['JOB_STATE_SUCCEEDED', undefined],
    ]);
    const job = await vertex.look(json['name'], 0);
    expect(throughProtobuf(job)).toEqual(job);
    const endpoint = expect.stringMatching(/^projects\/demo\/locations\/us\/endpoints\/\d+$/);
    expect(job).toMatchObject({
      tunedModel: {
        model: expect.stringMatching(/^projects\/demo\/locations\/us-central1\/models\/\d+@1$/),
        endpoint,
        checkpoints: [
          { checkpointId: '1', epoch: '1', step: '1', endpoint },
          { checkpointId: '2', epoch: '2', step: '2', endpoint },
        ],
      },
      tuningDataStats: {
        supervisedTuningDataStats: {
          tuningDatasetExampleCount: '3',
          tuningStepCount: '2',
          totalTruncatedExampleCount: '0',
          userMessagePerExampleDistribution: { sum: '6', min: 2, max: 2, mean: 2, median: 2 },
        },
      },
    });
    expect(Date.parse(String(job['endTime']))).toBeGreaterThan(Date.parse(String(job['startTime'])));
  });

  const spec = (more: Json) => ({ supervisedTuningSpec: { trainingDatasetUri: TRAINING, ...more } });

  it('shows progress in v1beta1 only', async () => {
    const { json } = await vertex.create(jobBody(spec({ hyperParameters: { epochCount: '10' } })));
    const job = await vertex.look(json['name'], 16, 'v1beta1');
    expect(job).toMatchObject({ tuningJobMetadata: { completedEpochCount: '5', completedStepCount: '5' } });
    expect(await vertex.look(json['name'], 0)).not.toHaveProperty('tuningJobMetadata');
  });

  it('tunes a tuned model on, once it is there', async () => {
    const { json } = await vertex.create(jobBody());
    const { tunedModel } = (await vertex.look(json['name'], 60)) as { tunedModel: { model: string } };
    for (const tunedModelName of [tunedModel.model, tunedModel.model.replace('@1', '@default')]) {
      const { status, json: next } = await vertex.create(
        jobBody({ baseModel: null, preTunedModel: { tunedModelName } }),
      );
      expect([status, next['preTunedModel']]).toEqual([200, { tunedModelName, baseModel: 'gemini-3.1-flash-lite' }]);
    }
  });

  const tunedBy = async (body: Json, location = 'us-central1') => {
    const { json } = await vertex.create(body, location);
    return ((await vertex.look(json['name'], 60)) as { tunedModel: { model: string; endpoint: string } }).tunedModel;
  };
  const further = (tunedModelName: string, more: Json = {}, checkpoint: Json = {}) =>
    jobBody({ baseModel: null, preTunedModel: { tunedModelName, ...checkpoint }, ...more });

  it('makes a new version of a model that is tuned on, and a model of its own under another display name', async () => {
    const first = await tunedBy(jobBody({ tunedModelDisplayName: 'museum' }));
    const second = await tunedBy(further(first.model));
    expect(second.model).toBe(first.model.replace('@1', '@2'));
    expect(second.endpoint).not.toBe(first.endpoint);
    expect((await tunedBy(further(first.model, { tunedModelDisplayName: 'museum' }))).model).toMatch(/@3$/);
    const other = await tunedBy(further(second.model, { tunedModelDisplayName: 'owls' }));
    expect([other.model.endsWith('@1'), other.model === first.model]).toEqual([true, false]);
  });

  it.each<[string, (model: { model: string; endpoint: string }) => [body: Json, location?: string]]>([
    ['its endpoint', ({ endpoint }) => [further(endpoint)]],
    ['a version that is not there', ({ model }) => [further(model.replace('@1', '@7'))]],
    ['an alias that nobody set', ({ model }) => [further(model.replace('@1', '@best'))]],
    ['a checkpoint that is not there', ({ model }) => [further(model, {}, { checkpointId: '99' })]],
    ['a model of another location', ({ model }) => [further(model), 'europe-west4']],
    ['a base model beside it', ({ model }) => [further(model, { baseModel: 'gemini-3.1-flash-lite' })]],
  ])('does not tune on by %s', async (_name, ask) => {
    const model = await tunedBy(
      jobBody({ supervisedTuningSpec: { trainingDatasetUri: TRAINING, hyperParameters: { epochCount: '2' } } }),
    );
    expect((await vertex.create(further(model.model, {}, { checkpointId: '1' }))).status).toBe(200);
    const { status, json } = await vertex.create(...ask(model));
    expect([status, violations(json)[0]]).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it('does not tune on where no page says so, or with another key', async () => {
    const lite = await tunedBy(jobBody({ baseModel: 'gemini-3.5-flash-lite' }));
    expect((await vertex.create(further(lite.model))).status).toBe(400);
    const encryptionSpec = { kmsKeyName: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' };
    const locked = await tunedBy(jobBody({ baseModel: 'gemini-2.5-flash', encryptionSpec }));
    expect((await vertex.create(further(locked.model))).status).toBe(400);
    expect((await vertex.create(further(locked.model, { encryptionSpec }))).status).toBe(200);
  });

  it.each(['1', '__proto__', '..%2F..', 'x'])('does not find the job "%s"', async (id) => {
    const { status, json } = await vertex.send(`/v1/projects/demo/locations/us-central1/tuningJobs/${id}`);
    expect([status, (json['error'] as Json)['status']]).toEqual([404, 'NOT_FOUND']);
  });

  it('does not find a job under another project or location', async () => {
    const { json } = await vertex.create(jobBody());
    for (const [own, other] of [
      ['demo', 'other'],
      ['us-central1', 'europe-west4'],
    ] as const) {
      expect((await vertex.send(`/v1/${String(json['name']).replace(own, other)}`)).status).toBe(404);
    }
  });
});

describe('tuningJobs.cancel', () => {
  const cancel = (name: unknown) => vertex.send(`/v1/${name}:cancel`, { method: 'POST', body: '{}' });

  it('stops a job after a moment', async () => {
    const { json } = await vertex.create(jobBody());
    await vertex.look(json['name'], 5);
    expect(await cancel(json['name'])).toMatchObject({ status: 200, json: {} });
    expect(await vertex.look(json['name'], 0)).toMatchObject({ state: 'JOB_STATE_CANCELLING' });
    const job = await vertex.look(json['name'], 1);
    expect(job).toMatchObject({ state: 'JOB_STATE_CANCELLED', error: { code: 1 } });
    expect(job).not.toHaveProperty('tunedModel');
    expect(throughProtobuf(job)).toEqual(job);
  });

  it('is too late for a job that has ended', async () => {
    const { json } = await vertex.create(jobBody());
    await vertex.look(json['name'], 60);
    expect(await cancel(json['name'])).toMatchObject({
      status: 400,
      json: { error: { status: 'FAILED_PRECONDITION' } },
    });
  });
});
