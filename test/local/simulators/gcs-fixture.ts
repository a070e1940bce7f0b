import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bucket, type File, Storage } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import { openSimulatedClock, type SimulatedClock } from '../../../lib/local/simulators/clock.ts';
import { openFaults } from '../../../lib/local/simulators/faults.ts';
import { gcsSimulator } from '../../../lib/local/simulators/gcs/index.ts';
import { serve } from '../../../lib/local/simulators/http.ts';
import { openBucketStore } from '../../../lib/local/simulators/storage/index.ts';

export const onlyNew = { preconditionOpts: { ifGenerationMatch: 0 } };

/** A running simulator over a folder of its own, with the official client. */
export interface GcsFixture {
  url: string;
  stateDir: string;
  clock: SimulatedClock;
  storage: Storage;
  bucket: Bucket;
  send(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Starts the simulator, with fault rules and retries of the client if there are any. */
export async function startGcs(rules: unknown[] = [], maxRetries = 0): Promise<GcsFixture> {
  const stateDir = await mkdtemp(join(tmpdir(), 'finedrop-gcs-'));
  const clock = await openSimulatedClock(stateDir);
  const context = { stateDir, clock, faults: openFaults({ rules }), objects: openBucketStore(stateDir, 'gcs') };
  const server = await serve(gcsSimulator(context), 0);
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'token' });
  const retryOptions = { autoRetry: maxRetries > 0, maxRetries, maxRetryDelay: 1, retryDelayMultiplier: 1 };
  const endpoint = { apiEndpoint: server.url, useAuthWithCustomEndpoint: true };
  const storage = new Storage({ ...endpoint, projectId: 'p', authClient, retryOptions });
  return {
    url: server.url,
    stateDir,
    clock,
    storage,
    bucket: storage.bucket('museum'),
    send: (path, init = {}) =>
      fetch(`${server.url}${path}`, { ...init, headers: { authorization: 'Bearer token', ...init.headers } }),
    async close() {
      await server.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** A file's content as text, whole or a part. */
export async function textOf(file: File, options = {}): Promise<string> {
  return (await file.download(options))[0].toString();
}
