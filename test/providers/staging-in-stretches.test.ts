import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulatorEnvironment } from '../../lib/local/simulators/environment.ts';
import { type RunningSimulators, startSimulators } from '../../lib/local/simulators/start.ts';
import type { Provider, ProviderClient, ReadableFile } from '../../lib/providers/provider.ts';
import { loadProvider } from '../../lib/providers/registry.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { type S3Store, s3Store } from '../../lib/storage/s3-store.ts';
import { openGcs } from '../storage/gcs-fixture.ts';
import { stageWhole, trainingFileOf } from './stage-whole.ts';

const MEBIBYTE = 1024 ** 2;
const CREDENTIALS = { accessKeyId: 'any', secretAccessKey: 'thing' };

let simulators: RunningSimulators;
let stateDir: string;
beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'finedrop-stretches-'));
  simulators = await startSimulators({ stateDir });
});
afterAll(async () => {
  await simulators.close();
  await rm(stateDir, { recursive: true, force: true });
});

function bytesOf(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + seed * 7 + (at >> 8)) % 256;
  return bytes;
}

/** A file whose reads are counted: what S3 copies itself is never read. */
function counted(bytes: Buffer) {
  const file: ReadableFile & { read: ReadableFile['read']; reads: number } = {
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    reads: 0,
    async *read(offset, length) {
      file.reads += 1;
      yield bytes.subarray(offset, offset + length);
    },
  };
  return file;
}

async function open(name: string): Promise<{ provider: Provider; client: ProviderClient; base: string }> {
  const provider = await loadProvider(name);
  if (provider === null) throw new Error(`no ${name}`);
  const settings = { simulated: true, values: provider.readSettings(simulatorEnvironment(simulators.urls)) };
  const base = provider.mediaBase(settings, 'museum');
  return { provider, client: await provider.connect(settings, { mediaBase: base, now: () => new Date() }), base };
}

function bucketOf(reference: string): { store: ObjectStore; key: string } {
  const [, scheme, bucket = '', key = ''] = /^(gs|s3):\/\/([^/]+)\/(.+)$/.exec(reference) ?? [];
  const store = scheme === 'gs' ? openGcs(simulators.urls.gcs, bucket) : s3At(simulators.urls.s3, bucket);
  return { store, key };
}

function s3At(endpoint: string, bucket: string): S3Store {
  return s3Store({ endpoint, bucket, credentials: CREDENTIALS, region: 'us-east-1' });
}

async function keysBelow(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

describe.each(['bedrock', 'vertex'])('a training file that is more than one call may carry, at %s', (name) => {
  it('arrives byte for byte, and leaves nothing beside it', async () => {
    const { client } = await open(name);
    const bytes = bytesOf(13 * MEBIBYTE + 17, 1);
    let calls = 1;
    const between = (resume: Readonly<Record<string, unknown>>) => {
      calls += 1;
      return resume;
    };
    const staged = await stageWhole(client, 'train', counted(bytes), { bytesPerCall: 5 * MEBIBYTE, between });
    // Three parts, and the call that has them joined.
    expect(calls).toBe(4);
    const { store, key } = bucketOf(staged.reference);
    expect((await readBytes(store, key))?.equals(bytes)).toBe(true);
    expect(await keysBelow(store, key)).toEqual([key]);
    await client.close();
  });

  it('takes up parts that a call left which died, and what stands is not sent again', async () => {
    const { client } = await open(name);
    const file = counted(bytesOf(11 * MEBIBYTE, 2));
    const stretch = { key: 'key-1', resume: null, bytesPerCall: 5 * MEBIBYTE };
    await client.stageFile('train', trainingFileOf(file), stretch);
    expect(await client.stageFile('train', trainingFileOf(file), stretch)).toEqual({ resume: { part: 1 } });
    expect(file.reads).toBe(1);
    await stageWhole(client, 'train', file, { bytesPerCall: 5 * MEBIBYTE });
    expect(file.reads).toBe(3);
    await stageWhole(client, 'train', file, { bytesPerCall: 5 * MEBIBYTE });
    expect(file.reads).toBe(3);
    await client.close();
  });
});

describe('a training file that lies in the same S3 as Bedrock’s bucket', () => {
  it('is copied by S3 itself', async () => {
    const { client } = await open('bedrock');
    const bytes = bytesOf(6 * MEBIBYTE, 3);
    const results = s3At(simulators.urls.s3, 'results');
    await results.write('museum/ü +1/train.jsonl', bytes);
    const file = counted(bytes);
    const s3 = await results.locate('museum/ü +1/train.jsonl');
    const staged = await stageWhole(client, 'train', file, { s3 });
    const { store, key } = bucketOf(staged.reference);
    expect((await readBytes(store, key))?.equals(bytes)).toBe(true);
    expect(file.reads).toBe(0);
    await client.close();
  });

  it.each([
    ['another server', { endpoint: 'http://127.0.0.1:9' }],
    ['a bucket that may not be read, or is gone', { bucket: 'elsewhere' }],
    ['an object that has changed', { etag: '0123456789abcdef0123456789abcdef' }],
  ])('goes through the call where S3 cannot: %s', async (_what, change) => {
    const { client } = await open('bedrock');
    const bytes = Buffer.from(`{"of":"${JSON.stringify(change).replaceAll('"', '')}"}\n`);
    const results = s3At(simulators.urls.s3, 'results');
    await results.write('k', bytes);
    const file = counted(bytes);
    const s3 = await results.locate('k');
    const staged = await stageWhole(client, 'train', file, { s3: s3 === null ? null : { ...s3, ...change } });
    const { store, key } = bucketOf(staged.reference);
    expect((await readBytes(store, key))?.equals(bytes)).toBe(true);
    expect(file.reads).toBe(1);
    await client.close();
  });
});
