import { describe, expect, it } from 'vitest';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import { NOVA_2_LITE, NOVA_LITE, NOVA_MICRO, target, totals } from './bedrock-fixtures.ts';

const NOVA_PRO = 'amazon.nova-pro-v1:0:300k';
const { models } = bedrock.capabilities;

function factsOf(model: string) {
  const facts = models.find((known) => known.model === model);
  if (facts === undefined) throw new Error(`${model} is not offered`);
  return facts;
}

describe('capabilities', () => {
  it('have one default among the models that can be tuned', () => {
    expect(models.map(({ model }) => model)).toEqual([NOVA_LITE, NOVA_PRO, NOVA_2_LITE, NOVA_MICRO]);
    expect(models.filter(({ isDefault }) => isDefault).map(({ model }) => model)).toEqual([NOVA_LITE]);
  });

  it.each(models.map((facts) => [facts.model, facts] as const))(
    'give a source and a date for each fact of %s',
    (_model, facts) => {
      const { rules = [], hyperparameters, model: _name, isDefault: _default, ...others } = facts;
      const all = [...rules, ...hyperparameters, ...Object.values(others).filter((fact) => fact !== null)];
      expect(all.length).toBeGreaterThan(20);
      for (const fact of all) {
        expect(fact).toMatchObject({
          source: expect.stringMatching(/./),
          asOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        });
      }
    },
  );

  it.each([
    [NOVA_MICRO, [], 8, 100, true, 1],
    [NOVA_LITE, ['image'], 8, 100, true, 2],
    [NOVA_PRO, ['image'], 8, 100, true, 8],
    [NOVA_2_LITE, ['image', 'document'], 200, 200, false, 3.78],
  ])('know %s: media %j, %i rows at least, %i advised', (model, kinds, least, advised, validates, price) => {
    const facts = factsOf(model);
    expect(facts.modalities.value).toEqual(kinds);
    expect(Object.keys(facts.maxPerExample.value)).toEqual(kinds);
    expect(Object.keys(facts.maxBytesPerFile.value)).toEqual(kinds);
    expect([facts.minRows.value, facts.recommendedRows?.value, facts.maxRows?.value]).toEqual([least, advised, 20_000]);
    expect(facts.maxTokensPerExample.value).toBe(32_000);
    expect(facts.validation.value).toBe(validates);
    expect(facts.regions?.value).toEqual(['us-east-1']);
    expect(facts.usdPerMillionTokens?.value).toBe(price);
    expect(facts.storageUsdPerMonth?.value).toBe(1.95);
    expect(facts.epochs.value).toEqual({ low: 2, high: 2 });
    expect(facts.endsOn).toBeNull();
  });

  it.each([
    ['the price of Nova Lite', factsOf(NOVA_LITE).usdPerMillionTokens, /not verified/],
    ['the rows of Nova 2 Lite', factsOf(NOVA_2_LITE).minRows, /the stricter holds/],
    ['the formats of Nova 2 Lite', factsOf(NOVA_2_LITE).mimeTypes, /WebP.*the stricter holds/],
    ['PDF for Nova 2 Lite', factsOf(NOVA_2_LITE).modalities, /the page of Bedrock does not name it/],
    ['the epochs of Nova 2 Lite', factsOf(NOVA_2_LITE).epochs, /assumed for Nova 2 Lite/],
  ])('say the doubt about %s', (_what, fact, note) => {
    expect(fact?.note).toMatch(note);
  });

  it.each(models.map(({ model }) => model))('are what the checks of %s hold to', (model) => {
    const { minRows, maxRows, hyperparameters } = factsOf(model);
    const codesOf = (train: number) =>
      bedrock.checkDataset(totals({ train }), target({ model })).map(({ code, severity }) => `${severity} ${code}`);
    expect(codesOf(minRows.value)).not.toContain('error TOO_FEW_ROWS');
    expect(codesOf(minRows.value - 1)).toContain('error TOO_FEW_ROWS');
    expect(codesOf(maxRows?.value ?? 0)).toEqual([]);
    expect(codesOf((maxRows?.value ?? 0) + 1)).toEqual(['error TOO_MANY_ROWS']);
    for (const { name, min = 0, max = 0 } of hyperparameters) {
      const findings = (value: number) => bedrock.checkTarget(target({ model, hyperparameters: { [name]: value } }));
      expect([findings(min), findings(max)]).toEqual([[], []]);
      const step = name === 'learningRate' ? min / 100 : 1;
      expect([...findings(min - step), ...findings(max + step)].map(({ code }) => code)).toEqual([
        'HYPERPARAMETER_RANGE',
        'HYPERPARAMETER_RANGE',
      ]);
    }
  });
});
