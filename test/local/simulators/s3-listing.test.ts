import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bucket, type S3Fixture, startS3 } from './s3-fixture.ts';

let s3: S3Fixture;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.close());

describe('ListObjectsV2', () => {
  it('pages in byte order and rolls up at the delimiter', async () => {
    for (const key of ['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/é', 'l/&<>"']) await s3.put(key, 'x');
    const all = await s3.client.send(new S3.ListObjectsV2Command({ Bucket, Prefix: 'l/' }));
    expect(all.Contents?.map((object) => object.Key)).toEqual(['l/&<>"', 'l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/é']);
    const found: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const query = { Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys: 2, ContinuationToken };
      const page: S3.ListObjectsV2CommandOutput = await s3.client.send(new S3.ListObjectsV2Command(query));
      found.push(...(page.Contents ?? []).map((it) => it.Key), ...(page.CommonPrefixes ?? []).map((it) => it.Prefix));
      expect(page.KeyCount).toBeLessThanOrEqual(2);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(found.sort()).toEqual(['l/&<>"', 'l/a/', 'l/b', 'l/c/', 'l/é']);
    const after = await s3.client.send(new S3.ListObjectsV2Command({ Bucket, Prefix: 'l/', StartAfter: 'l/b' }));
    expect(after.Contents?.map((object) => object.Key)).toEqual(['l/c/1', 'l/é']);
  });

  it('refuses a token that it did not give', async () => {
    const listing = new S3.ListObjectsV2Command({ Bucket, ContinuationToken: '%%%' });
    await expect(s3.client.send(listing)).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

describe('buckets', () => {
  it('are made on first use in the simulator’s region, or in their own when created', async () => {
    await s3.client.send(new S3.HeadBucketCommand({ Bucket: 'just-asked' }));
    const used = await s3.client.send(new S3.GetBucketLocationCommand({ Bucket: 'just-asked' }));
    expect(used.LocationConstraint).toBe('eu-central-1');
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
    await s3.client.send(new S3.CreateBucketCommand({ Bucket: 'created', CreateBucketConfiguration }));
    const head = await s3.client.send(new S3.HeadBucketCommand({ Bucket: 'created' }));
    expect(head.BucketRegion).toBe('eu-west-1');
    const again = s3.client.send(new S3.CreateBucketCommand({ Bucket: 'created' }));
    await expect(again).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
  });

  it('refuse sub-resources that are not simulated instead of taking them for an upload', async () => {
    await s3.put('tagged', 'x');
    const tagging = { Bucket, Key: 'tagged', Tagging: { TagSet: [] } };
    const refused = s3.client.send(new S3.PutObjectTaggingCommand(tagging));
    await expect(refused).rejects.toMatchObject({ name: 'NotImplemented' });
    expect((await s3.get('tagged')).bytes.toString()).toBe('x');
  });
});
