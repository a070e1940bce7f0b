import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSimulatedClock } from '../../../lib/local/simulators/clock.ts';
import { openFaults } from '../../../lib/local/simulators/faults.ts';
import { serve } from '../../../lib/local/simulators/http.ts';
import { s3Simulator } from '../../../lib/local/simulators/s3/index.ts';
import { decodeChunks } from '../../../lib/local/simulators/s3/payload.ts';
import { parseXml } from '../../../lib/local/simulators/s3/xml.ts';
import { openBucketStore } from '../../../lib/local/simulators/storage/index.ts';

const Bucket = 'museum';
const MIB = 1024 * 1024;
let stateDir: string;
let server: Awaited<ReturnType<typeof serve>>;
let client: S3.S3Client;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'finedrop-s3-'));
  server = await start([]);
  client = clientFor(server.url);
});

afterAll(async () => {
  client.destroy();
  await server.close();
  await rm(stateDir, { recursive: true, force: true });
});

async function start(rules: unknown[]) {
  const clock = await openSimulatedClock(stateDir);
  const context = { stateDir, clock, faults: openFaults({ rules }), objects: openBucketStore(stateDir) };
  return serve(s3Simulator({ ...context, region: 'eu-central-1' }), 0);
}

function clientFor(endpoint: string): S3.S3Client {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'thing' };
  return new S3.S3Client({ endpoint, region: 'eu-central-1', forcePathStyle: true, credentials, maxAttempts: 1 });
}

const put = (
  Key: string,
  Body: NonNullable<S3.PutObjectCommandInput['Body']>,
  more: Partial<S3.PutObjectCommandInput> = {},
) => client.send(new S3.PutObjectCommand({ Bucket, Key, Body, ...more }));

async function get(Key: string, more: Partial<S3.GetObjectCommandInput> = {}) {
  const answer = await client.send(new S3.GetObjectCommand({ Bucket, Key, ...more }));
  return { ...answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) };
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

describe('PutObject and GetObject', () => {
  it.each(['a/b ü+%&.bin', 'a/../b', './x', '/leading', 'a//b', '😀', 'k'.repeat(1024)])(
    'bring back bytes, type and metadata under the key "%s"',
    async (Key) => {
      const body = randomBytes(1000);
      const answer = await put(Key, body, {
        ContentType: 'image/png',
        Metadata: { run: '7' },
        CacheControl: 'no-store',
      });
      expect(answer.ETag).toBe(`"${md5(body)}"`);
      const read = await get(Key);
      expect(read.bytes.equals(body)).toBe(true);
      expect(read).toMatchObject({ ContentType: 'image/png', Metadata: { run: '7' }, CacheControl: 'no-store' });
    },
  );

  it('takes a stream, which the SDK sends as aws-chunked with a trailer', async () => {
    const body = randomBytes(300_000);
    await put('stream', Readable.from([body.subarray(0, 1000), body.subarray(1000)]), { ContentLength: body.length });
    const read = await get('stream');
    expect(read.bytes.equals(body)).toBe(true);
    expect(read.ContentEncoding).toBeUndefined();
    expect(read.ChecksumCRC32).toBeDefined();
  });

  it('takes an object of no bytes', async () => {
    await put('empty', '');
    expect((await get('empty')).bytes).toHaveLength(0);
  });

  it.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('keeps and echoes a %s checksum', async (algorithm) => {
    const answer = await put('sum', 'hello', { ChecksumAlgorithm: algorithm });
    const head = await client.send(new S3.HeadObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }));
    expect(answer[`Checksum${algorithm}`]).toMatch(/=$/);
    expect(head[`Checksum${algorithm}`]).toBe(answer[`Checksum${algorithm}`]);
  });

  it.each([
    ['another SHA-256', { ChecksumSHA256: createHash('sha256').update('x').digest('base64') }, 'BadDigest'],
    ['another MD5', { ContentMD5: createHash('md5').update('x').digest('base64') }, 'BadDigest'],
    ['an MD5 that is none', { ContentMD5: 'AAAA' }, 'InvalidDigest'],
  ])('refuse %s and keep nothing', async (_, digest, code) => {
    await expect(put('bad', 'hello', digest)).rejects.toMatchObject({ name: code, $metadata: { httpStatusCode: 400 } });
    await expect(get('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('answer the range %s', async (Range, text, contentRange) => {
    await put('ten', '0123456789');
    const read = await get('ten', { Range });
    expect([read.bytes.toString(), read.ContentRange]).toEqual([text, contentRange]);
    expect(read.$metadata.httpStatusCode).toBe(206);
  });

  it('refuse a range behind the end', async () => {
    await put('ten', '0123456789');
    const refused = expect(get('ten', { Range: 'bytes=10-' })).rejects;
    await refused.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
  });
});

