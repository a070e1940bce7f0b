import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Check } from '../../lib/domain/check.ts';
import { examine } from '../../lib/providers/bedrock/doctor.ts';
import { type Reply, type Routes, type Server, startServer } from './openai-server.ts';

const servers: Server[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) await server.close();
});

const MODEL = 'amazon.nova-lite-v1:0:300k';
const ROLE = 'arn:aws:iam::123456789012:role/tuning';
const JOBS = 'GET /model-customization-jobs';
const MODELS = 'GET /foundation-models/*';
const LIST = 'GET /fine-bucket/';
const PUT = 'PUT /fine-bucket/finedrop/.doctor/*';
const DELETE = 'DELETE /fine-bucket/finedrop/.doctor/*';

const foundation = (changes: object = {}): Reply => ({
  json: {
    modelDetails: {
      modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${MODEL}`,
      modelId: MODEL,
      customizationsSupported: ['FINE_TUNING'],
      modelLifecycle: { status: 'ACTIVE' },
      ...changes,
    },
  },
});
const exception = (status: number, type: string, message: string): Reply => ({
  status,
  headers: { 'x-amzn-errortype': type },
  json: { message },
});
const s3Refusal = (status: number, code: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/xml', ...headers },
  text: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Said by S3</Message></Error>`,
});

const SOUND: Routes = {
  [JOBS]: () => ({ json: { modelCustomizationJobSummaries: [] } }),
  [MODELS]: () => foundation(),
  [LIST]: () => ({ text: '<?xml version="1.0"?><ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>' }),
  [PUT]: () => ({ headers: { etag: '"d41d8cd98f00b204e9800998ecf8427e"' } }),
  [DELETE]: () => ({ status: 204 }),
};

async function look(routes: Routes, values: Record<string, string> = {}) {
  const server = await startServer({ ...SOUND, ...routes });
  servers.push(server);
  const { origin } = new URL(server.url);
  const standard = { bedrockURL: origin, s3URL: origin, roleArn: ROLE, bucket: 'fine-bucket' };
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIACANARY');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary-secret');
  const settings = { simulated: false, values: { ...standard, ...values } };
  const checks: Check[] = [];
  for await (const check of examine(settings, { models: [MODEL], now: new Date('2026-11-23T09:00:00Z') }))
    checks.push(check);
  return { server, checks, of: (name: string) => checks.find((check) => check.name === `bedrock ${name}`) };
}

describe('examine', () => {
  it('finds nothing wrong where nothing is, and takes away what it put', async () => {
    const { server, checks } = await look({});
    expect(checks.map(({ name, result }) => [name, result])).toEqual([
      ['bedrock role', 'ok'],
      ['bedrock access', 'ok'],
      ['bedrock jobs', 'ok'],
      [`bedrock model ${MODEL}`, 'ok'],
      ['bedrock quotas', 'skipped'],
      ['bedrock bucket', 'ok'],
      ['bedrock staging', 'ok'],
    ]);
    expect(server.to(JOBS)[0]?.query.get('maxResults')).toBe('1');
    expect(server.to(PUT)).toHaveLength(1);
    expect(server.to(DELETE).map(({ path }) => path)).toEqual(server.to(PUT).map(({ path }) => path));
    expect(server.asked.filter(({ method }) => method !== 'GET')).toHaveLength(2);
  });

  const DENIED = 'User: arn:aws:iam::123456789012:user/me is not authorized to perform: bedrock:X';
  it.each<[string, Routes, string, Check['result'], RegExp]>([
    [
      'jobs that may not be listed',
      { [JOBS]: () => exception(403, 'AccessDeniedException', DENIED) },
      'jobs',
      'failed',
      /Allow bedrock:ListModelCustomizationJobs/,
    ],
    [
      'a model that may not be looked at',
      { [MODELS]: () => exception(403, 'AccessDeniedException', DENIED) },
      `model ${MODEL}`,
      'warning',
      /Allow bedrock:GetFoundationModel/,
    ],
    [
      'a model that is not there',
      { [MODELS]: () => exception(400, 'ValidationException', 'The provided model identifier is invalid.') },
      `model ${MODEL}`,
      'failed',
      /identifier is invalid.*finedrop targets/,
    ],
    [
      'a model that cannot be tuned',
      { [MODELS]: () => foundation({ customizationsSupported: ['DISTILLATION'] }) },
      `model ${MODEL}`,
      'failed',
      /cannot be tuned in us-east-1.*finedrop targets/,
    ],
    [
      'a model that AWS calls old',
      { [MODELS]: () => foundation({ modelLifecycle: { status: 'LEGACY', endOfLifeTime: '2027-06-01T00:00:00Z' } }) },
      `model ${MODEL}`,
      'warning',
      /LEGACY; its end is on 2027-06-01/,
    ],
    [
      'a model whose end is near',
      { [MODELS]: () => foundation({ modelLifecycle: { status: 'LEGACY', endOfLifeTime: '2026-12-01T00:00:00Z' } }) },
      `model ${MODEL}`,
      'warning',
      /at its end from 2026-12-01: 8 days from now/,
    ],
    [
      'a bucket that may not be written to',
      { [PUT]: () => s3Refusal(403, 'AccessDenied') },
      'staging',
      'failed',
      /HTTP 403 AccessDenied Said by S3 Allow s3:PutObject on arn:aws:s3:::fine-bucket\/finedrop\/\*/,
    ],
    [
      'a bucket from which nothing may be removed',
      { [DELETE]: () => s3Refusal(403, 'AccessDenied') },
      'staging',
      'failed',
      /s3:\/\/fine-bucket\/finedrop\/\.doctor\/[\w-]+ was put, and could not be removed.*Allow s3:DeleteObject/,
    ],
    [
      'a bucket that may not be listed',
      { [LIST]: () => s3Refusal(403, 'AccessDenied') },
      'bucket',
      'failed',
      /may not be listed: HTTP 403 AccessDenied .*Allow s3:ListBucket on arn:aws:s3:::fine-bucket/,
    ],
    [
      'a bucket that is not there',
      { [LIST]: () => s3Refusal(404, 'NoSuchBucket') },
      'bucket',
      'failed',
      /no bucket "fine-bucket" Create it: aws s3api create-bucket --bucket fine-bucket --region us-east-1/,
    ],
    [
      'a bucket in another Region',
      { [LIST]: () => s3Refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' }) },
      'bucket',
      'failed',
      /lies in eu-west-1 Set FINEDROP_BEDROCK_BUCKET to a bucket in us-east-1/,
    ],
  ])('tells of %s, and what to do', async (_what, routes, name, result, words) => {
    const { checks, of } = await look(routes);
    expect(of(name)?.result).toBe(result);
    expect(`${of(name)?.message} ${of(name)?.fix}`).toMatch(words);
    expect(checks.filter((check) => check.result === 'failed' || check.result === 'warning')).toHaveLength(1);
  });

  it('puts nothing into a bucket that lies elsewhere', async () => {
    const { server, of } = await look({ [LIST]: () => s3Refusal(301, 'PermanentRedirect') });
    expect(of('staging')?.result).toBe('skipped');
    expect(server.to(PUT)).toEqual([]);
  });

  it.each([
    ['a key that AWS does not know', exception(403, 'UnrecognizedClientException', 'The security token is invalid.')],
    ['a session that is over', exception(403, 'ExpiredTokenException', 'The security token is expired')],
  ])('tells of %s, and asks no more of the service', async (_what, reply) => {
    const { server, checks, of } = await look({ [JOBS]: () => reply });
    expect(of('access')).toMatchObject({ result: 'failed', fix: expect.stringContaining('AWS_PROFILE') });
    expect(of(`model ${MODEL}`)?.result).toBe('skipped');
    expect(server.to(MODELS)).toEqual([]);
    expect(JSON.stringify(checks)).not.toContain('canary');
  });

  it('tells of a server that is not Bedrock', async () => {
    const { of } = await look({ [JOBS]: () => exception(404, 'UnknownOperationException', 'No such operation') });
    expect(of('access')).toMatchObject({ result: 'failed', fix: expect.stringContaining('AWS_ENDPOINT_URL_BEDROCK') });
  });

  it.each<[string, Record<string, string>, string, string]>([
    ['a role that is none', { roleArn: 'tuning' }, 'role', 'FINEDROP_BEDROCK_ROLE_ARN'],
    ['a bucket whose name is none', { bucket: 's3://fine-bucket' }, 'bucket', 'FINEDROP_BEDROCK_BUCKET'],
  ])('tells of %s', async (_what, values, name, setting) => {
    const { of } = await look({}, values);
    expect(of(name)).toMatchObject({ result: 'failed', fix: expect.stringContaining(setting) });
  });
});
