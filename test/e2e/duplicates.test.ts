import { cp, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { picture } from './media.ts';
import { treeOf } from './results.ts';
import { finedrop, runSound } from './running.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { addFiles, type DropFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const ONE_EACH = { openai: 1, vertex: 1, bedrock: 1 };
const TWO_EACH = { openai: 2, vertex: 2, bedrock: 2 };

const files = async (): Promise<DropFiles> => ({
  'train.csv': csv([HEADER, ['Which owl is this?', 'A small one.', 'owl.png'], ...plainRows(10)]),
  'owl.png': await picture('png'),
});

let drop: string;
let out: string;
beforeEach(async () => {
  drop = await workspace.drop('museum', await files());
  out = await workspace.folder('out');
});

const run = (path: string, more: object = {}) => runSound({ command: 'run', paths: [path], out, ...more });

const jobsOf = ({ report }: Awaited<ReturnType<typeof runSound>>) =>
  report.targets.map(({ job }) => ({ id: job?.id, key: job?.key, adopted: job?.adopted }));

describe('the same drop a second time', () => {
  it('is a duplicate that changes nothing, pays nothing, and ends as the first run did', async () => {
    const first = await run(drop);
    const before = await treeOf(out);
    const second = await run(drop);
    expect(second.report).toMatchObject({ status: 'duplicate', duplicateOf: first.report.run, run: first.report.run });
    expect({ exit: second.exit, folder: second.folder }).toEqual({ exit: 0, folder: first.folder });
    expect(jobsOf(second)).toEqual(jobsOf(first).map((job) => ({ ...job, adopted: true })));
    const after = await treeOf(out);
    const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
    expect(changed.filter((name) => !name.startsWith(join('.finedrop', 'simulators')))).toEqual([]);
    expect(await countJobs(out)).toEqual(ONE_EACH);
  });

  it('exits as the refused run did', async () => {
    await addFiles(drop, { 'train.csv': csv([HEADER, ['What?', '', ''], ...plainRows(10)]) });
    const words = ['check', drop, '--out', out, '--json', '--target', 'vertex'];
    const first = await finedrop(words);
    const second = await finedrop(words);
    expect([first.code, second.code]).toEqual([2, 2]);
    const [one, two] = [JSON.parse(first.stdout), JSON.parse(second.stdout)];
    expect(two).toEqual({ ...one, status: 'duplicate', duplicateOf: one.run });
  });

  it('is no duplicate of a check or a conversion, nor these of each other', async () => {
    const runs = [];
    for (const command of ['check', 'convert', 'run'] as const)
      runs.push((await runSound({ command, paths: [drop], out, targets: ['openai'] })).report);
    expect(runs.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
    expect(new Set(runs.map(({ run: id }) => id)).size).toBe(3);
  });
});

describe('the same content', () => {
  it.each([
    [
      'in a folder of another name',
      async () => {
        const other = join(dirname(drop), 'gallery');
        await cp(drop, other, { recursive: true });
        return other;
      },
    ],
    [
      'in a file of another name',
      async () => {
        await rename(join(drop, 'train.csv'), join(drop, 'questions.csv'));
        return drop;
      },
    ],
  ])('%s is another run whose jobs existed already', async (_where, move) => {
    const first = await run(drop);
    const second = await run(await move());
    expect(second.report.status).toBe('completed');
    expect(second.report.run).not.toBe(first.report.run);
    expect(jobsOf(second)).toEqual(jobsOf(first).map((job) => ({ ...job, adopted: true })));
    expect(second.report.message).toContain('were not paid again');
    expect(await countJobs(out)).toEqual(ONE_EACH);
  });

  it('is trained and paid once more with --again', async () => {
    const first = await run(drop);
    const second = await run(drop, { again: true });
    const third = await run(drop, { again: true });
    const ids = [first, second, third].flatMap((one) => jobsOf(one).map(({ id }) => id));
    expect(new Set(ids).size).toBe(9);
    for (const one of [second, third]) expect(jobsOf(one).map(({ adopted }) => adopted)).toEqual([false, false, false]);
    expect(await countJobs(out)).toEqual({ openai: 3, vertex: 3, bedrock: 3 });
    // Without --again the drop is what it was: the first run's.
    expect((await run(drop)).report).toMatchObject({ status: 'duplicate', duplicateOf: first.report.run });
  });

  it('is trained once more for a setting that changes what is bought, and for no other', async () => {
    await run(drop);
    await addFiles(drop, { 'finedrop.yaml': 'policy: {maxRejected: 1}\n' });
    const same = await run(drop);
    expect(jobsOf(same).map(({ adopted }) => adopted)).toEqual([true, true, true]);
    await addFiles(drop, {
      'finedrop.yaml': [
        'targets:',
        '  - {provider: openai, hyperparameters: {n_epochs: 2}}',
        '  - {provider: vertex, hyperparameters: {epochCount: 2}}',
        '  - {provider: bedrock, hyperparameters: {epochCount: 1}}',
      ].join('\n'),
    });
    const other = await run(drop);
    expect(jobsOf(other).map(({ adopted }) => adopted)).toEqual([false, false, false]);
    expect(await countJobs(out)).toEqual(TWO_EACH);
  });
});

describe('many runs of one drop at once', () => {
  it('make one job at each target, and one of them holds the run', async () => {
    const words = ['run', drop, '--out', out, '--json'];
    const all = await Promise.all([1, 2, 3].map(() => finedrop(words)));
    const told = all.map(({ code, stdout, stderr }) => (code === 1 ? stderr : JSON.parse(stdout).status));
    expect(told).toContain('completed');
    for (const word of told) expect(word).toMatch(/^completed$|^duplicate$|is still going on elsewhere/);
    expect(told.filter((word) => word === 'completed')).toHaveLength(1);
    expect(await countJobs(out)).toEqual(ONE_EACH);
  });

  it('over equal drops of different names pay once as well', async () => {
    const other = join(dirname(drop), 'gallery');
    await cp(drop, other, { recursive: true });
    const [first, second] = await Promise.all([run(drop), run(other)]);
    expect([first?.report.status, second?.report.status]).toEqual(['completed', 'completed']);
    expect(jobsOf(first).map(({ id }) => id)).toEqual(jobsOf(second).map(({ id }) => id));
    expect(await countJobs(out)).toEqual(ONE_EACH);
  });
});
