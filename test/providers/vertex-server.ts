import type { ProviderClient } from '../../lib/providers/provider.ts';
import { vertex } from '../../lib/providers/vertex/index.ts';
import { type Reply, type Routes, type Server, startServer } from './openai-server.ts';

export const JOBS = '/v1/projects/museum/locations/europe-west4/tuningJobs';
export const NAME = 'projects/123/locations/europe-west4/tuningJobs/7';
export const KEY = 'ab'.repeat(20);
export const now = () => new Date('2026-11-23T09:00:00Z');

export interface Opened {
  server: Server;
  client: ProviderClient;
  close(): Promise<void>;
}

/** A server on loopback in the place of Vertex AI and Cloud Storage, and a client of it whose clock stands still. */
export async function openVertex(routes: Routes): Promise<Opened> {
  const server = await startServer(routes);
  const { origin } = new URL(server.url);
  const values = {
    project: 'museum',
    location: 'europe-west4',
    bucket: 'owls',
    vertexUrl: `${origin}/`,
    storageUrl: origin,
  };
  const settings = { simulated: false, values };
  const client = await vertex.connect(settings, { mediaBase: vertex.mediaBase(settings, 'birds'), now });
  return { server, client, close: () => server.close() };
}

/** A running job as the API answers it. */
export const job = (changes: object = {}) => ({
  name: NAME,
  state: 'JOB_STATE_RUNNING',
  createTime: '2026-11-23T08:00:00.123456789Z',
  ...changes,
});

/** google.rpc.Status in Google's envelope. */
export const refusal = (code: number, status: string, message: string, headers?: Record<string, string>): Reply => ({
  status: code,
  json: { error: { code, status, message } },
  ...(headers === undefined ? {} : { headers }),
});
