import { afterEach, describe, expect, it, vi } from 'vitest';
import { openServices } from '../../lib/engines/aws-services.ts';
import { readAwsSettings } from '../../lib/engines/aws-settings.ts';
import type { ReadableStore } from '../../lib/storage/object-store.ts';
import { startServer } from '../providers/openai-server.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

/** What a deployed function with these settings has for a bucket that rows name. */
async function bucketOf(name: string, environment: Record<string, string>): Promise<ReadableStore | null> {
  const settings = readAwsSettings({ RESULTS_BUCKET: 'results', ...environment });
  const observing = { log: { info: () => {} }, progress: { add: () => {} } };
  const { services, close } = openServices(settings, observing);
  closers.push(close);
  return services.objects(name);
}

async function firstOf(store: ReadableStore | null): Promise<unknown> {
  return store?.read('owl.png')[Symbol.asyncIterator]().next();
}

describe('openServices', () => {
  it.each([
    ['gs://photos', 'photos'],
    ['photos', 'gs://photos'],
    ['gs://photos', ''],
    ['photos', ''],
  ])('has no bucket %s where the operator allows "%s"', async (name, allowed) => {
    expect(await bucketOf(name, { FINEDROP_OBJECT_BUCKETS: allowed })).toBeNull();
  });

  it('reads no bucket of Cloud Storage with the credentials of the jobs, or with what the machine has', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nowhere/tuning.json');
    const store = await bucketOf('gs://unreadable', {
      FINEDROP_OBJECT_BUCKETS: 'photos,gs://unreadable',
      GOOGLE_CREDENTIALS_CONFIG: '{"type":"external_account"}',
      GOOGLE_READER_CONFIG: ' ',
    });
    await expect(firstOf(store)).rejects.toMatchObject({ name: 'ObjectRefusedError', reason: 'credentials' });
  });

  it('asks for a token that may read and nothing else, by the configuration of the reader', async () => {
    const server = await startServer({ 'POST /v1/token': () => ({ status: 400, json: { error: 'invalid_grant' } }) });
    closers.push(server.close);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test');
    const config = {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/reader',
      subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
      token_url: `${server.url}/token`,
      credential_source: {
        environment_id: 'aws1',
        regional_cred_verification_url: 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity',
      },
    };
    const environment = { FINEDROP_OBJECT_BUCKETS: 'gs://owls', GOOGLE_READER_CONFIG: JSON.stringify(config) };
    const store = await bucketOf('gs://owls', environment);
    await expect(firstOf(store)).rejects.toMatchObject({ reason: 'credentials' });
    const asked = new URLSearchParams(String(server.asked[0]?.body));
    expect(asked.get('scope')).toBe('https://www.googleapis.com/auth/devstorage.read_only');
    expect(asked.get('audience')).toMatch(/providers\/reader$/);
  });
});
