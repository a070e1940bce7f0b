import { randomBytes } from 'node:crypto';
import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bucket, type S3Fixture, startS3 } from './s3-fixture.ts';

const MIB = 1024 * 1024;
let s3: S3Fixture;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.close());

describe('multipart uploads', () => {
  it('join parts and copied ranges under an ETag that counts them', async () => {
    const first = randomBytes(5 * MIB);
    await s3.put('source', first);
    const { UploadId } = await s3.client.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'mp' }));
    const copy = { Bucket, Key: 'mp', UploadId, PartNumber: 1, CopySource: `${Bucket}/source` };
    const one = await s3.client.send(
      new S3.UploadPartCopyCommand({ ...copy, CopySourceRange: `bytes=0-${5 * MIB - 1}` }),
    );
    const two = await s3.client.send(
      new S3.UploadPartCommand({
        Bucket,
        Key: 'mp',
        UploadId,
        PartNumber: 2,
        Body: 'tail',
        ChecksumAlgorithm: 'CRC32',
      }),
    );
    const listed = await s3.client.send(new S3.ListPartsCommand({ Bucket, Key: 'mp', UploadId }));
    expect(listed.Parts?.map((part) => part.Size)).toEqual([5 * MIB, 4]);
    const Parts = [
      { PartNumber: 1, ETag: one.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: two.ETag },
    ];
    const done = await s3.client.send(
      new S3.CompleteMultipartUploadCommand({ Bucket, Key: 'mp', UploadId, MultipartUpload: { Parts } }),
    );
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect((await s3.get('mp')).bytes.equals(Buffer.concat([first, Buffer.from('tail')]))).toBe(true);
    expect((await s3.get('mp', { Range: `bytes=${5 * MIB - 2}-${5 * MIB + 1}` })).bytes.subarray(2).toString()).toBe(
      'ta',
    );
    const again = new S3.ListPartsCommand({ Bucket, Key: 'mp', UploadId });
    await expect(s3.client.send(again)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('may be completed after a condition that did not hold, and lose nothing', async () => {
    await s3.put('taken', 'x');
    const { UploadId } = await s3.client.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'taken' }));
    const { ETag } = await s3.client.send(
      new S3.UploadPartCommand({ Bucket, Key: 'taken', UploadId, PartNumber: 1, Body: 'new' }),
    );
    const complete = { Bucket, Key: 'taken', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
    const refused = s3.client.send(new S3.CompleteMultipartUploadCommand({ ...complete, IfNoneMatch: '*' }));
    await expect(refused).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await s3.client.send(new S3.CompleteMultipartUploadCommand(complete));
    expect((await s3.get('taken')).bytes.toString()).toBe('new');
  });

  it.each([
    ['a wrong ETag', [{ PartNumber: 1, ETag: '"x"' }], 'InvalidPart'],
    ['no order', [{ PartNumber: 2 }, { PartNumber: 1 }], 'InvalidPartOrder'],
    ['a small part before the last', [{ PartNumber: 1 }, { PartNumber: 2 }], 'EntityTooSmall'],
  ])('refuse %s', async (_, listed, code) => {
    const { UploadId } = await s3.client.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'wrong' }));
    const ETags = new Map<number, string | undefined>();
    for (const PartNumber of [1, 2]) {
      const part = { Bucket, Key: 'wrong', UploadId, PartNumber, Body: 'x' };
      ETags.set(PartNumber, (await s3.client.send(new S3.UploadPartCommand(part))).ETag);
    }
    const Parts = listed.map((part) => ({ ETag: ETags.get(part.PartNumber), ...part }));
    const complete = { Bucket, Key: 'wrong', UploadId, MultipartUpload: { Parts } };
    await expect(s3.client.send(new S3.CompleteMultipartUploadCommand(complete))).rejects.toMatchObject({ name: code });
    await s3.client.send(new S3.AbortMultipartUploadCommand({ Bucket, Key: 'wrong', UploadId }));
    const left = await s3.client.send(new S3.ListMultipartUploadsCommand({ Bucket }));
    expect(left.Uploads ?? []).toEqual([]);
  });
});
