import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { picture } from './media.ts';
import { lineMapOf, statusOf } from './results.ts';
import { runSound } from './running.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const ROWS = 11;
const FOREVER = 100_000;

type Name = 'openai' | 'vertex' | 'bedrock';
const NAMES: readonly Name[] = ['openai', 'vertex', 'bedrock'];
const CREATE: Record<Name, string> = {
  openai: 'jobs.create',
  vertex: 'tuningJobs.create',
  bedrock: 'CreateModelCustomizationJob',
};

async function runWith(rules: readonly object[]) {
  const drop = await workspace.drop('museum', {
    'train.csv': csv([HEADER, ['Which owl is this?', 'A small one.', 'owl.png'], ...plainRows(ROWS - 1)]),
    'owl.png': await picture('png'),
  });
  const out = await workspace.folder('out');
  const run = (faults: unknown) => runSound({ command: 'run', paths: [drop], out, faults });
  return { ...(await run({ rules })), out, again: () => run({ rules: [] }) };
}

type Result = Awaited<ReturnType<typeof runWith>>;

function targetOf({ report }: Result, name: Name) {
  const target = report.targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  return target;
}

/** The other targets are as if nothing had happened. */
async function expectOthersIntact(result: Result, failing: Name): Promise<void> {
  for (const name of NAMES.filter((one) => one !== failing)) {
    expect(targetOf(result, name)).toMatchObject({ status: 'succeeded', job: { state: 'succeeded', adopted: false } });
    expect(await lineMapOf(result.folder, name)).toHaveLength(ROWS);
  }
}

async function expectPartial(result: Result, failing: Name, status: string): Promise<void> {
  expect({ exit: result.exit, status: result.report.status }).toEqual({ exit: 4, status: 'partial' });
  expect(targetOf(result, failing)).toMatchObject({ status, message: expect.stringMatching(/\w{3,}/) });
  expect(result.report.message).toContain(failing);
  await expectOthersIntact(result, failing);
}

async function expectCompleted(result: Result): Promise<void> {
  expect({ exit: result.exit, status: result.report.status, message: result.report.message }).toMatchObject({
    exit: 0,
    status: 'completed',
  });
  expect(result.report.targets.map(({ status, job }) => [status, job?.adopted])).toEqual(
    NAMES.map(() => ['succeeded', false]),
  );
  expect(await countJobs(result.out)).toEqual({ openai: 1, vertex: 1, bedrock: 1 });
}

describe.each(NAMES)('a job that %s', (name) => {
  it.each(['fail-job', 'reject-file'])('does not carry out (%s) fails its target alone', async (action) => {
    const result = await runWith([{ provider: name, operation: CREATE[name], action }]);
    await expectPartial(result, name, 'failed');
    expect(targetOf(result, name).job).toMatchObject({ state: 'failed', tunedModel: null, error: expect.any(String) });
    expect((await statusOf(result.folder)).targets.find((one) => one.name === name)).toMatchObject({ state: 'failed' });
    expect(await countJobs(result.out)).toEqual({ openai: 1, vertex: 1, bedrock: 1 });
  });

  it('refuses to take is said with the reason that the provider gave', async () => {
    const result = await runWith([{ provider: name, operation: CREATE[name], action: 'error', status: 400 }]);
    await expectPartial(result, name, 'failed');
    expect(targetOf(result, name).message).toMatch(/refused the job.*400/);
    expect(targetOf(result, name).job).toBeNull();
  });

  it('loses is reported as lost, the others end well', async () => {
    const result = await runWith([{ provider: name, operation: CREATE[name], action: 'lost-job' }]);
    await expectPartial(result, name, 'lost');
    expect(targetOf(result, name).job?.id).toBeTruthy();
  });
});

describe('jobs that all providers', () => {
  it.each([
    ['take, while their answers are lost', { action: 'accept-then-timeout' }],
    ['do not hear of, because the connections break', { action: 'reset' }],
    ['fail to take with status 500, three times', { action: 'error', status: 500, times: 3 }],
    ['are too busy for, three times', { action: 'error', status: 429, times: 3 }],
  ])('%s are made once each', async (_what, rule) => {
    await expectCompleted(await runWith(NAMES.map((provider) => ({ provider, operation: CREATE[provider], ...rule }))));
  });
});

describe('a provider that takes no job', () => {
  it.each(['openai', 'bedrock'] as const)('is given up after a day (%s), and a later run goes on', async (name) => {
    const rule = { provider: name, operation: CREATE[name], action: 'error', status: 500, times: FOREVER };
    const result = await runWith([rule]);
    await expectPartial(result, name, 'failed');
    expect(targetOf(result, name).message).toMatch(/no job after 24 hours.*500/);
    const later = await result.again();
    expect({ exit: later.exit, status: later.report.status }).toEqual({ exit: 0, status: 'completed' });
    expect(await countJobs(result.out)).toEqual({ openai: 1, vertex: 1, bedrock: 1 });
  });
});

describe('a place for files that fails', () => {
  it('for a while fails no target, wherever that is', async () => {
    const places = [
      { provider: 'openai', operation: 'files.create' },
      { provider: 'openai', operation: 'uploads.create' },
      { provider: 'gcs', operation: '*' },
      { provider: 's3', operation: '*' },
    ];
    await expectCompleted(await runWith(places.map((place) => ({ ...place, action: 'error', status: 503, ms: 0 }))));
  });

  // One is enough: the clients' own waits between tries are real ones.
  it('for good fails bedrock alone, and a later run takes it up', async () => {
    const rule = { provider: 's3', operation: '*', action: 'error', status: 500, times: FOREVER };
    const result = await runWith([rule]);
    await expectPartial(result, 'bedrock', 'failed');
    const later = await result.again();
    expect({ exit: later.exit, status: later.report.status, run: later.report.run }).toEqual({
      exit: 0,
      status: 'completed',
      run: result.report.run,
    });
    expect(await countJobs(result.out)).toEqual({ openai: 1, vertex: 1, bedrock: 1 });
    expect((await statusOf(later.folder)).attempt).toBe(2);
  });
});

describe('looking after a job', () => {
  it.each([
    ['of one', { openai: 'jobs.retrieve', vertex: 'tuningJobs.get', bedrock: 'GetModelCustomizationJob' }],
    ['of all', { openai: 'jobs.list', vertex: 'tuningJobs.list', bedrock: 'ListModelCustomizationJobs' }],
  ] as const)('goes on when some questions %s are answered with errors', async (_what, operations) => {
    const rules = NAMES.flatMap((provider) => [
      { provider, operation: operations[provider], action: 'error', status: 500, times: 2 },
      { provider, operation: operations[provider], action: 'reset', after: 1 },
    ]);
    await expectCompleted(await runWith(rules));
  });
});

describe('all providers failing', () => {
  it('is a failed run, exit 4, with the data untouched', async () => {
    const rules = NAMES.map((provider) => ({ provider, operation: CREATE[provider], action: 'fail-job' }));
    const result = await runWith(rules);
    expect({ exit: result.exit, status: result.report.status }).toEqual({ exit: 4, status: 'failed' });
    for (const name of NAMES) expect(await lineMapOf(result.folder, name)).toHaveLength(ROWS);
    // A job that the provider failed is not paid again by running again.
    const later = await result.again();
    expect({ exit: later.exit, status: later.report.status }).toEqual({ exit: 4, status: 'failed' });
    expect(await countJobs(result.out)).toEqual({ openai: 1, vertex: 1, bedrock: 1 });
    expect(join(later.folder)).toBe(result.folder);
  });
});
