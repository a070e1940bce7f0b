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
  const training = await client.stageFile('train', await trainingFile(running, rows));
  const validation = await client.stageFile('validation', await trainingFile(running, 2));
  const request = { key: KEY, target: target(), dataset: 'birds', training, validation };
  return { training, outcome: await client.createJob(request, { deadlineMs: 2000 }) };
}

async function created(running: Running, rows = 3): Promise<string> {
  const { outcome } = await stageAndCreate(running, rows);
  if (outcome.outcome !== 'created') throw new Error(JSON.stringify(outcome));
  return outcome.id;
}

async function follow({ simulators, client }: Running, id: string) {
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

describe('the client at the simulators', () => {
  it('stages once, creates, finds by key and follows the job to its endpoint', async () => {
    const running = await start();
    const { client } = running;
    const id = await created(running);
    expect((await client.findJobs(KEY)).map((job) => job.id)).toEqual([id]);
    expect(await client.findJobs('another')).toEqual([]);
    const { states, last } = await follow(running, id);
    expect(states).toEqual(['queued', 'validating', 'running', 'succeeded']);
    expect(last).toMatchObject({ error: null, progress: 1 });
    expect(last?.tunedModel).toMatch(/^projects\/simulated\/locations\/us\/endpoints\/\d+$/);
    expect(await client.readMetrics(id)).toBeNull();
  });
});
