import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BedrockClient,
  CreateModelCustomizationJobCommand,
  GetModelCustomizationJobCommand,
} from '@aws-sdk/client-bedrock';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Storage } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import OpenAI, { toFile } from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningSimulators, startSimulators } from '../../../lib/local/simulators/start.ts';
import { image, MINUTE, MODEL, row, rows } from './bedrock-bench.ts';
import { picture, temporaryFolder } from './workbench.ts';

const credentials = { accessKeyId: 'AKIASIMULATED', secretAccessKey: 'secret' };
const region = 'us-east-1';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let running: RunningSimulators[];
beforeEach(async () => {
  folder = await temporaryFolder();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((simulators) => simulators.close()));
  await folder.remove();
});

async function start(options: { port?: number; faults?: unknown } = {}): Promise<RunningSimulators> {
  const simulators = await startSimulators({ stateDir: folder.path, ...options });
  running.push(simulators);
  return simulators;
}

describe('startSimulators', () => {
  it('serves each provider where its official client looks', async () => {
    const { urls } = await start();
    const openai = new OpenAI({ apiKey: 'k', baseURL: urls.openai, maxRetries: 0 });
    expect((await openai.files.list()).data).toEqual([]);
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: 'token' });
    const storage = new Storage({ apiEndpoint: urls.gcs, projectId: 'p', authClient, useAuthWithCustomEndpoint: true });
    await storage.bucket('owls').file('a.txt').save('hoot', { resumable: false });
    expect(String((await storage.bucket('owls').file('a.txt').download())[0])).toBe('hoot');
    const jobs = await fetch(`${urls.vertex}/v1/projects/p/locations/us-central1/tuningJobs`, {
      headers: { authorization: 'Bearer k' },
    });
    expect(jobs.status).toBe(200);
  });

  it('lets Bedrock read what S3 was given, and S3 show what Bedrock made', async () => {
    const { urls, clock } = await start();
    const s3 = new S3Client({ endpoint: urls.s3, region, credentials, forcePathStyle: true });
    const bedrock = new BedrockClient({ endpoint: urls.bedrock, region, credentials });
    const Bucket = 'fine-bucket';
    await s3.send(new CreateBucketCommand({ Bucket }));
    const put = (Key: string, Body: Buffer) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    await put('media/a.png', await picture('png'));
    const lines = [...rows(8), row([image('media/a.png', 'png', Bucket)])].map((value) => `${JSON.stringify(value)}\n`);
    await put('train.jsonl', Buffer.from(lines.join('')));
    const { jobArn } = await bedrock.send(
      new CreateModelCustomizationJobCommand({
        jobName: 'fd-1',
        customModelName: 'owl',
        roleArn: 'arn:aws:iam::123456789012:role/tuning',
        baseModelIdentifier: MODEL,
        trainingDataConfig: { s3Uri: `s3://${Bucket}/train.jsonl` },
        outputDataConfig: { s3Uri: `s3://${Bucket}/output` },
      }),
    );
    await clock.advance(40 * MINUTE);
    const job = await bedrock.send(new GetModelCustomizationJobCommand({ jobIdentifier: jobArn }));
    expect([job.status, job.failureMessage]).toEqual(['Completed', undefined]);
    const made = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'output/' }));
    expect(made.Contents?.map((object) => object.Key?.split('/').at(-1))).toEqual(['step_wise_training_metrics.csv']);
  });

  it('finds everything again after a restart', async () => {
    const first = await start();
    const client = new OpenAI({ apiKey: 'k', baseURL: first.urls.openai });
    const file = await client.files.create({ file: await toFile(Buffer.from('{}'), 'a.jsonl'), purpose: 'fine-tune' });
    await first.clock.advance(60 * MINUTE);
    const time = first.clock.now().getTime();
    await running.pop()?.close();
    const second = await start();
    expect(second.clock.now().getTime()).toBeGreaterThanOrEqual(time);
    const again = new OpenAI({ apiKey: 'k', baseURL: second.urls.openai });
    expect((await again.files.retrieve(file.id)).bytes).toBe(2);
  });

  it('takes five ports in a row, and leaves none open when one is taken', async () => {
    const port = await freePort();
    const { urls } = await start({ port });
    expect(Object.values(urls).map((url) => Number(new URL(url).port) - port)).toEqual([0, 1, 2, 3, 4]);
    await expect(start({ port: port - 3 })).rejects.toThrow('EADDRINUSE');
    await expect(fetch(`http://127.0.0.1:${port - 3}/`)).rejects.toThrow();
  });

  it('refuses unusable faults before it opens a port', async () => {
    await expect(start({ faults: { rules: [{}] } })).rejects.toThrow('[faults]');
  });
});

/** A port with free neighbours, far from those that the system hands out. */
async function freePort(): Promise<number> {
  for (let port = 20_000 + (process.pid % 1000) * 10; ; port += 10) {
    const free = await Promise.all(Array.from({ length: 10 }, (_, offset) => isFree(port - 4 + offset)));
    if (free.every((one) => one)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => {
      const { port: taken } = server.address() as AddressInfo;
      server.close(() => resolve(taken === port));
    });
  });
}
