import { beforeEach, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../lib/cli/exit-code.ts';
import { jobPlanSchema } from '../../lib/domain/job-plan.ts';
import { ledgerEntrySchema } from '../../lib/pipeline/ledger.ts';
import type { OperatorSettings } from '../../lib/pipeline/services.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readBytes, readJson } from '../../lib/storage/object-store.ts';
import { operatorOf } from '../factories.ts';
import { type MemoryRun, type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const DAY = '2026-11-23';
const AT_OPENAI = { targets: ['openai'] };

let world: MemoryWorld;
/** Steps that were called, by the targets they were called for. */
let called: string[];
beforeEach(async () => {
  world = await newMemoryWorld({ 'train.csv': tableOf(12) });
  called = [];
});

/** A run whose one create was sent, and whose process died before it could note that. */
async function dieInDoubt(targets: readonly string[], acceptedAfter: number | null): Promise<MemoryRun> {
  world.provider.plan = (create) =>
    create === 0 ? { does: 'loses-the-answer', afterSeconds: acceptedAfter } : { does: 'creates' };
  world.before = (step) => {
    if (step === 'submit' && world.provider.creates.length > 0) throw new Error('killed');
  };
  const failed = await runInMemory(world, { targets: [...targets] });
  expect(failed.status).toBe('failed');
  world.before = (step, { target }) => void called.push(`${step} ${String(target)}`);
  return failed;
}

function limit(change: Partial<OperatorSettings>): void {
  world.change = { ...world.change, operator: operatorOf(change) };
}

async function entryOf(key: string | undefined) {
  return readJson(world.results, keys.ledger(key ?? ''), (value) => ledgerEntrySchema.parse(value));
}

async function planOf(run: string) {
  return readJson(world.results, keys.run('museum', run).plan, (value) => jobPlanSchema.parse(value));
}

async function reserved(day: string): Promise<number> {
  const spend = await readBytes(world.results, keys.spend('simulated', day));
  return Object.keys(spend === null ? {} : JSON.parse(spend.toString()).jobs).length;
}

function exitOf({ report }: MemoryRun): number | null {
  return report === null ? null : exitCodeOf(report, report.status);
}

const HOLDS = [
  ['approval', { approve: true }],
  ['a lower budget', { usdPerRun: 0 }],
  ['a lower limit for the day', { usdPerDay: 0 }],
] as const;

describe.each(HOLDS)('a plan that is held for %s while an earlier attempt may have made its job', (_why, operator) => {
  it.each([
    ['at once', 0],
    ['as late as it can', 90],
  ])('follows the job that the provider took %s, and names it as paid', async (_when, acceptedAfter) => {
    limit({ usdPerDay: 100 });
    const failed = await dieInDoubt(['openai'], acceptedAfter);
    limit(operator);
    const found = await runInMemory(world, AT_OPENAI);
    expect({ run: found.run, status: found.status, exit: exitOf(found) }).toEqual({
      run: failed.run,
      status: 'completed',
      exit: 0,
    });
    expect(found.report?.targets[0]).toMatchObject({ status: 'succeeded', job: { id: 'job-1', adopted: false } });
    expect(world.provider.creates).toHaveLength(1);
    const key = found.report?.targets[0]?.job?.key;
    expect(await entryOf(key)).toMatchObject({ state: 'submitted', job: 'job-1' });
    expect(await planOf(found.run)).toMatchObject({
      held: null,
      heldBy: null,
      cost: { high: 0 },
      targets: [{ verdict: 'accepted', job: 'job-1' }],
    });
    expect(await reserved(DAY)).toBe(1);
    // What is only looked for needs no files at the provider.
    expect(called).not.toContain('stage openai');
  });

  it('stays held where that made none, gives back what was reserved, and goes on once it may', async () => {
    limit({ usdPerDay: 100 });
    await dieInDoubt(['openai'], null);
    expect(await reserved(DAY)).toBe(1);
    limit(operator);
    const held = await runInMemory(world, AT_OPENAI);
    expect({ status: held.status, exit: exitOf(held) }).toEqual({ status: 'held', exit: 3 });
    expect(held.report?.targets[0]).toMatchObject({
      status: 'held',
      job: null,
      message: 'nothing was submitted: the plan is held.',
    });
    const plan = await planOf(held.run);
    expect(plan).toMatchObject({ held: expect.any(String), targets: [{ verdict: 'held', job: null }] });
    expect(await entryOf(plan?.targets[0]?.key)).toMatchObject({ state: 'none' });
    expect(await reserved(DAY)).toBe(0);
    expect(world.provider.creates).toHaveLength(1);
    limit({});
    const done = await runInMemory(world, AT_OPENAI);
    expect(done.report).toMatchObject({ status: 'completed', targets: [{ job: { id: 'job-1', adopted: false } }] });
    expect(world.provider.creates).toHaveLength(2);
  });

  it('does not say that nothing was submitted where the provider cannot be asked', async () => {
    limit({ usdPerDay: 100 });
    await dieInDoubt(['openai'], 0);
    limit(operator);
    world.provider.listFails = true;
    const failed = await runInMemory(world, AT_OPENAI);
    expect({ status: failed.status, target: failed.report?.targets[0]?.status }).toEqual({
      status: 'failed',
      target: 'failed',
    });
    expect(failed.report?.message).toMatch(
      /may have a job, which could not be looked for after 24 hours: the list fails/,
    );
    expect(await reserved(DAY)).toBe(1);
    world.provider.listFails = false;
    expect((await runInMemory(world, AT_OPENAI)).report).toMatchObject({
      status: 'completed',
      targets: [{ job: { id: 'job-1' } }],
    });
    expect(world.provider.creates).toHaveLength(1);
  });
});

describe('a held plan of several targets', () => {
  it('holds the others, and counts the job that was found no more', async () => {
    const both = { targets: ['openai', 'vertex'] };
    await dieInDoubt(both.targets, 0);
    const [inDoubt] = world.provider.jobs;
    limit({ approve: true });
    const run = await runInMemory(world, both);
    expect({ status: run.status, exit: exitOf(run) }).toEqual({ status: 'held', exit: 3 });
    const targets = run.report?.targets.map(({ status, job }) => [status, job?.key ?? null]) ?? [];
    expect(targets.sort()).toEqual([
      ['held', null],
      ['succeeded', inDoubt?.key],
    ]);
    const plan = await planOf(run.run);
    expect(plan?.held).toMatch(/the jobs wait for approval/);
    const unpaid = plan?.targets.find(({ verdict }) => verdict === 'held');
    expect(plan?.cost).toEqual(unpaid?.cost);
    expect(world.provider.creates).toHaveLength(1);
    const approve = { control: { word: 'approve', run: run.run } } as const;
    await world.results.write(keys.control('museum', run.run, 'approve'), JSON.stringify({ plan: plan?.plan }));
    expect((await runInMemory(world, { ...both, ...approve })).status).toBe('completed');
    expect(world.provider.creates.map(({ key }) => key).sort()).toEqual([inDoubt?.key, unpaid?.key].sort());
  });
});

describe('a run that is refused', () => {
  it('tells of the job that an earlier run of the same rows may have made', async () => {
    const broken = tableOf(12, { more: [',An answer without a question.,'] });
    await world.inbox.write('museum/train.csv', broken);
    await world.inbox.write('museum/finedrop.yaml', 'policy: {maxRejected: 1}\n');
    const failed = await dieInDoubt(['openai'], 0);
    await world.inbox.write('museum/finedrop.yaml', 'policy: {maxRejected: 0}\n');
    const refused = await runInMemory(world, AT_OPENAI);
    expect(refused.run).not.toBe(failed.run);
    expect({ status: refused.status, exit: exitOf(refused) }).toEqual({ status: 'rejected', exit: 2 });
    expect(refused.report?.targets[0]).toMatchObject({ status: 'succeeded', job: { id: 'job-1', adopted: true } });
    expect(world.provider.creates).toHaveLength(1);
  });

  it('looks for none where no attempt is in doubt', async () => {
    await world.inbox.write('museum/train.csv', tableOf(12, { more: [',An answer without a question.,'] }));
    world.before = (step, { target }) => void called.push(`${step} ${String(target)}`);
    expect((await runInMemory(world, AT_OPENAI)).status).toBe('rejected');
    expect(called.filter((step) => step.startsWith('submit'))).toEqual([]);
  });
});
