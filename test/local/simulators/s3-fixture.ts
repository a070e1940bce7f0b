import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as S3 from '@aws-sdk/client-s3';
import { openSimulatedClock } from '../../../lib/local/simulators/clock.ts';
import { openFaults } from '../../../lib/local/simulators/faults.ts';
import { serve } from '../../../lib/local/simulators/http.ts';
import { s3Simulator } from '../../../lib/local/simulators/s3/index.ts';
import { openBucketStore } from '../../../lib/local/simulators/storage/index.ts';

export const Bucket = 'museum';

/** A running simulator over a folder of its own, with the official client. */
export interface S3Fixture {
  url: string;
  client: S3.S3Client;
  put(
    Key: string,
    Body: NonNullable<S3.PutObjectCommandInput['Body']>,
    more?: Partial<S3.PutObjectCommandInput>,
  ): Promise<S3.PutObjectCommandOutput>;
  get(Key: string, more?: Partial<S3.GetObjectCommandInput>): Promise<S3.GetObjectCommandOutput & { bytes: Buffer }>;
  close(): Promise<void>;
}

/** Starts the simulator in eu-central-1, with fault rules if there are any. */
export async function startS3(rules: unknown[] = []): Promise<S3Fixture> {
  const stateDir = await mkdtemp(join(tmpdir(), 'finedrop-s3-'));
  const clock = await openSimulatedClock(stateDir);
  const context = { stateDir, clock, faults: openFaults({ rules }), objects: openBucketStore(stateDir) };
  const region = 'eu-central-1';
  const server = await serve(s3Simulator({ ...context, region }), 0);
  const credentials = { accessKeyId: 'any', secretAccessKey: 'thing' };
  const client = new S3.S3Client({ endpoint: server.url, region, forcePathStyle: true, credentials, maxAttempts: 1 });
  return {
    url: server.url,
    client,
    put: (Key, Body, more = {}) => client.send(new S3.PutObjectCommand({ Bucket, Key, Body, ...more })),
    async get(Key, more = {}) {
      const answer = await client.send(new S3.GetObjectCommand({ Bucket, Key, ...more }));
      return { ...answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) };
    },
    async close() {
      client.destroy();
      await server.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
