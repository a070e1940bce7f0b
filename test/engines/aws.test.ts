import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announcer } from '../../lib/engines/aws-announce.ts';
import { isExecutionRunning, startExecution } from '../../lib/engines/aws-executions.ts';
import { observed } from '../../lib/engines/aws-observe.ts';
import { readProviderSecrets, unreadSecrets } from '../../lib/engines/aws-secrets.ts';
import { readAwsSettings } from '../../lib/engines/aws-settings.ts';
import type { EndedRun } from '../../lib/pipeline/services.ts';
import { loadProvider } from '../../lib/providers/registry.ts';
import { awsEndpoint } from './aws-endpoints.ts';

const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:finedrop-dev';
const KEY = 'sk-canary-0123456789abcdefghijklmnop';

const settingsOf = (more: Record<string, string> = {}) =>
  readAwsSettings({ RESULTS_BUCKET: 'results', STATE_MACHINE_ARN: MACHINE, ...more });

const ENDPOINTS = ['SFN', 'SECRETS_MANAGER', 'SNS', 'EVENTBRIDGE'].map((name) => `AWS_ENDPOINT_URL_${name}`);
let endpoint: Awaited<ReturnType<typeof awsEndpoint>>;
let running = 'RUNNING';

beforeEach(async () => {
  running = 'RUNNING';
  endpoint = await awsEndpoint({
    StartExecution: ({ body }) =>
      body['name'] === 'known'
        ? { status: 400, body: { __type: 'ExecutionAlreadyExists', message: 'exists' } }
        : { body: { executionArn: 'arn', startDate: 1 } },
    DescribeExecution: ({ body }) =>
      String(body['executionArn']).endsWith(':gone')
        ? { status: 400, body: { __type: 'ExecutionDoesNotExist', message: 'gone' } }
        : { body: { executionArn: 'arn', stateMachineArn: MACHINE, startDate: 1, status: running } },
    GetSecretValue: ({ body }) =>
      body['SecretId'] === 'empty' ? { body: { SecretString: ' ' } } : { body: { SecretString: KEY } },
    Publish: () => ({
      body: '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
    }),
    PutEvents: () => ({ body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } }),
  });
  for (const name of ENDPOINTS) vi.stubEnv(name, endpoint.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await endpoint.close();
});

describe('readAwsSettings', () => {
  it('reads lists, words and numbers, and takes blanks for nothing', () => {
    const settings = settingsOf({
      FINEDROP_TARGETS: ' openai, vertex:gemini-3.1-flash-lite ,',
      FINEDROP_LINKS: 'false',
      FINEDROP_SETTLE_SECONDS: '90',
      OPENAI_API_KEY_SECRET: ' ',
    });
    expect(settings).toMatchObject({
      FINEDROP_TARGETS: ['openai', 'vertex:gemini-3.1-flash-lite'],
      FINEDROP_LINKS: 'false',
      FINEDROP_SETTLE_SECONDS: 90,
      FINEDROP_OBJECT_BUCKETS: [],
    });
    expect(settings.OPENAI_API_KEY_SECRET).toBeUndefined();
  });

  it.each([
    [{ RESULTS_BUCKET: '' }, 'RESULTS_BUCKET'],
    [{ FINEDROP_LINKS: 'perhaps' }, 'FINEDROP_LINKS'],
    [{ FINEDROP_SETTLE_SECONDS: 'soon' }, 'FINEDROP_SETTLE_SECONDS'],
  ])('names what a broken stack got wrong: %o', (change, named) => {
    expect(() => settingsOf(change as Record<string, string>)).toThrow(named);
  });
});

describe('secrets', () => {
  it('count as present before anybody has read them, and then hold no value', async () => {
    const openai = await loadProvider('openai');
    const settings = settingsOf({ OPENAI_API_KEY_SECRET: 'finedrop/openai' });
    expect(openai?.missingSettings(unreadSecrets(settings))).toEqual([]);
    expect(openai?.missingSettings(unreadSecrets(settingsOf()))).toEqual(['OPENAI_API_KEY']);
    expect(JSON.stringify(unreadSecrets(settings))).not.toContain(KEY);
    expect(endpoint.calls).toEqual([]);
  });

  it('are read by name for the provider that needs them, and for no other', async () => {
    const settings = settingsOf({
      OPENAI_API_KEY_SECRET: 'finedrop/openai',
      GOOGLE_CREDENTIALS_SECRET: 'finedrop/google',
    });
    const openai = await loadProvider('openai');
    if (openai === null) throw new Error('no provider');
    expect(await readProviderSecrets(settings, openai)).toMatchObject({ apiKey: KEY });
    expect(endpoint.calls.map(({ body }) => body['SecretId'])).toEqual(['finedrop/openai']);
  });

  it('say which one is empty', async () => {
    const openai = await loadProvider('openai');
    if (openai === null) throw new Error('no provider');
    await expect(readProviderSecrets(settingsOf({ OPENAI_API_KEY_SECRET: 'empty' }), openai)).rejects.toThrow(
      '"empty"',
    );
  });

  it('a federation configuration is no secret, and is taken as it is', async () => {
    const vertex = await loadProvider('vertex');
    if (vertex === null) throw new Error('no provider');
    const config = '{"type":"external_account"}';
    const values = await readProviderSecrets(settingsOf({ GOOGLE_CREDENTIALS_CONFIG: config }), vertex);
    expect(values).toMatchObject({ credentials: config });
    expect(endpoint.calls).toEqual([]);
  });
});

