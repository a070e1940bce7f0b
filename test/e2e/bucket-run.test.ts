import { afterAll, beforeAll } from 'vitest';
import { bucketRunContract } from '../contracts/bucket-run.ts';
import { type S3Fixture, startS3 } from '../local/simulators/s3-fixture.ts';

let s3: S3Fixture;
let count = 0;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.close());

bucketRunContract('the simulator', () => ({
  settings: {
    endpoint: s3.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'thing' },
  },
  client: s3.client,
  makeBucket: async () => `museum-${count++}`,
}));
