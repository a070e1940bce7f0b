import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runLocal } from '../../lib/engines/local.ts';
import { retrainLocal } from '../../lib/engines/local-retrain.ts';
import { type ScheduledDecision, type ScheduleOptions, scheduleLocal } from '../../lib/engines/local-schedule.ts';
import { readDecisions } from '../../lib/pipeline/decisions.ts';
import { readModels } from '../../lib/pipeline/models.ts';
import { folderStore } from '../../lib/storage/folder-store.ts';
import { treeOf } from '../e2e/results.ts';
import { csv, HEADER, plainRows } from '../e2e/tables.ts';
import { addFiles, useWorkspace } from '../e2e/workspace.ts';

const workspace = useWorkspace();

interface Dataset {
  drop: string;
  out: string;
}

async function trained(retrain: string): Promise<Dataset> {
  const out = await workspace.folder('out');
  const drop = await workspace.drop('owls', {
    'train.csv': csv([HEADER, ...plainRows(12)]),
    'finedrop.yaml': `targets: [openai]\nretrain: ${retrain}\n`,
  });
  await runLocal({ command: 'run', paths: [drop], out });
  return { drop, out };
}

async function play(out: string, options: Partial<ScheduleOptions> = {}): Promise<ScheduledDecision[]> {
  const told: ScheduledDecision[] = [];
  await scheduleLocal({ out, once: true, onDecision: (one) => told.push(one), ...options });
  return told;
}

const grow = (drop: string, rows: number) => addFiles(drop, { 'train.csv': csv([HEADER, ...plainRows(rows)]) });
const countModels = async (out: string) => (await readModels(folderStore(out), 'owls')).models.length;

describe('scheduleLocal', () => {
  it('takes each occasion at its time, and pays only where something is new', async () => {
    const { drop, out } = await trained('{schedule: rate(7 days), minNewRows: 1000}');
    expect(await play(out)).toEqual([]);
    await grow(drop, 15);
    const told = await play(out, { days: 22 });
    expect(told.map(({ decision, by }) => [decision, by])).toEqual([
      ['submitted', 'schedule'],
      ['skipped', 'schedule'],
      ['skipped', 'schedule'],
    ]);
    expect(await countModels(out)).toBe(2);
  });

  it('looks at the drop itself for new rows', async () => {
    const { drop, out } = await trained('{minNewRows: 5}');
    await grow(drop, 16);
    expect(await play(out)).toEqual([]);
    await grow(drop, 17);
    expect((await play(out)).map(({ decision, by }) => [decision, by])).toEqual([['submitted', 'rows']]);
    expect(await play(out)).toEqual([]);
    expect(await countModels(out)).toBe(2);
  });

  it('makes one job where two machines look at once', async () => {
    const { drop, out } = await trained('{minNewRows: 5}');
    await grow(drop, 20);
    const told = (await Promise.all([play(out), play(out)])).flat();
    expect(told.filter(({ decision }) => decision === 'submitted').length).toBeGreaterThan(0);
    expect(await countModels(out)).toBe(2);
  });

  it('tells of a dataset that cannot be looked at, and goes on with the others', async () => {
    const { drop, out } = await trained('{minNewRows: 5}');
    await mkdir(join(out, '.finedrop', 'schedules'), { recursive: true });
    await writeFile(join(out, '.finedrop', 'schedules', 'broken.json'), '{}');
    await grow(drop, 20);
    expect((await play(out)).map(({ dataset, decision }) => [dataset, decision])).toEqual([
      ['broken', 'refused'],
      ['owls', 'submitted'],
    ]);
  });
});

describe('retrainLocal', () => {
  it('tells what it would do, and does nothing', async () => {
    const { drop, out } = await trained('{schedule: rate(7 days)}');
    await grow(drop, 15);
    const history = () => treeOf(join(out, '.finedrop', 'history'));
    const before = await history();
    const told = await retrainLocal({ out, dataset: 'owls', dryRun: true });
    expect(told).toMatchObject({ dataset: 'owls', decision: 'submitted', dryRun: true });
    expect(await history()).toEqual(before);
    expect(await countModels(out)).toBe(1);
  });

  it('trains what is new once, and says why it does nothing more', async () => {
    const { drop, out } = await trained('{schedule: rate(7 days)}');
    await grow(drop, 15);
    expect(await retrainLocal({ out, dataset: 'owls' })).toMatchObject({ decision: 'submitted', dryRun: false });
    const again = await retrainLocal({ out, dataset: 'owls' });
    expect(again).toMatchObject({ decision: 'skipped', reason: `nothing has changed since run ${again.run}` });
    expect(await countModels(out)).toBe(2);
    const decisions = await readDecisions(folderStore(out), 'owls');
    expect(decisions.map(({ by, decision }) => [by, decision])).toEqual([
      ['hand', 'submitted'],
      ['hand', 'submitted'],
      ['hand', 'skipped'],
    ]);
  });

  it.each([
    ['refused', 'prompt,completion\nWhat is it?,\n'],
    ['skipped', null],
  ])('says that a drop is %s', async (decision, table) => {
    const { drop, out } = await trained('{schedule: rate(7 days)}');
    if (table === null) await addFiles(drop, { 'finedrop.yaml': 'targets: [openai]\n' });
    else await addFiles(drop, { 'train.csv': table });
    expect(await retrainLocal({ out, dataset: 'owls' })).toMatchObject({ decision });
  });

  it('says that a dataset has no run yet', async () => {
    const out = await workspace.folder('out');
    await expect(retrainLocal({ out, dataset: 'owls' })).rejects.toThrow('"owls" has no run yet');
  });
});
