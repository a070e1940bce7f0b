import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { simulatorEnvironment } from '../../lib/local/simulators/environment.ts';
import { type RunningSimulators, startSimulators } from '../../lib/local/simulators/start.ts';
import type { JobSnapshot, ProviderClient, ReadableFile } from '../../lib/providers/provider.ts';
import { vertex } from '../../lib/providers/vertex/index.ts';
import { stageWhole } from './stage-whole.ts';
import { accepted, assistant, example, file, target, user } from './vertex-fixtures.ts';

const KEY = '0123456789abcdef0123456789abcdef01234567';
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Running {
  simulators: RunningSimulators;
  client: ProviderClient;
  base: string;
}

async function start(faults: object[] = []): Promise<Running> {
  const stateDir = await mkdtemp(join(tmpdir(), 'finedrop-vertex-'));
  cleanups.push(() => rm(stateDir, { recursive: true, force: true }));
  const rules = faults.map((fault) => ({ provider: 'vertex', ...fault }));
  const simulators = await startSimulators({ stateDir, faults: { rules } });
  cleanups.push(() => simulators.close());
  const settings = { simulated: true, values: vertex.readSettings(simulatorEnvironment(simulators.urls)) };
  const base = vertex.mediaBase(settings, 'birds');
  const client = await vertex.connect(settings, { mediaBase: base, now: () => simulators.clock.now() });
  return { simulators, client, base };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function readable(bytes: Buffer): ReadableFile {
  async function* read(offset: number, length: number) {
    yield bytes.subarray(offset, offset + length);
  }
  return { bytes: bytes.length, sha256: sha256(bytes), read };
}

/** Rows with a real image each: what `format` writes must hold before rules that are not ours. */
async function trainingFile({ client, base }: Running, rows: number): Promise<ReadableFile> {
  const photo = sharp({ create: { width: 32, height: 24, channels: 3, background: '#364' } });
  const pixels = await photo.png().toBuffer();
  const hash = sha256(pixels);
  await client.stageMedia(`${hash}.png`, 'image/png', readable(pixels));
  await client.stageMedia(`${hash}.png`, 'image/png', readable(pixels));
  const countTokens = await vertex.loadTokenizer('gemini-3.1-flash-lite');
  const media = new Map([['a', file('image', 'a', { sha256: hash, bytes: pixels.length })]]);
  const lines = Array.from({ length: rows }, (_, row) => {
    const turns = [user({ text: `Which bird is number ${row}?` }, { media: 'a' }), assistant(`Bird ${row}.`)];
    const mediaUri = (name: string) => `${base}/${name}`;
    return `${accepted(vertex.format(example(turns), media, { target: target(), countTokens, mediaUri })).line.join('')}\n`;
  });
  return readable(Buffer.from(lines.join('')));
}

async function stageAndCreate(running: Running, rows: number) {
  const { client } = running;
  const training = await stageWhole(client, 'train', await trainingFile(running, rows));
  const validation = await stageWhole(client, 'validation', await trainingFile(running, 2));
  const request = { key: KEY, target: target(), dataset: 'birds', training, validation };
  return { training, outcome: await client.createJob(request, { deadlineMs: 2000 }) };
}

async function created(running: Running, rows = 3): Promise<string> {
  const { outcome } = await stageAndCreate(running, rows);
  if (outcome.outcome !== 'created') throw new Error(JSON.stringify(outcome));
  return outcome.id;
}

async function follow({ simulators, client }: Running, id: string, everyMs = 20_000) {
  const seen: JobSnapshot[] = [];
  for (let look = 0; look < 300; look += 1) {
    const job = await client.getJob(id);
    if (job === null) throw new Error('the job is gone');
    if (seen.at(-1)?.state !== job.state) seen.push(job);
    if (['succeeded', 'failed', 'cancelled'].includes(job.state)) break;
    await simulators.clock.advance(everyMs);
  }
  return { states: seen.map(({ state }) => state), last: seen.at(-1) };
}

describe('the client at the simulators', () => {
  it('stages once, creates, finds by key and follows the job to its endpoint', async () => {
    const running = await start();
    const { client } = running;
    const id = await created(running);
    expect((await client.findJobs(KEY)).map((job) => job.id)).toEqual([id]);
    expect(await client.findJobs('another')).toEqual([]);
    const { states, last } = await follow(running, id);
    // It waits for quota first, and for machines once its data are read.
    expect(states).toEqual(['queued', 'validating', 'queued', 'running', 'succeeded']);
    expect(last).toMatchObject({ error: null, progress: 1 });
    expect(last?.tunedModel).toMatch(/^projects\/simulated\/locations\/us\/endpoints\/\d+$/);
    const told = await client.readMetrics(id);
    expect(told?.points.length).toBeGreaterThan(0);
    expect(told?.checkpoints.at(-1)).toMatchObject({ model: last?.tunedModel, trainLoss: null });
    expect(told?.events.map(({ message }) => message)).toContain('the job started');
  });

  it('finds staged files again, under names that their content gives', async () => {
    const running = await start();
    const { training } = await stageAndCreate(running, 3);
    expect(training.reference).toMatch(/^gs:\/\/finedrop-simulated\/finedrop\/birds\/[0-9a-f]{40}-train\.jsonl$/);
    expect(await stageWhole(running.client, 'train', await trainingFile(running, 3))).toEqual(training);
  });

  it('hands the reason of a failure on', async () => {
    const running = await start([{ operation: 'tuningJobs.create', action: 'fail-job' }]);
    const { last } = await follow(running, await created(running));
    expect(last).toMatchObject({ state: 'failed', error: expect.stringContaining('Internal error'), tunedModel: null });
  });

  it.each<[object, string[]]>([
    [{ action: 'odd-state', state: 'WAITING_FOR_QUOTA' }, ['queued', 'validating', 'running', 'succeeded']],
    [{ action: 'odd-state', state: 'PAUSED' }, ['queued', 'validating', 'running', 'paused', 'running', 'succeeded']],
    [{ action: 'odd-state', state: 'UPDATING' }, ['queued', 'validating', 'running', 'succeeded']],
    [{ action: 'odd-state', state: 'EXPIRED' }, ['queued', 'validating', 'running', 'failed']],
    [{ action: 'odd-state', state: 'PARTIALLY_SUCCEEDED' }, ['queued', 'validating', 'running', 'succeeded']],
    [{ action: 'null-fields' }, ['queued', 'validating', 'running', 'succeeded']],
  ])('understands a job of which the service says %j', async (fault, states) => {
    const running = await start([{ operation: 'tuningJobs.create', ...fault }]);
    const followed = await follow(running, await created(running), 100_000);
    expect(followed.states).toEqual(states);
    expect(followed.last?.tunedModel === null).toBe(states.at(-1) === 'failed');
    expect(followed.last?.error === null).toBe(!JSON.stringify(fault).match(/EXPIRED|PARTIALLY/));
  });

  it('finds the job whose creation was accepted but never answered', async () => {
    const running = await start([{ operation: 'tuningJobs.create', action: 'accept-then-timeout', ms: 50 }]);
    const { outcome } = await stageAndCreate(running, 3);
    expect(outcome.outcome).toBe('unknown');
    expect(await running.client.findJobs(KEY)).toHaveLength(1);
  });

  it('finds every job with the key, on all pages', async () => {
    const running = await start();
    const { client } = running;
    const training = await stageWhole(client, 'train', await trainingFile(running, 1));
    const request = { target: target(), dataset: 'birds', training, validation: null };
    const keys = Array.from({ length: 130 }, (_, index) => (index % 43 === 0 ? KEY : 'f'.repeat(40)));
    const ids: string[] = [];
    for (const key of keys) {
      const outcome = await client.createJob({ ...request, key }, { deadlineMs: 2000 });
      if (outcome.outcome === 'created' && key === KEY) ids.push(outcome.id);
    }
    expect(ids).toHaveLength(4);
    expect((await client.findJobs(KEY)).map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  it('cancels, and takes staged files away when no job reads them any more', async () => {
    const running = await start();
    const { client, simulators } = running;
    const { training, outcome } = await stageAndCreate(running, 3);
    if (outcome.outcome !== 'created') throw new Error(JSON.stringify(outcome));
    const stands = async () => (await stored(running, training.reference)).ok;
    await client.removeStaged([training]);
    expect(await stands()).toBe(true);
    await client.cancelJob(outcome.id);
    expect(await client.getJob(outcome.id)).toMatchObject({ state: 'stopping' });
    await client.cancelJob(outcome.id);
    await simulators.clock.advance(60_000);
    expect(await client.getJob(outcome.id)).toMatchObject({ state: 'cancelled' });
    await client.cancelJob(outcome.id);
    await client.removeStaged([training]);
    expect(await stands()).toBe(false);
    expect(await client.getJob(outcome.id.replace(/\d+$/, '1'))).toBeNull();
  });

  it('is told why a job is refused', async () => {
    const running = await start();
    const training = { split: 'train' as const, reference: 'gs://finedrop-simulated/nothing.jsonl', bytes: 1 };
    const request = { key: KEY, target: target(), dataset: 'birds', training, validation: null };
    expect(await running.client.createJob(request, { deadlineMs: 2000 })).toMatchObject({
      outcome: 'refused',
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('should be a GCS object of type JSONL'),
    });
    expect(await running.client.findJobs(KEY)).toEqual([]);
  });
});

function stored({ simulators }: Running, reference: string): Promise<Response> {
  const [, bucket, key = ''] = /^gs:\/\/([^/]+)\/(.+)$/.exec(reference) ?? [];
  const url = `${simulators.urls.gcs}/storage/v1/b/${bucket}/o/${encodeURIComponent(key)}`;
  return fetch(url, { headers: { authorization: 'Bearer any' } });
}
