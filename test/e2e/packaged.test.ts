import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedExample, serveExample } from '../../deploy/rehearsal/example.ts';
import { type Packaged, packageFunctions } from '../../deploy/rehearsal/package.ts';
import type { S3Request } from '../../deploy/rehearsal/s3-door.ts';
import { decide, upload } from '../../deploy/rehearsal/upload.ts';
import { runLocal } from '../../lib/engines/local.ts';
import { openS3Server, whyNoS3 } from '../servers/s3-server.ts';
import { pdfDocument } from './media.ts';
import { deliver, type PackagedRun, uploadExample } from './packaged-run.ts';
import { reproducible } from './results.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { addFiles } from './workspace.ts';

const folder = await mkdtemp(join(tmpdir(), 'finedrop-packaged-'));
let packaged: Packaged;
let example: ServedExample;
/** What the embedded engine makes of the same files. */
let expected: Record<string, string>;
const runs: PackagedRun[] = [];

beforeAll(async () => {
  example = await serveExample(folder);
  const local = runLocal({
    command: 'run',
    paths: [example.path],
    out: join(folder, 'out'),
    allowHosts: [example.host],
  });
  packaged = await packageFunctions(folder);
  expected = await reproducible((await local).folder);
}, 180_000);

afterAll(async () => {
  await Promise.all(runs.map((run) => run.close()));
  example.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(options: Parameters<typeof uploadExample>[2] = {}): Promise<PackagedRun> {
  const run = await uploadExample(packaged, example, options);
  runs.push(run);
  return run;
}

const COMPLETED = {
  status: 'completed',
  simulated: false,
  targets: ['openai', 'vertex', 'bedrock'].map((name) => expect.objectContaining({ name, status: 'succeeded' })),
};
const ONE_EACH = { openai: 1, vertex: 1, bedrock: 1 };

describe('the packages that are deployed', () => {
  let run: PackagedRun;
  /** Called before and after each request to S3. */
  let onRequest: (request: S3Request, side: 'before' | 'after') => Promise<void> = async () => {};
  beforeAll(async () => {
    run = await open({
      reservedConcurrency: { convert: 1, stage: 1 },
      onS3Request: (request, side) => onRequest(request, side),
    });
    await run.run();
  }, 180_000);

  it('tune the example at every provider, with the very files that the embedded engine makes', async () => {
    expect(await run.report()).toMatchObject(COMPLETED);
    expect(await run.reproducible()).toEqual(expected);
    expect(Object.keys(expected)).toContain('rejected/train.rejected.csv');
    expect(Object.keys(expected).filter((name) => name.endsWith('train.jsonl'))).toHaveLength(3);
  });

  it('ask for nothing that a role of the template does not allow', () => {
    expect(run.stack.denied).toEqual([]);
    const callers = new Set(run.stack.s3.requests.map(({ caller }) => caller));
    expect([...callers].sort()).toEqual(
      ['machine', ...run.stack.deployment.functions.map(({ key }) => key)]
        .filter((key) => key !== 'receive' && key !== 'retrain')
        .sort(),
    );
  });

  it('let fetch do nothing but put what it fetched, and hand it no secret', () => {
    const fetched = run.stack.s3.requests.filter(({ caller }) => caller === 'fetch');
    expect(fetched.length).toBeGreaterThan(0);
    for (const { action, key } of fetched) {
      expect(action).toBe('s3:PutObject');
      expect(key).toMatch(/^\.finedrop\/work\//);
    }
    const asked = run.stack.services.calls.filter(({ action }) => action === 'secretsmanager:GetSecretValue');
    expect([...new Set(asked.map(({ caller }) => caller))].sort()).toEqual(['poll', 'stage', 'submit']);
  });

  it('tell people and machines once that the run has ended', () => {
    const told = run.stack.services.calls.filter(({ action }) => /^(sns|events):/.test(action));
    expect(told.map(({ caller, action }) => `${caller} ${action}`).sort()).toEqual([
      'publish events:PutEvents',
      'publish sns:Publish',
    ]);
  });

  it('log the run they work on, and neither prompts nor secrets', () => {
    const text = run.stack.lines.join('\n');
    expect(text).toContain('"dataset":"museum"');
    for (const word of ['sk-rehearsal', 'private_key', 'rehearsal@example.com', 'owl clock', 'Which exhibit'])
      expect(text).not.toContain(word);
  });

  it('are called again where they are busy, later and later', () => {
    const retried = run.stack.executions.events.filter(
      ({ event, error }) => event === 'state-retried' && error === 'Lambda.TooManyRequestsException',
    );
    expect(retried.length).toBeGreaterThan(0);
    expect(retried.every(({ delaySeconds = 0 }) => delaySeconds > 0)).toBe(true);
  });

  it('absorb the same messages, and later ones about the same state of the drop', async () => {
    await deliver(run.stack, run.batch);
    expect(run.stack.executions.names()).toHaveLength(1);
    const before = await run.reproducible();
    await run.stack.executions.start('by-hand', { request: { dataset: 'museum', command: 'run' } });
    expect(await run.stack.executions.result('by-hand')).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'duplicate', status: 'completed' },
    });
    expect(await run.reproducible()).toEqual(before);
    expect(await countJobs(run.folder)).toEqual(ONE_EACH);
  });

  it('hold a drop until an object approves it, go on when they are stopped and an object says so, and draw pages as the embedded engine does', async () => {
    const gallery = await writeDrop('gallery', `${SPEC}approve: required\n`);
    const local = await runLocal({ command: 'convert', paths: [gallery], out: join(folder, 'gallery-out') });
    expect(await run.take(await upload(run.stack, gallery, 'gallery'))).toEqual([ENDED('held')]);
    const { plan, run: name } = (await run.read('gallery', 'plan.json')) as { plan: string; run: string };
    expect(await countJobs(run.folder)).toEqual(ONE_EACH);
    const decided = { dataset: 'gallery', run: name };
    const approval = await decide(run.stack, { ...decided, word: 'approve', content: { plan } });
    onRequest = async ({ caller, key }, side) => {
      if (caller !== 'submit' || side !== 'after' || !key.includes('/ledger/')) return;
      onRequest = async () => {};
      const { executions, lambdas, nameOf } = run.stack;
      for (const execution of executions.names()) executions.stop(execution);
      for (const { pid } of lambdas.busy(nameOf('submit'))) process.kill(pid, 'SIGKILL');
    };
    expect(await run.take(approval)).toEqual([expect.objectContaining({ status: 'ABORTED' })]);
    const goOn = await decide(run.stack, { ...decided, word: 'resume', content: {} });
    expect(await run.take(goOn)).toEqual([ENDED('completed')]);
    expect(await run.report('gallery')).toMatchObject({
      run: name,
      targets: [{ status: 'succeeded', adjustments: { 'pages-rendered': 1 } }],
    });
    const files = await run.reproducible('gallery');
    const written = Object.entries(await reproducible(local.folder)).filter(([file]) => file.endsWith('.jsonl'));
    expect(written.map(([file]) => file)).toContain('openai/train.jsonl');
    expect(files).toMatchObject(Object.fromEntries(written));
    expect(await countJobs(run.folder)).toEqual({ ...ONE_EACH, openai: 2 });
  });

  it('cancel a job that trains when an object asks for it', async () => {
    const garden = await writeDrop('garden', SPEC);
    const messages = await upload(run.stack, garden, 'garden');
    let cancelled: unknown = null;
    onRequest = async ({ caller, key }) => {
      const [, ofGarden] = /\/garden\/([0-9a-f]{16})\//.exec(key) ?? [];
      if (caller !== 'poll' || ofGarden === undefined) return;
      onRequest = async () => {};
      const wish = { dataset: 'garden', run: ofGarden, word: 'cancel' as const, content: {} };
      cancelled = await run.take(await decide(run.stack, wish));
    };
    expect(await run.take(messages)).toContainEqual(ENDED('cancelled'));
    expect(cancelled).toEqual([expect.objectContaining({ output: expect.objectContaining({ outcome: 'duplicate' }) })]);
    expect(await run.report('garden')).toMatchObject({
      status: 'cancelled',
      targets: [{ status: 'cancelled', job: { state: 'cancelled' } }],
    });
    expect(run.stack.denied).toEqual([]);
  });
});

