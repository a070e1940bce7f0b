import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { combineCrc32, combineCrc32c, crc32c } from '../../../lib/local/simulators/storage/crc32c.ts';
import { combineCrc64nvme, crc64nvme } from '../../../lib/local/simulators/storage/crc64nvme.ts';
import { type Bucket, openBucketStore } from '../../../lib/local/simulators/storage/index.ts';

const now = new Date('2026-11-23T09:00:00Z');
let stateDir: string;
let bucket: Bucket;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'finedrop-storage-'));
  bucket = await openTestBucket();
});

afterEach(() => rm(stateDir, { recursive: true, force: true }));

async function openTestBucket(): Promise<Bucket> {
  const opened = await openBucketStore(stateDir).bucket('museum', 'us-east-1');
  if (opened === null) throw new Error('no bucket');
  return opened;
}

async function* stream(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function put(key: string, text: string, condition?: Parameters<Bucket['commit']>[2]['condition']) {
  const { piece, checksums } = await bucket.receive(stream(text), ['md5']);
  const draft = { etag: checksums.md5 ?? '', checksums, pieces: [piece] };
  return bucket.commit(key, draft, { now, ...(condition === undefined ? {} : { condition }) });
}

async function textOf(key: string, from: Bucket = bucket): Promise<string> {
  const object = from.head(key);
  if (object === null) return '(none)';
  const chunks: Uint8Array[] = [];
  for await (const chunk of await from.read(object)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function blobCount(): Promise<number> {
  const files = await readdir(join(stateDir, 'buckets/s3/museum/blobs'), { recursive: true, withFileTypes: true });
  return files.filter((file) => file.isFile()).length;
}

describe('crc64nvme', () => {
  it('gives the check value of the catalogues', () => {
    expect(crc64nvme(Buffer.from('123456789'))).toBe(0xae8b14860a799888n);
    expect(crc64nvme(Buffer.alloc(0))).toBe(0n);
  });

  it('goes on where it stopped and combines, for any cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (first, second) => {
        const whole = crc64nvme(Buffer.concat([first, second]));
        expect(crc64nvme(second, crc64nvme(first))).toBe(whole);
        expect(combineCrc64nvme(crc64nvme(first), crc64nvme(second), second.length)).toBe(whole);
      }),
      { seed: 42 },
    );
  });
});

describe('combineCrc32', () => {
  it('agrees with Node’s CRC-32, for any cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (first, second) => {
        expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(crc32(Buffer.concat([first, second])));
      }),
      { seed: 42 },
    );
  });
});

describe('crc32c', () => {
  it('gives the check value of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  });

  it('goes on where it stopped and combines, for any cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (first, second) => {
        const whole = crc32c(Buffer.concat([first, second]));
        expect(crc32c(second, crc32c(first))).toBe(whole);
        expect(combineCrc32c(crc32c(first), crc32c(second), second.length)).toBe(whole);
      }),
      { seed: 42 },
    );
  });

  it('combines past four gigabytes, where zlib’s shortcut for CRC-32 would be wrong', () => {
    let zeros = crc32c(Buffer.alloc(1));
    for (let size = 1; size < 2 ** 33; size *= 2) zeros = combineCrc32c(zeros, zeros, size);
    const halves = crc32c(Buffer.from('x'));
    const direct = combineCrc32c(halves, zeros, 2 ** 33);
    let stepwise = halves;
    let half = crc32c(Buffer.alloc(1));
    for (let size = 1; size < 2 ** 32; size *= 2) half = combineCrc32c(half, half, size);
    for (let step = 0; step < 2; step += 1) stepwise = combineCrc32c(stepwise, half, 2 ** 32);
    expect(direct).toBe(stepwise);
  });
});

describe('openBucketStore', () => {
  it('keeps keys away from paths', async () => {
    for (const key of ['../../etc/passwd', '/abs', 'a//b', 'ü 😀', 'x'.repeat(1000), '__proto__', 'con', 'a\u0000b']) {
      await put(key, `at ${key}`);
      expect(await textOf(key)).toBe(`at ${key}`);
    }
    expect(await readdir(stateDir)).toEqual(['buckets']);
    expect((await readdir(join(stateDir, 'buckets/s3/museum'))).sort()).toEqual([
      'blobs',
      'bucket.json',
      'objects.log',
    ]);
  });

  it.each(['..', '.', '../x', 'A', 'ab/c', 'x', '', 'a'.repeat(64)])('refuses the bucket name "%s"', async (name) => {
    expect(await openBucketStore(stateDir).bucket(name, 'us-east-1')).toBeNull();
  });

  it('holds S3’s and Cloud Storage’s buckets apart', async () => {
    await put('a', '1');
    expect(await openBucketStore(stateDir, 'gcs').head('museum', 'a')).toBeNull();
    expect(await openBucketStore(stateDir).head('museum', 'a')).toMatchObject({ size: 1, region: 'us-east-1' });
  });

  it('reads, ranges and writes for the tuning services', async () => {
    const store = openBucketStore(stateDir);
    await store.writeObject?.('museum', 'metrics.csv', Buffer.from('step,loss\n'), 'text/csv');
    expect(await store.head('museum', 'metrics.csv')).toMatchObject({ size: 10, contentType: 'text/csv' });
    const chunks: Uint8Array[] = [];
    for await (const chunk of await store.read('museum', 'metrics.csv', { offset: 5, length: 4 })) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('loss');
    await expect(store.read('museum', 'nothing')).rejects.toThrow('no object "nothing"');
  });
});

