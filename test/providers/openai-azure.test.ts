import { afterEach, describe, expect, it } from 'vitest';
import type { Check } from '../../lib/domain/check.ts';
import { examine } from '../../lib/providers/openai/doctor.ts';
import { openai } from '../../lib/providers/openai/index.ts';
import { PROFILES } from '../../lib/providers/openai/profiles.ts';
import { isDatedAzure, missingSettings } from '../../lib/providers/openai/settings.ts';
import { usage } from '../../lib/providers/openai/usage.ts';
import { target } from './openai-fixtures.ts';
import { KEY, page, type Server, startServer } from './openai-server.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const AZURE = 'https://owls.openai.azure.com/openai';
const job = { id: 'ftjob-1', created_at: 1_795_424_400, status: 'queued', metadata: null, training_file: null };

/** A server that answers below a path, and a client of it as Azure's. */
async function azureAt(path: string, values: Readonly<Record<string, string>>) {
  const server = await startServer({
    [`GET ${path}/fine_tuning/jobs`]: () => page([]),
    [`POST ${path}/fine_tuning/jobs`]: () => ({ json: job }),
    [`GET ${path}/files`]: () => page([]),
    [`POST ${path}/uploads`]: () => ({ json: { id: 'upload_1' } }),
    [`POST ${path}/uploads/*/parts`]: () => ({ json: { id: 'part_1' } }),
    [`POST ${path}/uploads/*/complete`]: () => ({ json: { id: 'upload_1', file: { id: 'file-1' } } }),
  });
  servers.push(server);
  const baseURL = server.url.replace(/\/v1$/, path);
  const settings = { simulated: false, values: { apiKey: KEY, profile: 'azure', baseURL, ...values } };
  return { server, settings, client: await openai.connect(settings, { mediaBase: '', now: () => new Date() }) };
}

async function* bytes() {
  yield Buffer.from('{}\n');
}

describe('a client of Azure OpenAI', () => {
  it('names the version in every request before /openai/v1, and gives the key in Azure’s own header', async () => {
    const { server, client } = await azureAt('/openai', { apiVersion: '2024-10-21' });
    await client.findJobs('key-1');
    const file = { bytes: 3, identity: 'a'.repeat(64), read: bytes, s3: null };
    const training = await client.stageFile('train', file, { key: 'key-1', resume: null, bytesPerCall: 100 });
    if ('resume' in training) throw new Error('the file was not brought by one call');
    const request = { key: 'key-1', target: target(), dataset: 'owls', training, validation: null };
    expect(await client.createJob(request, { deadlineMs: 2000 })).toEqual({ outcome: 'created', id: 'ftjob-1' });
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toContain(
      'POST /openai/uploads/upload_1/parts',
    );
    for (const { query, headers } of server.asked) {
      expect(query.get('api-version')).toBe('2024-10-21');
      expect([headers['api-key'], headers.authorization]).toEqual([KEY, undefined]);
    }
  });

  it.each([
    ['at /openai/v1 without a version', '/openai/v1', { profile: 'azure' }, null],
    ['at /openai/v1 with one', '/openai/v1', { profile: 'azure', apiVersion: 'preview' }, 'preview'],
    ['at another server, whatever is set', '/openai', { profile: 'generic', apiVersion: '2024-10-21' }, null],
  ])('speaks as OpenAI’s does %s', async (_where, path, values, version) => {
    const { server, client } = await azureAt(path, values);
    await client.findJobs('key-1');
    for (const { query, headers } of server.asked) {
      expect(query.get('api-version')).toBe(version);
      expect([headers['api-key'], headers.authorization]).toEqual([undefined, `Bearer ${KEY}`]);
    }
  });

  it.each([
    [AZURE, undefined, true],
    [`${AZURE}/`, undefined, true],
    [`${AZURE}/v1`, undefined, false],
    [`${AZURE}/v1/`, undefined, false],
    ['https://gateway.example/openai', 'azure', true],
    ['https://gateway.example/openai', undefined, false],
    ['no address', 'azure', false],
    [undefined, 'azure', false],
  ])('knows by base %s and profile %s whether a version is wanted', (OPENAI_BASE_URL, OPENAI_PROFILE, isDated) => {
    const environment = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL, OPENAI_PROFILE };
    expect(missingSettings(environment)).toEqual(isDated ? ['OPENAI_API_VERSION'] : []);
    expect(missingSettings({ ...environment, OPENAI_API_VERSION: '2024-10-21' })).toEqual([]);
    expect(isDatedAzure(openai.readSettings(environment))).toBe(isDated);
  });
});

describe('examine, at Azure', () => {
  it('says that the version is missing, and asks nobody', async () => {
    const { server, settings } = await azureAt('/openai', {});
    const asked = { models: ['gpt-4o-2024-08-06'], now: new Date(), profile: PROFILES.azure };
    const checks: Check[] = [];
    for await (const check of examine(settings, asked)) checks.push(check);
    expect(checks[0]).toMatchObject({ result: 'failed', fix: expect.stringContaining('Set OPENAI_API_VERSION') });
    expect(checks.slice(1).map(({ result }) => result)).toEqual(['skipped', 'skipped', 'skipped']);
    expect(server.asked).toEqual([]);
  });
});

describe('usage, at Azure', () => {
  it('names the deployment and the version in the address', () => {
    const values = { baseURL: AZURE, apiVersion: '2024-10-21' };
    const { steps } = usage('ft:owls', { simulated: false, values });
    expect(steps[0]?.shell).toContain(
      'https://owls.openai.azure.com/openai/deployments/ft%3Aowls/chat/completions?api-version=2024-10-21',
    );
    expect(steps[0]?.shell).toContain('"api-key: $OPENAI_API_KEY"');
  });
});
