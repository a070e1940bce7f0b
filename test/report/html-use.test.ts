import { describe, expect, it } from 'vitest';
import { renderReport } from '../../lib/report/html.ts';
import { NO_EXTRAS, reportOf, sectionOf, targetOf } from './report-factories.ts';

const use = {
  steps: [
    { title: 'Deploy the model', shell: "aws bedrock create \\\n  --model-arn 'arn:x'" },
    { title: 'Ask the model', shell: 'aws bedrock-runtime converse "$DEPLOYMENT"' },
  ],
  notes: ['The deployment goes first.'],
  simulated: false,
};

describe('useSection', () => {
  it('shows each request as it is pasted into a shell, in order, with what to know', () => {
    const page = renderReport(reportOf({ targets: [targetOf({ use }), targetOf({ name: 'vertex' })] }), NO_EXTRAS);
    const text = sectionOf(page, 'use');
    for (const { title, shell } of use.steps) expect(text).toContain(`${title}\n${shell}`);
    expect(text.indexOf('Deploy')).toBeLessThan(text.indexOf('Ask'));
    expect(text).toContain('The deployment goes first.');
    expect(text).not.toContain('simulated');
    expect(text).not.toContain('vertex');
  });

  it('says that a request is simulated', () => {
    const targets = [targetOf({ use: { ...use, simulated: true } })];
    expect(sectionOf(renderReport(reportOf({ targets }), NO_EXTRAS), 'use')).toContain('simulated');
  });

  it('is not there without a tuned model', () => {
    expect(sectionOf(renderReport(reportOf({ targets: [targetOf()] }), NO_EXTRAS), 'use')).toBe('');
  });
});

describe('droppedSection', () => {
  const row = (number: number, change: object = {}) => ({
    file: 'train.csv',
    row: number,
    split: 'train' as const,
    line: number,
    reason: 'too many tokens',
    ...change,
  });
  const shown = (count: number, rows: ReturnType<typeof row>[]) =>
    sectionOf(renderReport(reportOf({ targets: [targetOf({ dropped: { count, rows } })] }), NO_EXTRAS), 'dropped');

  it('tells each row by its file and number, and why', () => {
    const text = shown(2, [row(1), row(3, { sheet: 'Birds', split: 'validation', line: 1 })]);
    expect(text).toContain('2 rows');
    expect(text).toContain('train.csv · row 1 (train.jsonl line 1) too many tokens');
    expect(text).toContain('train.csv · Birds · row 3 (validation.jsonl line 1) too many tokens');
    expect(text).not.toContain('traced');
  });

  it.each([
    [40, [row(1)], 'Not all of them could be traced'],
    [40, [], 'None of them could be traced'],
  ])('says so where %d were left out and fewer are known', (count, rows, words) => {
    expect(shown(count, rows)).toContain(words);
  });

  it('shows twenty, and the others a click away', () => {
    const rows = Array.from({ length: 50 }, (_, index) => row(index + 1));
    expect(shown(50, rows)).toContain('Show 30 more rows');
  });
});
