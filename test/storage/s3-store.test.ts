import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ConditionalConflictError,
  ObjectChangedError,
  PreconditionFailedError,
  readBytes,
} from '../../lib/storage/object-store.ts';
import { requestError } from '../../lib/storage/s3-errors.ts';
import { openS3, type S3Store, s3Store } from '../../lib/storage/s3-store.ts';
import { objectStoreContract } from '../contracts/object-store.ts';
import { MISSING_BUCKET, s3StoreContract, WRONG_SECRET } from '../contracts/s3-store.ts';
import { type S3Fixture, startS3 } from '../local/simulators/s3-fixture.ts';

const MEBIBYTE = 1024 ** 2;
const credentials = { accessKeyId: 'any', secretAccessKey: 'thing' };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

let s3: S3Fixture;
let count = 0;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.close());

const settingsAt = (endpoint: string) => ({ endpoint, credentials, region: 'eu-central-1' });

// Under a prefix, since that is the harder case; the other tests here use whole buckets.
objectStoreContract('s3Store', async () => {
  const store = openS3(`s3://museum-${count++}/runs/of today`, settingsAt(s3.url));
  return { store, close: async () => store.close() };
});

s3StoreContract(
  's3Store',
  () => ({ settings: settingsAt(s3.url), client: s3.client, makeBucket: async () => `museum-${count++}` }),
  {
    skipped: {
      [WRONG_SECRET]: 'the simulator knows no secrets',
      [MISSING_BUCKET]: 'the simulator makes buckets when they are asked for',
    },
  },
);

/** A store of its own server, which does wrong what the rules say. */
async function openFaulty(...rules: object[]): Promise<{ store: S3Store; fixture: S3Fixture }> {
  const fixture = await startS3(rules.map((rule) => ({ provider: 's3', ...rule })));
  const store = s3Store({ ...settingsAt(fixture.url), bucket: 'museum' });
  cleanups.push(fixture.close, store.close);
  return { store, fixture };
}

async function openUploads({ client }: S3Fixture): Promise<number> {
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'museum' }));
  return (Uploads ?? []).length;
}

async function* mebibytes(many: number, fill = 1): AsyncGenerator<Uint8Array> {
  const shared = Buffer.alloc(MEBIBYTE);
  for (let index = 0; index < many; index += 1) yield shared.fill(fill + index);
}

function expected(many: number, fill = 1): Buffer {
  return Buffer.concat(Array.from({ length: many }, (_, index) => Buffer.alloc(MEBIBYTE, fill + index)));
}

describe('openS3', () => {
  it.each(['http://museum', 's3://', 's3://M', 's3:///key', 'museum'])('finds no bucket in "%s"', (uri) => {
    expect(() => openS3(uri)).toThrow('names no bucket');
  });

  it('keeps what lies beside its prefix out of sight and out of reach', async () => {
    const whole = openS3('s3://fenced', settingsAt(s3.url));
    const part = openS3('s3://fenced/a', settingsAt(s3.url));
    cleanups.push(whole.close, part.close);
    for (const key of ['a/x', 'ab/x', 'x']) await whole.write(key, key);
    const keys: string[] = [];
    for await (const { key } of part.list('')) keys.push(key);
    expect(keys).toEqual(['x']);
    expect((await readBytes(part, 'x'))?.toString()).toBe('a/x');
    await part.remove('x');
    expect(await whole.head('x')).not.toBeNull();
  });
});

