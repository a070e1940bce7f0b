import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OAuth2Client } from 'google-auth-library';
import { type RunningSimulators, startSimulators } from '../../lib/local/simulators/start.ts';
import { type ContentStore, gcsStore } from '../../lib/storage/gcs-store.ts';

export interface GcsFixture {
  simulators: RunningSimulators;
  /** A store over a bucket that nobody else has. */
  store(): ContentStore;
  close(): Promise<void>;
}

/** Cloud Storage's simulator over a folder of its own, with fault rules if there are any. */
export async function startGcs(rules: object[] = []): Promise<GcsFixture> {
  const stateDir = await mkdtemp(join(tmpdir(), 'finedrop-gcs-'));
  const faults = { rules: rules.map((rule) => ({ provider: 'gcs', ...rule })) };
  const simulators = await startSimulators({ stateDir, faults });
  let buckets = 0;
  return {
    simulators,
    store() {
      buckets += 1;
      return openGcs(simulators.urls.gcs, `bucket-${buckets}`);
    },
    async close() {
      await simulators.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** A bucket at a stand-in for Cloud Storage. */
export function openGcs(endpoint: string, bucket: string): ContentStore {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'any' });
  return gcsStore({ bucket, project: 'p', authClient, endpoint });
}
