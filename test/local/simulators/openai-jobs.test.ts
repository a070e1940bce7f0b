import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingContract, openaiDifferences } from './contract.ts';
import { example, examples, MINUTE, MODEL, type OpenaiBench, openOpenaiBench } from './openai-bench.ts';

let bench: OpenaiBench;
let jobs: OpenAI.FineTuning.Jobs;
let file: string;
beforeAll(async () => {
  bench = await openOpenaiBench();
  jobs = bench.client.fineTuning.jobs;
  file = await bench.upload(examples(10));
});
afterAll(() => bench.close());

const skipped = missingContract('openai-finetune-openapi.json');
const create = (more: object = {}) => jobs.create({ model: MODEL, training_file: file, ...more });

async function allOf<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of pages) found.push(item);
  return found;
}

describe('a fine-tuning job', () => {
  it('walks through its states by the simulated clock and ends with a model', async () => {
    const job = await create({ suffix: 'Museum Owls', metadata: { finedrop_key: 'k1' } });
    expect(job).toMatchObject({ status: 'validating_files', fine_tuned_model: null, finished_at: null, error: null });
    const seen = [];
    for (const wait of [31_000, MINUTE, 9 * MINUTE, MINUTE]) {
      await bench.clock.advance(wait);
      seen.push((await jobs.retrieve(job.id)).status);
    }
    expect(seen).toEqual(['queued', 'running', 'running', 'succeeded']);
    const done = await jobs.retrieve(job.id);
    expect(done.fine_tuned_model).toMatch(/^ft:gpt-4o-2024-08-06:simulated:museum-owls:[0-9a-f]{8}$/);
    expect(done.finished_at).toBe(job.created_at + 690);
    expect(done.trained_tokens).toBeGreaterThan(0);
    expect(done.metadata).toEqual({ finedrop_key: 'k1' });
  });

  it('leaves a results file with one row a step', async () => {
    const job = await create({ method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 3 } } } });
    await bench.clock.advance(20 * MINUTE);
    const [id = ''] = (await jobs.retrieve(job.id)).result_files;
    expect(await bench.client.files.retrieve(id)).toMatchObject({ purpose: 'fine-tune-results' });
    const rows = (await (await bench.client.files.content(id)).text()).trim().split('\n');
    expect(rows[0]).toBe('step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy');
    expect(rows).toHaveLength(31);
    expect(rows[30]).toMatch(/^30,\d(?:\.\d+)?,\d(?:\.\d+)?,,$/);
  });

  it('tells its events newest first, in pages, and keeps the last checkpoints', async () => {
    const job = await create({ method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 5 } } } });
    await bench.clock.advance(20 * MINUTE);
    const events = await allOf(jobs.listEvents(job.id, { limit: 7 }));
    expect(events[0]?.message).toBe('The job has successfully completed');
    expect(events.at(-1)?.message).toBe('Created fine-tuning job');
    expect(events.filter((event) => event.type === 'metrics')).toHaveLength(50);
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    const checkpoints = await allOf(jobs.checkpoints.list(job.id));
    expect(checkpoints.map((checkpoint) => checkpoint.step_number)).toEqual([50, 40, 30]);
  });

  it('stands where time has brought it after a restart', async () => {
    const job = await create();
    await bench.clock.advance(5 * MINUTE);
    const restarted = bench.clientAt(await bench.restart());
    expect((await restarted.fineTuning.jobs.retrieve(job.id)).status).toBe('running');
  });

  it('pauses, goes on and keeps what it has trained', async () => {
    const job = await create();
    await bench.clock.advance(6.5 * MINUTE);
    expect((await jobs.pause(job.id)).status).toBe('pausing');
    await bench.clock.advance(60 * MINUTE);
    expect((await jobs.retrieve(job.id)).status).toBe('paused');
    await jobs.resume(job.id);
    await bench.clock.advance(4 * MINUTE);
    expect((await jobs.retrieve(job.id)).status).toBe('running');
    await bench.clock.advance(2 * MINUTE);
    expect((await jobs.retrieve(job.id)).status).toBe('succeeded');
    await expect(jobs.resume(job.id)).rejects.toMatchObject({ status: 400 });
  });

  it('stays cancelled, and is cancelled once', async () => {
    const job = await create();
    await bench.clock.advance(2 * MINUTE);
    expect((await jobs.cancel(job.id)).status).toBe('cancelled');
    await bench.clock.advance(60 * MINUTE);
    expect(await jobs.retrieve(job.id)).toMatchObject({ status: 'cancelled', fine_tuned_model: null });
    await expect(jobs.cancel(job.id)).rejects.toMatchObject({ status: 400 });
  });

  it('fails after validation when a line is wrong, and says where', async () => {
    const bad = await bench.upload([...examples(10), example('hi', [{ type: 'image_url', image_url: {} }])]);
    const job = await create({ training_file: bad });
    expect(job.status).toBe('validating_files');
    await bench.clock.advance(MINUTE);
    expect(await jobs.retrieve(job.id)).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_file_format', param: 'training_file' },
    });
    const [event] = await allOf(jobs.listEvents(job.id));
    expect(event).toMatchObject({ level: 'error', message: expect.stringContaining('Example 11') });
  });

  it('judges the validation file, too', async () => {
    const job = await create({ validation_file: await bench.uploadText('[]\n') });
    await bench.clock.advance(MINUTE);
    expect((await jobs.retrieve(job.id)).error).toMatchObject({ param: 'validation_file' });
  });

  it('fails when its file was deleted before it was read', async () => {
    const gone = await bench.upload(examples(10));
    const job = await create({ training_file: gone });
    await bench.client.files.delete(gone);
    await bench.clock.advance(MINUTE);
    expect((await jobs.retrieve(job.id)).error).toMatchObject({ code: 'file_not_found' });
  });

  it('tunes a model further that another job made', async () => {
    const first = await create();
    await expect(create({ model: `${MODEL}:none` })).rejects.toMatchObject({ code: 'model_not_available' });
    await bench.clock.advance(20 * MINUTE);
    const model = (await jobs.retrieve(first.id)).fine_tuned_model ?? '';
    const second = await create({ model });
    await bench.clock.advance(20 * MINUTE);
    expect((await jobs.retrieve(second.id)).fine_tuned_model).toMatch(/^ft:gpt-4o-2024-08-06:simulated::/);
  });
});

