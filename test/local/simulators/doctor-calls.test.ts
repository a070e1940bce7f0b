import { GetFoundationModelCommand } from '@aws-sdk/client-bedrock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BedrockBench, MODEL, openBedrockBench } from './bedrock-bench.ts';
import { type GcsFixture, startGcs } from './gcs-fixture.ts';

let bedrock: BedrockBench;
let gcs: GcsFixture;
beforeAll(async () => {
  [bedrock, gcs] = await Promise.all([openBedrockBench(), startGcs()]);
});
afterAll(() => Promise.all([bedrock.close(), gcs.close()]));

describe('GetFoundationModel', () => {
  const get = (modelIdentifier: string) => bedrock.client.send(new GetFoundationModelCommand({ modelIdentifier }));

  it('tells the official client of a model that can be tuned', async () => {
    const { modelDetails } = await get(MODEL);
    expect(modelDetails).toMatchObject({
      modelId: MODEL,
      inputModalities: ['TEXT', 'IMAGE', 'VIDEO'],
      customizationsSupported: ['FINE_TUNING'],
      modelLifecycle: { status: 'ACTIVE' },
    });
    const micro = await get('amazon.nova-micro-v1:0:128k');
    expect(micro.modelDetails?.inputModalities).toEqual(['TEXT']);
  });

  it('knows no other model', async () => {
    await expect(get('amazon.nova-none-v1:0')).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('buckets.testIamPermissions', () => {
  it('lets the official client do all that it asks about', async () => {
    const [allowed] = await gcs.bucket.iam.testPermissions(['storage.objects.create', 'storage.objects.get']);
    expect(allowed).toEqual({ 'storage.objects.create': true, 'storage.objects.get': true });
  });

  it.each(['', '?permissions=aiplatform.tuningJobs.list', '?permissions=storage.objects'])(
    'refuses to be asked "%s"',
    async (query) => {
      const answer = await gcs.send(`/storage/v1/b/museum/iam/testPermissions${query}`);
      expect(answer.status).toBe(400);
    },
  );
});
