import { afterAll, describe, it } from 'vitest';
import { bucketRunContract } from '../contracts/bucket-run.ts';
import { openS3Server, whyNoS3 } from './s3-server.ts';

if (whyNoS3 === null) {
  const server = openS3Server();
  afterAll(server.close);
  bucketRunContract('a real server', () => server);
} else {
  describe('finedrop over the buckets of a real server', () => it.skip(`is not tested: ${whyNoS3}`, () => {}));
}
