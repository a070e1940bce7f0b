import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { traceLocal } from '../../lib/engines/local-lineage.ts';
import { listModels, moveLocal } from '../../lib/engines/local-models.ts';
import { UsageError } from '../../lib/engines/usage-error.ts';
import { folderStore } from '../../lib/storage/folder-store.ts';
import { keys } from '../../lib/storage/keys.ts';
import { reportOf, targetReportOf } from '../factories.ts';
import { modelRecordOf, modelsInTurn, writeModels } from '../pipeline/model-factories.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'finedrop-models-'));
});
afterEach(() => rm(out, { recursive: true, force: true }));

const list = (dataset = 'museum') => listModels({ out, dataset });

async function writeReport(run: string, promoted: boolean, reason: string): Promise<void> {
  const report = reportOf({ run, targets: [targetReportOf({ promotion: { promoted, reason } })] });
  await folderStore(out).write(keys.run('museum', run).report, JSON.stringify(report));
}

describe('listModels', () => {
  it('lists models newest last, marks what is current, and says what was decided about each', async () => {
    const [a, b] = modelsInTurn(['a', 'b']);
    await writeModels(folderStore(out), [modelRecordOf(a), modelRecordOf(b)]);
    await writeReport('1'.repeat(16), true, 'it is the first model of its target');
    await moveLocal({ out, dataset: 'museum', model: 'ft:a' });
    expect(await list()).toEqual({
      dataset: 'museum',
      models: [
        { ...a, current: true, promotion: { promoted: true, reason: 'it is the first model of its target' } },
        { ...b, current: false, promotion: null },
      ],
    });
  });

  it('marks one record of a model that several runs found: the one that the pointer names', async () => {
    await writeModels(folderStore(out), modelsInTurn(['a', 'a']));
    expect((await list()).models.map(({ run, current }) => [run, current])).toEqual([
      ['1'.repeat(16), false],
      ['2'.repeat(16), true],
    ]);
  });

  it('does without a report that it cannot read', async () => {
    await writeModels(folderStore(out), [modelRecordOf()]);
    await folderStore(out).write(keys.run('museum', '1'.repeat(16)).report, '{"of": "another version"}');
    expect((await list()).models).toMatchObject([{ promotion: null }]);
  });

  it('is empty for a dataset that trained nothing, and an error for one that nobody knows', async () => {
    await writeModels(folderStore(out), []);
    expect(await list()).toEqual({ dataset: 'museum', models: [] });
    await expect(list('musem')).rejects.toThrow(
      'nothing is known of a dataset "musem" here. Did you mean "museum"? Name where its results are with --out DIR',
    );
  });
});

describe('moveLocal', () => {
  it('is a usage error where nothing can be moved', async () => {
    await writeModels(folderStore(out), [modelRecordOf()]);
    await expect(moveLocal({ out, dataset: 'museum', model: null })).rejects.toThrow(UsageError);
  });
});

describe('traceLocal', () => {
  const trace = (query: string) => traceLocal({ out, query }, async ({ kind }) => kind);

  it.each([
    ['a tuned model', 'ft:one', 'model'],
    ['a run, although it looks like a content hash', '1'.repeat(16), 'model'],
    ['a content hash', '2'.repeat(16), 'content'],
    ['an example', `e_${'2'.repeat(16)}`, 'example'],
    ['a file', 'AB'.repeat(32), 'file'],
  ])('knows %s', async (_title, query, kind) => {
    await writeModels(folderStore(out), [modelRecordOf()]);
    expect(await trace(query)).toBe(kind);
  });

  it.each([
    ['museum', /^"museum" is a dataset: finedrop models museum lists its models/],
    ['ft:on', /^nothing is known of "ft:on" here\. Did you mean "ft:one"\? Name a tuned model/],
    ['owl.png', /the sha256 of a file/],
  ])('says what it takes where it is given %s', async (query, message) => {
    await writeModels(folderStore(out), [modelRecordOf()]);
    await expect(trace(query)).rejects.toThrow(message);
    await expect(trace(query)).rejects.toThrow(UsageError);
  });
});
