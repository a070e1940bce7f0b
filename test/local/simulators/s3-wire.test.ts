import { request as httpRequest } from 'node:http';
import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeChunks } from '../../../lib/local/simulators/s3/payload.ts';
import { parseXml } from '../../../lib/local/simulators/s3/xml.ts';
import { Bucket, type S3Fixture, startS3 } from './s3-fixture.ts';

let s3: S3Fixture;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.close());

describe('signatures', () => {
  it.each([
    ['none', {}],
    ['a bearer token', { authorization: 'Bearer x' }],
    ['a signature cut short', { authorization: 'AWS4-HMAC-SHA256 Credential=a/20261123/us-east-1/s3/aws4_request' }],
  ])('with %s are refused in S3’s XML', async (_, headers) => {
    const answer = await fetch(`${s3.url}/${Bucket}/x`, { headers });
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
    const faulty = await startS3([{ provider: 's3', operation: 'PutObject', ...rule }]);
    const { client } = faulty;
    const Key = `fault ${JSON.stringify(rule)}`;
    const failed = client.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'x' }));
    await expect(failed).rejects.toMatchObject(name === undefined ? {} : { name });
    const listed = await client.send(new S3.ListObjectsV2Command({ Bucket, Prefix: Key }));
    expect(listed.KeyCount).toBe(stored);
    await client.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'x' }));
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
    const request = httpRequest(`${s3.url}/${Bucket}/broken-off`, { method: 'PUT', headers });
    request.on('error', () => undefined);
    request.write('only this');
    await new Promise((resolve) => setTimeout(resolve, 50));
    request.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(s3.get('broken-off')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
