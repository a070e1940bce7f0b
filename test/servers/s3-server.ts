import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Service } from '../contracts/s3-store.ts';

const ENDPOINT = 'FINEDROP_TEST_S3_ENDPOINT';

/** Why the tests of a real S3 server are skipped; null where one was named. */
export const whyNoS3: string | null =
  (process.env[ENDPOINT] ?? '') === ''
    ? `no S3 server was named: set ${ENDPOINT} (and FINEDROP_TEST_S3_ACCESS_KEY, _SECRET_KEY, _REGION), or run .ci/servers`
    : null;

/** The S3 server that the environment names, with buckets of its own that `close` removes with all that is in them. */
export function openS3Server(): S3Service & { close(): Promise<void> } {
  const region = process.env['FINEDROP_TEST_S3_REGION'] ?? 'us-east-1';
  const settings = {
    endpoint: process.env[ENDPOINT] ?? '',
    region,
    credentials: {
      accessKeyId: process.env['FINEDROP_TEST_S3_ACCESS_KEY'] ?? '',
      secretAccessKey: process.env['FINEDROP_TEST_S3_SECRET_KEY'] ?? '',
    },
  };
  const client = new S3Client({ ...settings, forcePathStyle: true });
  const made: string[] = [];
  return {
    settings,
    client,
    makeBucket: async () => {
      const Bucket = `finedrop-test-${randomBytes(8).toString('hex')}`;
      const place = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as 'EU' } };
      await client.send(new CreateBucketCommand({ Bucket, ...place }));
      made.push(Bucket);
      return Bucket;
    },
    close: async () => {
      for (const Bucket of made.splice(0)) await removeBucket(client, Bucket);
      client.destroy();
    },
  };
}

async function removeBucket(client: S3Client, Bucket: string): Promise<void> {
  await abortUploads(client, Bucket);
  for (let isTruncated = true; isTruncated; ) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    await Promise.all(
      // One by one: keys that XML cannot hold cannot be named in a list.
      found.map(({ Key, VersionId }) => client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))),
    );
    isTruncated = page.IsTruncated === true && found.length > 0;
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}

async function abortUploads(client: S3Client, Bucket: string): Promise<void> {
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads ?? []) {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }
}
