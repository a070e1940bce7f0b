import protobuf from '@google-cloud/aiplatform/build/protos/protos.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { Reply, Routes } from './openai-server.ts';
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

describe('findJobs', () => {
  const mine = (id: string, changes: object = {}) =>
    job({ name: `${NAME}${id}`, labels: { finedrop_key: KEY }, ...changes });

  it('reads all pages and picks by the label', async () => {
    const pages: Record<string, Reply> = {
      '': { json: { tuningJobs: [mine('1'), job({ labels: { finedrop_key: 'other' } }), job()], nextPageToken: 'p2' } },
      p2: { json: { nextPageToken: 'p3' } },
      p3: { json: { tuningJobs: [mine('2', { state: 'JOB_STATE_EXPIRED' })] } },
    };
    const { server, client } = await open({
      [`GET ${JOBS}`]: ({ query }) => pages[query.get('pageToken') ?? ''] ?? {},
    });
    expect(await client.findJobs(KEY)).toEqual([
      { id: `${NAME}1`, createdAt: '2026-11-23T08:00:00.123Z', state: 'running' },
      { id: `${NAME}2`, createdAt: '2026-11-23T08:00:00.123Z', state: 'failed' },
    ]);
    expect(server.asked.map(({ query }) => query.get('pageSize'))).toEqual(['100', '100', '100']);
  });

  it('is none when there is none', async () => {
    const { client } = await open({ [`GET ${JOBS}`]: () => ({ json: {} }) });
    expect(await client.findJobs(KEY)).toEqual([]);
  });

  it('asks again after a passing failure', async () => {
    let asked = 0;
    const { client } = await open({
      [`GET ${JOBS}`]: () => {
        asked += 1;
        return asked === 1 ? refusal(503, 'UNAVAILABLE', 'busy') : { json: { tuningJobs: [mine('1')] } };
      },
    });
    expect(await client.findJobs(KEY)).toHaveLength(1);
  });

  it.each<[string, Routes[string]]>([
    [
      'a page fails',
      ({ query }) =>
        query.has('pageToken') ? refusal(403, 'PERMISSION_DENIED', 'no') : { json: { nextPageToken: 'x' } },
    ],
    ['a page is no page', () => ({ json: [] })],
    ['the list turns in circles', () => ({ json: { nextPageToken: 'x' } })],
  ])(
    'throws rather than say none when %s',
    async (_what, route) => {
      const { client } = await open({ [`GET ${JOBS}`]: route });
      await expect(client.findJobs(KEY)).rejects.toThrow(/^\[vertex\] could not look for jobs: /);
    },
    20_000,
  );
});

