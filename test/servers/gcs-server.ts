import { randomBytes } from 'node:crypto';
import { Storage } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import { type ContentStore, gcsStore } from '../../lib/storage/gcs-store.ts';

const ENDPOINT = 'FINEDROP_TEST_GCS_ENDPOINT';

/** Why the tests of a real Cloud Storage are skipped; null where one was named. */
export const whyNoGcs: string | null =
  (process.env[ENDPOINT] ?? '') === ''
    ? `no Cloud Storage was named: set ${ENDPOINT} (and FINEDROP_TEST_GCS_PROJECT, _TOKEN), or run .ci/servers`
    : null;

export interface GcsServer {
  /** A store over a new bucket. */
  makeStore(): Promise<ContentStore>;
  close(): Promise<void>;
}

/** The Cloud Storage that the environment names, with buckets of its own that `close` removes with all that is in them. */
export function openGcsServer(): GcsServer {
  const endpoint = (process.env[ENDPOINT] ?? '').replace(/\/+$/, '');
  const project = process.env['FINEDROP_TEST_GCS_PROJECT'] ?? 'finedrop-test';
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: process.env['FINEDROP_TEST_GCS_TOKEN'] ?? 'any' });
  const storage = new Storage({
    projectId: project,
    authClient,
    apiEndpoint: endpoint,
    useAuthWithCustomEndpoint: true,
  });
  const made: string[] = [];
  return {
    makeStore: async () => {
      const bucket = `finedrop-test-${randomBytes(8).toString('hex')}`;
      await storage.createBucket(bucket);
      made.push(bucket);
      return gcsStore({ bucket, project, authClient, endpoint });
    },
    close: async () => {
      for (const bucket of made.splice(0)) await removeBucket(storage, bucket);
    },
  };
}

async function removeBucket(storage: Storage, name: string): Promise<void> {
  await storage.bucket(name).deleteFiles({ force: true });
  await storage.bucket(name).delete();
}