describe('conditions', () => {
  it('let one of many creators win', async () => {
    const outcomes = await Promise.allSettled(
      [...Array(16)].map((_, index) => put('race', `${index}`, { IfNoneMatch: '*' })),
    );
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(15);
    expect(lost.every(({ reason }) => reason.name === 'PreconditionFailed')).toBe(true);
  });

  it('replace by If-Match once, and answer 404 where there is nothing to match', async () => {
    const { ETag } = await put('cas', '1');
    await put('cas', '2', { IfMatch: ETag });
    await expect(put('cas', '3', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('never', '1', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('answer 409 when the object is deleted while its replacement comes in', async () => {
    const { ETag } = await put('conflict', '1');
    const body = new Readable({ read() {} });
    body.push('first half ');
    const replacing = put('conflict', body, { IfMatch: ETag, ContentLength: 22 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.send(new S3.DeleteObjectCommand({ Bucket, Key: 'conflict' }));
    body.push('second half');
    body.push(null);
    await expect(replacing).rejects.toMatchObject({
      name: 'ConditionalRequestConflict',
      $metadata: { httpStatusCode: 409 },
    });
  });

  it('hold for reads and deletions', async () => {
    const { ETag } = await put('read', '1');
    await expect(get('read', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get('read', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    const deletion = new S3.DeleteObjectCommand({ Bucket, Key: 'read', IfMatch: '"other"' });
    await expect(client.send(deletion)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect((await get('read', { IfMatch: ETag })).bytes.toString()).toBe('1');
  });
});

describe('ListObjectsV2', () => {
  it('pages in byte order and rolls up at the delimiter', async () => {
    for (const key of ['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/é', 'l/&<>"']) await put(key, 'x');
    const all = await client.send(new S3.ListObjectsV2Command({ Bucket, Prefix: 'l/' }));
    expect(all.Contents?.map((object) => object.Key)).toEqual(['l/&<>"', 'l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/é']);
    const found: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const query = { Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys: 2, ContinuationToken };
      const page: S3.ListObjectsV2CommandOutput = await client.send(new S3.ListObjectsV2Command(query));
      found.push(...(page.Contents ?? []).map((it) => it.Key), ...(page.CommonPrefixes ?? []).map((it) => it.Prefix));
      expect(page.KeyCount).toBeLessThanOrEqual(2);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(found.sort()).toEqual(['l/&<>"', 'l/a/', 'l/b', 'l/c/', 'l/é']);
    const after = await client.send(new S3.ListObjectsV2Command({ Bucket, Prefix: 'l/', StartAfter: 'l/b' }));
    expect(after.Contents?.map((object) => object.Key)).toEqual(['l/c/1', 'l/é']);
  });

  it('refuses a token that it did not give', async () => {
    const listing = new S3.ListObjectsV2Command({ Bucket, ContinuationToken: '%%%' });
    await expect(client.send(listing)).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

describe('CopyObject and deletions', () => {
  it('copy with or without the metadata', async () => {
    await put('from ü', 'text', { Metadata: { a: '1' }, ContentType: 'text/plain' });
    const CopySource = `${Bucket}/${encodeURIComponent('from ü')}`;
    await client.send(new S3.CopyObjectCommand({ Bucket, Key: 'to', CopySource }));
    const replacing = { Bucket, Key: 'to2', CopySource, MetadataDirective: 'REPLACE', Metadata: { b: '2' } } as const;
    await client.send(new S3.CopyObjectCommand(replacing));
    expect(await get('to')).toMatchObject({ Metadata: { a: '1' }, ContentType: 'text/plain' });
    expect((await get('to2')).Metadata).toEqual({ b: '2' });
    const missing = new S3.CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/nothing` });
    await expect(client.send(missing)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('delete many, also what is not there', async () => {
    await put('d&1', 'x');
    const Objects = [{ Key: 'd&1' }, { Key: 'never there' }];
    const answer = await client.send(new S3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(answer.Deleted).toEqual(Objects);
    await expect(get('d&1')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('multipart uploads', () => {
  it('join parts and copied ranges under an ETag that counts them', async () => {
    const first = randomBytes(5 * MIB);
    await put('source', first);
    const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'mp' }));
    const copy = { Bucket, Key: 'mp', UploadId, PartNumber: 1, CopySource: `${Bucket}/source` };
    const one = await client.send(new S3.UploadPartCopyCommand({ ...copy, CopySourceRange: `bytes=0-${5 * MIB - 1}` }));
    const two = await client.send(
      new S3.UploadPartCommand({
        Bucket,
        Key: 'mp',
        UploadId,
        PartNumber: 2,
        Body: 'tail',
        ChecksumAlgorithm: 'CRC32',
      }),
    );
    const listed = await client.send(new S3.ListPartsCommand({ Bucket, Key: 'mp', UploadId }));
    expect(listed.Parts?.map((part) => part.Size)).toEqual([5 * MIB, 4]);
    const Parts = [
      { PartNumber: 1, ETag: one.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: two.ETag },
    ];
    const done = await client.send(
      new S3.CompleteMultipartUploadCommand({ Bucket, Key: 'mp', UploadId, MultipartUpload: { Parts } }),
    );
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect((await get('mp')).bytes.equals(Buffer.concat([first, Buffer.from('tail')]))).toBe(true);
    expect((await get('mp', { Range: `bytes=${5 * MIB - 2}-${5 * MIB + 1}` })).bytes.subarray(2).toString()).toBe('ta');
    const again = new S3.ListPartsCommand({ Bucket, Key: 'mp', UploadId });
    await expect(client.send(again)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('may be completed after a condition that did not hold, and lose nothing', async () => {
    await put('taken', 'x');
    const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'taken' }));
    const { ETag } = await client.send(
      new S3.UploadPartCommand({ Bucket, Key: 'taken', UploadId, PartNumber: 1, Body: 'new' }),
    );
    const complete = { Bucket, Key: 'taken', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
    const refused = client.send(new S3.CompleteMultipartUploadCommand({ ...complete, IfNoneMatch: '*' }));
    await expect(refused).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await client.send(new S3.CompleteMultipartUploadCommand(complete));
    expect((await get('taken')).bytes.toString()).toBe('new');
  });

  it.each([
    ['a wrong ETag', [{ PartNumber: 1, ETag: '"x"' }], 'InvalidPart'],
    ['no order', [{ PartNumber: 2 }, { PartNumber: 1 }], 'InvalidPartOrder'],
    ['a small part before the last', [{ PartNumber: 1 }, { PartNumber: 2 }], 'EntityTooSmall'],
  ])('refuse %s', async (_, listed, code) => {
    const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'wrong' }));
    const ETags = new Map<number, string | undefined>();
    for (const PartNumber of [1, 2]) {
      const part = { Bucket, Key: 'wrong', UploadId, PartNumber, Body: 'x' };
      ETags.set(PartNumber, (await client.send(new S3.UploadPartCommand(part))).ETag);
    }
    const Parts = listed.map((part) => ({ ETag: ETags.get(part.PartNumber), ...part }));
    const complete = { Bucket, Key: 'wrong', UploadId, MultipartUpload: { Parts } };
    await expect(client.send(new S3.CompleteMultipartUploadCommand(complete))).rejects.toMatchObject({ name: code });
    await client.send(new S3.AbortMultipartUploadCommand({ Bucket, Key: 'wrong', UploadId }));
    const left = await client.send(new S3.ListMultipartUploadsCommand({ Bucket }));
    expect(left.Uploads ?? []).toEqual([]);
  });
});

describe('buckets', () => {
  it('are made on first use in the simulator’s region, or in their own when created', async () => {
    await client.send(new S3.HeadBucketCommand({ Bucket: 'just-asked' }));
    const used = await client.send(new S3.GetBucketLocationCommand({ Bucket: 'just-asked' }));
    expect(used.LocationConstraint).toBe('eu-central-1');
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
    await client.send(new S3.CreateBucketCommand({ Bucket: 'created', CreateBucketConfiguration }));
    const head = await client.send(new S3.HeadBucketCommand({ Bucket: 'created' }));
    expect(head.BucketRegion).toBe('eu-west-1');
    const again = client.send(new S3.CreateBucketCommand({ Bucket: 'created' }));
    await expect(again).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
  });

  it('refuse sub-resources that are not simulated instead of taking them for an upload', async () => {
    await put('tagged', 'x');
    const tagging = { Bucket, Key: 'tagged', Tagging: { TagSet: [] } };
    const refused = client.send(new S3.PutObjectTaggingCommand(tagging));
    await expect(refused).rejects.toMatchObject({ name: 'NotImplemented' });
    expect((await get('tagged')).bytes.toString()).toBe('x');
  });
});

describe('signatures', () => {
  it.each([
    ['none', {}],
    ['a bearer token', { authorization: 'Bearer x' }],
    ['a signature cut short', { authorization: 'AWS4-HMAC-SHA256 Credential=a/20261123/us-east-1/s3/aws4_request' }],
  ])('with %s are refused in S3’s XML', async (_, headers) => {
    const answer = await fetch(`${server.url}/${Bucket}/x`, { headers });
    expect(answer.status).toBe(403);
    const text = await answer.text();
    expect(text).toContain('<Code>AccessDenied</Code>');
    expect(text).toContain(`<RequestId>${answer.headers.get('x-amz-request-id')}</RequestId>`);
  });
});

describe('faults', () => {
  it.each([
    [{ action: 'error', status: 503 }, 'SlowDown', 0],
    [{ action: 'error', status: 500 }, 'InternalError', 0],
    [{ action: 'reset' }, undefined, 0],
    [{ action: 'accept-then-timeout' }, undefined, 1],
  ])('%o on PutObject', async (rule, name, stored) => {
    const faulty = await start([{ provider: 's3', operation: 'PutObject', ...rule }]);
    const own = clientFor(faulty.url);
    const Key = `fault ${JSON.stringify(rule)}`;
    const failed = own.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'x' }));
    await expect(failed).rejects.toMatchObject(name === undefined ? {} : { name });
    const listed = await client.send(new S3.ListObjectsV2Command({ Bucket, Prefix: Key }));
    expect(listed.KeyCount).toBe(stored);
    await own.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'x' }));
    own.destroy();
    await faulty.close();
  });
});

describe('decodeChunks', () => {
  async function decode(text: string, cut: number) {
    const trailers = new Map<string, string>();
    const pieces: Uint8Array[] = [];
    const source = async function* () {
      for (let at = 0; at < text.length; at += cut) yield Buffer.from(text.slice(at, at + cut), 'latin1');
    };
    for await (const piece of decodeChunks(source(), trailers)) pieces.push(piece);
    return { body: Buffer.concat(pieces).toString(), trailers: Object.fromEntries(trailers) };
  }

  it.each([1, 2, 7, 1000])('reads signed chunks and trailers from pieces of %i bytes', async (cut) => {
    const signature = `;chunk-signature=${'a'.repeat(64)}`;
    const text = `3${signature}\r\nhel\r\n2${signature}\r\nlo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n`;
    expect(await decode(text, cut)).toEqual({ body: 'hello', trailers: { 'x-amz-checksum-crc32': 'NhCmhg==' } });
  });

  it.each(['', 'zz\r\n', '3\r\nhe', '3\r\nhello\r\n', 'x'.repeat(9000), 'ffffffff\r\n'])('refuses %j', async (text) => {
    await expect(decode(text, 100)).rejects.toMatchObject({ code: 'IncompleteBody' });
  });
});

describe('parseXml', () => {
  it('reads elements, text and entities', () => {
    const parsed = parseXml(
      '<?xml version="1.0"?><Delete xmlns="x"><Object><Key>a&amp;b&#x20;&lt;</Key></Object><Quiet/></Delete>',
    );
    expect(parsed?.children.map((child) => child.name)).toEqual(['Object', 'Quiet']);
    expect(parsed?.children[0]?.children[0]?.text).toBe('a&b <');
  });

  it.each(['', 'text', '<a>', '<a></b>', '<a></a><b></b>', '<!DOCTYPE a><a></a>', '<a><![CDATA[x]]></a>', '<a'])(
    'refuses %j',
    (document) => {
      expect(parseXml(document)).toBeNull();
    },
  );
});

describe('a client that goes away', () => {
  it('leaves no object behind', async () => {
    const authorization = `AWS4-HMAC-SHA256 Credential=a/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const headers = { authorization, 'x-amz-date': '20261123T000000Z', 'content-length': '1000' };
    const request = httpRequest(`${server.url}/${Bucket}/broken-off`, { method: 'PUT', headers });
    request.on('error', () => undefined);
    request.write('only this');
    await new Promise((resolve) => setTimeout(resolve, 50));
    request.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(get('broken-off')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
