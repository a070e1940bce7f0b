import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bringObject } from '../../lib/media/object-file.ts';
import { googleReader } from '../../lib/storage/gcs-reader.ts';
import { ObjectChangedError, ObjectMissingError, readBytes } from '../../lib/storage/object-store.ts';
import { startGcs } from '../local/simulators/gcs-fixture.ts';
import { type Reply, type Routes, startServer } from '../providers/openai-server.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function simulated(rules: unknown[] = []) {
  const gcs = await startGcs(rules);
  cleanups.push(gcs.close);
  return { gcs, reader: googleReader({ bucket: 'museum', credentials: 'none', endpoint: gcs.url }) };
}

/** What rows are told of an object that a server in Cloud Storage's place answers so. */
async function told(routes: Routes) {
  const server = await startServer(routes);
  cleanups.push(server.close);
  const reader = googleReader({ bucket: 'museum', credentials: 'none', endpoint: new URL(server.url).origin });
  return bringObject(reader, { bucket: 'gs://museum', key: 'owl.png', uri: 'gs://museum/owl.png' }, { maxBytes: 1000 });
}

const OBJECT = 'GET /storage/v1/b/museum/o/owl.png';
const LIST = 'GET /storage/v1/b/museum/o';
const refused = (code: number, reason: string, message = 'Said by Google'): Reply => ({
  status: code,
  json: { error: { code, message, errors: [{ message, domain: 'global', reason }] } },
});

describe('googleReader', () => {
  it('reads an object whatever its key looks like, whole and in part', async () => {
    const { gcs, reader } = await simulated();
    const key = 'owls/my owl, 100%20 real?#梟.png';
    await gcs.bucket.file(key).save('abcdef', { resumable: false });
    expect((await readBytes(reader, key))?.toString()).toBe('abcdef');
    expect((await readBytes(reader, key, { offset: 2, length: 2 }))?.toString()).toBe('cd');
  });

  it('reads the generation that stands when it begins', async () => {
    const { gcs, reader } = await simulated();
    const file = gcs.bucket.file('owl.png');
    await file.save('first', { resumable: false });
    const before = (await reader.head('owl.png'))?.etag ?? '';
    await file.save('second', { resumable: false });
    await expect(readBytes(reader, 'owl.png', { ifMatch: before })).rejects.toThrow(ObjectChangedError);
    expect((await readBytes(reader, 'owl.png'))?.toString()).toBe('second');
  });

  it('tells of an object that is not there', async () => {
    const { reader } = await simulated();
    await expect(reader.read('none.png')[Symbol.asyncIterator]().next()).rejects.toThrow(ObjectMissingError);
  });

  it.each<[string, Routes, string]>([
    ['missing', { [OBJECT]: () => refused(404, 'notFound'), [LIST]: () => ({ json: {} }) }, 'OBJECT_MISSING'],
    [
      'missing where nobody may list',
      { [OBJECT]: () => refused(404, 'notFound'), [LIST]: () => refused(403, 'forbidden') },
      'OBJECT_MISSING',
    ],
    [
      'in a bucket that is none',
      { [OBJECT]: () => refused(404, 'notFound'), [LIST]: () => refused(404, 'notFound') },
      'OBJECT_BUCKET_MISSING',
    ],
    ['denied', { [OBJECT]: () => refused(403, 'forbidden') }, 'OBJECT_DENIED'],
    [
      'encrypted with somebody’s own key',
      { [OBJECT]: () => refused(400, 'resourceIsEncryptedWithCustomerEncryptionKey') },
      'OBJECT_ENCRYPTED',
    ],
    ['encrypted with a key that is off', { [OBJECT]: () => refused(403, 'cloudKmsDisabledKey') }, 'OBJECT_ENCRYPTED'],
    ['asked for with a token that is none', { [OBJECT]: () => refused(401, 'required') }, 'OBJECT_CREDENTIALS'],
  ])('lets rows be told of an object that is %s', async (_what, routes, code) => {
    const issue = await told(routes);
    expect(issue).toMatchObject({ code, severity: 'error' });
    expect((issue as { hint: string }).hint).not.toMatch(/s3/i);
  });

  it('takes a refusal that may pass for none', async () => {
    await expect(told({ [OBJECT]: () => refused(403, 'userRateLimitExceeded') })).rejects.toThrow('Said by Google');
  });

  it('asks nobody without credentials, not even this machine', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nowhere/tuning-key.json');
    const reader = googleReader({ bucket: 'museum', credentials: 'none' });
    await expect(readBytes(reader, 'owl.png')).rejects.toMatchObject({ reason: 'credentials' });
  });

  it.each(['{"type":"external_account","canary"', '/nowhere/canary.json'])(
    'never shows a configuration that cannot be used: %s',
    async (config) => {
      const read = readBytes(googleReader({ bucket: 'museum', credentials: { config } }), 'owl.png');
      await expect(read).rejects.toMatchObject({
        reason: 'credentials',
        message: expect.not.stringContaining('canary'),
      });
    },
  );

  it.each([
    [400, { reason: 'credentials' }],
    [503, { message: expect.stringContaining('no token') }],
  ])('tells a federation that refuses from one that cannot answer: %d', async (status, expected) => {
    const server = await startServer({ 'POST /v1/token': () => ({ status, json: { error: 'invalid_grant' } }) });
    const folder = await mkdtemp(join(tmpdir(), 'finedrop-reader-'));
    cleanups.push(server.close, () => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'subject'), 'who I am');
    const config = JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/one',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${server.url}/token`,
      credential_source: { file: join(folder, 'subject') },
    });
    const read = readBytes(googleReader({ bucket: 'museum', credentials: { config } }), 'owl.png');
    await expect(read).rejects.toMatchObject(expected);
    expect(String(server.asked[0]?.body)).toContain('devstorage.read_only');
  });
});
