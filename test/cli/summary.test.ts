import { describe, expect, it } from 'vitest';
import { summaryText } from '../../lib/cli/summary.ts';
import { reportOf, targetReportOf } from '../factories.ts';

describe('summaryText', () => {
  it('shows names and messages of strangers without letting them speak to the terminal', () => {
    const sequence = '\u001b[2J\u001b]0;owned\u0007';
    const text = summaryText(
      reportOf({
        status: 'waiting',
        message: `a file is missing${sequence}`,
        missing: [`owl${sequence}.png`],
        targets: [targetReportOf({ status: 'failed', message: `it said ${sequence}` })],
      }),
      'out/museum/1',
    );
    expect(text).toContain('owl\\u001b[2J');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the purpose
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text.split('\n').length).toBeGreaterThan(5);
  });
});

describe('summaryText, of a tuned model', () => {
  it.each([
    [true, 'it is the first model of its target', '    promoted: yes; it is the first model of its target'],
    [false, 'its training diverged; ft:one stays', '    promoted: no; its training diverged; ft:one stays'],
  ])('says whether it became the current one, and why: %s', (promoted, reason, line) => {
    const targets = [targetReportOf({ promotion: { promoted, reason } })];
    expect(summaryText(reportOf({ targets }), 'out').split('\n')).toContain(line);
  });

  it('says nothing where nothing was decided', () => {
    expect(summaryText(reportOf({ targets: [targetReportOf()] }), 'out')).not.toContain('promoted');
  });
});

describe('summaryText, of a target that goes on from a tuned model', () => {
  it('says how many of the excluded rows that one has learned', () => {
    const rows = { accepted: 10, adjusted: 0, excluded: 16, trainedBefore: 15, train: 10, validation: 0 };
    expect(summaryText(reportOf({ targets: [targetReportOf({ rows })] }), 'out')).toContain(
      '10 rows, 0 adjusted, 16 excluded (15 trained before), about',
    );
  });
});
