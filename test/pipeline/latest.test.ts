import { describe, expect, it } from 'vitest';
import type { Promotion, Report } from '../../lib/domain/report.ts';
import { latestSchema, publishLatest } from '../../lib/pipeline/latest.ts';
import { readJson } from '../../lib/storage/object-store.ts';
import { reportOf, servicesOf, targetReportOf } from '../factories.ts';

function reportWith(run: string, change: Partial<Report> & { tuned?: string; name?: string } = {}): Report {
  const { tuned, name = 'openai', ...rest } = change;
  const simulated = rest.simulated ?? true;
  const job = {
    id: `job-${run}`,
    key: '9c1e'.repeat(10),
    state: 'succeeded' as const,
    providerState: 'succeeded',
    tunedModel: tuned ?? null,
    adopted: false,
  };
  return reportOf({
    run,
    ...rest,
    targets: [targetReportOf({ name, simulated, job: tuned === undefined ? null : job })],
  });
}

async function publishedAfter(...reports: readonly Report[]) {
  const services = servicesOf();
  for (const report of reports) await publishLatest(services, report, promoted(report));
  const [first] = reports;
  return readJson(services.results, `${first?.dataset}/latest.json`, (value) => latestSchema.parse(value));
}

/** Every model of a report is found to be better than the one before. */
function promoted({ targets }: Report, isPromoted = true): Map<string, Promotion> {
  return new Map(targets.map(({ name }) => [name, { promoted: isPromoted, reason: '' }]));
}

const EARLY = '2026-11-23T09:00:00Z';
const LATE = '2026-11-24T09:00:00Z';

describe('publishLatest', () => {
  it('points to the newest run, also when an older one ends after it', async () => {
    const newer = reportWith('2'.repeat(16), { startedAt: LATE, tuned: 'new' });
    const older = reportWith('1'.repeat(16), { startedAt: EARLY, tuned: 'old' });
    expect(await publishedAfter(newer, older)).toMatchObject({
      run: newer.run,
      models: { openai: { tunedModel: 'new' } },
    });
    expect(await publishedAfter(older, newer)).toMatchObject({
      run: newer.run,
      models: { openai: { tunedModel: 'new' } },
    });
  });

  it('keeps a model until another has been tuned, and that of each target', async () => {
    const first = reportWith('1'.repeat(16), { startedAt: EARLY, tuned: 'one' });
    const second = reportWith('2'.repeat(16), { startedAt: LATE, tuned: 'two', name: 'vertex' });
    const failed = reportWith('3'.repeat(16), { startedAt: LATE });
    expect((await publishedAfter(first, second, failed))?.models).toMatchObject({
      openai: { tunedModel: 'one' },
      vertex: { tunedModel: 'two' },
    });
  });

  it('never lets a simulated model take the place of a real one', async () => {
    const real = reportWith('1'.repeat(16), { startedAt: EARLY, tuned: 'real', simulated: false });
    const simulated = reportWith('2'.repeat(16), { startedAt: LATE, tuned: 'simulated' });
    expect((await publishedAfter(real, simulated))?.models['openai']).toMatchObject({
      tunedModel: 'real',
      simulated: false,
    });
    expect((await publishedAfter(simulated, real))?.models['openai']).toMatchObject({
      tunedModel: 'real',
      simulated: false,
    });
  });

  it('leaves the pointer where the new model is not promoted, and moves it for the first model all the same', async () => {
    const services = servicesOf();
    const first = reportWith('1'.repeat(16), { startedAt: EARLY, tuned: 'one' });
    const worse = reportWith('2'.repeat(16), { startedAt: LATE, tuned: 'two' });
    const moves = [first, worse].map((report) => () => publishLatest(services, report, promoted(report, false)));
    expect(await moves[0]?.()).toMatchObject([{ target: 'openai', tunedModel: 'one', before: null, by: 'run' }]);
    expect(await moves[1]?.()).toEqual([]);
    const latest = await readJson(services.results, `${first.dataset}/latest.json`, (value) =>
      latestSchema.parse(value),
    );
    expect(latest).toMatchObject({ run: worse.run, models: { openai: { tunedModel: 'one' } } });
  });

  it('loses neither of two that end at once', async () => {
    const services = servicesOf();
    const one = reportWith('1'.repeat(16), { startedAt: EARLY, tuned: 'one' });
    const two = reportWith('2'.repeat(16), { startedAt: EARLY, tuned: 'two', name: 'vertex' });
    await Promise.all([one, two].map((report) => publishLatest(services, report, promoted(report))));
    const latest = await readJson(services.results, `${one.dataset}/latest.json`, (value) => latestSchema.parse(value));
    expect(Object.keys(latest?.models ?? {}).sort()).toEqual(['openai', 'vertex']);
  });
});
