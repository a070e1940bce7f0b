import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../lib/cli/exit-code.ts';
import { type JobPlan, jobPlanSchema } from '../../lib/domain/job-plan.ts';
import { runLocal } from '../../lib/engines/local.ts';
import { controlRun } from '../../lib/engines/local-control.ts';
import { cancelClaim } from '../../lib/pipeline/claims.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { runSound } from './running.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { addFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const NONE = { openai: 0, vertex: 0, bedrock: 0 };
const ONE = { ...NONE, openai: 1 };

async function dropWith(spec: string, rows = 12) {
  const drop = await workspace.drop('museum', {
    'train.csv': csv([HEADER, ...plainRows(rows)]),
    'finedrop.yaml': `targets: [openai]\n${spec}`,
  });
  const out = await workspace.folder('out');
  const run = (command: 'run' | 'check' = 'run') => runSound({ command, paths: [drop], out });
  const decide = async (word: 'approve' | 'cancel', which?: string) => {
    const result = await controlRun({ word, dataset: 'museum', out, ...(which === undefined ? {} : { run: which }) });
    return { ...result, exit: exitCodeOf(result.report, result.ended) };
  };
  return { drop, out, run, decide };
}

async function planOf(folder: string): Promise<JobPlan> {
  return jobPlanSchema.parse(JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')));
}

describe('a run that would cost more than its budget', () => {
  it('submits nothing, explains the arithmetic, and goes on when the budget is raised', async () => {
    const { drop, out, run } = await dropWith('budget: {usd: 0.0}');
    const { report, exit, folder } = await run();
    expect({ exit, status: report.status, target: report.targets[0]?.status }).toEqual({
      exit: 3,
      status: 'held',
      target: 'held',
    });
    expect(report.message).toMatch(
      /may cost \$0\.\d\d, and budget\.usd is \$0\.00: openai \$.* tokens x .* epochs x \$25\.00 a million/,
    );
    expect(await countJobs(out)).toEqual(NONE);
    expect(await planOf(folder)).toMatchObject({
      held: expect.stringContaining('budget.usd'),
      targets: [{ verdict: 'held' }],
    });
    await addFiles(drop, { 'finedrop.yaml': 'targets: [openai]\nbudget: {usd: 5}' });
    expect((await run()).report.status).toBe('completed');
    expect(await countJobs(out)).toEqual(ONE);
  });

  it('lets targets go on whose jobs exist', async () => {
    const { drop, out, run, decide } = await dropWith('');
    await run();
    await addFiles(drop, { 'finedrop.yaml': 'targets: [openai, vertex]\napprove: required' });
    const { report, exit } = await run();
    expect({ exit, status: report.status }).toEqual({ exit: 3, status: 'held' });
    expect(report.targets.map(({ name, status, job }) => [name, status, job?.adopted])).toEqual([
      ['openai', 'succeeded', true],
      ['vertex', 'held', undefined],
    ]);
    expect(await countJobs(out)).toEqual(ONE);
    expect((await decide('approve')).report).toMatchObject({ run: report.run, status: 'completed' });
    expect(await countJobs(out)).toEqual({ ...ONE, vertex: 1 });
  });
});

describe('a plan that must be approved', () => {
  it('waits, also when it is run again, and is carried out once it is approved', async () => {
    const { out, run, decide } = await dropWith('approve: required');
    const first = await run();
    expect({ exit: first.exit, status: first.report.status }).toEqual({ exit: 3, status: 'held' });
    expect((await run()).report).toMatchObject({ run: first.report.run, status: 'held' });
    expect(await countJobs(out)).toEqual(NONE);
    const { exit, report, folder } = await decide('approve');
    expect({ exit, run: report.run, status: report.status }).toEqual({
      exit: 0,
      run: first.report.run,
      status: 'completed',
    });
    expect(await countJobs(out)).toEqual(ONE);
    expect((await planOf(folder)).plan).toBe(first.plan?.plan);
    expect((await run()).report.status).toBe('duplicate');
    await expect(decide('approve')).rejects.toThrow('no run of "museum" waits for approval');
    await expect(decide('approve', report.run)).rejects.toThrow('is completed; only a held run can be approved');
  });

  it('may be one that pays again on purpose', async () => {
    const { drop, out, run, decide } = await dropWith('');
    await run();
    await addFiles(drop, { 'finedrop.yaml': 'targets: [openai]\napprove: required' });
    const again = await runSound({ command: 'run', paths: [drop], out, again: true });
    expect(again.report.status).toBe('held');
    expect((await decide('approve')).report).toMatchObject({ run: again.report.run, status: 'completed' });
    expect(await countJobs(out)).toEqual({ ...NONE, openai: 2 });
  });

  it('is of the past when the drop has changed', async () => {
    const { drop, out, run, decide } = await dropWith('approve: required');
    const { report } = await run();
    await addFiles(drop, { 'train.csv': csv([HEADER, ...plainRows(13)]) });
    await expect(decide('approve')).rejects.toThrow('has changed since that run');
    const later = await run();
    expect(later.report).toMatchObject({ status: 'held' });
    expect(later.report.run).not.toBe(report.run);
    expect(await countJobs(out)).toEqual(NONE);
  });

  it('can be cancelled instead', async () => {
    const { out, run, decide } = await dropWith('approve: required');
    const { report } = await run();
    const cancelled = await decide('cancel');
    expect({ exit: cancelled.exit, run: cancelled.report.run, status: cancelled.report.status }).toEqual({
      exit: 2,
      run: report.run,
      status: 'cancelled',
    });
    expect(cancelled.report.targets[0]).toMatchObject({ status: 'cancelled', job: null });
    expect(await countJobs(out)).toEqual(NONE);
    await expect(decide('cancel', report.run)).rejects.toThrow('there is nothing to cancel');
  });
});

describe('a run that is cancelled', () => {
  /** Somebody cancels the run when a port is used for the first time. */
  const cancelledAt = (port: 'findJobs' | 'getJob') => (services: Services) => ({
    ...services,
    client: async (provider: string, mediaBase: string) => {
      const client = await services.client(provider, mediaBase);
      return {
        ...client,
        [port]: async (id: string) => {
          const seen = await client[port](id);
          for await (const { key } of services.results.list('.finedrop/claims/museum/'))
            await cancelClaim(services, { dataset: 'museum', run: key.split('/').at(-1)?.slice(0, 16) ?? '' });
          return seen;
        },
      };
    },
  });

  it('cancels the job that trains, and says so', async () => {
    const { drop, out } = await dropWith('');
    const result = await runLocal({ command: 'run', paths: [drop], out, decorate: cancelledAt('getJob') });
    expect({ exit: exitCodeOf(result.report, result.ended), status: result.report.status }).toEqual({
      exit: 4,
      status: 'cancelled',
    });
    expect(result.report.targets[0]).toMatchObject({ status: 'cancelled', job: { state: 'cancelled' } });
  });

  it('begins no job that was not begun', async () => {
    const { drop, out, run } = await dropWith('');
    const result = await runLocal({ command: 'run', paths: [drop], out, decorate: cancelledAt('findJobs') });
    expect({ exit: exitCodeOf(result.report, result.ended), status: result.report.status }).toEqual({
      exit: 2,
      status: 'cancelled',
    });
    expect(await countJobs(out)).toEqual(NONE);
    expect((await run()).report.status).toBe('completed');
    expect(await countJobs(out)).toEqual(ONE);
  });
});

describe('a plan', () => {
  it('is made anew each time, for what was paid meanwhile is not paid again', async () => {
    const { drop, out, run } = await dropWith('');
    const plan = async () => (await runLocal({ command: 'check', anew: true, paths: [drop], out })).plan;
    const before = await plan();
    expect(before).toMatchObject({ held: null, targets: [{ verdict: 'accepted', job: null }] });
    expect(before?.cost?.high).toBeGreaterThan(0);
    const { report } = await run();
    expect(await plan()).toMatchObject({
      plan: before?.plan,
      cost: { low: 0, high: 0 },
      targets: [{ job: report.targets[0]?.job?.id }],
    });
  });

  it('is refused with the drop', async () => {
    const { drop, out } = await dropWith('');
    await writeFile(join(drop, 'train.csv'), csv([HEADER, ['A question', '']]));
    const { plan, report } = await runLocal({ command: 'check', anew: true, paths: [drop], out });
    expect(report.status).toBe('rejected');
    expect(plan?.targets.map(({ verdict }) => verdict)).toEqual(['refused']);
  });
});
