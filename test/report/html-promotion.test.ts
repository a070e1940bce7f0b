import { describe, expect, it } from 'vitest';
import type { TargetReport } from '../../lib/domain/report.ts';
import { renderReport } from '../../lib/report/html.ts';
import { jobOf, NO_EXTRAS, reportOf, sectionOf, targetOf } from './report-factories.ts';

const sectionsOf = (target: Partial<TargetReport>) => {
  const job = jobOf({ tunedModel: 'ft:abc' });
  const page = renderReport(reportOf({ targets: [targetOf({ job, ...target })] }), NO_EXTRAS);
  return { card: sectionOf(page, 'targets'), next: sectionOf(page, 'next') };
};

describe('a target’s promotion', () => {
  it('is told on its card with the reason, and the model offered', () => {
    const { card, next } = sectionsOf({ promotion: { promoted: true, reason: 'it is the first model of its target' } });
    expect(card).toMatch(/Promotion\s*promoted\s+it is the first model of its target/);
    expect(next).toContain('Use the tuned model of openai: ft:abc');
  });

  it('that did not come is told with the reason, and how to use the model all the same', () => {
    const reason = 'its validation loss is 0.9, the current model’s 0.5: more than 2% worse, so that ft:one stays';
    const { card, next } = sectionsOf({ promotion: { promoted: false, reason } });
    expect(card).toMatch(/Promotion\s*not promoted\s+its validation loss is 0\.9/);
    expect(next).not.toContain('Use the tuned model');
    expect(next).toContain('finedrop promote museum 3f0c9a1d5b7e2c48 --target openai');
  });

  it('is not spoken of where there is none', () => {
    expect(sectionsOf({}).card).not.toContain('Promotion');
  });

  it('is text, whatever the names in it are', () => {
    const promotion = { promoted: false, reason: '<img src=x> stays' };
    const page = renderReport(reportOf({ targets: [targetOf({ promotion })] }), NO_EXTRAS);
    expect(page).toContain('&lt;img src=x&gt; stays');
    expect(page).not.toContain('<img src=x>');
  });
});
