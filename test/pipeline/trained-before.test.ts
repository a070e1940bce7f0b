import { beforeEach, describe, expect, it } from 'vitest';
import type { Finding, Issue } from '../../lib/domain/finding.ts';
import { hashBytes, hashNumber } from '../../lib/pipeline/known-rows.ts';
import { rowContent } from '../../lib/pipeline/row-content.ts';
import { readTrainedBefore, withTrainedBefore } from '../../lib/pipeline/trained-before.ts';
import { capabilities as bedrock } from '../../lib/providers/bedrock/capabilities.ts';
import { capabilities as vertex } from '../../lib/providers/vertex/capabilities.ts';
import { keys } from '../../lib/storage/keys.ts';
import { manifestOf, servicesOf } from '../factories.ts';
import { type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

describe('withTrainedBefore', () => {
  const target = { from: 'ft:owl' };
  const totals = (train: number, trainedBefore: number) => ({
    rows: { train },
    accepted: train + 2,
    excluded: trainedBefore + 1,
    trainedBefore,
  });
  const few: Issue = { code: 'TOO_FEW_ROWS', severity: 'error', message: 'few', hint: 'Add rows.' };
  const other: Issue = { code: 'FEW_ROWS', severity: 'warning', message: 'fewer than advised' };

  it('changes nothing where no row was left out', () => {
    expect(withTrainedBefore(target, totals(5, 0), [few, other])).toEqual([few, other]);
  });

  it('tells how many of how many, once', () => {
    expect(withTrainedBefore(target, totals(20, 1000), [other])).toEqual([
      other,
      {
        code: 'TRAINED_BEFORE',
        severity: 'info',
        message: 'of 1,023 rows, 1,000 were trained before by ft:owl and are left out',
      },
    ]);
  });

  it('says what helps where too few are new, or none', () => {
    const [hinted] = withTrainedBefore(target, totals(1, 9), [few]);
    expect(hinted?.hint).toBe('Wait for more new rows, or train on all of them again with retrain: {rows: all}.');
    expect(withTrainedBefore(target, totals(0, 9), [few, other])).toEqual([
      {
        code: 'NOTHING_TO_TRAIN',
        severity: 'error',
        message: 'no new row is left to train on: of 12 rows, 9 were trained before by ft:owl',
        hint: 'Add rows, or train on all of them again with retrain: {rows: all}.',
      },
    ]);
  });
});

describe('readTrainedBefore', () => {
  const accepted = { example: { messages: [] }, media: [] } as unknown as Parameters<
    Awaited<ReturnType<typeof readTrainedBefore>>
  >[0];
  const HASH = '0123456789abcdef';
  const modelOf = (facts: typeof vertex) => {
    const [model] = facts.models;
    if (model === undefined) throw new Error('no model');
    return model;
  };
  const plan = { rows: 100, validation: 10, splits: false };

  it('throws, with what to do, where the snapshot is gone', async () => {
    const sides = { target: { without: HASH }, model: modelOf(vertex), plan, side: () => 'train' as const };
    await expect(readTrainedBefore(servicesOf(), manifestOf(), sides)).rejects.toThrow(
      `lost the snapshot ${HASH}, which tells new rows from old ones. Train on all with retrain: {rows: all}.`,
    );
  });

  it('leaves nothing out where there is no snapshot to leave out', async () => {
    const sides = { target: {}, model: modelOf(vertex), plan, side: () => 'train' as const };
    expect((await readTrainedBefore(servicesOf(), manifestOf(), sides))(accepted)).toBe(false);
  });

  it.each([
    ['a row that trained', vertex, plan, 'train', true],
    ['no row that validated', vertex, plan, 'validation', false],
    ['none of as many as a provider takes beside any', vertex, { ...plan, validation: 1000 }, 'validation', false],
    ['those of more than that', vertex, { ...plan, validation: 1001 }, 'validation', true],
    ['none of a share that stays below', vertex, { rows: 8000, validation: 0, splits: true }, 'validation', false],
    ['those of a share that may come above', vertex, { rows: 9000, validation: 0, splits: true }, 'validation', true],
    ['none where there is no such limit', bedrock, { ...plan, validation: 9000 }, 'validation', false],
  ] as const)('leaves out %s', async (_name, facts, rows, side, expected) => {
    const services = servicesOf();
    const content = hashNumber(rowContent(accepted).slice(0, 16));
    await services.results.write(keys.history('museum').contents(HASH), hashBytes([content]));
    const sides = { target: { without: HASH }, model: modelOf(facts), plan: rows, side: () => side };
    expect((await readTrainedBefore(services, manifestOf(), sides))(accepted)).toBe(expected);
  });
});

describe('a drop whose model goes on with all its rows', () => {
  let world: MemoryWorld;
  const run = (more: object = {}) => runInMemory(world, { targets: undefined, ...more });
  const messages = (findings: readonly Finding[]) =>
    findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  beforeEach(async () => {
    const spec = 'targets: [openai]\nretrain: {from: last}\n';
    world = await newMemoryWorld({ 'train.csv': tableOf(12), 'finedrop.yaml': spec });
    await run();
    await world.inbox.remove('museum/train.csv');
  });

  it('is not trained upon the same rows, only because their file has another name', async () => {
    await world.inbox.write('museum/questions.csv', tableOf(12));
    const { report, findings } = await run();
    expect(report?.targets.map(({ status }) => status)).toEqual(['refused']);
    expect(messages(findings)).toEqual(['nothing is new: ft:job-1 was made of these very rows']);
    expect(world.provider.creates).toHaveLength(1);
    expect((await run({ again: true })).report?.status).toBe('completed');
    expect(world.provider.creates).toHaveLength(2);
  });

  it('is trained on all of them where one is new', async () => {
    await world.inbox.write('museum/questions.csv', tableOf(13));
    const { report } = await run();
    expect(report?.targets.map(({ status, rows }) => [status, rows.train])).toEqual([['succeeded', 13]]);
    expect(world.provider.creates).toHaveLength(2);
  });
});
