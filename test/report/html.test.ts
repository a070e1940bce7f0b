import { describe, expect, it } from 'vitest';
import { type RunStatus, runStatusSchema } from '../../lib/domain/run.ts';
import { targetStatusSchema } from '../../lib/domain/target.ts';
import { renderReport } from '../../lib/report/html.ts';
import { attributes, findingOf, jobOf, NO_EXTRAS, reportOf, sectionOf, targetOf, textOf } from './report-factories.ts';

function headings(page: string): string[] {
  return [...page.matchAll(/<h[12][^>]*>([^<]*)<\/h[12]>/g)].map(([, text]) => text ?? '');
}

describe('renderReport', () => {
  it('tells the run in the order in which a reader asks', () => {
    const page = renderReport(
      reportOf({
        inputs: [{ key: 'museum/train.csv', bytes: 4812, rows: 28 }],
        targets: [targetOf({ adjustments: { 'gif-to-png': 88 } })],
      }),
      {
        findings: [findingOf()],
        rejected: ['train.rejected.csv'],
        samples: [{ file: 'train.csv', row: 1, turns: [], media: [] }],
      },
    );
    expect(headings(page)).toEqual([
      'museum',
      'What to do next',
      'Targets',
      'Rows and media',
      'What was refused and why',
      'What was adjusted',
      'Refused rows',
      'A few examples',
      'Inputs',
      'The same for programs',
    ]);
  });

  it('is the same for the same report', () => {
    const report = reportOf({ targets: [targetOf()] });
    expect(renderReport(report, NO_EXTRAS)).toBe(renderReport(structuredClone(report), NO_EXTRAS));
  });

  it('is a whole page with a language, a title and a width for phones', () => {
    const page = renderReport(reportOf(), NO_EXTRAS);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain('<title>museum: completed</title>');
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(page).toContain('prefers-color-scheme: dark');
    for (const tag of ['section', 'article', 'div', 'ul', 'dl', 'details', 'main', 'body']) {
      expect(page.split(`<${tag}`).length, tag).toBe(page.split(`</${tag}>`).length);
    }
  });

  it.each(runStatusSchema.options)('says that the run is %s', (status) => {
    expect(renderReport(reportOf({ status }), NO_EXTRAS)).toMatch(
      new RegExp(`<span class="badge \\w+">${status}</span>`),
    );
  });

  it.each(targetStatusSchema.options)('says that a target is %s', (status) => {
    const page = renderReport(reportOf({ targets: [targetOf({ status })] }), NO_EXTRAS);
    expect(page).toMatch(new RegExp(`<article [\\s\\S]*<span class="badge \\w+">${status}</span>`));
  });

  it.each([
    ['the data is ready for openai.', 'The data is ready for openai.'],
    ['openai ended well; vertex failed', 'openai ended well; vertex failed'],
    ['3 of 28 rows are refused.', '3 of 28 rows are refused.'],
    ['état inconnu', 'État inconnu'],
  ])('writes %j as a sentence', (message, sentence) => {
    expect(textOf(renderReport(reportOf({ message, targets: [targetOf()] }), NO_EXTRAS))).toContain(` ${sentence}\n`);
  });

  it.each([
    [true, 2],
    [false, 0],
  ])('marks what was simulated (%s), the run and each target', (simulated, times) => {
    const report = reportOf({ simulated, targets: [targetOf({ simulated })] });
    expect(renderReport(report, NO_EXTRAS).split('>simulated<')).toHaveLength(times + 1);
  });

  it('tells all of a target on its card', () => {
    const job = jobOf({
      providerState: 'JOB_STATE_SUCCEEDED',
      tunedModel: 'ft:gpt-4o:abc',
      adopted: true,
      error: 'late',
    });
    const files = { train: 'openai/train.jsonl', lineMap: 'openai/line-map.jsonl' };
    const page = renderReport(reportOf({ targets: [targetOf({ job, files, message: 'all is well' })] }), NO_EXTRAS);
    const card = sectionOf(page, 'targets');
    for (const text of [
      'gpt-4o-2024-08-06',
      'All is well',
      '1,022 accepted (130 adjusted), 244 excluded',
      '920 training, 102 validation',
      '2,187,321 training, 20,111 validation',
      '$121.40 – $1,640.22 USD (an estimate, not a bill)',
      'ftjob-abc',
      'succeeded (provider: JOB_STATE_SUCCEEDED)',
      'ft:gpt-4o:abc',
      'existed already, not paid again',
      'late',
    ]) {
      expect(card).toContain(text);
    }
    expect(attributes(page, 'href')).toEqual(expect.arrayContaining(Object.values(files)));
  });

  it('says of a further training where it begins, and what was learned before', () => {
    const rows = { ...targetOf().rows, trainedBefore: 240 };
    const page = renderReport(reportOf({ targets: [targetOf({ from: 'ft:<owl>', rows })] }), NO_EXTRAS);
    const card = sectionOf(page, 'targets');
    expect(card).toContain('Goes on fromft:<owl>');
    expect(card).toContain('244 excluded (240 trained before)');
    expect(sectionOf(renderReport(reportOf({ targets: [targetOf()] }), NO_EXTRAS), 'targets')).not.toContain('Goes on');
  });

  it('leaves out of a card what there is not', () => {
    const empty = targetOf({ tokens: { train: 0, validation: 0 }, estimatedCost: null, files: {}, job: null });
    const card = sectionOf(renderReport(reportOf({ targets: [empty] }), NO_EXTRAS), 'targets');
    expect(card).not.toMatch(/Tokens|cost|Job|State|Files|Payment/);
  });

  it.each([
    [{ low: 1.21, high: 1.64 }, '$1.21 – $1.64 USD'],
    [{ low: 2, high: 2.001 }, '$2.00 USD'],
    [{ low: 0.001, high: 0.004 }, 'under $0.01 USD'],
    [{ low: 0, high: 0 }, '$0.00 USD'],
    [{ low: 12345.6, high: 99999.99 }, '$12,345.60 – $99,999.99 USD'],
  ])('writes the cost %j', (cost, text) => {
    const report = reportOf({ targets: [targetOf({ estimatedCost: { currency: 'USD', ...cost } })] });
    expect(sectionOf(renderReport(report, NO_EXTRAS), 'targets')).toContain(`Estimated cost${text} (an estimate`);
  });

  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 KB'],
    [91_223, '91.2 KB'],
    [999_949, '999.9 KB'],
    [999_950, '1 MB'],
    [812_345_678, '812.3 MB'],
    [5_000_000_000_000_000, '5,000 TB'],
  ])('writes %d bytes as %s', (size, text) => {
    const page = renderReport(reportOf({ inputs: [{ key: 'a', bytes: size }] }), NO_EXTRAS);
    expect(page).toContain(`<td class="number">${text}</td>`);
  });

  it.each([
    ['2026-11-23T09:00:07.4Z', '2026-11-23 09:00:07 UTC, 7 s'],
    ['2026-11-23T09:12:00Z', '12 min'],
    ['2026-11-23T12:30:00Z', '3.5 h'],
    ['2026-12-07T09:00:00Z', '14 days'],
    ['2026-11-23T08:59:00Z', '0 s'],
  ])('tells how long a run took that ended %s', (finishedAt, text) => {
    expect(textOf(renderReport(reportOf({ finishedAt }), NO_EXTRAS))).toContain(text);
  });

  it('counts rows and media', () => {
    const media = {
      references: 3100,
      assets: 1912,
      bytes: 812_345_678,
      deduplicated: 1188,
      byKind: { image: 1911, audio: 1 },
    };
    const totals = sectionOf(renderReport(reportOf({ media }), NO_EXTRAS), 'totals');
    for (const text of [
      '1,280 rows read',
      '1,266 accepted',
      '14 refused',
      '1,140 for training',
      '126 for validation',
    ]) {
      expect(totals).toContain(text);
    }
    expect(totals).toContain('3,100 references to 1,912 files, 812.3 MB');
    expect(totals).toContain('1,911 image files, 1 audio file');
    expect(totals).toContain('1,188 references to a file that was there already');
  });

  it('lists inputs with what they hold, and the many behind a click', () => {
    const loose = Array.from({ length: 30 }, (_, index) => ({ key: `m/${index}.png`, bytes: 5 }));
    const tables = [
      { key: 'm/train.csv', bytes: 4812, rows: 1280 },
      { key: 'm/media.zip', bytes: 91_223, entries: 1400, used: 12 },
    ];
    const page = renderReport(reportOf({ inputs: [...tables, ...loose] }), NO_EXTRAS);
    const inputs = sectionOf(page, 'inputs');
    expect(inputs).toContain('m/train.csv4.8 KB1,280 rows');
    expect(inputs).toContain('m/media.zip91.2 KB1,400 entries, 12 used');
    expect(inputs).toContain('Show 12 more files');
    expect(page.split('<tr><td')).toHaveLength(33);
  });

  it.each([
    [0, false],
    [1, true],
  ])('links lock.json where it was written (%d references)', (references, isLinked) => {
    const page = renderReport(reportOf({ media: { ...reportOf().media, references } }), NO_EXTRAS);
    expect(attributes(page, 'href').includes('lock.json')).toBe(isLinked);
    expect(attributes(page, 'href')).toEqual(expect.arrayContaining(['report.json', 'findings.jsonl']));
  });

  it('shows examples with their pictures, and cuts what is long', () => {
    const picture = 'data:image/jpeg;base64,/9j/4AAQ';
    const page = renderReport(reportOf(), {
      ...NO_EXTRAS,
      samples: [
        {
          file: 'train.csv',
          row: 1234,
          turns: [
            { role: 'user', text: 'a\nb' },
            { role: 'assistant', text: '🙂'.repeat(5000) },
            ...Array.from({ length: 20 }, () => ({ role: 'user', text: 'more' })),
          ],
          media: [
            { name: 'red.jpg', mime: 'image/jpeg', thumbnail: picture },
            { name: 'evil.svg', mime: 'image/svg+xml', thumbnail: 'data:image/svg+xml;base64,AAAA' },
          ],
        },
      ],
    });
    expect(attributes(page, 'src')).toEqual([picture]);
    const shown = sectionOf(page, 'samples');
    expect(shown).toContain('train.csv · row 1,234');
    expect(shown).toContain('a\nb');
    expect(shown).toContain(`${'🙂'.repeat(1000)}…`);
    expect(shown).not.toContain('\\ud83d');
    expect(shown).toContain('image/svg+xmlevil.svg');
    expect(shown).toContain('and 10 more turns');
  });
});

