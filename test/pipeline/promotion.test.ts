import { describe, expect, it } from 'vitest';
import type { MetricPoint } from '../../lib/domain/metrics.ts';
import type { Report } from '../../lib/domain/report.ts';
import { resolveRetrain } from '../../lib/domain/retrain.ts';
import { readLatest } from '../../lib/pipeline/latest.ts';
import { readModels } from '../../lib/pipeline/models.ts';
import { movePointer } from '../../lib/pipeline/move-pointer.ts';
import { decidePromotions } from '../../lib/pipeline/promotion.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { manifestOf, reportOf, servicesOf, targetReportOf } from '../factories.ts';
import { newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';
import { modelRecordOf, modelsInTurn, writeModels } from './model-factories.ts';

const POINT: MetricPoint = {
  step: 1,
  epoch: 1,
  trainLoss: 0.4,
  trainAccuracy: null,
  validLoss: null,
  validAccuracy: null,
};

function reportWith(tunedModel: string, change: Partial<Report> = {}): Report {
  const job = {
    id: `job-${tunedModel}`,
    key: '9c1e'.repeat(10),
    state: 'succeeded' as const,
    providerState: null,
    tunedModel,
    adopted: false,
  };
  return reportOf({
    run: '9'.repeat(16),
    startedAt: '2026-12-01T09:00:00Z',
    ...change,
    targets: [targetReportOf({ job, simulated: change.simulated ?? true })],
  });
}

interface Deciding {
  validLoss?: number | null;
  report?: Partial<Report>;
  retrain?: Parameters<typeof resolveRetrain>[0];
}

async function decide(services: Services, tunedModel: string, { validLoss = null, report, retrain }: Deciding = {}) {
  const manifest = manifestOf();
  const decided = await decidePromotions(
    services,
    { ...manifest, spec: { ...manifest.spec, retrain: resolveRetrain(retrain) } },
    {
      report: reportWith(tunedModel, report),
      metrics: [{ target: 'openai', points: [{ ...POINT, validLoss }] }],
    },
  );
  return decided.get('openai');
}

async function museumWith(...models: Parameters<typeof writeModels>[1]): Promise<Services> {
  const services = servicesOf();
  await writeModels(services.results, models);
  return services;
}

describe('decidePromotions', () => {
  it.each([
    ['as good as', 0.5, true, /^its validation loss is 0\.5, the current model’s 0\.5: not more than 2% worse$/],
    ['just within the margin', 0.51, true, /not more than 2% worse/],
    ['just outside the margin', 0.5101, false, /more than 2% worse, so that ft:one stays$/],
    ['a loss that is no number', Number.NaN, false, /^its training diverged; ft:one stays/],
  ])('compares validation losses: %s', async (_title, validLoss, promoted, reason) => {
    const decided = await decide(await museumWith(modelRecordOf()), 'ft:new', { validLoss });
    expect(decided).toEqual({ promoted, reason: expect.stringMatching(reason) });
  });

  it.each([
    ['promote', true],
    ['keep', false],
  ] as const)('asks the policy where there is no loss: %s', async (withoutMetric, promoted) => {
    const services = await museumWith(modelRecordOf());
    const decided = await decide(services, 'ft:new', { retrain: { promote: { withoutMetric } } });
    expect(decided).toMatchObject({ promoted, reason: expect.stringContaining('it has no validation loss') });
  });

  it('does not say that a simulated model is current where a real one is', async () => {
    const services = await museumWith(modelRecordOf({ simulated: false }));
    expect(await decide(services, 'ft:new', { validLoss: 0.1 })).toEqual({
      promoted: false,
      reason: 'it is simulated; ft:one is real, and stays the current model',
    });
  });

  it('lets a real model take the place of a simulated one, whatever its loss', async () => {
    const services = await museumWith(modelRecordOf());
    const decided = await decide(services, 'ft:new', { validLoss: 9, report: { simulated: false } });
    expect(decided).toEqual({ promoted: true, reason: 'it is the first model of its target' });
  });

  it('does not say that the model of an older run is current where that of a newer one is', async () => {
    const services = await museumWith(modelRecordOf());
    const decided = await decide(services, 'ft:late', {
      validLoss: 0.1,
      report: { startedAt: '2026-11-01T09:00:00Z' },
    });
    expect(decided).toEqual({ promoted: false, reason: 'a later run has ended before this one; ft:one stays' });
  });
});

describe('decidePromotions, after a rollback', () => {
  const [first, second] = modelsInTurn(['a', 'b']);
  const rolledBack = async () => {
    const services = await museumWith(
      modelRecordOf({ ...first, metrics: { trainLoss: null, validLoss: 0.8 } }),
      modelRecordOf({ ...second, metrics: { trainLoss: null, validLoss: 0.5 } }),
    );
    await movePointer(services, { dataset: 'museum', model: null });
    return services;
  };

  it('compares a new model with the one that is current now', async () => {
    expect(await decide(await rolledBack(), 'ft:c', { validLoss: 0.79 })).toEqual({
      promoted: true,
      reason: 'its validation loss is 0.79, the current model’s 0.8: not more than 2% worse',
    });
  });

  it('does not bring back what a person took back, however good it is', async () => {
    expect(await decide(await rolledBack(), 'ft:b', { validLoss: 0.1 })).toEqual({
      promoted: false,
      reason: 'it was taken back by hand on 2026-11-23; ft:a stays',
    });
  });

  it('knows a model as current again once a person says so', async () => {
    const services = await rolledBack();
    await movePointer(services, { dataset: 'museum', model: 'ft:b' });
    expect(await decide(services, 'ft:b')).toEqual({ promoted: true, reason: 'it is the current model already' });
  });
});

describe('a dataset whose model was rolled back', () => {
  const spec = (text: string) => ({ 'finedrop.json': JSON.stringify({ notify: text }) });

  it('keeps the older model when a run finds the job of the newer again, and goes on with the next new one', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(12) });
    await runInMemory(world);
    await world.inbox.write('museum/train.csv', tableOf(13));
    await runInMemory(world);
    const current = async () => (await readLatest(world.results, 'museum'))?.models['openai']?.tunedModel;
    expect(await current()).toBe('ft:job-2');
    await movePointer({ results: world.results, now: world.clock.now }, { dataset: 'museum', model: null });
    expect(await current()).toBe('ft:job-1');

    // Another job spec is another run of the same data: its job exists, and was taken back.
    for (const [name, text] of Object.entries(spec('problems'))) await world.inbox.write(`museum/${name}`, text);
    const again = await runInMemory(world);
    expect(again.report?.targets[0]).toMatchObject({
      job: { id: 'job-2', adopted: true },
      promotion: { promoted: false, reason: expect.stringContaining('taken back by hand') },
    });
    expect(await current()).toBe('ft:job-1');

    await world.inbox.write('museum/train.csv', tableOf(14));
    await runInMemory(world);
    expect(await current()).toBe('ft:job-3');
    const { moves } = await readModels(world.results, 'museum');
    expect(moves.map(({ by, before, tunedModel }) => [by, before, tunedModel])).toEqual([
      ['run', null, 'ft:job-1'],
      ['run', 'ft:job-1', 'ft:job-2'],
      ['rollback', 'ft:job-2', 'ft:job-1'],
      ['run', 'ft:job-1', 'ft:job-3'],
    ]);
    const back = await movePointer(
      { results: world.results, now: world.clock.now },
      { dataset: 'museum', model: null },
    );
    expect(back).toMatchObject({ current: 'ft:job-1', before: 'ft:job-3' });
  });
});