describe('the list of jobs', () => {
  it('finds jobs by their metadata, newest first, through all pages', async () => {
    const made = [];
    for (const n of [1, 2, 3]) {
      made.unshift((await create({ metadata: { list: 'pages', n: String(n) } })).id);
      await bench.clock.advance(1000);
    }
    const found = await allOf(jobs.list({ limit: 2, metadata: { list: 'pages' } }));
    expect(found.map((job) => job.id)).toEqual(made);
    expect(await allOf(jobs.list({ metadata: { list: 'pages', n: '2' } }))).toHaveLength(1);
    expect(await allOf(jobs.list({ metadata: { constructor: 'pages' } }))).toEqual([]);
  });
});

describe('the creation of a job', () => {
  it.each([
    [{ model: 'gpt-5' }, 'model'],
    [{ training_file: 'file-none' }, 'training_file'],
    [{ validation_file: '../jobs' }, 'validation_file'],
    [{ suffix: 'x'.repeat(65) }, 'suffix'],
    [{ seed: -1 }, 'seed'],
    [{ method: { type: 'dpo' } }, 'method.type'],
    [
      { method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 51 } } } },
      'method.supervised.hyperparameters.n_epochs',
    ],
    [
      { method: { type: 'supervised', supervised: { hyperparameters: { batch_size: 257 } } } },
      'method.supervised.hyperparameters.batch_size',
    ],
    [
      { method: { type: 'supervised', supervised: { hyperparameters: { learning_rate_multiplier: 0 } } } },
      'method.supervised.hyperparameters.learning_rate_multiplier',
    ],
    [{ metadata: { ['k'.repeat(65)]: 'v' } }, `metadata.${'k'.repeat(65)}`],
    [{ metadata: { k: 'v'.repeat(513) } }, 'metadata.k'],
    [{ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, 'v'])) }, 'metadata'],
    [{ surprise: 1 }, 'surprise'],
  ])('refuses %j', async (change, param) => {
    await expect(create(change)).rejects.toMatchObject({ status: 400, param, type: 'invalid_request_error' });
  });

  it('refuses a file of another purpose', async () => {
    const job = await create();
    await bench.clock.advance(20 * MINUTE);
    const [results = ''] = (await jobs.retrieve(job.id)).result_files;
    await expect(create({ training_file: results })).rejects.toThrow("expected 'fine-tune'");
  });
});

describe('the answers', () => {
  it.skipIf(skipped)(`are as the specification says${skipped === null ? '' : ` (skipped: ${skipped})`}`, async () => {
    const job = await create({ validation_file: file, metadata: { a: 'b' }, suffix: 'x' });
    expect(openaiDifferences('FineTuningJob', job)).toEqual([]);
    await bench.clock.advance(20 * MINUTE);
    expect(openaiDifferences('FineTuningJob', await jobs.retrieve(job.id))).toEqual([]);
    const get = async (path: string): Promise<unknown> => {
      const headers = { authorization: 'Bearer k' };
      return (await fetch(`${bench.url}/v1/fine_tuning/jobs${path}`, { headers })).json();
    };
    expect(openaiDifferences('ListFineTuningJobEventsResponse', await get(`/${job.id}/events?limit=100`))).toEqual([]);
    expect(openaiDifferences('ListFineTuningJobCheckpointsResponse', await get(`/${job.id}/checkpoints`))).toEqual([]);
    expect(openaiDifferences('ListPaginatedFineTuningJobsResponse', await get(''))).toEqual([]);
    expect(openaiDifferences('ErrorResponse', await get('/ftjob-none'))).toEqual([]);
  });
});

describe('the model that a client looks up', () => {
  it('is known when it can be tuned', async () => {
    expect(await bench.client.models.retrieve(MODEL)).toMatchObject({ id: MODEL, object: 'model' });
    await expect(bench.client.models.retrieve('gpt-9')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });
});