describe('getJob', () => {
  const look = async (beta: Reply, stable: Reply = refusal(404, 'NOT_FOUND', 'none')) => {
    const { client } = await open({ [`GET /v1beta1/${NAME}`]: () => beta, [`GET /v1/${NAME}`]: () => stable });
    return client.getJob(NAME);
  };

  it.each([
    ['JOB_STATE_QUEUED', 'queued'],
    ['JOB_STATE_PENDING', 'queued'],
    ['JOB_STATE_RUNNING', 'running'],
    ['JOB_STATE_UPDATING', 'running'],
    ['JOB_STATE_PAUSED', 'paused'],
    ['JOB_STATE_CANCELLING', 'stopping'],
    ['JOB_STATE_CANCELLED', 'cancelled'],
    ['JOB_STATE_SUCCEEDED', 'succeeded'],
    ['JOB_STATE_PARTIALLY_SUCCEEDED', 'succeeded'],
    ['JOB_STATE_FAILED', 'failed'],
    ['JOB_STATE_EXPIRED', 'failed'],
    ['JOB_STATE_UNSPECIFIED', 'unknown'],
    ['JOB_STATE_OF_NEXT_YEAR', 'unknown'],
  ])('calls %s %s', async (state, expected) => {
    expect(await look({ json: job({ state }) })).toMatchObject({ id: NAME, state: expected, providerState: state });
  });

  it.each([
    ['JOB_STATE_PENDING', 'TUNING_JOB_STATE_WAITING_FOR_QUOTA', 'queued'],
    ['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_WAITING_FOR_QUOTA', 'queued'],
    ['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_WAITING_FOR_CAPACITY', 'queued'],
    ['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_PROCESSING_DATASET', 'validating'],
    ['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_POST_PROCESSING', 'running'],
    ['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_OF_NEXT_YEAR', 'running'],
    ['JOB_STATE_SUCCEEDED', 'TUNING_JOB_STATE_PROCESSING_DATASET', 'succeeded'],
    ['JOB_STATE_CANCELLING', 'TUNING_JOB_STATE_WAITING_FOR_QUOTA', 'stopping'],
    [null, 'TUNING_JOB_STATE_TUNING', 'unknown'],
    [7, null, 'unknown'],
  ])('calls %j with %j %s', async (state, tuningJobState, expected) => {
    expect(await look({ json: job({ state, tuningJobState }) })).toMatchObject({ state: expected });
  });

  it('takes a job whose other fields are odd, null or huge', async () => {
    const odd = { error: 'odd', labels: 7, tunedModel: [], tuningDataStats: { supervisedTuningDataStats: 'x' } };
    expect(await look({ json: job({ ...odd, startTime: 'noon', endTime: null }) })).toMatchObject({ state: 'running' });
    const tunedModel = { endpoint: 'e'.repeat(5000), model: 'projects/1/locations/eu/models/2@1' };
    const error = { message: 'x'.repeat(100_000), code: 'odd' };
    const done = await look({ json: job({ state: 'JOB_STATE_SUCCEEDED', tunedModel, error }) });
    expect(done).toMatchObject({ state: 'succeeded', tunedModel: tunedModel.model });
    expect(done?.error?.length).toBeLessThanOrEqual(500);
  });

  it('knows every state of the official protos', () => {
    const states = Object.keys(protobuf.google.cloud.aiplatform.v1.JobState).filter((word) =>
      word.startsWith('JOB_STATE_'),
    );
    expect(states).toHaveLength(12);
  });

  it('tells progress and where exactly the job is, as v1beta1 does', async () => {
    const json = job({
      tuningJobState: 'TUNING_JOB_STATE_TUNING',
      tuningJobMetadata: { completedStepCount: '30', completedEpochCount: '1' },
      tuningDataStats: { supervisedTuningDataStats: { tuningStepCount: '120' } },
    });
    expect(await look({ json })).toEqual({
      id: NAME,
      state: 'running',
      providerState: 'JOB_STATE_RUNNING (TUNING_JOB_STATE_TUNING)',
      tunedModel: null,
      error: null,
      progress: 0.25,
    });
    const reading = job({ state: 'JOB_STATE_PENDING', tuningJobState: 'TUNING_JOB_STATE_PROCESSING_DATASET' });
    expect(await look({ json: reading })).toMatchObject({ state: 'validating', progress: null });
  });

  it('looks through v1 where v1beta1 does not answer', async () => {
    expect(await look(refusal(404, 'NOT_FOUND', 'no such version'), { json: job() })).toMatchObject({
      state: 'running',
    });
    expect(await look({ json: { odd: true } }, { json: job() })).toMatchObject({ state: 'running' });
  }, 20_000);

  it('names the endpoint of a finished job, or its model where there is none', async () => {
    const state = 'JOB_STATE_SUCCEEDED';
    const tunedModel = {
      model: 'projects/1/locations/europe-west4/models/2@1',
      endpoint: 'projects/1/locations/eu/endpoints/3',
    };
    expect(await look({ json: job({ state, tunedModel }) })).toMatchObject({
      tunedModel: tunedModel.endpoint,
      progress: 1,
    });
    const { model } = tunedModel;
    expect(await look({ json: job({ state, tunedModel: { model } }) })).toMatchObject({ tunedModel: model });
    expect(await look({ json: job({ tunedModel }) })).toMatchObject({ tunedModel: null });
  });

  it('tells why a job failed, and what was left out', async () => {
    const state = 'JOB_STATE_FAILED';
    const stats = { totalTruncatedExampleCount: '12', droppedExampleReasons: ['Too many tokens', 'x'] };
    const json = job({
      state,
      error: { code: 3, message: 'too few' },
      tuningDataStats: { supervisedTuningDataStats: stats },
    });
    expect(await look({ json })).toMatchObject({ error: 'too few; 12 examples were left out (Too many tokens)' });
    expect(await look({ json: job({ state, error: {} }) })).toMatchObject({
      error: expect.stringContaining('no reason'),
    });
    expect(await look({ json: job({ state: 'JOB_STATE_PARTIALLY_SUCCEEDED' }) })).toMatchObject({
      error: expect.stringContaining('in part'),
    });
  });

  it('is null where there is no such job, and throws where the answer is not the API’s', async () => {
    const gone = refusal(404, 'NOT_FOUND', 'The TuningJob does not exist');
    expect(await look(gone, gone)).toBeNull();
    await expect(look({ status: 404, text: '<html>' }, { status: 404, text: '<html>' })).rejects.toThrow('HTTP 404');
  });

  it('asks for nothing but a job, whatever an id may be', async () => {
    const { server, client } = await open({});
    await client.getJob('../../v1/projects/p/secrets/x').catch(() => null);
    await client.getJob('projects/a?b/locations/c#d/tuningJobs/..').catch(() => null);
    for (const { path } of server.asked) expect(path).toMatch(/^\/v1(beta1)?\/projects\/\/locations\/\/tuningJobs\/$/);
  });
});

describe('cancelJob', () => {
  const cancel = async (reply: Reply, state: string) => {
    const { server, client } = await open({
      [`POST /v1/${NAME}:cancel`]: () => reply,
      [`GET /v1beta1/${NAME}`]: () => ({ json: job({ state }) }),
    });
    await client.cancelJob(NAME);
    return server;
  };

  it('asks for it', async () => {
    const server = await cancel({ json: {} }, 'JOB_STATE_RUNNING');
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([`POST /v1/${NAME}:cancel`]);
  });

  it.each(['JOB_STATE_SUCCEEDED', 'JOB_STATE_CANCELLED', 'JOB_STATE_CANCELLING'])(
    'is content when the job is %s',
    async (state) => {
      await expect(cancel(refusal(400, 'FAILED_PRECONDITION', 'over'), state)).resolves.toBeDefined();
    },
  );

  it('throws when the job goes on', async () => {
    await expect(cancel(refusal(403, 'PERMISSION_DENIED', 'no'), 'JOB_STATE_RUNNING')).rejects.toThrow(
      'could not cancel the job',
    );
  });
});
