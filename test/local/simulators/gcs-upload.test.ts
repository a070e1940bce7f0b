import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBucketStore } from '../../../lib/local/simulators/storage/index.ts';
import { type GcsFixture, onlyNew, startGcs, textOf } from './gcs-fixture.ts';

const KIB_256 = 262_144;
let gcs: GcsFixture;
let bucket: Bucket;
beforeAll(async () => {
  gcs = await startGcs();
  bucket = gcs.bucket;
});
afterAll(() => gcs.close());

async function beginUpload(name: string, headers: Record<string, string> = {}): Promise<string> {
  const path = `/upload/storage/v1/b/museum/o?uploadType=resumable&name=${encodeURIComponent(name)}`;
  const answer = await gcs.send(path, { method: 'POST', body: '{}', headers });
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
    const answer = await gcs.send(path, { method: 'POST', body: '', headers: { 'content-type': 'text/plain' } });
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
    const answer = await gcs.send(path, { method: 'POST', body: 'x', headers: { 'x-goog-hash': hash } });
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

  it.each([
    ['bytes 0-9/10', 10, 200],
    ['bytes 0-*/*', 10, 200],
    ['bytes 0-8/9', 9, 400],
    ['bytes 0-*/*', 9, 400],
    ['bytes 0-10/11', 11, 400],
  ])('hold to the size that was declared at the beginning (%s)', async (range, length, status) => {
    const link = await beginUpload(`declared ${range} ${length}`, { 'x-upload-content-length': '10' });
    expect((await putChunk(link, range, Buffer.alloc(length))).status).toBe(status);
  });

  it('refuse a declared size that is no number', async () => {
    expect(await beginUpload('odd', { 'x-upload-content-length': 'ten' })).toBe('');
  });

  it('are good for a week', async () => {
    const [early, late] = [await beginUpload('early'), await beginUpload('late')];
    await gcs.clock.advance(6.9 * 24 * 3_600_000);
    expect((await putChunk(early, 'bytes 0-4/5', Buffer.alloc(5))).status).toBe(200);
    await gcs.clock.advance(0.2 * 24 * 3_600_000);
    expect((await putChunk(late, 'bytes 0-4/5', Buffer.alloc(5))).status).toBe(410);
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

describe('a day of use', () => {
  it('leaves no bytes behind that no object has', async () => {
    const folder = join(gcs.stateDir, 'buckets/gcs/museum');
    const files = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
    const stored = await openBucketStore(gcs.stateDir, 'gcs').findBucket('museum');
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
