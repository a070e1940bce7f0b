import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFunctions } from '../../deploy/rehearsal/package.ts';
import type { S3Request } from '../../deploy/rehearsal/s3-door.ts';
import { openStack, type Stack } from '../../deploy/rehearsal/stack.ts';
import { decide, upload } from '../../deploy/rehearsal/upload.ts';
import type { ExecutionResult } from '../../lib/local/asl/host.ts';
import { readDecisions } from '../../lib/pipeline/decisions.ts';
import { readHistory } from '../../lib/pipeline/history.ts';
import { readLatest } from '../../lib/pipeline/latest.ts';
import { readModels } from '../../lib/pipeline/models.ts';
import { readSchedule } from '../../lib/pipeline/schedules.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { deliver } from './packaged-run.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { addFiles } from './workspace.ts';

const DATASET = 'owls';
const WEEK_MS = 7 * 24 * 3600 * 1000;
const SPEC = 'targets: [openai]\nretrain: {schedule: rate(7 days), from: last, rows: new}\n';
const folder = await mkdtemp(join(tmpdir(), 'finedrop-packaged-retrain-'));
const drop = join(folder, DATASET);
let stack: Stack;
let tickEvent: object;
/** The next tick dies when it has started what is due, and before it could note that. */
let isDying = false;

beforeAll(async () => {
  const packaged = await packageFunctions(folder);
  stack = await openStack({ packaged, folder, onS3Request: killTick });
  tickEvent = JSON.parse(await readFile(new URL('../../events/retrain.json', import.meta.url), 'utf8'));
  await mkdir(drop);
  await addFiles(drop, { 'finedrop.yaml': SPEC });
}, 180_000);

afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

function killTick({ caller, action }: S3Request, side: 'before' | 'after'): void {
  if (!isDying || caller !== 'retrain' || action !== 's3:PutObject' || side !== 'before') return;
  isDying = false;
  for (const { pid } of stack.lambdas.busy(stack.nameOf('retrain'))) process.kill(pid, 'SIGKILL');
}

/** What the executions came to that something has begun. */
async function begunBy(act: () => Promise<unknown>): Promise<ExecutionResult[]> {
  const before = new Set(stack.executions.names());
  await act();
  const begun = stack.executions.names().filter((name) => !before.has(name));
  return Promise.all(begun.map((name) => stack.executions.result(name)));
}

/** The scheduler's call. */
async function tick(): Promise<unknown> {
  const event = { ...tickEvent, time: stack.clock.now().toISOString() };
  return stack.lambdas.invoke(stack.nameOf('retrain'), event);
}

const dropRows = (count: number) =>
  begunBy(async () => {
    await addFiles(drop, { 'train.csv': csv([HEADER, ...plainRows(count)]) });
    await deliver(stack, await upload(stack, drop, DATASET));
  });

const lastDecision = async () => (await readDecisions(stack.results, DATASET)).at(-1);
const ended = (output: object) => expect.objectContaining({ output: expect.objectContaining(output) });
const NOTHING_DUE = { value: { due: [] } };

