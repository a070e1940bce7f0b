import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Bucket, type File, type GetFilesOptions, Storage } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSimulatedClock } from '../../../lib/local/simulators/clock.ts';
import { openFaults } from '../../../lib/local/simulators/faults.ts';
import { gcsSimulator } from '../../../lib/local/simulators/gcs/index.ts';
import { openRelated } from '../../../lib/local/simulators/gcs/related.ts';
import { serve } from '../../../lib/local/simulators/http.ts';
import { openBucketStore } from '../../../lib/local/simulators/storage/index.ts';

const KIB_256 = 262_144;
const authorization = 'Bearer token';
let stateDir: string;
let server: Awaited<ReturnType<typeof serve>>;
let bucket: Bucket;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'finedrop-gcs-'));
  server = await start([]);
  bucket = storageFor(server.url).bucket('museum');
});

afterAll(async () => {
  await server.close();
  await rm(stateDir, { recursive: true, force: true });
});

async function start(rules: unknown[]) {
  const clock = await openSimulatedClock(stateDir);
  const context = { stateDir, clock, faults: openFaults({ rules }), objects: openBucketStore(stateDir) };
  return serve(gcsSimulator(context), 0);
}

function storageFor(apiEndpoint: string, maxRetries = 0): Storage {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'token' });
  const retryOptions = { autoRetry: maxRetries > 0, maxRetries, maxRetryDelay: 1, retryDelayMultiplier: 1 };
  return new Storage({ apiEndpoint, projectId: 'p', authClient, useAuthWithCustomEndpoint: true, retryOptions });
}

const onlyNew = { preconditionOpts: { ifGenerationMatch: 0 } };
const textOf = async (file: File, options = {}) => (await file.download(options))[0].toString();
const send = (path: string, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { ...init, headers: { authorization, ...init.headers } });

async function beginUpload(name: string): Promise<string> {
  const path = `/upload/storage/v1/b/museum/o?uploadType=resumable&name=${encodeURIComponent(name)}`;
  const answer = await send(path, { method: 'POST', body: '{}' });
  return answer.headers.get('location') ?? '';
}

async function putChunk(link: string, range: string, body: Uint8Array = Buffer.alloc(0)) {
  const answer = await fetch(link, { method: 'PUT', headers: { 'content-range': range }, body });
  const text = await answer.text();
  return { status: answer.status, range: answer.headers.get('range'), json: text === '' ? null : JSON.parse(text) };
}

describe('objects.insert', () => {
  it.each([
    ['simple', 'a/ü b%.txt', { resumable: false }],
    ['resumable', 'resumable 😀', { resumable: true }],
    ['chunked', 'chunked', { resumable: true, chunkSize: KIB_256 }],
  ])('takes a %s upload of the official client, which checks the hashes', async (_, name, options) => {
    const body = randomBytes(600_000);
    const file = bucket.file(name);
    const metadata = { contentType: 'image/png', cacheControl: 'no-store', metadata: { run: '7' } };
    await pipeline(Readable.from([body]), file.createWriteStream({ ...options, metadata, validation: 'md5' }));
    const [facts] = await file.getMetadata();
    expect(facts).toMatchObject({ ...metadata, size: '600000', metageneration: '1', storageClass: 'STANDARD' });
    expect(facts.md5Hash).toBe(createHash('md5').update(body).digest('base64'));
    const [read] = await file.download({ validation: 'crc32c' });
    expect(read.equals(body)).toBe(true);
  });

  it('takes an upload of bare bytes, and one of none', async () => {
    const path = '/upload/storage/v1/b/museum/o?uploadType=media&name=bare';
    const answer = await send(path, { method: 'POST', body: '', headers: { 'content-type': 'text/plain' } });
    expect(await answer.json()).toMatchObject({
      name: 'bare',
      size: '0',
      contentType: 'text/plain',
      crc32c: 'AAAAAA==',
    });
    expect(await textOf(bucket.file('bare'))).toBe('');
  });

  it.each([true, false])('creates once under ifGenerationMatch 0 (resumable: %s)', async (resumable) => {
    const file = bucket.file(`once ${resumable}`);
    await file.save('1', { resumable, ...onlyNew });
    await expect(file.save('2', { resumable, ...onlyNew })).rejects.toMatchObject({
      [resumable ? 'status' : 'code']: 412,
    });
    expect(await textOf(file)).toBe('1');
  });

  it('lets one of many creators win', async () => {
    const race = [...Array(12)].map((_, index) =>
      bucket.file('race').save(`${index}`, { resumable: false, ...onlyNew }),
    );
    const outcomes = await Promise.allSettled(race);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });

  it('replaces the generation that was meant, once', async () => {
    const file = bucket.file('generation');
    await file.save('1', { resumable: false });
    const ifGenerationMatch = Number(file.metadata.generation);
    await file.save('2', { resumable: false, preconditionOpts: { ifGenerationMatch } });
    const again = file.save('3', { resumable: false, preconditionOpts: { ifGenerationMatch } });
    await expect(again).rejects.toMatchObject({
      code: 412,
      errors: [expect.objectContaining({ reason: 'conditionNotMet' })],
    });
  });

  it.each(['crc32c=AAAAAA==', 'md5=1B2M2Y8AsgTpgAmY7PhCfg=='])('refuses bytes that are not %s', async (hash) => {
    const path = '/upload/storage/v1/b/museum/o?uploadType=media&name=mismatch';
    const answer = await send(path, { method: 'POST', body: 'x', headers: { 'x-goog-hash': hash } });
    expect(answer.status).toBe(400);
    expect((await bucket.file('mismatch').exists())[0]).toBe(false);
  });
});

