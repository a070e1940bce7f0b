import { describe, expect, it } from 'vitest';
import { metricPoint } from '../../lib/domain/metrics.ts';
import type { JobMetrics, NamedLine } from '../../lib/domain/training.ts';
import { trainingReport } from '../../lib/pipeline/publish-training.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { type ObjectStore, readBytes } from '../../lib/storage/object-store.ts';
import { servicesOf } from '../factories.ts';
import { newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const REFERENCE = { dataset: 'museum', run: 'run-1' };
const NOTHING: JobMetrics = { points: [], checkpoints: [], events: [], named: null };

const named = (line: number, split: NamedLine['split'] = 'train'): NamedLine => ({ split, line, reason: 'too long' });

async function textAt(store: ObjectStore, key: string): Promise<string | undefined> {
  return (await readBytes(store, key))?.toString();
}

describe('a run', () => {
  it('publishes what its job told: metrics, a chart, checkpoints, events, rows left out, and how the model is asked', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(12) });
    const point = metricPoint({ step: 1, trainLoss: 0.5 });
    const checkpoint = {
      ...{ model: 'ft:job-1:ckpt', step: 1, epoch: null },
      ...{ trainLoss: 0.5, trainAccuracy: null, validLoss: null, validAccuracy: null },
    };
    world.provider.client.readMetrics = async () => ({
      points: point === null ? [] : [point],
      checkpoints: [checkpoint],
      events: [{ at: null, level: 'info', message: 'Files validated' }],
      named: { count: 5, lines: [named(3)] },
    });
    const { run, report } = await runInMemory(world);
    const target = report?.targets[0];
    expect(target?.files).toMatchObject({ metrics: 'openai/metrics.csv' });
    expect(target?.dropped).toEqual({
      count: 5,
      rows: [{ file: 'train.csv', row: 3, split: 'train', line: 3, reason: 'too long' }],
    });
    expect(target?.use?.steps).toEqual([{ title: 'Ask', shell: "ask 'ft:job-1'" }]);
    const place = keys.run('museum', run);
    const page = (await textAt(world.results, place.html)) ?? '';
    for (const sign of ['<svg', 'ask &#39;ft:job-1&#39;', 'too long']) expect(page).toContain(sign);
    expect(JSON.parse((await textAt(world.results, place.target('openai', 'job.json'))) ?? '')).toMatchObject({
      id: 'job-1',
      checkpoints: [checkpoint],
      events: [{ message: 'Files validated' }],
    });
  });

  it('publishes the rows that a failed job names, and no way to use it', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(12) });
    const end = { tunedModel: null, error: 'Example 2 is odd', progress: null };
    world.provider.sight = (id) => ({ id, state: 'failed', providerState: 'failed', ...end });
    world.provider.client.readMetrics = async () => ({ ...NOTHING, named: { count: 1, lines: [named(2)] } });
    const { report } = await runInMemory(world);
    expect(report?.targets[0]).toMatchObject({ status: 'failed', dropped: { rows: [{ file: 'train.csv', row: 2 }] } });
    expect(report?.targets[0]?.use).toBeUndefined();
  });

  it('that outlives its time limit ends lost, says so, and takes the job up again where it stands', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(12) });
    const life = { tunedModel: null, error: null, progress: 0.5 };
    world.provider.sight = (id) => ({ id, state: 'paused', providerState: 'paused', ...life });
    const lost = await runInMemory(world);
    expect(lost.status).toBe('failed');
    expect(lost.report?.targets[0]).toMatchObject({
      status: 'lost',
      message: expect.stringContaining('run again to take the job up'),
      job: { id: 'job-1', state: 'paused' },
    });
    world.provider.sight = null;
    const again = await runInMemory(world);
    expect(again.run).toBe(lost.run);
    expect(again.status).toBe('completed');
    expect(again.report?.targets[0]).toMatchObject({ status: 'succeeded', job: { id: 'job-1', state: 'succeeded' } });
    expect(world.provider.creates).toHaveLength(1);
  });
});

describe('trainingReport', () => {
  async function reportOf(lines: NamedLine[], map: readonly object[] | null) {
    const results = memoryStore();
    const record = { checkpoints: [], events: [], named: { count: 9, lines }, use: null };
    await results.write(keys.work('museum', 'run-1').training('openai'), JSON.stringify(record));
    const place = keys.run('museum', 'run-1').target('openai', 'line-map.jsonl');
    if (map !== null) await results.write(place, map.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    return trainingReport(servicesOf({ results }), REFERENCE, 'openai');
  }
  const entry = (line: number, row: number, change: object = {}) => ({
    ...{ line, split: 'train', file: 'a.csv', sheet: null, row, sourceLine: row + 1, example: 'e_1' },
    ...change,
  });

  it('finds the rows behind lines of both files, in their order', async () => {
    const map = [entry(1, 1), entry(1, 2, { split: 'validation', sheet: 'Owls' }), entry(2, 3)];
    expect(await reportOf([named(2), named(1, 'validation')], map)).toEqual({
      dropped: {
        count: 9,
        rows: [
          { file: 'a.csv', row: 3, split: 'train', line: 2, reason: 'too long' },
          { file: 'a.csv', sheet: 'Owls', row: 2, split: 'validation', line: 1, reason: 'too long' },
        ],
      },
    });
  });

  it.each([
    ['a line that the map does not hold', [entry(1, 1)]],
    ['a map that is gone', null],
  ])('only counts %s', async (_what, map) => {
    expect(await reportOf([named(5)], map)).toEqual({ dropped: { count: 9, rows: [] } });
  });

  it('says nothing of a job that has not ended', async () => {
    expect(await trainingReport(servicesOf(), REFERENCE, 'openai')).toEqual({});
  });
});