describe('write', () => {
  it('sends a stream in parts although its chunks share one buffer, and leaves no upload open', async () => {
    const { store, fixture } = await openFaulty();
    const info = await store.write('large', mebibytes(21), { contentType: 'text/csv' });
    expect(info).toMatchObject({ size: 21 * MEBIBYTE, etag: expect.stringMatching(/^[0-9a-f]{32}-3$/) });
    const read = await fixture.get('large');
    expect(read.ContentType).toBe('text/csv');
    expect(read.bytes.equals(expected(21))).toBe(true);
    expect(await openUploads(fixture)).toBe(0);
  });

  it.each([
    ['the source fails', [], new Error('the source broke')],
    ['a part is refused', [{ operation: 'UploadPart', action: 'error', status: 403, after: 1, times: 9 }], /HTTP 403/],
    ['the end is refused', [{ operation: 'CompleteMultipartUpload', action: 'error', status: 403 }], /HTTP 403/],
  ])('aborts the upload when %s', async (_when, rules, message) => {
    const { store, fixture } = await openFaulty(...rules);
    async function* source() {
      yield* mebibytes(20);
      if (message instanceof Error) throw message;
    }
    await expect(store.write('large', source())).rejects.toThrow(message);
    expect(await openUploads(fixture)).toBe(0);
    expect(await store.head('large')).toBeNull();
  });

  it('holds conditions where parts become an object', async () => {
    const { store, fixture } = await openFaulty();
    const first = await store.write('large', mebibytes(9), { ifNoneMatch: '*' });
    const lost = store.write('large', mebibytes(9, 2), { ifNoneMatch: '*' });
    await expect(lost).rejects.toBeInstanceOf(PreconditionFailedError);
    const second = await store.write('large', mebibytes(9, 3), { ifMatch: first.etag });
    const late = store.write('large', mebibytes(9, 4), { ifMatch: first.etag });
    await expect(late).rejects.toBeInstanceOf(PreconditionFailedError);
    expect(await store.head('large')).toMatchObject({ etag: second.etag });
    expect(await openUploads(fixture)).toBe(0);
  });

  it.each(['PutObject', 'UploadPart', 'CompleteMultipartUpload'])(
    'tries again after one 503 to %s',
    async (operation) => {
      const { store } = await openFaulty({ operation, action: 'error', status: 503 });
      await store.write('small', 'small');
      await store.write('large', mebibytes(9));
      expect((await readBytes(store, 'large'))?.equals(expected(9))).toBe(true);
      expect((await readBytes(store, 'small'))?.toString()).toBe('small');
    },
  );

  it('says that two conditional writes met, which decides nothing', async () => {
    const { store } = await openFaulty({ operation: 'PutObject', action: 'error', status: 409, times: 9 });
    await expect(store.write('k', 'x', { ifNoneMatch: '*' })).rejects.toBeInstanceOf(ConditionalConflictError);
  });
});

describe('concatenate', () => {
  it('lets S3 copy what is long enough for a part, under the ETag that was seen', async () => {
    const { store } = await openFaulty({ operation: 'UploadPartCopy', action: 'error', status: 412, times: 9 });
    await store.write('long', mebibytes(9));
    await store.write('short', 'short');
    await expect(store.concatenate('all', ['short', 'short'])).resolves.toMatchObject({ size: 10 });
    await expect(store.concatenate('all', ['long', 'short'])).rejects.toBeInstanceOf(ObjectChangedError);
  });

  it.each([
    [['long', 'short', 'long']],
    [['short', 'short', 'long']],
    [['long']],
    [['six', 'six', 'short']],
    [['short', 'six', 'short']],
    [['six', 'short', 'short', 'six', 'long']],
  ])('joins %j byte for byte', async (parts) => {
    const { store, fixture } = await openFaulty();
    const bodies: Record<string, Buffer> = { long: expected(9), six: expected(6, 40), short: Buffer.from('short') };
    for (const [key, body] of Object.entries(bodies)) await store.write(key, body);
    const info = await store.concatenate('all', parts, { contentType: 'application/jsonl' });
    const all = Buffer.concat(parts.map((part) => bodies[part] ?? Buffer.alloc(0)));
    expect(info.size).toBe(all.length);
    const read = await fixture.get('all');
    expect(read.bytes.equals(all)).toBe(true);
    expect(read.ContentType).toBe('application/jsonl');
    expect(await openUploads(fixture)).toBe(0);
  });

  it('copies objects whose names need escaping in a header', async () => {
    const { store } = await openFaulty();
    await store.write('ü +%&?.bin', mebibytes(6));
    expect(await store.concatenate('copy', ['ü +%&?.bin'])).toMatchObject({ size: 6 * MEBIBYTE });
  });

  it('holds conditions', async () => {
    const { store } = await openFaulty();
    await store.write('part', 'x');
    await store.concatenate('all', ['part'], { ifNoneMatch: '*' });
    const lost = store.concatenate('all', ['part', 'part'], { ifNoneMatch: '*' });
    await expect(lost).rejects.toBeInstanceOf(PreconditionFailedError);
  });
});