const SPEC = 'targets: [{provider: openai, adapt: {pdfPages: 2}}]\n';
const ENDED = (status: string) => expect.objectContaining({ output: expect.objectContaining({ status }) });

/** A drop with a PDF, for a target that takes pictures only. */
async function writeDrop(name: string, spec: string): Promise<string> {
  const drop = join(folder, name);
  const rows = [HEADER, ...plainRows(12, name), ['What does the guide say?', `It tells of the ${name}.`, 'guide.pdf']];
  await mkdir(drop);
  await addFiles(drop, { 'train.csv': csv(rows), 'guide.pdf': pdfDocument(`A ${name}`), 'finedrop.yaml': spec });
  return drop;
}

interface Point {
  at: (request: S3Request) => boolean;
  side: 'before' | 'after';
}

/** Kills each function at the first request that fits each of its points, in their order: once a call. */
function killing(points: Readonly<Record<string, readonly Point[]>>) {
  const left = new Map(Object.entries(points).map(([caller, own]) => [caller, [...own]]));
  const state: { run: PackagedRun | null } = { run: null };
  const onS3Request = (request: S3Request, side: 'before' | 'after') => {
    const own = left.get(request.caller);
    const [point] = own ?? [];
    const stack = state.run?.stack;
    if (point === undefined || stack === undefined || point.side !== side || !point.at(request)) return;
    own?.shift();
    for (const { pid } of stack.lambdas.busy(stack.nameOf(request.caller))) process.kill(pid, 'SIGKILL');
  };
  return { state, left, onS3Request };
}

