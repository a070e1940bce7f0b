import { describe, expect, it } from 'vitest';
import type { JobPlan } from '../../lib/domain/job-plan.ts';
import { renderReport } from '../../lib/report/html.ts';
import { jobPlanOf } from '../factories.ts';
import { NO_EXTRAS, reportOf, sectionOf, targetOf, textOf } from './report-factories.ts';

const HELD = reportOf({ status: 'held', targets: [targetOf({ status: 'held', job: null })] });

function sections(plan: JobPlan | null, report = HELD) {
  const page = renderReport(report, { ...NO_EXTRAS, plan });
  const text = (id: string) => (page.includes(`id="${id}"`) ? textOf(sectionOf(page, id)) : null);
  return { page, next: text('next'), cost: text('plan') };
}

describe('a plan that is held', () => {
  it.each([
    ['approval', 'finedrop approve museum 3f0c9a1d5b7e2c48'],
    ['budget', 'raise the budget'],
    ['day', 'tomorrow (UTC)'],
  ] as const)('by %s says who decides', (heldBy, text) => {
    const { next } = sections(jobPlanOf({ heldBy }));
    expect(next).toContain(text);
    expect(next).toContain('finedrop cancel museum 3f0c9a1d5b7e2c48');
  });

  it('can be approved by an object that quotes it', () => {
    const { next } = sections(jobPlanOf());
    expect(next).toContain('{"plan": "c7bba5234150b052"}');
    expect(next).toContain('.finedrop/control/museum/3f0c9a1d5b7e2c48/approve.json');
  });

  it('names a dataset so that a shell takes it for one word', () => {
    expect(sections(jobPlanOf({ dataset: "my $(museum)'s" })).next).toContain(`finedrop approve 'my $(museum)'\\''s'`);
  });

  it('does not offer to stop what has begun', () => {
    const report = reportOf({ status: 'partial', targets: [targetOf({ status: 'held', job: null })] });
    const { next } = sections(jobPlanOf(), report);
    expect(next).toContain('finedrop approve');
    expect(next).not.toContain('finedrop cancel');
  });
});

describe('what a plan costs', () => {
  it('is shown with its arithmetic, its sum and its limits', () => {
    const { cost } = sections(jobPlanOf({ budget: { usd: 1, usdPerDay: 50, approve: false } }));
    expect(cost).toMatch(/openai\s*21,873\s*2\.2–3\s*25\.00\s*\$1\.21 – \$1\.64/);
    expect(cost).toMatch(/Together \(at most \$1\.00 a run, at most \$50\.00 a day\)\s*\$1\.21 – \$1\.64/);
  });

  it('tells what is paid already, and what nobody knows', () => {
    const [target] = jobPlanOf().targets;
    if (target === undefined) throw new Error('no target');
    const unknown = { ...target, name: 'azure', usdPerMillionTokens: null, cost: null };
    const { cost } = sections(jobPlanOf({ cost: null, targets: [{ ...target, job: 'ftjob-1' }, unknown] }));
    expect(cost).toContain('paid already ($1.21 – $1.64)');
    expect(cost).toMatch(/azure.*not published\s*unknown/);
    expect(cost).toMatch(/Together\s*unknown/);
  });

  it('is left out where nothing may be trained, and where it is not known', () => {
    const targets = jobPlanOf().targets.map((target) => ({ ...target, verdict: 'refused' as const }));
    expect(sections(jobPlanOf({ targets })).cost).toBeNull();
    expect(sections(null).cost).toBeNull();
  });
});