describe('what to do next', () => {
  const next = (status: RunStatus, parts: Parameters<typeof reportOf>[0] = {}, rejected: string[] = []) =>
    sectionOf(renderReport(reportOf({ status, ...parts }), { ...NO_EXTRAS, rejected }), 'next');

  it('names the files that are missing', () => {
    const missing = Array.from({ length: 25 }, (_, index) => `owl-${index}.jpg`);
    const text = next('waiting', { missing });
    expect(text).toContain('Add 25 files that rows name');
    expect(text).toContain('5 more');
    for (const name of missing) expect(text).toContain(name);
  });

  it('leads to the refused rows', () => {
    expect(next('rejected', {}, ['train.rejected.csv'])).toContain('Mend 14 refused rows in the file under rejected/');
  });

  it('leads to the findings when not one row could be read', () => {
    const findings = { errors: 1, warnings: 0, infos: 0, byCode: { TABLE_HEADER_MISSING: 1 } };
    expect(next('rejected', { findings })).toContain('What was refused and why');
  });

  it.each<[RunStatus, string]>([
    ['superseded', 'latest.json'],
    ['cancelled', 'Run the drop again'],
  ])('says what helps a run that is %s', (status, text) => {
    expect(next(status)).toContain(text);
  });

  it('says how a lost, a failed and a refused target go on', () => {
    const targets = [
      targetOf({ name: 'a', status: 'lost' }),
      targetOf({ name: 'b', status: 'failed' }),
      targetOf({ name: 'c', status: 'refused' }),
    ];
    const text = next('partial', { targets });
    expect(text).toContain('take up the jobs of a where they stand');
    expect(text).toContain('why b failed');
    expect(text).toContain('what keeps c from training');
  });

  it('offers a tuned model, but never one that a simulator made up', () => {
    const job = jobOf({ tunedModel: 'ft:abc' });
    expect(next('completed', { targets: [targetOf({ job })] })).toContain('Use the tuned model of openai: ft:abc');
    const simulated = next('completed', { simulated: true, targets: [targetOf({ job, simulated: true })] });
    expect(simulated).not.toContain('ft:abc');
    expect(simulated).toContain('--live');
  });
});