const STEPS = ['survey', 'normalize', 'collect', 'fetch', 'convert', 'gate', 'stage', 'submit', 'poll', 'publish'];
const writes = ({ action }: S3Request) => action === 's3:PutObject';
const anything = () => true;

describe('functions that are killed in the middle of each step', () => {
  it('before their first request, and when they have written and do not know, leave a run that goes on to the same bytes', async () => {
    const points: readonly Point[] = [
      { at: anything, side: 'before' },
      { at: writes, side: 'after' },
    ];
    const kills = killing(Object.fromEntries(STEPS.map((step) => [step, points])));
    const run = await open({ onS3Request: kills.onS3Request });
    kills.state.run = run;
    await run.run();
    expect([...kills.left.values()].flat()).toEqual([]);
    const ended = run.stack.reports.filter(({ failure }) => failure?.errorType === 'Runtime.ExitError');
    expect(ended.length).toBeGreaterThanOrEqual(points.length * STEPS.length);
    expect(await run.report()).toMatchObject(COMPLETED);
    expect(await run.reproducible()).toEqual(expected);
    expect(await countJobs(run.folder)).toEqual(ONE_EACH);
  }, 180_000);
});

describe('a real S3 server', () => {
  if (whyNoS3 !== null) return void it.skip(`is not tested: ${whyNoS3}`, () => {});
  it('holds the inbox and the results of packaged functions as well', async () => {
    const server = openS3Server();
    try {
      const buckets = { inbox: await server.makeBucket(), results: await server.makeBucket() };
      const { endpoint, credentials } = server.settings;
      const run = await open({ s3Server: { endpoint, credentials, buckets } });
      await run.run();
      expect(await run.report()).toMatchObject(COMPLETED);
      expect(await run.reproducible()).toEqual(expected);
    } finally {
      await server.close();
    }
  });
});
