import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelList } from '../../lib/engines/local-models.ts';
import { picture } from './media.ts';
import { finedrop, runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { addFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
let out: string;
let owl: Buffer;
let tuned: string[];

/** Two runs of a growing drop; the picture is in the second alone. */
beforeAll(async () => {
  owl = await picture('png', 7);
  out = await workspace.folder('out');
  const drop = await workspace.drop('museum', { 'train.csv': csv([HEADER, ...plainRows(11)]) });
  const first = await runSound({ command: 'run', paths: [drop], out, targets: ['openai'] });
  await addFiles(drop, {
    'train.csv': csv([HEADER, ...plainRows(11), ['What is this?', 'An owl.', 'owl.png']]),
    'owl.png': owl,
  });
  const second = await runSound({ command: 'run', paths: [drop], out, targets: ['openai'] });
  tuned = [first, second].map(({ report }) => report.targets[0]?.job?.tunedModel ?? '');
}, 60_000);

async function json(...words: string[]) {
  const { code, stdout, stderr } = await finedrop([...words, '--out', out, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('the models of a dataset', () => {
  it('are listed, rolled back and promoted', async () => {
    const current = async () => {
      const { dataset, models }: ModelList = await json('models', 'museum');
      expect(dataset).toBe('museum');
      return models.map((model) => [model.tunedModel, model.current, model.status]);
    };
    const [older, newer] = tuned;
    expect(await current()).toEqual([
      [older, false, 'succeeded'],
      [newer, true, 'succeeded'],
    ]);
    expect(await json('rollback', 'museum')).toEqual({
      dataset: 'museum',
      target: 'openai',
      current: older,
      before: newer,
    });
    expect((await current()).map(([, isCurrent]) => isCurrent)).toEqual([true, false]);
    const none = await finedrop(['rollback', 'museum', '--out', out]);
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toContain(`no model of openai was current before ${older}`);
    expect(await json('promote', 'museum', newer ?? '')).toMatchObject({ current: newer, before: older });
  }, 30_000);

  it.each([
    [['models'], 'name one dataset'],
    [['promote', 'museum'], 'name a dataset, and a run or tuned model of it'],
    [['rollback', 'museum', 'ft:one'], 'To choose a model, use finedrop promote'],
    [['lineage'], 'name one tuned model, job or run'],
  ])('want %j to be complete', async (words, message) => {
    const { code, stderr } = await finedrop(words);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe('lineage', () => {
  it('leads from a model to its rows and files, and from a file to its models', async () => {
    const sha256 = createHash('sha256').update(owl).digest('hex');
    const [ofModel, ofFile] = await Promise.all([json('lineage', tuned[1] ?? ''), json('lineage', sha256)]);
    expect(ofModel.models).toHaveLength(1);
    expect(ofModel.models[0].rows).toHaveLength(12);
    expect(ofModel.models[0].rows[11]).toMatchObject({
      row: 12,
      files: [{ sha256, name: 'owl.png', mime: 'image/png' }],
    });
    expect(
      ofFile.models.map((model: { tunedModel: string; rows: { row: number }[] }) => [
        model.tunedModel,
        model.rows.map(({ row }) => row),
      ]),
    ).toEqual([[tuned[1], [12]]]);
  }, 30_000);

  it('ends well for a file that is in no model, and with a sentence for a name that nobody knows', async () => {
    const [nowhere, unknown] = await Promise.all([
      finedrop(['lineage', '0'.repeat(64), '--out', out]),
      finedrop(['lineage', 'owl.png', '--out', out]),
    ]);
    expect(nowhere).toEqual({
      code: 0,
      signal: null,
      stdout: `file ${'0'.repeat(64)}: no model contains it\n`,
      stderr: '',
    });
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain('nothing is known of "owl.png" here');
  }, 30_000);
});