describe('resumable uploads', () => {
  it('tell how far they came, go on from there, and finish only when whole', async () => {
    const body = randomBytes(KIB_256 + 100);
    const link = await beginUpload('resumed');
    expect(await putChunk(link, 'bytes */*')).toMatchObject({ status: 308, range: null });
    const first = await putChunk(link, `bytes 0-${KIB_256 - 1}/*`, body.subarray(0, KIB_256));
    expect(first).toMatchObject({ status: 308, range: `bytes=0-${KIB_256 - 1}` });
    expect(await putChunk(link, `bytes */${body.length}`)).toMatchObject({
      status: 308,
      range: `bytes=0-${KIB_256 - 1}`,
    });
    expect((await bucket.file('resumed').exists())[0]).toBe(false);
    const last = await putChunk(link, `bytes 0-${body.length - 1}/${body.length}`, body);
    expect(last).toMatchObject({ status: 200, json: { size: String(body.length) } });
    expect(await putChunk(link, 'bytes */*')).toMatchObject({ status: 200, json: { name: 'resumed' } });
    expect((await bucket.file('resumed').download())[0].equals(body)).toBe(true);
  });

  it.each([
    ['a gap', 'bytes 100-199/200', 100],
    ['a chunk that is no multiple of 256 KiB', 'bytes 0-99/*', 100],
    ['another length than declared', 'bytes 0-99/100', 50],
    ['more than the total', 'bytes 0-99/50', 100],
    ['nonsense', 'bytes 9-1/x', 1],
  ])('refuse %s and keep nothing of it', async (name, range, length) => {
    const link = await beginUpload(name);
    expect(await putChunk(link, range, Buffer.alloc(length))).toMatchObject({ status: 400 });
    expect(await putChunk(link, 'bytes */*')).toMatchObject({ status: 308, range: null });
  });

  it('finish an object of no bytes', async () => {
    expect(await putChunk(await beginUpload('none'), 'bytes */0')).toMatchObject({ status: 200, json: { size: '0' } });
  });

  it('are gone once cancelled', async () => {
    const link = await beginUpload('cancelled');
    await putChunk(link, `bytes 0-${KIB_256 - 1}/*`, Buffer.alloc(KIB_256));
    expect((await fetch(link, { method: 'DELETE' })).status).toBe(499);
    expect(await putChunk(link, 'bytes */*')).toMatchObject({ status: 404 });
  });
});

