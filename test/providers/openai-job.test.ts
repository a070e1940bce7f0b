import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CreateJobRequest } from '../../lib/providers/provider.ts';
import { target } from './openai-fixtures.ts';
import { clientOf, KEY, page, type Reply, type Routes, refusal, type Server, startServer } from './openai-server.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(routes: Routes): Promise<Server> {
  const server = await startServer(routes);
  servers.push(server);
  return server;
}

function job(changes: object = {}) {
  return {
    object: 'fine_tuning.job',
    id: 'ftjob-1',
    created_at: 1_795_424_400,
    status: 'queued',
    fine_tuned_model: null,
    error: null,
    metadata: { finedrop_key: 'key-1' },
    result_files: [],
    training_file: 'file-1',
    validation_file: null,
    ...changes,
  };
}

const request: CreateJobRequest = {
  key: '0123456789abcdef0123456789abcdef01234567',
  target: target({ hyperparameters: { n_epochs: 3, batch_size: 'auto' }, suffix: 'museum' }),
  dataset: 'museum',
  training: { split: 'train', reference: 'file-1', bytes: 10 },
  validation: { split: 'validation', reference: 'file-2', bytes: 10 },
};

const CONTRACT = new URL('../../../shared/contracts/openai-finetune-openapi.json', import.meta.url);

/** The published schema of a request body, as a checker. */
function contractOf(name: string): z.ZodType {
  const contract = z
    .object({ components: z.object({ schemas: z.record(z.string(), z.unknown()) }) })
    .parse(JSON.parse(readFileSync(CONTRACT, 'utf8').replaceAll('#/components/schemas/', '#/$defs/')));
  const $defs = contract.components.schemas as Record<string, z.core.JSONSchema.JSONSchema>;
  return z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs });
}

describe('createJob', () => {
  const create = (server: Server, changes: Partial<CreateJobRequest> = {}, deadlineMs = 5000) =>
    clientOf(server).createJob({ ...request, ...changes }, { deadlineMs });

  it('asks for supervised tuning under the key, with the settings and both files', async () => {
    const server = await serve({ 'POST /v1/fine_tuning/jobs': () => ({ json: job() }) });
    expect(await create(server)).toEqual({ outcome: 'created', id: 'ftjob-1' });
    const [asked] = server.to('POST /v1/fine_tuning/jobs');
    expect(JSON.parse(asked?.body.toString() ?? '')).toEqual({
      model: 'gpt-4o-2024-08-06',
      training_file: 'file-1',
      validation_file: 'file-2',
      suffix: 'museum',
      method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 3, batch_size: 'auto' } } },
      metadata: { finedrop_key: request.key, finedrop_dataset: 'museum' },
    });
    expect(asked?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'openai-organization': 'org-1',
      'openai-project': 'proj_1',
    });
  });

  it.skipIf(!existsSync(CONTRACT))(
    'sends what the published contract takes (needs the contracts folder beside the checkout)',
    async () => {
      const server = await serve({ 'POST /v1/fine_tuning/jobs': () => ({ json: job() }) });
      await create(server, { dataset: '🦉'.repeat(1000) });
      await create(server, { validation: null, target: target() });
      const contract = contractOf('CreateFineTuningJobRequest');
      for (const { body } of server.asked)
        expect(contract.safeParse(JSON.parse(body.toString())).error).toBeUndefined();
      expect(contract.safeParse({ model: 'x' }).success).toBe(false);
      const datasets = server.asked.map(({ body }) => JSON.parse(body.toString()).metadata.finedrop_dataset);
      expect(datasets[0].length).toBeLessThanOrEqual(512);
    },
  );

  it.each<[string, Reply, object]>([
    ['400', refusal(400, 'invalid_model', 'No such model.'), { outcome: 'refused', code: 'invalid_model' }],
    ['401', refusal(401, 'invalid_api_key', `Incorrect key: ${KEY}`), { outcome: 'refused', code: 'invalid_api_key' }],
    [
      '403 of a closed account',
      refusal(403, 'training_not_available', 'No.'),
      { outcome: 'refused', code: 'training_not_available' },
    ],
    ['404', refusal(404, null, 'No such file.'), { outcome: 'refused', code: 'http_404' }],
    ['422', refusal(422, null, 'No.'), { outcome: 'refused', code: 'http_422' }],
    ['403 of a proxy', { status: 403, text: '<html>forbidden</html>' }, { outcome: 'refused', code: 'http_403' }],
    ['409', refusal(409, null, 'Exists.'), { outcome: 'conflict' }],
    ['429 without a time', refusal(429, 'rate_limit_exceeded', 'Slow.'), { outcome: 'later', afterSeconds: 60 }],
    [
      '429 with seconds',
      refusal(429, 'rate_limit_exceeded', 'Slow.', { 'retry-after': '7.2' }),
      { outcome: 'later', afterSeconds: 8 },
    ],
    [
      '429 with a date',
      refusal(429, null, 'Slow.', { 'retry-after': 'Mon, 23 Nov 2026 09:02:00 GMT' }),
      { outcome: 'later', afterSeconds: 120 },
    ],
    [
      '429 with nonsense',
      refusal(429, null, 'Slow.', { 'retry-after': 'soon' }),
      { outcome: 'later', afterSeconds: 60 },
    ],
    [
      '429 of the day',
      refusal(429, 'daily_rate_limit_exceeded', 'Max 12 a day.'),
      { outcome: 'later', afterSeconds: 3600 },
    ],
    [
      '429 for want of money',
      refusal(429, 'insufficient_quota', 'Pay.'),
      { outcome: 'refused', code: 'insufficient_quota' },
    ],
    ['500', refusal(500, null, 'Oops.'), { outcome: 'unknown' }],
    ['503 with a time', refusal(503, null, 'Busy.', { 'retry-after': '1' }), { outcome: 'unknown' }],
    ['408', refusal(408, null, 'Slow.'), { outcome: 'unknown' }],
    ['200 without an id', { json: { object: 'fine_tuning.job' } }, { outcome: 'unknown' }],
    ['200 that is no JSON', { text: '<html>' }, { outcome: 'unknown' }],
    ['a cut connection', { cut: true }, { outcome: 'unknown' }],
    ['silence', { hang: true }, { outcome: 'unknown' }],
  ])('%s: asks once', async (_what, reply, outcome) => {
    const server = await serve({ 'POST /v1/fine_tuning/jobs': () => reply });
    const found = await create(server, {}, 400);
    expect(found).toMatchObject(outcome);
    expect(server.asked).toHaveLength(1);
    expect(JSON.stringify(found)).not.toMatch(new RegExp(`${KEY}|html|n_epochs`));
  });

  it('is unknown where nobody listens', async () => {
    const server = await serve({});
    await server.close();
    const outcome = await create(server);
    expect(outcome).toEqual({ outcome: 'unknown', message: 'the connection failed (ECONNREFUSED)' });
  });

  it('gives up on a body that never ends', async () => {
    const server = await serve({ 'POST /v1/fine_tuning/jobs': () => ({ json: job(), stall: true }) });
    const outcome = await create(server, {}, 300);
    expect(outcome).toEqual({ outcome: 'unknown', message: 'there was no answer in time' });
  }, 5000);

  it('tells a closed account what to do', async () => {
    const reply = refusal(403, 'training_not_available', 'Training is not available.');
    const server = await serve({ 'POST /v1/fine_tuning/jobs': () => reply });
    expect(await create(server)).toEqual({
      outcome: 'refused',
      code: 'training_not_available',
      message: expect.stringMatching(
        /^HTTP 403 training_not_available Training is not available\. OpenAI has closed fine-tuning to this account for good.*Choose another target/,
      ),
    });
  });
});