describe('executions', () => {
  it.each([
    ['new', 'started'],
    ['known', 'exists'],
  ])('a start under the name %s: %s', async (name, outcome) => {
    const input = { request: { dataset: 'museum', command: 'run' as const } };
    expect(await startExecution(settingsOf(), { name, input })).toBe(outcome);
    expect(endpoint.calls[0]?.body).toMatchObject({ stateMachineArn: MACHINE, name, input: JSON.stringify(input) });
  });

  it.each([
    ['here', 'RUNNING', true],
    ['here', 'SUCCEEDED', false],
    ['here', 'FAILED', false],
    ['gone', 'RUNNING', false],
  ])('%s with status %s holds its claim: %s', async (execution, status, held) => {
    running = status;
    expect(await isExecutionRunning(settingsOf(), execution)).toBe(held);
    expect(endpoint.calls[0]?.body['executionArn']).toBe(
      `arn:aws:states:us-east-1:111122223333:execution:finedrop-dev:${execution}`,
    );
  });
});

const ENDED: EndedRun = {
  dataset: 'ünï museum',
  run: '0123456789abcdef',
  status: 'completed',
  simulated: false,
  notify: 'always',
  message: 'Every target was trained.',
  report: 'ünï museum/0123456789abcdef/report.json',
  html: 'ünï museum/0123456789abcdef/report.html',
  targets: [{ name: 'openai', status: 'succeeded', job: 'ftjob-1', tunedModel: 'ft:x' }],
};

describe('announcer', () => {
  it('tells people and machines how a run ended and where its report lies', async () => {
    const told: string[] = [];
    const settings = settingsOf({ TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:finedrop', EVENT_BUS_NAME: 'bus' });
    await announcer(settings, { info: (message) => void told.push(message) })(ENDED);
    expect(told).toEqual([]);
    const letter = endpoint.calls.find(({ action }) => action === 'Publish')?.body;
    expect(letter?.['Subject']).toBe('finedrop: ?n? museum completed');
    expect(letter?.['Message']).toContain('s3://results/ünï museum/0123456789abcdef/report.html');
    const event = endpoint.calls.find(({ action }) => action === 'PutEvents')?.body;
    const [entry] = (event?.['Entries'] ?? []) as { Detail: string; Source: string; EventBusName: string }[];
    expect(entry).toMatchObject({ Source: 'finedrop', EventBusName: 'bus', DetailType: 'Run Ended' });
    expect(JSON.parse(entry?.Detail ?? '')).toMatchObject({ ...ENDED, bucket: 'results' });
  });

  it.each([
    ['always', 'completed', true],
    ['problems', 'completed', false],
    ['problems', 'held', true],
    ['never', 'failed', false],
  ] as const)('tells people %s: %s, %s; machines in any case', async (notify, status, isTold) => {
    const settings = settingsOf({ TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:finedrop', EVENT_BUS_NAME: 'bus' });
    await announcer(settings, { info: () => {} })({ ...ENDED, notify, status });
    const actions = endpoint.calls.map(({ action }) => action).sort();
    expect(actions).toEqual(isTold ? ['Publish', 'PutEvents'] : ['PutEvents']);
  });

  it('logs what could not be told, and lets the run end', async () => {
    const told: string[] = [];
    vi.stubEnv('AWS_ENDPOINT_URL_SNS', 'http://127.0.0.1:9');
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    const settings = settingsOf({ TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:finedrop' });
    await announcer(settings, { info: (message) => void told.push(message) })(ENDED);
    expect(told).toEqual(['the end of the run could not be announced']);
  });

  it('tells nobody where nobody is named', async () => {
    await announcer(settingsOf(), { info: () => {} })(ENDED);
    expect(endpoint.calls).toEqual([]);
  });
});

describe('observed', () => {
  function captured() {
    const lines: string[] = [];
    const keep = (...words: unknown[]) => void lines.push(words.map(String).join(' '));
    for (const method of ['log', 'info', 'error', 'warn', 'debug'] as const)
      vi.spyOn(console, method).mockImplementation(keep);
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      keep(text);
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      keep(text);
      return true;
    });
    return lines;
  }

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('gives the answer, and logs no secret and no payload of a call that fails', async () => {
    const lines = captured();
    expect(await observed('gate', { dataset: 'museum', run: 'r1' }, async () => 42)).toBe(42);
    const event = { dataset: 'museum', run: 'r1', items: [{ url: 'https://x.example/a?token=canary-payload' }] };
    await expect(
      observed('fetch', event, async ({ log }) => {
        log.info('asked', { error: `key ${KEY}` });
        throw new Error(`refused ${KEY}`);
      }),
    ).rejects.toThrow('refused');
    vi.restoreAllMocks();
    const text = lines.join('\n');
    expect(text).toContain('"run":"r1"');
    expect(text).toContain('refused');
    expect(text).not.toContain(KEY);
    expect(text).not.toContain('canary-payload');
  });

  it('publishes counts as metrics of their step, also of a call that fails', async () => {
    const lines = captured();
    await expect(
      observed('normalize', {}, async ({ progress }) => {
        progress.add('normalize', { rows: 3 });
        progress.add('normalize', { rows: 4, bytes: 10 });
        throw new Error('later');
      }),
    ).rejects.toThrow('later');
    vi.restoreAllMocks();
    const emf = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find((line) => '_aws' in line);
    expect(emf).toMatchObject({ service: 'finedrop', step: 'normalize', Rows: [3, 4], Bytes: 10 });
  });
});
