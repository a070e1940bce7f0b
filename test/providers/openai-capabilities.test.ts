import { describe, expect, it } from 'vitest';
import { factsOf, rangeText, sharedRules, titleOf, valueText } from '../../lib/cli/targets.ts';
import { listCapabilities } from '../../lib/engines/local-targets.ts';
import type { Fact } from '../../lib/providers/facts.ts';
import { openai } from '../../lib/providers/openai/index.ts';

const services = [openai.capabilities, ...(openai.otherCapabilities ?? [])];
const models = services.flatMap(({ title, models: listed }) => listed.map((facts) => ({ title, facts })));

const isFact = (value: unknown): value is Fact<unknown> =>
  typeof value === 'object' && value !== null && 'value' in value && 'source' in value;

describe('capabilities', () => {
  it.each(models)('give each fact of $title $facts.model a source and a day', ({ facts }) => {
    const stated: unknown[] = Object.values(facts)
      .flat()
      .filter((value) => typeof value === 'object' && value !== null);
    expect(stated.length).toBeGreaterThan(20);
    for (const fact of stated)
      expect(fact).toMatchObject({
        source: expect.stringMatching(/\w{5}/),
        asOf: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
      });
  });

  it.each(services)('of $title have one default model, which takes images', ({ models: listed }) => {
    const standard = listed.filter(({ isDefault }) => isDefault);
    expect(standard).toHaveLength(1);
    expect(standard[0]?.modalities.value).toEqual(['image']);
    expect(standard[0]?.mimeTypes.value).toEqual(['image/png', 'image/jpeg', 'image/webp']);
  });

  it.each([
    ['gpt-4o-2024-08-06', 25, { input: 3.75, output: 15 }, '2027-01-06', '2027-01-14'],
    ['gpt-4o-mini-2024-07-18', 3, { input: 0.3, output: 1.2 }, '2027-01-06', '2027-01-14'],
    ['gpt-4.1-2025-04-14', 25, { input: 3, output: 12 }, '2027-01-06', '2027-01-14'],
    ['gpt-4.1-mini-2025-04-14', 5, { input: 0.8, output: 3.2 }, '2027-01-06', '2027-01-14'],
    ['gpt-4.1-nano-2025-04-14', 1.5, { input: 0.2, output: 0.8 }, '2026-10-23', '2026-10-23'],
    ['gpt-3.5-turbo-0125', undefined, undefined, '2026-10-23', '2026-10-23'],
  ])('%s: training, use and ends', (model, training, tuned, endsOn, tunedEndsOn) => {
    const facts = openai.capabilities.models.find((known) => known.model === model);
    expect(facts?.usdPerMillionTokens?.value).toBe(training);
    expect(facts?.usdPerMillionTunedTokens?.value).toEqual(tuned);
    expect([facts?.endsOn?.value, facts?.tunedModelEndsOn?.value]).toEqual([endsOn, tunedEndsOn]);
  });
});

describe('what finedrop targets prints', () => {
  it('is every fact of every model, each once', async () => {
    for (const { models: listed } of await listCapabilities()) {
      for (const model of listed) {
        const { hyperparameters: _, ...rest } = model;
        const stated = Object.values<unknown>(rest).flat().filter(isFact);
        expect(factsOf(model).map(({ value }) => value)).toEqual(
          expect.arrayContaining(stated.map(({ value }) => value)),
        );
        expect(factsOf(model)).toHaveLength(stated.length);
        for (const { name } of factsOf(model)) expect(name).not.toMatch(/[a-z][A-Z]|_/);
      }
    }
  });

  it('says a rule once that every model has', () => {
    const [first, second] = openai.capabilities.models;
    if (first === undefined || second === undefined) throw new Error('no models');
    const own = { value: 'A rule of one.', source: 'somewhere', asOf: '2026-11-01' };
    const models = [{ ...first, rules: [...(first.rules ?? []), own] }, second];
    const shared = sharedRules({ ...openai.capabilities, models });
    expect(shared).toEqual(first.rules);
    const rulesOf = (index: number) =>
      factsOf(models[index] ?? first, shared)
        .filter(({ name }) => name === 'rule')
        .map(({ value }) => value);
    expect([rulesOf(0), rulesOf(1)]).toEqual([['A rule of one.'], []]);
  });

  it('names the services of one API apart', () => {
    expect(services.map(titleOf)).toEqual([
      'OpenAI (openai, OPENAI_PROFILE=openai)',
      'Azure OpenAI (openai, OPENAI_PROFILE=azure)',
      'An OpenAI-compatible server (openai, OPENAI_PROFILE=generic)',
    ]);
    expect(titleOf({ provider: 'vertex', title: 'Vertex AI', models: [] })).toBe('Vertex AI (vertex)');
  });

  it.each<[unknown, string]>([
    [65_536, '65,536'],
    [true, 'yes'],
    [[], 'none'],
    [{}, 'none'],
    [['image/png', 'image/webp'], 'image/png, image/webp'],
    [{ input: 3.75, output: 15 }, 'input 3.75, output 15'],
    [{ low: 1, high: [2, 3] }, 'low 1, high 2, 3'],
  ])('writes %j as %s', (value, text) => {
    expect(valueText(value)).toBe(text);
  });

  it('writes the range of each hyperparameter', () => {
    const [model] = openai.capabilities.models;
    expect(model?.hyperparameters.map(rangeText)).toEqual([
      'integer from 1 to 50 or auto',
      'integer from 1 to 256 or auto',
      'number above 0 or auto',
    ]);
  });
});