interface Answer {
  status?: number;
  etag?: string;
  /** How many of the bytes are sent before the connection breaks; all by default. */
  sent?: number;
}

/** A server that answers GETs for one object of ten bytes, each as told, and keeps what it was asked. */
async function startBreaking(answers: Answer[]): Promise<{ store: S3Store; asked: (string | undefined)[][] }> {
  const asked: (string | undefined)[][] = [];
  const server = createServer((request, response) => {
    asked.push([request.headers.range, request.headers['if-match']]);
    const { status = 200, etag = '"one"', sent = 10 } = answers.shift() ?? { status: 500 };
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const bytes = Buffer.from('0123456789').subarray(start);
    response.writeHead(status, { etag, 'content-length': status === 200 ? bytes.length : 0 });
    if (status !== 200) return void response.end();
    if (sent >= bytes.length) return void response.end(bytes);
    response.write(bytes.subarray(0, sent), () => setTimeout(() => request.socket.destroy(), 20));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const store = s3Store({ ...settingsAt(`http://127.0.0.1:${port}`), bucket: 'museum' });
  cleanups.push(() => new Promise((resolve) => server.close(resolve)), store.close);
  return { store, asked };
}

describe('read', () => {
  it('reads on where the connection broke, of the very object that it began with', async () => {
    const { store, asked } = await startBreaking([{ sent: 4 }, { sent: 3 }, {}]);
    expect((await readBytes(store, 'digits'))?.toString()).toBe('0123456789');
    expect(asked).toEqual([
      [undefined, undefined],
      ['bytes=4-', '"one"'],
      ['bytes=7-', '"one"'],
    ]);
  });

  it('keeps a range’s end when it reads on', async () => {
    const { store, asked } = await startBreaking([{ sent: 2 }, {}]);
    expect((await readBytes(store, 'digits', { offset: 3, length: 7 }))?.toString()).toBe('3456789');
    expect(asked).toEqual([
      ['bytes=3-9', undefined],
      ['bytes=5-9', '"one"'],
    ]);
  });

  it('throws that the object changed when another stands there by then', async () => {
    const { store } = await startBreaking([{ sent: 4 }, { status: 412 }]);
    await expect(readBytes(store, 'digits')).rejects.toBeInstanceOf(ObjectChangedError);
  });

  it('gives up after a few breaks, with a sentence', async () => {
    const { store, asked } = await startBreaking(Array.from({ length: 9 }, () => ({ sent: 0 })));
    await expect(readBytes(store, 'digits')).rejects.toThrow('[s3] could not read "digits" in the bucket "museum"');
    expect(asked).toHaveLength(4);
  });
});

async function firstOf<T>(all: AsyncIterable<T>): Promise<T | undefined> {
  for await (const one of all) return one;
  return undefined;
}

describe('errors that are no part of the port', () => {
  it.each([
    ['list', 'ListObjectsV2', async (store: S3Store) => void (await firstOf(store.list('')))],
    ['look at', 'HeadObject', async (store: S3Store) => void (await store.head('k'))],
    ['read', 'GetObject', async (store: S3Store) => void (await readBytes(store, 'k'))],
    ['write', 'PutObject', async (store: S3Store) => void (await store.write('k', 'x'))],
    ['remove', 'DeleteObject', async (store: S3Store) => store.remove('k')],
  ])('say what could not be done (%s) and what to do', async (verb, operation, act) => {
    const { store } = await openFaulty({ operation, action: 'error', status: 403, times: 9 });
    await expect(act(store)).rejects.toThrow(
      new RegExp(`^\\[s3\\] could not ${verb} .*HTTP 403.*Check the AWS credentials`),
    );
  });

  it('ask for a Region where none is set', async () => {
    const failure = new Error('Region is missing');
    expect(requestError(failure, 'list')).toMatchObject({
      message: '[s3] could not list: Error Region is missing. Set AWS_REGION to the bucket’s Region.',
      cause: failure,
    });
  });

  it('never take a missing bucket for a missing object', async () => {
    const store = s3Store({ ...settingsAt(s3.url), bucket: 'Not-A-Bucket' });
    cleanups.push(store.close);
    await expect(readBytes(store, 'k')).rejects.toThrow('could not read');
  });
});