describe('findJobs', () => {
  it('asks for the key, follows every page and drops jobs of other keys', async () => {
    const pages: Record<string, Reply> = {
      '': page([job({ id: 'a' }), job({ id: 'other', metadata: null })], true),
      other: page(
        [
          job({ id: 'b', status: 'running', created_at: 1_795_424_401 }),
          job({ id: 'c', metadata: { finedrop_key: 'key-2' } }),
        ],
        true,
      ),
      c: page([job({ id: 'd', status: 'cancelled' })]),
    };
    const server = await serve({ 'GET /v1/fine_tuning/jobs': ({ query }) => pages[query.get('after') ?? ''] ?? {} });
    expect(await clientOf(server).findJobs('key-1')).toEqual([
      { id: 'a', createdAt: '2026-11-23T09:00:00.000Z', state: 'queued' },
      { id: 'b', createdAt: '2026-11-23T09:00:01.000Z', state: 'running' },
      { id: 'd', createdAt: '2026-11-23T09:00:00.000Z', state: 'cancelled' },
    ]);
    expect(server.asked.map(({ query }) => query.get('metadata[finedrop_key]'))).toEqual(['key-1', 'key-1', 'key-1']);
  });

  it.each<[string, Reply]>([
    ['refuses', refusal(401, 'invalid_api_key', `Incorrect key: ${KEY}`)],
    ['answers HTML', { text: '<html>' }],
    ['answers no list', { json: { object: 'list' } }],
    ['does not say whether there is more', { json: { data: [] } }],
    ['holds a job that cannot be read', page([{ id: 'a' }])],
    ['promises more behind an empty page', page([], true)],
    ['never ends', page([job()], true)],
  ])('throws one line when the server %s, and never says "none"', async (_what, reply) => {
    const server = await serve({ 'GET /v1/fine_tuning/jobs': () => reply });
    const error = await clientOf(server)
      .findJobs('key-1')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    const { message, cause } = error as Error;
    expect(message).toMatch(/^\[openai\] could not look for jobs: .+\. (Check OPENAI_API_KEY|Try again later)\.$/);
    expect(message).not.toContain(KEY);
    expect(cause).toBeUndefined();
  });
});