describe('commit', () => {
  it('lets exactly one of many conditional creates win and leaves no bytes of the losers', async () => {
    const race = [...Array(20)].map((_, index) => put('ledger', `writer ${index}`, (current) => current === null));
    const outcomes = await Promise.all(race);
    expect(outcomes.filter((outcome) => outcome.done)).toHaveLength(1);
    expect(await blobCount()).toBe(1);
  });

  it('lets exactly one of several processes create a key', async () => {
    const script = `
      const { openBucketStore } = await import(process.argv[1]);
      const bucket = await openBucketStore(process.argv[2]).bucket('museum', 'us-east-1');
      let won = 0;
      for (let key = 0; key < 40; key += 1) {
        const { piece } = await bucket.receive([Buffer.from(String(process.pid))], []);
        const draft = { etag: 'x', checksums: {}, pieces: [piece] };
        const outcome = await bucket.commit('key' + key, draft, { now: new Date(), condition: (it) => it === null });
        if (outcome.done) won += 1;
      }
      console.log(won);`;
    const store = new URL('../../../lib/local/simulators/storage/index.ts', import.meta.url).href;
    const runOnce = () =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, store, stateDir]);
    const wins = await Promise.all([runOnce(), runOnce()]);
    expect(wins.reduce((sum, { stdout }) => sum + Number(stdout), 0)).toBe(40);
    expect(bucket.list({ limit: 100 }).objects).toHaveLength(40);
    expect(await blobCount()).toBe(40);
  });

  it('shows one writer’s object to another that has the bucket open already', async () => {
    const other = await openTestBucket();
    expect(other.head('a')).toBeNull();
    await put('a', '1');
    expect(await textOf('a', other)).toBe('1');
    await put('a', '2');
    expect(await textOf('a', other)).toBe('2');
  });

  it('outlives a writer that was killed in the middle of a line', async () => {
    await put('a', '1');
    await appendFile(join(stateDir, 'buckets/s3/museum/objects.log'), '"b"\t{"key":"b","si');
    bucket = await openTestBucket();
    expect(bucket.head('b')).toBeNull();
    await put('c', '3');
    const again = await openTestBucket();
    expect(again.list({ limit: 9 }).objects.map((object) => object.key)).toEqual(['a', 'c']);
  });

  it('gives growing generations although simulated time stands still', async () => {
    const first = await put('a', '1');
    const second = await put('a', '2');
    const generations = [first, second].map((outcome) => (outcome.done ? BigInt(outcome.object.generation) : 0n));
    expect(generations[1]).toBe((generations[0] ?? 0n) + 1n);
  });

  it('joins pieces and reads any range over them', async () => {
    const pieces = await Promise.all(
      ['abc', '', 'defg', 'h'].map(async (text) => (await bucket.receive(stream(text), [])).piece),
    );
    const outcome = await bucket.commit('joined', { etag: 'x', checksums: {}, pieces }, { now });
    if (!outcome.done) throw new Error('refused');
    for (let offset = 0; offset <= 8; offset += 1) {
      for (let length = 0; offset + length <= 8; length += 1) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of await bucket.read(outcome.object, { offset, length })) chunks.push(chunk);
        expect(Buffer.concat(chunks).toString()).toBe('abcdefgh'.slice(offset, offset + length));
      }
    }
  });

  it('leaves nothing of a body that breaks off', async () => {
    const broken = async function* () {
      yield Buffer.from('half');
      throw new Error('connection lost');
    };
    await expect(bucket.receive(broken(), ['md5'])).rejects.toThrow('connection lost');
    expect(await blobCount()).toBe(0);
  });
});

describe('remove', () => {
  it('removes the bytes too, and a copy keeps its own', async () => {
    await put('a', 'text');
    const object = bucket.head('a');
    const pieces = await bucket.duplicate(object?.pieces ?? []);
    await bucket.commit('copy', { etag: 'x', checksums: {}, pieces }, { now });
    expect(await bucket.remove('a')).toMatchObject({ done: true, object: { key: 'a' } });
    expect(await textOf('copy')).toBe('text');
    expect(await blobCount()).toBe(1);
    expect(await bucket.remove('a')).toEqual({ done: true, object: null });
  });
});

describe('list', () => {
  it('follows creations and removals in key order', async () => {
    for (const key of ['b', 'a', 'c']) await put(key, key);
    await bucket.remove('b');
    const keys = () => bucket.list({ limit: 9 }).objects.map((object) => object.key);
    expect(keys()).toEqual(['a', 'c']);
    await put('b', 'again');
    await put('aa', 'new');
    expect(keys()).toEqual(['a', 'aa', 'b', 'c']);
  });
});
