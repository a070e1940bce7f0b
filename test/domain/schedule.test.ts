import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveRetrain, retrainSpecSchema } from '../../lib/domain/retrain.ts';
import { readSchedule } from '../../lib/domain/schedule.ts';

function timesOf(text: string, after: string, { zone, count = 3 }: { zone?: string; count?: number } = {}): string[] {
  const read = readSchedule(text, { anchor: new Date(after), ...(zone === undefined ? {} : { zone }) });
  if ('problem' in read) return [read.problem];
  const times: string[] = [];
  let time: Date | null = new Date(after);
  while (times.length < count) {
    time = read.schedule.next(time);
    if (time === null) break;
    times.push(time.toISOString().slice(0, 16));
  }
  return times;
}

describe('readSchedule', () => {
  it.each([
    ['rate(15 minutes)', ['2026-11-23T09:15', '2026-11-23T09:30', '2026-11-23T09:45']],
    ['RATE( 1 day )', ['2026-11-24T09:00', '2026-11-25T09:00', '2026-11-26T09:00']],
    ['rate(7 days)', ['2026-11-30T09:00', '2026-12-07T09:00', '2026-12-14T09:00']],
    ['cron(0 6 * * MON)', ['2026-11-30T06:00', '2026-12-07T06:00', '2026-12-14T06:00']],
    ['0 6 * * 1', ['2026-11-30T06:00', '2026-12-07T06:00', '2026-12-14T06:00']],
    ['cron(0 6 1 * ?)', ['2026-12-01T06:00', '2027-01-01T06:00', '2027-02-01T06:00']],
    ['cron(0 6 29 2 *)', ['2028-02-29T06:00', '2032-02-29T06:00', '2036-02-29T06:00']],
  ])('tells the next times of %s', (text, wanted) => {
    expect(timesOf(text, '2026-11-23T09:00:00.000Z')).toEqual(wanted);
  });

  it.each([
    [
      'before the clocks go forward',
      '2026-03-27T12:00:00Z',
      ['2026-03-28T05:00', '2026-03-29T04:00', '2026-03-30T04:00'],
    ],
    ['before they go back', '2026-10-23T12:00:00Z', ['2026-10-24T04:00', '2026-10-25T05:00', '2026-10-26T05:00']],
  ])('goes by the clocks of its zone %s', (_name, after, wanted) => {
    expect(timesOf('cron(0 6 * * *)', after, { zone: 'Europe/Berlin' })).toEqual(wanted);
  });

  it('comes once a day, also at an hour that a day has not, or has twice', () => {
    const forward = timesOf('cron(30 2 * * *)', '2026-03-27T12:00:00Z', { zone: 'Europe/Berlin' });
    expect(forward.map((time) => time.slice(8, 10))).toEqual(['28', '29', '30']);
    const back = timesOf('cron(30 2 * * *)', '2026-10-23T12:00:00Z', { zone: 'Europe/Berlin' });
    expect(back.map((time) => time.slice(8, 10))).toEqual(['24', '25', '26']);
  });

  it.each([
    ['rate(14 minutes)', 'every 15 minutes'],
    ['rate(0 days)', 'every 15 minutes'],
    ['rate(7)', 'is no rate'],
    ['rate(-1 days)', 'is no rate'],
    ['rate(1 week)', 'is no rate'],
    ['', 'fields, not 5'],
    ['cron(0 6 * * ? 2027)', 'leave out the year'],
    ['cron(0 6 30 2 *)', 'never comes'],
    ['cron(99 6 * * *)', 'is no schedule'],
    ['cron(0 6 * * FUNDAY)', 'is no schedule'],
    ['every monday', 'fields, not 5'],
  ])('says what is wrong with "%s"', (text, words) => {
    expect(timesOf(text, '2026-11-23T09:00:00Z').join()).toContain(words);
  });

  it('says which zone is none', () => {
    expect(timesOf('cron(0 6 * * *)', '2026-11-23T09:00:00Z', { zone: 'Mars/Olympus' })).toEqual([
      '"Mars/Olympus" is no time zone: write one such as "Europe/Berlin"',
    ]);
  });

  it('tells a rate’s next time behind any moment, at most one period later, always in step with its anchor', () => {
    const anchor = new Date('2026-11-23T09:00:00Z');
    const arbitrary = fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 10 ** 12 }));
    fc.assert(
      fc.property(arbitrary, ([days, later]) => {
        const read = readSchedule(`rate(${days} days)`, { anchor });
        const after = anchor.getTime() + later;
        const next = ('schedule' in read ? read.schedule.next(new Date(after))?.getTime() : null) ?? 0;
        const period = days * 24 * 3600 * 1000;
        expect(next > after && next <= after + period).toBe(true);
        expect((next - anchor.getTime()) % period).toBe(0);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('answers hostile texts at once', () => {
    for (const text of ['(', '*'.repeat(100_000), `cron(${'*/1,'.repeat(20_000)} * * * *)`, 'rate('.repeat(50_000)])
      expect(timesOf(text, '2026-11-23T09:00:00Z').join()).not.toBe('');
  });
});

describe('retrainSpecSchema', () => {
  it.each([
    [{ schedule: 'rate(1 minute)' }, 'schedule'],
    [{ schedule: 'cron(0 6 * * *)', zone: 'Mars/Olympus' }, 'zone'],
    [{ minNewRows: 10, zone: 'Mars/Olympus' }, 'zone'],
    [{ minNewRows: 0 }, 'minNewRows'],
    [{ promote: { margin: 'much' } }, 'promote.margin'],
    [{ promote: { margin: -0.1 } }, 'promote.margin'],
  ])('refuses %j', (spec, path) => {
    const { error } = retrainSpecSchema.safeParse(spec);
    const paths = (error?.issues ?? []).flatMap((issue) =>
      issue.code === 'invalid_union'
        ? issue.errors.flatMap((issues) => issues.map((inner) => [...issue.path, ...inner.path].join('.')))
        : [issue.path.join('.')],
    );
    expect(paths.join()).toContain(path.split('.')[0]);
  });

  it.each([
    ['2%', 0.02],
    ['0.5%', 0.005],
    [0, 0],
    [1, 1],
  ])('reads a margin of %s', (margin, wanted) => {
    expect(resolveRetrain(retrainSpecSchema.parse({ promote: { margin } })).margin).toBeCloseTo(wanted, 10);
  });
});