describe('modelEndsOn', () => {
  const asked = async (reply: Reply) => {
    const server = await serve({ 'GET /v1/models/gpt-4o-2024-08-06': () => reply });
    return clientOf(server).modelEndsOn?.('gpt-4o-2024-08-06');
  };

  it.each<[string, Reply, string | null]>([
    ['a day', { json: { id: 'gpt-4o-2024-08-06', shutdown_date: '2027-01-14' } }, '2027-01-14'],
    ['none', { json: { id: 'gpt-4o-2024-08-06', shutdown_date: null } }, null],
    ['nothing of it', { json: { id: 'gpt-4o-2024-08-06' } }, null],
    ['what is no day', { json: { id: 'gpt-4o-2024-08-06', shutdown_date: 'soon' } }, null],
    ['that there is no such model', refusal(404, 'model_not_found', 'No such model'), null],
  ])('reads %s', async (_what, reply, end) => {
    expect(await asked(reply)).toBe(end);
  });

  it('throws where the server does not say', async () => {
    await expect(asked(refusal(403, null, 'Missing scopes: api.model.read'))).rejects.toThrow(
      /^\[openai\] could not look at the model gpt-4o-2024-08-06: HTTP 403/,
    );
  });
});

describe('getJob', () => {
  const look = async (answer: object) =>
    clientOf(await serve({ 'GET /v1/fine_tuning/jobs/ftjob-1': () => ({ json: job(answer) }) })).getJob('ftjob-1');

  it.each([
    ['validating_files', 'validating'],
    ['queued', 'queued'],
    ['running', 'running'],
    ['pausing', 'paused'],
    ['paused', 'paused'],
    ['failed', 'failed'],
    ['cancelled', 'cancelled'],
    ['in_orbit', 'unknown'],
    ['constructor', 'unknown'],
  ])('reads %s as %s', async (status, state) => {
    expect(await look({ status })).toMatchObject({ state, providerState: status, tunedModel: null });
  });

  it.each([null, 7, undefined])('is unknown by the status %j', async (status) => {
    expect(await look({ status })).toMatchObject({ state: 'unknown', providerState: 'none' });
  });

  it('has succeeded only when the model has a name, which is waited for a day and not for two weeks', async () => {
    for (const fine_tuned_model of [null, '', 7, 'x'.repeat(513)])
      expect(await look({ status: 'succeeded', fine_tuned_model })).toMatchObject({
        state: 'unknown',
        providerState: 'succeeded',
        tunedModel: null,
      });
    expect(await look({ status: 'succeeded', fine_tuned_model: 'ft:x' })).toMatchObject({
      state: 'succeeded',
      tunedModel: 'ft:x',
      progress: 1,
    });
  });

  it.each([
    [null, null],
    [{}, null],
    [{ code: null, message: null, param: null }, null],
    ['odd', null],
    [
      { code: 'invalid_n_examples', message: 'Too few.', param: 'training_file' },
      'invalid_n_examples Too few. (training_file)',
    ],
    [{ message: 'a\nb' }, 'a\\nb'],
  ])('takes the error %j', async (error, shown) => {
    expect(await look({ error })).toMatchObject({ error: shown });
  });

  it('has a sentence for a failure without a reason', async () => {
    expect(await look({ status: 'failed', error: {} })).toMatchObject({ error: expect.stringContaining('no reason') });
  });

  it('is null where the API knows no such job, and an error where something else says 404', async () => {
    const gone = await serve({ 'GET /v1/fine_tuning/jobs/*': () => refusal(404, null, 'No such job.') });
    expect(await clientOf(gone).getJob('ftjob-1')).toBeNull();
    const proxy = await serve({ 'GET /v1/fine_tuning/jobs/*': () => ({ status: 404, text: 'nothing here' }) });
    await expect(clientOf(proxy).getJob('ftjob-1')).rejects.toThrow(/could not look at the job ftjob-1: HTTP 404/);
  });

  it('tries again after a passing fault', async () => {
    let calls = 0;
    const server = await serve({
      'GET /v1/fine_tuning/jobs/ftjob-1': () => {
        calls += 1;
        return calls === 1 ? refusal(500, null, 'Oops.', { 'retry-after-ms': '1' }) : { json: job() };
      },
    });
    expect(await clientOf(server).getJob('ftjob-1')).toMatchObject({ state: 'queued' });
  });
});

describe('cancelJob', () => {
  const cancel = async (reply: Reply, after: Reply) => {
    const server = await serve({
      'POST /v1/fine_tuning/jobs/ftjob-1/cancel': () => reply,
      'GET /v1/fine_tuning/jobs/ftjob-1': () => after,
    });
    return clientOf(server).cancelJob('ftjob-1');
  };

  it('is content with a job that has ended or is gone', async () => {
    const tooLate = refusal(400, null, 'Job has already completed.');
    await expect(cancel({ json: job({ status: 'cancelled' }) }, {})).resolves.toBeUndefined();
    await expect(cancel(tooLate, { json: job({ status: 'failed' }) })).resolves.toBeUndefined();
    await expect(cancel(tooLate, refusal(404, null, 'No such job.'))).resolves.toBeUndefined();
  });

  it('throws while the job lives on', async () => {
    const error = cancel(refusal(400, null, 'Not now.'), { json: job({ status: 'running' }) });
    await expect(error).rejects.toThrow(
      '[openai] could not cancel the job ftjob-1: HTTP 400 Not now. Try again later.',
    );
  });
});