describe('objects.get', () => {
  it('reads ranges and tells the hashes of the whole', async () => {
    const file = bucket.file('ten');
    await file.save('0123456789', { resumable: false });
    expect(await textOf(file, { start: 2, end: 4 })).toBe('234');
    const answer = await send('/storage/v1/b/museum/o/ten?alt=media', { headers: { range: 'bytes=-3' } });
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
      206,
      '789',
      'bytes 7-9/10',
    ]);
    expect(answer.headers.get('x-goog-hash')).toContain(`md5=${file.metadata.md5Hash}`);
    expect((await send('/storage/v1/b/museum/o/ten?alt=media', { headers: { range: 'bytes=10-' } })).status).toBe(416);
  });

  it('says in Google’s shape that there is nothing, or not that generation', async () => {
    const answer = await send('/storage/v1/b/museum/o/nothing');
    const message = 'No such object: museum/nothing';
    const errors = [{ message, domain: 'global', reason: 'notFound' }];
    expect([answer.status, await answer.json()]).toEqual([404, { error: { code: 404, message, errors } }]);
    await bucket.file('there').save('x', { resumable: false });
    expect((await send('/storage/v1/b/museum/o/there?generation=12')).status).toBe(404);
  });

  it.each(['/storage/v1/b/museum/o/ten', '/storage/v1/b/museum/o', '/download/storage/v1/b/museum/o/ten'])(
    'wants a bearer token at %s',
    async (path) => {
      const answer = await fetch(`${server.url}${path}`);
      expect([answer.status, ((await answer.json()) as { error: { message: string } }).error.message]).toEqual([
        401,
        expect.stringContaining('useAuthWithCustomEndpoint'),
      ]);
    },
  );
});

describe('objects.list', () => {
  it('pages, rolls up and starts at an offset', async () => {
    const listed = storageFor(server.url).bucket('listed');
    for (const name of ['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/d'])
      await listed.file(name).save('x', { resumable: false });
    const names: string[] = [];
    let query: object | null = {};
    while (query !== null) {
      const options: GetFilesOptions = { prefix: 'l/', maxResults: 2, autoPaginate: false, ...query };
      const [files, next]: [File[], object | null, unknown] = await listed.getFiles(options);
      expect(files.length).toBeLessThanOrEqual(2);
      names.push(...files.map((file) => file.name));
      query = next;
    }
    expect(names).toEqual(['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/d']);
    const [rolled, , answer] = await listed.getFiles({ prefix: 'l/', delimiter: '/', autoPaginate: false });
    expect(rolled.map((file) => file.name)).toEqual(['l/b', 'l/d']);
    expect(answer).toMatchObject({ prefixes: ['l/a/', 'l/c/'] });
    const [offset] = await listed.getFiles({ startOffset: 'l/b', endOffset: 'l/d' });
    expect(offset.map((file) => file.name)).toEqual(['l/b', 'l/c/1']);
  });
});

describe('objects.patch and objects.delete', () => {
  it('change fields, remove a key by null, and count metagenerations', async () => {
    const file = bucket.file('patched');
    await file.save('x', { resumable: false, metadata: { metadata: { keep: '1', go: '2' } } });
    const [facts] = await file.setMetadata({ contentType: 'text/csv', metadata: { go: null, come: '3' } });
    expect(facts).toMatchObject({ contentType: 'text/csv', metadata: { keep: '1', come: '3' }, metageneration: '2' });
    expect(facts.metadata).not.toHaveProperty('go');
  });

  it('delete the generation that was meant only', async () => {
    const file = bucket.file('deleted');
    await file.save('x', { resumable: false });
    await expect(file.delete({ ifGenerationMatch: 1 })).rejects.toMatchObject({ code: 412 });
    await file.delete({ ifGenerationMatch: Number(file.metadata.generation) });
    await expect(file.delete()).rejects.toMatchObject({ code: 404 });
  });
});

describe('objects.rewrite and objects.compose', () => {
  it('copy within and between buckets, once under a condition', async () => {
    const file = bucket.file('original');
    await file.save('text', { resumable: false, contentType: 'text/plain' });
    for (const target of [bucket.file('copy'), storageFor(server.url).bucket('other').file('copy')]) {
      await file.copy(target, onlyNew);
      await expect(file.copy(target, onlyNew)).rejects.toMatchObject({ code: 412 });
      expect(await textOf(target)).toBe('text');
    }
  });

  it('join up to 32 objects with a CRC that the client accepts', async () => {
    const names = [...Array(32)].map((_, index) => `shard ${index}`);
    for (const name of names) await bucket.file(name).save(`${name}\n`, { resumable: false });
    const joined = bucket.file('joined.jsonl');
    await bucket.combine(names, joined, { ifGenerationMatch: 0 });
    const [read] = await joined.download({ validation: 'crc32c' });
    expect(read.toString()).toBe(names.map((name) => `${name}\n`).join(''));
    const [facts] = await joined.getMetadata();
    expect(facts).toMatchObject({ componentCount: 32 });
    expect(facts).not.toHaveProperty('md5Hash');
    await expect(bucket.combine([...names, 'joined.jsonl'], bucket.file('33'))).rejects.toMatchObject({ code: 400 });
    await expect(bucket.combine(['missing', 'joined.jsonl'], bucket.file('x'))).rejects.toMatchObject({ code: 404 });
  });
});

