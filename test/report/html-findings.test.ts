import { describe, expect, it } from 'vitest';
import { renderReport } from '../../lib/report/html.ts';
import { attributes, findingOf, NO_EXTRAS, reportOf, sectionOf, targetOf } from './report-factories.ts';

describe('the findings of a page', () => {
  const missing = Array.from({ length: 20 }, (_, index) =>
    findingOf({
      where: { file: 'train.csv', row: index + 1, line: index + 2, column: 'files', part: 2 },
      message: `no file "${index}.jpg"`,
      hint: `near ${index}`,
    }),
  );

  it('groups by severity, then code, and counts what is only in the file', () => {
    const report = reportOf({
      findings: {
        errors: 613,
        warnings: 1,
        infos: 3,
        byCode: { MEDIA_MISSING: 612, TEXT_NUL: 1, A_WARNING: 1, FINDINGS_CUT: 3 },
      },
    });
    const page = renderReport(report, {
      ...NO_EXTRAS,
      findings: [...missing, findingOf({ code: 'A_WARNING', severity: 'warning' }), findingOf({ code: 'TEXT_NUL' })],
    });
    const text = sectionOf(page, 'findings').replaceAll(/\s+/g, ' ');
    const places = [
      'Errors 613',
      'MEDIA_MISSING × 612',
      'and 592 more in findings.jsonl',
      'TEXT_NUL × 1',
      'Warnings 1',
      'A_WARNING × 1',
      'Only in findings.jsonl',
      'FINDINGS_CUT × 3',
    ];
    const found = places.map((part) => text.indexOf(part));
    expect(found).not.toContain(-1);
    expect(found).toEqual([...found].sort((left, right) => left - right));
    expect(text).not.toContain('Nothing was refused');
  });

  it('tells each finding with its whole place', () => {
    const where = { file: 'a.xlsx', sheet: 'Audio', entry: 'x/y.mp3', row: 1234, line: 1240, column: 'Files', part: 2 };
    const page = renderReport(reportOf(), {
      ...NO_EXTRAS,
      findings: [findingOf({ where, target: 'openai', hint: 'rename it' })],
    });
    const text = sectionOf(page, 'findings');
    expect(text).toContain(
      'a.xlsx · sheet Audio · entry x/y.mp3 · row 1,234 · line 1,240 · column Files · part 2 · openai only',
    );
    expect(text).toContain('rename it');
    expect(text).toContain('only keeps the row from that target');
  });

  it('shows every finding that it was given, the later ones behind a click', () => {
    const page = renderReport(reportOf(), { ...NO_EXTRAS, findings: missing });
    const text = sectionOf(page, 'findings');
    for (const { message } of missing) expect(text.split(message)).toHaveLength(2);
    expect(text).toContain('Show 12 more');
    const few = renderReport(reportOf(), { ...NO_EXTRAS, findings: missing.slice(0, 9) });
    expect(few).not.toContain('<details>');
  });

  it('says a hint once that a whole group shares', () => {
    const findings = missing.map((finding) => ({ ...finding, hint: 'name it .jpg' }));
    expect(
      sectionOf(renderReport(reportOf(), { ...NO_EXTRAS, findings }), 'findings').split('Name it .jpg'),
    ).toHaveLength(2);
  });

  it('says so when nothing was refused', () => {
    expect(sectionOf(renderReport(reportOf(), NO_EXTRAS), 'findings')).toContain('Nothing was refused.');
  });

  it('keeps adjustments apart, by target and with their places', () => {
    const adjusted = findingOf({ code: 'ADJUSTED', severity: 'info', message: '"a.gif": converted', target: 'openai' });
    const page = renderReport(
      reportOf({
        findings: { errors: 0, warnings: 0, infos: 122, byCode: { ADJUSTED: 120, FINDINGS_CUT: 2 } },
        targets: [targetOf({ adjustments: { 'gif-to-png': 1088 } })],
      }),
      { ...NO_EXTRAS, findings: [adjusted, findingOf({ code: 'FINDINGS_CUT', severity: 'info' })] },
    );
    expect(sectionOf(page, 'findings')).not.toContain('ADJUSTED');
    expect(sectionOf(page, 'findings')).toContain('Notes 2');
    const text = sectionOf(page, 'adjusted');
    expect(text).toContain('130 rows adjusted');
    expect(text).toContain('(gif-to-png) × 1,088');
    expect(text).toContain('"a.gif": converted');
    expect(text).toContain('and 119 more in findings.jsonl');
  });

  it('lists refused files with how to mend them', () => {
    const page = renderReport(reportOf(), { ...NO_EXTRAS, rejected: ['train.rejected.csv', 'a b.rejected.jsonl'] });
    const text = sectionOf(page, 'rejected');
    expect(text).toContain('14 rows came back');
    expect(text).toContain('drop the file beside the original');
    expect(attributes(page, 'href')).toEqual(
      expect.arrayContaining(['rejected/train.rejected.csv', 'rejected/a%20b.rejected.jsonl']),
    );
  });
});
