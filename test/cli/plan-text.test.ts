import { describe, expect, it } from 'vitest';
import { planText } from '../../lib/cli/plan-text.ts';
import { jobPlanOf } from '../factories.ts';

const [TARGET] = jobPlanOf().targets;
if (TARGET === undefined) throw new Error('no target');

describe('planText', () => {
  it('puts the targets side by side', () => {
    const vertex = { ...TARGET, name: 'vertex', model: 'gemini-3.1-flash-lite', rows: { train: 9, validation: 2 } };
    expect(planText(jobPlanOf({ targets: [TARGET, vertex], held: null })).split('\n')).toEqual([
      'museum: plan c7bba5234150b052 (simulated)',
      '  target  model                  rows   tokens  epochs  $ per million  cost',
      '  openai  gpt-4o-2024-08-06      22     21,873  2.2–3   25.00          $1.21–$1.64',
      '  vertex  gemini-3.1-flash-lite  9 + 2  21,873  2.2–3   25.00          $1.21–$1.64',
      '  together: $1.21–$1.64 (limits: approval)',
      '',
    ]);
  });

  it.each([
    ['has a job already', { job: 'ftjob-1' }, 'nothing: it has job ftjob-1'],
    ['has no published price', { cost: null, usdPerMillionTokens: null }, 'not published  an unknown cost'],
    ['is refused', { verdict: 'refused', message: 'too few rows.' }, 'refused for openai: too few rows.'],
  ] as const)('says of a target that it %s', (_what, change, text) => {
    expect(planText(jobPlanOf({ targets: [{ ...TARGET, ...change }] }))).toContain(text);
  });

  it('ends with what holds it, and shows no control characters of a dataset', () => {
    const text = planText(jobPlanOf({ dataset: 'a\u001b[31mb', held: 'the budget is $1.00.' }));
    expect(text).toContain('held: the budget is $1.00.');
    expect(text).not.toContain('\u001b');
  });
});