describe('the packaged functions, where a drop asks to be trained again every week', () => {
  it('train the first state that is dropped, and note when the next is due', async () => {
    expect(await dropRows(12)).toEqual([ended({ status: 'completed' })]);
    expect(await lastDecision()).toMatchObject({ by: 'drop', decision: 'submitted' });
    expect(await readSchedule(stack.results, DATASET)).toMatchObject({
      simulated: false,
      retrain: { schedule: 'rate(7 days)' },
      taken: { schedule: null },
    });
    expect(await begunBy(async () => expect(await tick()).toEqual(NOTHING_DUE))).toEqual([]);
    expect((await countJobs(folder)).openai).toBe(1);
  });

  it('only look at what is dropped meanwhile, and remember it', async () => {
    expect(await dropRows(24)).toEqual([ended({ status: 'completed' })]);
    expect(await lastDecision()).toMatchObject({
      by: 'drop',
      decision: 'skipped',
      reason: expect.stringMatching(/^12 rows are new/),
    });
    expect((await readHistory(stack.results, DATASET)).states).toMatchObject([
      { rows: 12 },
      { rows: 24, newRows: 12, goneRows: 0 },
    ]);
    expect((await countJobs(folder)).openai).toBe(1);
  });

  it('train what is new in it when the week is over, once, however many ticks there are, and though one dies', async () => {
    await stack.clock.advance(WEEK_MS);
    isDying = true;
    const ticks = async () => {
      expect(await tick()).toMatchObject({ failure: { errorType: 'Runtime.ExitError' } });
      await Promise.all([tick(), tick()]);
    };
    expect(await begunBy(ticks)).toEqual([ended({ status: 'completed' })]);
    expect(await begunBy(async () => expect(await tick()).toEqual(NOTHING_DUE))).toEqual([]);
    expect(await lastDecision()).toMatchObject({ by: 'schedule', decision: 'submitted' });
    expect((await countJobs(folder)).openai).toBe(2);
    const { models } = await readModels(stack.results, DATASET);
    const { states } = await readHistory(stack.results, DATASET);
    expect(models.map(({ snapshot }) => snapshot)).toEqual(states.map(({ snapshot }) => snapshot));
    expect(models.at(-1)).toMatchObject({ from: models[0]?.tunedModel, rows: { train: 12 } });
    const latest = await readLatest(stack.results, DATASET);
    expect(latest?.models['openai']?.tunedModel).toBe(models.at(-1)?.tunedModel);
  });

  it('pay for nothing when nothing has changed a week later, and say so', async () => {
    await stack.clock.advance(WEEK_MS);
    expect(await begunBy(tick)).toEqual([expect.objectContaining({ status: 'SUCCEEDED' })]);
    expect(await lastDecision()).toMatchObject({
      by: 'schedule',
      decision: 'skipped',
      reason: expect.stringMatching(/^nothing (is new|has changed)/),
    });
    expect((await countJobs(folder)).openai).toBe(2);
  });

  it('do the same when an object asks for it', async () => {
    const { run = '' } = (await readLatest(stack.results, DATASET)) ?? {};
    const asked = async () =>
      deliver(stack, await decide(stack, { dataset: DATASET, run, word: 'retrain', content: {} }));
    expect(await begunBy(asked)).toEqual([ended({ outcome: 'duplicate' })]);
    expect(await lastDecision()).toMatchObject({ by: 'hand', decision: 'skipped' });
    expect((await countJobs(folder)).openai).toBe(2);
  });
});

describe('the packaged functions, where a drop appends to what was dropped before', () => {
  const appended = join(folder, 'gallery');
  const picture = 'telescope.png';
  const dropPart = (files: Record<string, string | Uint8Array>) =>
    begunBy(async () => {
      await rm(appended, { recursive: true, force: true });
      for await (const { key } of stack.inbox.list('gallery/')) await stack.inbox.remove(key);
      await mkdir(appended);
      const spec = 'targets: [openai]\nretrain: {history: append}\n';
      await addFiles(appended, { 'finedrop.yaml': spec, ...files });
      await deliver(stack, await upload(stack, appended, 'gallery'));
    });

  it('learn earlier rows and their pictures again, although the drop holds them no more', async () => {
    const rows = [...plainRows(11, 'heron'), ['What is this?', 'A telescope.', picture]];
    const bytes = await readFile(new URL('../../examples/museum-sources/telescope.png', import.meta.url));
    expect(await dropPart({ 'train.csv': csv([HEADER, ...rows]), [picture]: bytes })).toEqual([
      ended({ status: 'completed' }),
    ]);
    expect(await dropPart({ 'more.csv': csv([HEADER, ...plainRows(4, 'swan')]) })).toEqual([
      ended({ status: 'completed' }),
    ]);
    expect((await readHistory(stack.results, 'gallery')).states).toMatchObject([
      { rows: 12, kept: true },
      { rows: 16, newRows: 4, goneRows: 0, kept: true },
    ]);
    const { run = '' } = (await readLatest(stack.results, 'gallery')) ?? {};
    const lines = await readBytes(stack.results, keys.run('gallery', run).target('openai', 'train.jsonl'));
    expect(lines?.toString()).toContain('data:image/png;base64,');
    expect(stack.denied).toEqual([]);
  });
});

describe('the packaged functions that remember', () => {
  it('keep to their roles, of which that of the tick reaches schedules, the history and the machine', () => {
    expect(stack.denied).toEqual([]);
    const asked = stack.services.calls.filter(({ caller }) => caller === 'retrain');
    expect([...new Set(asked.map(({ action }) => action))]).toEqual(['states:StartExecution']);
    const touched = stack.s3.requests.filter(({ caller }) => caller === 'retrain');
    expect(touched.some(({ action }) => action === 's3:PutObject')).toBe(true);
    for (const { key, action } of touched)
      expect(action === 's3:ListBucket' || /^\.finedrop\/(schedules|history)\//.test(key)).toBe(true);
  });
});
