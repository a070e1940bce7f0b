import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finedrop } from '../e2e/running.ts';
import { type GcsFixture, startGcs } from '../local/simulators/gcs-fixture.ts';
import { type S3Fixture, startS3 } from '../local/simulators/s3-fixture.ts';

let s3: S3Fixture;
let gcs: GcsFixture;
let folder: string;
beforeAll(async () => {
  [s3, gcs, folder] = await Promise.all([
    startS3([{ provider: 's3', operation: 'GetObject', action: 'error', status: 403, times: 1 }]),
    startGcs([{ provider: 'gcs', operation: 'objects.get', action: 'error', status: 403, times: 1 }]),
    mkdtemp(join(tmpdir(), 'finedrop-doctor-objects-')),
  ]);
});
afterAll(() => Promise.all([s3.close(), gcs.close(), rm(folder, { recursive: true, force: true })]));

describe('checkObjectBuckets', () => {
  it('tells of each bucket that the operator lets rows name whether it can be read', async () => {
    const config = 'objects: {buckets: [closed, open, "gs://closed", "gs://open"]}\n';
    await writeFile(join(folder, 'finedrop.config.yaml'), config);
    const env = {
      AWS_ENDPOINT_URL_S3: s3.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'thing',
      STORAGE_EMULATOR_HOST: gcs.url,
    };
    const { stdout } = await finedrop(['doctor', '--live', '--json'], { cwd: folder, env });
    const { checks } = JSON.parse(stdout) as { checks: { name: string; result: string; fix?: string }[] };
    const ours = checks.filter(({ name }) => name.startsWith('objects of '));
    expect(ours.map(({ name, result }) => [name, result])).toEqual([
      ['objects of closed', 'warning'],
      ['objects of open', 'ok'],
      ['objects of gs://closed', 'warning'],
      ['objects of gs://open', 'ok'],
    ]);
    expect(ours[0]?.fix).toContain('s3:GetObject');
    expect(ours[2]?.fix).toContain('roles/storage.objectViewer');
  });
});