describe('buckets', () => {
  it('are made on first use, or where they are created', async () => {
    const storage = storageFor(server.url);
    expect((await storage.bucket('asked').getMetadata())[0]).toMatchObject({ location: 'US-CENTRAL1' });
    await storage.createBucket('made', { location: 'EU' });
    const [made] = await storage.bucket('made').getMetadata();
    expect(made).toMatchObject({ location: 'EU', locationType: 'multi-region' });
    await expect(storage.createBucket('made')).rejects.toMatchObject({ code: 409 });
  });

  it('answer on the paths of STORAGE_EMULATOR_HOST too', async () => {
    await bucket.file('emulated').save('x', { resumable: false });
    const answer = await fetch(`${server.url}/b/museum/o/emulated`);
    expect(await answer.json()).toMatchObject({ name: 'emulated' });
  });
});

describe('faults', () => {
  it.each([
    [{ action: 'error', status: 429 }, 'objects.insert'],
    [{ action: 'error', status: 503 }, 'objects.insert'],
    [{ action: 'reset' }, 'objects.insert'],
    [{ action: 'error', status: 503 }, 'objects.resume'],
  ])('%o on %s are overcome by the client’s own retries under a precondition', async (rule, operation) => {
    const faulty = await start([{ provider: 'gcs', operation, ms: 1, ...rule }]);
    const file = storageFor(faulty.url, 2)
      .bucket('faulty')
      .file(`${JSON.stringify(rule)} ${operation}`);
    await file.save('x', { resumable: operation === 'objects.resume', ...onlyNew });
    expect(await textOf(file)).toBe('x');
    await faulty.close();
  });

  it('accept an upload and never answer', async () => {
    const faulty = await start([{ provider: 'gcs', operation: 'objects.insert', action: 'accept-then-timeout' }]);
    const file = storageFor(faulty.url).bucket('faulty').file('unanswered');
    await expect(file.save('x', { resumable: false })).rejects.toThrow();
    expect(await textOf(file)).toBe('x');
    await faulty.close();
  });
});

describe('openRelated', () => {
  const head = '--b\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n--b\r\nContent-Type: image/png\r\n\r\n';

  async function read(text: string, cut: number, contentType = 'multipart/related; boundary=b') {
    const source = async function* () {
      for (let at = 0; at < text.length; at += cut) yield Buffer.from(text.slice(at, at + cut), 'latin1');
    };
    const { body, ...upload } = await openRelated(source(), contentType);
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return { ...upload, body: Buffer.concat(pieces).toString('latin1') };
  }

  it.each([1, 3, 1000])('finds the parts in pieces of %i bytes', async (cut) => {
    const body = 'bytes\r\n--\r\n--c\r\n';
    const upload = await read(`${head}${body}\r\n--b--\r\n`, cut);
    expect(upload).toEqual({ resource: '{"a":1}', contentType: 'image/png', body });
  });

  it.each([
    ['no boundary in its type', `${head}x\r\n--b--`, 'multipart/related'],
    ['another boundary', '--c\r\n\r\n', undefined],
    ['no end', `${head}x`, undefined],
    ['one part', '--b\r\n\r\n{}\r\n--b--', undefined],
  ])('refuses a body with %s', async (_, text, contentType) => {
    await expect(read(text, 10, contentType)).rejects.toMatchObject({ status: 400 });
  });
});

describe('a day of use', () => {
  it('leaves no bytes behind that no object has', async () => {
    const folder = join(stateDir, 'buckets/gcs/museum');
    const files = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
    const stored = await openBucketStore(stateDir, 'gcs').findBucket('museum');
    const objects = stored?.list({ limit: 10_000 }).objects ?? [];
    const pieces = objects.flatMap((object) => object.pieces);
    expect(
      files
        .filter((file) => file.isFile())
        .map((file) => file.name)
        .sort(),
    ).toEqual(pieces.map((piece) => piece.blob.slice(3)).sort());
  });
});
