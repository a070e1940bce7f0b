import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openCredentials, tokenOf } from '../../lib/providers/vertex/credentials.ts';
import { vertex } from '../../lib/providers/vertex/index.ts';
import { startServer } from './openai-server.ts';
import { now } from './vertex-server.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

describe('connect', () => {
  const options = { mediaBase: 'gs://owls/finedrop/birds/media', now };
  const values = { project: 'museum', bucket: 'owls' };
  const local = { vertexUrl: 'http://127.0.0.1:9', storageUrl: '127.0.0.1:9' };

  it.each([
    ['no project', { bucket: 'owls', ...local }, 'GOOGLE_CLOUD_PROJECT'],
    ['a location that is another host', { ...values, location: 'evil.example/x?', ...local }, 'GOOGLE_CLOUD_LOCATION'],
    ['a plain URL on another machine', { ...values, vertexUrl: 'http://tuning.example' }, 'in the clear'],
    [
      'a plain emulator on another machine',
      { ...values, vertexUrl: local.vertexUrl, storageUrl: 'storage.example:80' },
      'in the clear',
    ],
    ['a URL that is none', { ...values, ...local, vertexUrl: 'https//' }, 'no https URL'],
    [
      'credentials that are not there',
      { ...values, credentials: '/nowhere/key.json' },
      'GOOGLE_APPLICATION_CREDENTIALS',
    ],
    ['credentials that are no JSON', { ...values, credentials: '{private_key' }, 'neither a path nor JSON'],
  ])('refuses %s', async (_what, given, message) => {
    await expect(vertex.connect({ simulated: false, values: given }, options)).rejects.toThrow(message);
  });

  it('never shows credentials, and sends nothing simulated to Google', async () => {
    const secret = '{"type":"service_account","private_key":"canary"';
    await expect(
      vertex.connect({ simulated: false, values: { ...values, credentials: secret } }, options),
    ).rejects.toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }));
    await expect(vertex.connect({ simulated: true, values }, options)).rejects.toThrow(
      'nothing simulated goes to Google',
    );
    const half = { ...values, vertexUrl: local.vertexUrl };
    await expect(vertex.connect({ simulated: true, values: half }, options)).rejects.toThrow('nothing simulated');
  });

  it('wants a place in a bucket', async () => {
    const settings = { simulated: false, values: { ...values, ...local } };
    await expect(vertex.connect(settings, { ...options, mediaBase: 'gs://Owls/' })).rejects.toThrow(
      'FINEDROP_GCS_BUCKET',
    );
  });
});

describe('openCredentials', () => {
  it('gets a token by workload identity federation, whose JSON holds no secret', async () => {
    const server = await startServer({
      'POST /v1/token': () => ({ json: { access_token: 'federated', expires_in: 3600, token_type: 'Bearer' } }),
    });
    const folder = await mkdtemp(join(tmpdir(), 'finedrop-vertex-'));
    cleanups.push(server.close, () => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'subject'), 'who I am');
    const credentials = JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/one',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${server.url}/token`,
      credential_source: { file: join(folder, 'subject') },
    });
    const settings = { simulated: false, values: { credentials } };
    const client = await openCredentials(settings, 'https://us-central1-aiplatform.googleapis.com');
    expect(await tokenOf(client)).toBe('federated');
    expect(String(server.asked[0]?.body)).toContain('subject_token=who%20I%20am');
  });

  it('looks nothing up for a server of this machine', async () => {
    const settings = { simulated: false, values: { credentials: '/nowhere/key.json' } };
    const client = await openCredentials(settings, 'http://localhost:9');
    expect(await tokenOf(client)).toBe('finedrop-stand-in');
  });
});
