import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningSimulators, startSimulators } from '../../lib/local/simulators/start.ts';
import { openai } from '../../lib/providers/openai/index.ts';
import type { JobSnapshot, LineSegment, ProviderClient, ReadableFile } from '../../lib/providers/provider.ts';
import { accepted, assistant, example, image, sha256, target, user } from './openai-fixtures.ts';
import { page, KEY as SECRET, startServer } from './openai-server.ts';
import { stageWhole } from './stage-whole.ts';

const KEY = '0123456789abcdef0123456789abcdef01234567';
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(faults: object[] = []): Promise<{ simulators: RunningSimulators; client: ProviderClient }> {
  const stateDir = await mkdtemp(join(tmpdir(), 'finedrop-openai-'));
  cleanups.push(() => rm(stateDir, { recursive: true, force: true }));
  const rules = faults.map((fault) => ({ provider: 'openai', ...fault }));
  const simulators = await startSimulators({ stateDir, faults: { rules } });
  cleanups.push(() => simulators.close());
  const settings = { simulated: true, values: { baseURL: simulators.urls.openai } };
  const client = await openai.connect(settings, { mediaBase: '', now: () => simulators.clock.now() });
  return { simulators, client };
}

function readable(bytes: Buffer): ReadableFile {
  async function* read(offset: number, length: number) {
    yield bytes.subarray(offset, offset + length);
  }
  return { bytes: bytes.length, sha256: sha256(bytes), read };
}

/** Rows with a real image each: what `format` writes must hold before rules that are not ours. */
async function trainingFile(rows: number): Promise<ReadableFile> {
  const photo = sharp({ create: { width: 32, height: 24, channels: 3, background: '#364' } });
  const pixels = await photo.png().toBuffer();
  const countTokens = await openai.loadTokenizer('gpt-4o-2024-08-06');
  const media = new Map([['a', image('owl', { sha256: sha256(pixels), bytes: pixels.length })]]);
  const fill = (segment: LineSegment) => (typeof segment === 'string' ? segment : pixels.toString('base64'));
  const lines = Array.from({ length: rows }, (_, row) => {
    const turns = [user({ text: `Which bird is number ${row}?` }, { media: 'a' }), assistant(`Bird ${row}.`)];
    const formatted = openai.format(example(turns), media, { target: target(), countTokens, mediaUri: () => '' });
    return `${accepted(formatted).line.map(fill).join('')}\n`;
  });
  return readable(Buffer.from(lines.join('')));
}

async function stageAndCreate(client: ProviderClient, rows: number) {
  const training = await stageWhole(client, 'train', await trainingFile(rows));
  const request = { key: KEY, target: target(), dataset: 'museum', training, validation: null };
  return { training, outcome: await client.createJob(request, { deadlineMs: 2000 }) };
}

async function follow({ simulators, client }: Awaited<ReturnType<typeof start>>, id: string) {
  const seen: JobSnapshot[] = [];
  for (let look = 0; look < 200; look += 1) {
    const job = await client.getJob(id);
    if (job === null) throw new Error('the job is gone');
    if (seen.at(-1)?.state !== job.state) seen.push(job);
    if (['succeeded', 'failed', 'cancelled'].includes(job.state)) break;
    await simulators.clock.advance(20_000);
  }
  return { states: seen.map(({ state }) => state), last: seen.at(-1) };
}

