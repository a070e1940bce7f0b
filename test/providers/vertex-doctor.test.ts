import { afterEach, describe, expect, it } from 'vitest';
import type { Check } from '../../lib/domain/check.ts';
import { examine } from '../../lib/providers/vertex/doctor.ts';
import { type Routes, type Server, startServer } from './openai-server.ts';
import { job, refusal } from './vertex-server.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const JOBS = 'GET /v1/projects/museum/locations/us-central1/tuningJobs';
const BUCKET = 'GET /storage/v1/b/owls';
const PERMISSIONS = `${BUCKET}/iam/testPermissions`;
const ALL = ['create', 'get', 'list', 'delete'].map((verb) => `storage.objects.${verb}`);
const bucket = (projectNumber = '123') => ({ json: { location: 'US-CENTRAL1', projectNumber } });

const SOUND: Routes = {
  [JOBS]: () => ({ json: { tuningJobs: [job()] } }),
  [BUCKET]: () => bucket(),
  [PERMISSIONS]: () => ({ json: { kind: 'storage#testIamPermissionsResponse', permissions: ALL } }),
};

async function look(routes: Routes, values: Record<string, string> = {}, models = ['gemini-3.1-flash-lite']) {
  const server = await startServer({ ...SOUND, ...routes });
  servers.push(server);
  const { origin } = new URL(server.url);
  const settings = {
    simulated: false,
    values: { project: 'museum', bucket: 'owls', vertexUrl: origin, storageUrl: origin, ...values },
  };
  const checks: Check[] = [];
  for await (const check of examine(settings, { models, now: new Date('2026-11-23T09:00:00Z') })) checks.push(check);
  return { server, checks, of: (name: string) => checks.find((check) => check.name === `vertex ${name}`) };
}

const OFF =
  'Vertex AI API has not been used in project museum before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/aiplatform.googleapis.com/overview?project=museum then retry.';

describe('examine', () => {
  it('finds nothing wrong where nothing is, by GETs alone', async () => {
    const { server, checks } = await look({});
    expect(checks.map(({ name, result }) => [name, result])).toEqual([
      ['vertex location', 'ok'],
      ['vertex access', 'ok'],
      ['vertex jobs', 'ok'],
      ['vertex bucket', 'ok'],
      ['vertex objects', 'ok'],
      ['vertex tuning agent', 'ok'],
      ['vertex quotas', 'skipped'],
    ]);
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([JOBS, BUCKET, PERMISSIONS]);
    expect(server.asked[2]?.query.getAll('permissions')).toEqual(ALL);
  });

  it.each<[string, Routes, string, Check['result'], RegExp]>([
    [
      'an API that is off',
      { [JOBS]: () => refusal(403, 'PERMISSION_DENIED', OFF) },
      'jobs',
      'failed',
      /API is off .*gcloud services enable aiplatform\.googleapis\.com --project=museum$/,
    ],
    [
      'a caller without the role',
      { [JOBS]: () => refusal(403, 'PERMISSION_DENIED', "Permission 'aiplatform.tuningJobs.list' denied") },
      'jobs',
      'failed',
      /add-iam-policy-binding museum --member=MEMBER --role=roles\/aiplatform\.user/,
    ],
    [
      'a token that is not taken',
      { [JOBS]: () => refusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.') },
      'jobs',
      'failed',
      /does not take the token: HTTP 401 UNAUTHENTICATED/,
    ],
    [
      'a server that is another',
      { [JOBS]: () => ({ status: 404, text: '<html>' }) },
      'jobs',
      'failed',
      /not Vertex AI.*FINEDROP_VERTEX_URL/,
    ],
    [
      'a project that is none',
      { [JOBS]: () => refusal(404, 'NOT_FOUND', 'Project not found') },
      'jobs',
      'failed',
      /no jobs of museum in us-central1.*GOOGLE_CLOUD_PROJECT/,
    ],
    [
      'a bucket that is not there',
      { [BUCKET]: () => refusal(404, 'notFound', 'The specified bucket does not exist.') },
      'bucket',
      'failed',
      /no bucket gs:\/\/owls Run: gcloud storage buckets create gs:\/\/owls --project=museum --location=us-central1/,
    ],
    [
      'objects that may not be deleted',
      { [PERMISSIONS]: () => ({ json: { permissions: ALL.slice(0, 3) } }) },
      'objects',
      'failed',
      /lacks storage\.objects\.delete on gs:\/\/owls .*--role=roles\/storage\.objectAdmin/,
    ],
    [
      'a caller who may do nothing in the bucket',
      { [PERMISSIONS]: () => ({ json: { kind: 'storage#testIamPermissionsResponse' } }) },
      'objects',
      'failed',
      /lacks storage\.objects\.create, /,
    ],
    [
      'a bucket of another project',
      { [BUCKET]: () => bucket('999') },
      'tuning agent',
      'warning',
      /another project .*service-123@gcp-sa-vertex-tune.*roles\/storage\.objectViewer/,
    ],
  ])('tells of %s, and what to do', async (_what, routes, name, result, words) => {
    const { checks, of } = await look(routes);
    expect(of(name)?.result).toBe(result);
    expect(`${of(name)?.message} ${of(name)?.fix}`).toMatch(words);
    expect(checks.filter((check) => check.result === 'failed' || check.result === 'warning')).toHaveLength(1);
  });

  it('is content with the role on objects, which does not let its holder look at the bucket', async () => {
    const { checks, of } = await look({ [BUCKET]: () => refusal(403, 'forbidden', 'no storage.buckets.get access') });
    expect(of('bucket')?.result).toBe('skipped');
    expect(of('objects')?.result).toBe('ok');
    expect(checks.map(({ result }) => result)).not.toContain('failed');
  });

  it('says that the agent is made by the first job, where there is none', async () => {
    const { of } = await look({ [JOBS]: () => ({ json: {} }) });
    expect(of('tuning agent')).toMatchObject({ result: 'skipped', fix: expect.stringContaining('projectNumber') });
  });

  it.each<[string, Record<string, string>, string, RegExp]>([
    ['no location of jobs', { location: 'global' }, 'location', /nothing is tuned in "global".*us-central1/],
    ['a location without the model', { location: 'us-west1' }, 'location', /not tuned in us-west1.*us-central1/],
    ['a project that is a host', { project: 'evil.example/x' }, 'settings', /GOOGLE_CLOUD_PROJECT/],
  ])('asks nobody with %s', async (_what, values, name, words) => {
    const { server, checks, of } = await look({}, values);
    expect(`${of(name)?.message} ${of(name)?.fix}`).toMatch(words);
    expect(checks.slice(1).every(({ result }) => result === 'skipped')).toBe(true);
    expect(server.asked).toEqual([]);
  });

  it('tells of a bucket whose name is none', async () => {
    const { of } = await look({}, { bucket: 'gs://owls' });
    expect(of('bucket')).toMatchObject({ result: 'failed', fix: expect.stringContaining('without gs://') });
  });

  it('never shows credentials that cannot be used', async () => {
    const credentials = '{"type":"service_account","private_key":"canary"';
    const { checks, of } = await look({}, { credentials, vertexUrl: 'https://vertex.invalid' });
    expect(of('access')).toMatchObject({
      result: 'failed',
      fix: expect.stringContaining('GOOGLE_APPLICATION_CREDENTIALS'),
    });
    expect(JSON.stringify(checks)).not.toContain('canary');
  });
});
