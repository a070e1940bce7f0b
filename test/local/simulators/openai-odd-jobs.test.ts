import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examples, MINUTE, MODEL, type OpenaiBench, openOpenaiBench } from './openai-bench.ts';

let bench: OpenaiBench;
let file: string;
beforeAll(async () => {
  bench = await openOpenaiBench();
  file = await bench.upload(examples(10));
});
afterAll(() => bench.close());

/** A client of a server that does one thing wrong at the creation of a job, over the same state. */
async function jobsWith(rule: object): Promise<OpenAI.FineTuning.Jobs> {
  const url = await bench.restart({ rules: [{ provider: 'openai', operation: 'jobs.create', ...rule }] });
  return bench.clientAt(url).fineTuning.jobs;
}

const create = async (rule: object) => (await jobsWith(rule)).create({ model: MODEL, training_file: file });

/** The state after each wait, in minutes. */
async function statesOf(id: string, waits: readonly number[]): Promise<string[]> {
  const states: string[] = [];
  for (const wait of waits) {
    await bench.clock.advance(wait * MINUTE);
    states.push((await bench.client.fineTuning.jobs.retrieve(id)).status);
  }
  return states;
}

describe('a refusal by its code', () => {
  it.each([
    [403, 'training_not_available', OpenAI.PermissionDeniedError, 'invalid_request_error'],
    [429, 'daily_rate_limit_exceeded', OpenAI.RateLimitError, 'invalid_request_error'],
    [429, 'insufficient_quota', OpenAI.RateLimitError, 'insufficient_quota'],
  ])('is %i %s, and names no time to come back', async (status, code, kind, type) => {
    const error: unknown = await create({ action: 'error', status, code }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status, code, type, param: null });
    expect((error as { headers: Headers }).headers.get('retry-after')).toBeNull();
  });

  it('says when to come back where it is told a time', async () => {
    const rule = { action: 'error', status: 429, code: 'rate_limit_exceeded', ms: 20_000 };
    const error: unknown = await create(rule).catch((reason: unknown) => reason);
    expect((error as { headers: Headers }).headers.get('retry-after')).toBe('20');
  });
});

describe('an odd state', () => {
  it('is a pause that nobody asked for, and the job goes on', async () => {
    const job = await create({ action: 'odd-state', state: 'paused' });
    expect(await statesOf(job.id, [5, 1.51, 1, 55, 5, 5])).toEqual([
      'running',
      'pausing',
      'paused',
      'paused',
      'running',
      'succeeded',
    ]);
  });

  it('is a pause that a person may end', async () => {
    const job = await create({ action: 'odd-state', state: 'paused' });
    await bench.clock.advance(10 * MINUTE);
    expect((await bench.client.fineTuning.jobs.resume(job.id)).status).toBe('running');
    expect(await statesOf(job.id, [6])).toEqual(['succeeded']);
  });

  it('is a word that no specification has', async () => {
    const job = await create({ action: 'odd-state', state: 'reviewing_model' });
    expect(await statesOf(job.id, [1, 5, 10])).toEqual(['queued', 'reviewing_model', 'succeeded']);
  });

  it('is a job that never ends, until it is cancelled', async () => {
    const job = await create({ action: 'odd-state', state: 'running' });
    expect(await statesOf(job.id, [10, 60 * 24 * 30])).toEqual(['running', 'running']);
    expect((await bench.client.fineTuning.jobs.cancel(job.id)).status).toBe('cancelled');
  });
});

describe('odd answers', () => {
  it('fail without a reason: an empty object for an error', async () => {
    const job = await create({ action: 'fail-without-reason' });
    expect(job.error).toBeNull();
    await bench.clock.advance(20 * MINUTE);
    const ended = await bench.client.fineTuning.jobs.retrieve(job.id);
    expect(ended).toMatchObject({ status: 'failed', fine_tuned_model: null, result_files: [] });
    expect(ended.error).toEqual({});
    const [event] = (await bench.client.fineTuning.jobs.listEvents(job.id)).data;
    expect(event).toMatchObject({ level: 'error', message: 'The job failed' });
  });

  it('write nulls and empty objects where nothing is', async () => {
    const job = await create({ action: 'null-fields' });
    expect(job).toMatchObject({ error: {}, result_files: null, validation_file: null, metadata: null });
    await bench.clock.advance(20 * MINUTE);
    expect((await bench.client.fineTuning.jobs.retrieve(job.id)).result_files).toHaveLength(1);
    const events = (await bench.client.fineTuning.jobs.listEvents(job.id)).data;
    expect(events.map(({ data }) => data)).toEqual(events.map(() => null));
  });

  it('serve the results in base64', async () => {
    const job = await create({ action: 'encode-results' });
    await bench.clock.advance(20 * MINUTE);
    const [id = ''] = (await bench.client.fineTuning.jobs.retrieve(job.id)).result_files;
    const text = await (await bench.client.files.content(id)).text();
    expect(text).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(Buffer.from(text, 'base64').toString('utf8')).toMatch(/^step,train_loss,.*\n1,/);
  });
});
