import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runLocal } from '../../lib/engines/local.ts';
import { picture } from '../e2e/media.ts';
import { findingsOf } from '../e2e/results.ts';
import { runSound } from '../e2e/running.ts';
import { csv, HEADER, plainRows } from '../e2e/tables.ts';
import { useWorkspace } from '../e2e/workspace.ts';

const workspace = useWorkspace();
const drop = async () =>
  workspace.drop('museum', {
    'train.csv': csv([HEADER, ['Which owl?', 'This one.', 'owl.png'], ...plainRows(10)]),
    'owl.png': await picture('png'),
  });

describe('runLocal', () => {
  it('takes files that are given together as one drop, named by the first dataset file', async () => {
    const folder = await drop();
    const paths = ['owl.png', 'train.csv'].map((name) => join(folder, name));
    const { report } = await runSound({
      command: 'check',
      paths,
      out: await workspace.folder('out'),
      targets: ['vertex'],
    });
    expect(report).toMatchObject({ dataset: 'train', status: 'completed', rows: { total: 11, accepted: 11 } });
  });

  it('does not take its own results for data, when they lie in the drop', async () => {
    const folder = await drop();
    const check = () =>
      runSound({ command: 'check', paths: [folder], out: join(folder, 'results'), targets: ['vertex'] });
    expect([(await check()).report.status, (await check()).report.status]).toEqual(['completed', 'duplicate']);
  });

  it.each([true, false])('keeps intermediate files only when it is told to (%s)', async (keepWork) => {
    const out = await workspace.folder('out');
    const { report } = await runSound({ command: 'check', paths: [await drop()], out, targets: ['vertex'], keepWork });
    const plan = readFile(join(out, '.finedrop', 'work', 'museum', report.run, 'plan.json'), 'utf8');
    await (keepWork ? expect(plan).resolves.toContain('"rows":11') : expect(plan).rejects.toThrow('ENOENT'));
  });

  it('writes lines with a placeholder for media when nobody says where they will lie, and says so', async () => {
    const out = await workspace.folder('out');
    const { folder } = await runSound({ command: 'convert', paths: [await drop()], out, targets: ['vertex'] });
    expect(await findingsOf(folder)).toContainEqual(
      expect.objectContaining({ code: 'MEDIA_BASE_PLACEHOLDER', severity: 'info', target: 'vertex' }),
    );
  });

  it('stops when it is told to, and goes on where it stopped', async () => {
    const stop = new AbortController();
    const options = {
      command: 'run',
      paths: [await drop()],
      out: await workspace.folder('out'),
      targets: ['openai'],
    } as const;
    const progress = (step: string) => step === 'convert' && stop.abort(new Error('enough'));
    await expect(runLocal({ ...options, signal: stop.signal, progress })).rejects.toThrow(
      /^stopped\. Run the same command again/,
    );
    expect((await runSound(options)).report.status).toBe('completed');
  });

  it('tells a spec that replaces the drop’s own', async () => {
    const spec = join(await workspace.drop('specs', { 'other.yaml': 'targets: [vertex]\n' }), 'other.yaml');
    const { report } = await runSound({
      command: 'check',
      paths: [await drop()],
      out: await workspace.folder('out'),
      spec,
    });
    expect(report.targets.map(({ name }) => name)).toEqual(['vertex']);
  });
});
