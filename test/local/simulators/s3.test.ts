import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bucket, type S3Fixture, startS3 } from './s3-fixture.ts';

let s3: S3Fixture;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.close());

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

describe('PutObject and GetObject', () => {
  it.each(['a/b ü+%&.bin', 'a/../b', './x', '/leading', 'a//b', '😀', 'k'.repeat(1024)])(
    'bring back bytes, type and metadata under the key "%s"',
    async (Key) => {
      const body = randomBytes(1000);
      const answer = await s3.put(Key, body, {
        ContentType: 'image/png',
        Metadata: { run: '7' },
        CacheControl: 'no-store',
      });
      expect(answer.ETag).toBe(`"${md5(body)}"`);
      const read = await s3.get(Key);
      expect(read.bytes.equals(body)).toBe(true);
      expect(read).toMatchObject({ ContentType: 'image/png', Metadata: { run: '7' }, CacheControl: 'no-store' });
    },
  );

  it('takes a stream, which the SDK sends as aws-chunked with a trailer', async () => {
    const body = randomBytes(300_000);
    await s3.put('stream', Readable.from([body.subarray(0, 1000), body.subarray(1000)]), {
      ContentLength: body.length,
    });
    const read = await s3.get('stream');
    expect(read.bytes.equals(body)).toBe(true);
    expect(read.ContentEncoding).toBeUndefined();
    expect(read.ChecksumCRC32).toBeDefined();
  });

  it('takes an object of no bytes', async () => {
    await s3.put('empty', '');
    expect((await s3.get('empty')).bytes).toHaveLength(0);
  });

  it.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('keeps and echoes a %s checksum', async (algorithm) => {
    const answer = await s3.put('sum', 'hello', { ChecksumAlgorithm: algorithm });
    const head = await s3.client.send(new S3.HeadObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }));
    expect(answer[`Checksum${algorithm}`]).toMatch(/=$/);
    expect(head[`Checksum${algorithm}`]).toBe(answer[`Checksum${algorithm}`]);
  });

  it.each([
    ['another SHA-256', { ChecksumSHA256: createHash('sha256').update('x').digest('base64') }, 'BadDigest'],
    ['another MD5', { ContentMD5: createHash('md5').update('x').digest('base64') }, 'BadDigest'],
    ['an MD5 that is none', { ContentMD5: 'AAAA' }, 'InvalidDigest'],
  ])('refuse %s and keep nothing', async (_, digest, code) => {
    await expect(s3.put('bad', 'hello', digest)).rejects.toMatchObject({
      name: code,
      $metadata: { httpStatusCode: 400 },
    });
    await expect(s3.get('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('answer the range %s', async (Range, text, contentRange) => {
    await s3.put('ten', '0123456789');
    const read = await s3.get('ten', { Range });
    expect([read.bytes.toString(), read.ContentRange]).toEqual([text, contentRange]);
    expect(read.$metadata.httpStatusCode).toBe(206);
  });

  it('refuse a range behind the end', async () => {
    await s3.put('ten', '0123456789');
    const refused = expect(s3.get('ten', { Range: 'bytes=10-' })).rejects;
    await refused.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
  });
});

describe('conditions', () => {
  it('let one of many creators win', async () => {
    const outcomes = await Promise.allSettled(
      [...Array(16)].map((_, index) => s3.put('race', `${index}`, { IfNoneMatch: '*' })),
    );
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(15);
    expect(lost.every(({ reason }) => reason.name === 'PreconditionFailed')).toBe(true);
  });

  it('replace by If-Match once, and answer 404 where there is nothing to match', async () => {
    const { ETag } = await s3.put('cas', '1');
    await s3.put('cas', '2', { IfMatch: ETag });
    await expect(s3.put('cas', '3', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(s3.put('never', '1', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('answer 409 when the object is deleted while its replacement comes in', async () => {
    const { ETag } = await s3.put('conflict', '1');
    const body = new Readable({ read() {} });
    body.push('first half ');
    const replacing = s3.put('conflict', body, { IfMatch: ETag, ContentLength: 22 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await s3.client.send(new S3.DeleteObjectCommand({ Bucket, Key: 'conflict' }));
    body.push('second half');
    body.push(null);
    await expect(replacing).rejects.toMatchObject({
      name: 'ConditionalRequestConflict',
      $metadata: { httpStatusCode: 409 },
    });
  });

  it('hold for reads and deletions', async () => {
    const { ETag } = await s3.put('read', '1');
    await expect(s3.get('read', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(s3.get('read', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    const deletion = new S3.DeleteObjectCommand({ Bucket, Key: 'read', IfMatch: '"other"' });
    await expect(s3.client.send(deletion)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect((await s3.get('read', { IfMatch: ETag })).bytes.toString()).toBe('1');
  });
});

describe('CopyObject and deletions', () => {
  it('copy with or without the metadata', async () => {
    await s3.put('from ü', 'text', { Metadata: { a: '1' }, ContentType: 'text/plain' });
    const CopySource = `${Bucket}/${encodeURIComponent('from ü')}`;
    await s3.client.send(new S3.CopyObjectCommand({ Bucket, Key: 'to', CopySource }));
    const replacing = { Bucket, Key: 'to2', CopySource, MetadataDirective: 'REPLACE', Metadata: { b: '2' } } as const;
    await s3.client.send(new S3.CopyObjectCommand(replacing));
    expect(await s3.get('to')).toMatchObject({ Metadata: { a: '1' }, ContentType: 'text/plain' });
    expect((await s3.get('to2')).Metadata).toEqual({ b: '2' });
    const missing = new S3.CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/nothing` });
    await expect(s3.client.send(missing)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('delete many, also what is not there', async () => {
    await s3.put('d&1', 'x');
    const Objects = [{ Key: 'd&1' }, { Key: 'never there' }];
    const answer = await s3.client.send(new S3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(answer.Deleted).toEqual(Objects);
    await expect(s3.get('d&1')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
