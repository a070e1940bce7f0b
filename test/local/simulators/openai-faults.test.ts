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

/** A client of a server that does one thing wrong, over the same state. */
async function faultyJobs(rule: object): Promise<OpenAI.FineTuning.Jobs> {
  const url = await bench.restart({ rules: [{ provider: 'openai', operation: 'jobs.create', ...rule }] });
  return bench.clientAt(url).fineTuning.jobs;
}

const request = (key: string) => ({ model: MODEL, training_file: file, metadata: { key } });

async function countOf(key: string): Promise<number> {
  return (await bench.client.fineTuning.jobs.list({ metadata: { key } })).data.length;
}

describe('faults', () => {
  it('answers 429 with Retry-After, and creates nothing', async () => {
    const jobs = await faultyJobs({ action: 'error', status: 429, ms: 7000 });
    const error: unknown = await jobs.create(request('busy')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect((error as { headers: Headers }).headers.get('retry-after')).toBe('7');
    expect(await countOf('busy')).toBe(0);
    await jobs.create(request('busy'));
    expect(await countOf('busy')).toBe(1);
  });

  it('answers 500 before anything happened', async () => {
    const jobs = await faultyJobs({ action: 'error' });
    await expect(jobs.create(request('broken'))).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    expect(await countOf('broken')).toBe(0);
  });

  it('creates the job and never answers', async () => {
    const jobs = await faultyJobs({ action: 'accept-then-timeout' });
    await expect(jobs.create(request('mute'))).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
    expect(await countOf('mute')).toBe(1);
  });

  it('breaks the connection before it creates the job', async () => {
    const jobs = await faultyJobs({ action: 'reset' });
    await expect(jobs.create(request('cut'))).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
    expect(await countOf('cut')).toBe(0);
  });

  it('forgets a job that it confirmed', async () => {
    const job = await (await faultyJobs({ action: 'lost-job' })).create(request('lost'));
    await expect(bench.client.fineTuning.jobs.retrieve(job.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect(await countOf('lost')).toBe(0);
  });

  it.each([
    ['reject-file', 'unsafe_file'],
    ['fail-job', 'server_error'],
  ])('lets the job fail by %s', async (action, code) => {
    const job = await (await faultyJobs({ action })).create(request(action));
    await bench.clock.advance(20 * MINUTE);
    const ended = await bench.client.fineTuning.jobs.retrieve(job.id);
    expect(ended).toMatchObject({ status: 'failed', error: { code } });
  });

  it('is slow when told so', async () => {
    const jobs = await faultyJobs({ action: 'slow', ms: 300 });
    const start = performance.now();
    await jobs.create(request('slow'));
    expect(performance.now() - start).toBeGreaterThan(290);
  });
});