describe('the client at the simulator', () => {
  it('stages once, creates, finds by key and follows the job to its model and metrics', async () => {
    const running = await start();
    const { client } = running;
    const { training, outcome } = await stageAndCreate(client, 12);
    expect(await stageWhole(client, 'train', await trainingFile(12))).toEqual(training);
    if (outcome.outcome !== 'created') throw new Error(JSON.stringify(outcome));
    expect((await client.findJobs(KEY)).map(({ id }) => id)).toEqual([outcome.id]);
    expect(await client.findJobs('another')).toEqual([]);
    const { states, last } = await follow(running, outcome.id);
    expect(states).toEqual(['validating', 'queued', 'running', 'succeeded']);
    expect(last?.tunedModel).toMatch(/^ft:gpt-4o-2024-08-06:/);
    const told = await client.readMetrics(outcome.id);
    expect(told?.points[0]).toMatchObject({ step: 1, trainLoss: expect.any(Number), validLoss: null });
    expect(told?.checkpoints.at(-1)).toMatchObject({ model: last?.tunedModel, step: told?.points.at(-1)?.step });
    expect(told?.events.at(-1)?.message).toBe('The job has successfully completed');
    expect(told?.named).toBeNull();
  });

  it('hands the reason of a failure on', async () => {
    const running = await start();
    const { outcome } = await stageAndCreate(running.client, 9);
    if (outcome.outcome !== 'created') throw new Error(JSON.stringify(outcome));
    const { last } = await follow(running, outcome.id);
    expect(last).toMatchObject({ state: 'failed', error: expect.stringContaining('invalid_n_examples') });
  });

  it('finds the job whose creation was accepted but never answered', async () => {
    const { client } = await start([{ operation: 'jobs.create', action: 'accept-then-timeout', ms: 50 }]);
    const { outcome } = await stageAndCreate(client, 10);
    expect(outcome.outcome).toBe('unknown');
    expect(await client.findJobs(KEY)).toHaveLength(1);
  });

  it('finds it also where the server keeps no metadata, and under no other key that has the same data', async () => {
    const fault = { operation: 'jobs.create', action: 'accept-then-timeout', forgets: 'metadata', ms: 50 };
    const { client } = await start([fault]);
    const file = await trainingFile(10);
    const training = await stageWhole(client, 'train', file, { key: KEY });
    const other = await stageWhole(client, 'train', file, { key: 'f'.repeat(40) });
    expect(other.reference).not.toBe(training.reference);
    const request = { key: KEY, target: target(), dataset: 'museum', training, validation: null };
    expect(await client.createJob(request, { deadlineMs: 2000 })).toMatchObject({ outcome: 'unknown' });
    expect(await client.findJobs(KEY)).toHaveLength(1);
    expect(await client.findJobs('f'.repeat(40))).toEqual([]);
  });

  it('cancels, and takes staged files away when no job reads them any more', async () => {
    const { client } = await start();
    const { training, outcome } = await stageAndCreate(client, 10);
    if (outcome.outcome !== 'created') throw new Error(JSON.stringify(outcome));
    await client.removeStaged([training]);
    expect(await stageWhole(client, 'train', await trainingFile(10))).toEqual(training);
    await client.cancelJob(outcome.id);
    await client.cancelJob(outcome.id);
    expect(await client.getJob(outcome.id)).toMatchObject({ state: 'cancelled' });
    await client.removeStaged([training]);
    expect(await stageWhole(client, 'train', await trainingFile(10))).not.toEqual(training);
    expect(await client.getJob('ftjob-none')).toBeNull();
  });
});

describe('connect', () => {
  const options = { mediaBase: '', now: () => new Date() };

  it('wants a key for the real API and a base URL for a simulator', async () => {
    await expect(openai.connect({ simulated: false, values: {} }, options)).rejects.toThrow('Set OPENAI_API_KEY');
    await expect(openai.connect({ simulated: true, values: {} }, options)).rejects.toThrow('no base URL');
  });

  it('never shows a real key to a simulator', async () => {
    const server = await startServer({ 'GET /v1/fine_tuning/jobs': () => page([]), 'GET /v1/files': () => page([]) });
    cleanups.push(() => server.close());
    const client = await openai.connect({ simulated: true, values: { baseURL: server.url, apiKey: SECRET } }, options);
    expect(await client.findJobs(KEY)).toEqual([]);
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer sk-simulated'));
  });
});
