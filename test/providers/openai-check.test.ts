import { describe, expect, it } from 'vitest';
import { openai } from '../../lib/providers/openai/index.ts';
import { target, totals } from './openai-fixtures.ts';

describe('capabilities', () => {
  it('have one default model, which takes images', () => {
    const standard = openai.capabilities.models.filter(({ isDefault }) => isDefault);
    expect(standard.map(({ model }) => model)).toEqual(['gpt-4o-2024-08-06']);
    expect(standard[0]?.modalities.value).toEqual(['image']);
  });

  it.each(openai.capabilities.models.map((facts) => [facts.model, facts] as const))(
    'give every fact of %s a source and a day',
    (_model, facts) => {
      const stated = Object.values(facts)
        .flat()
        .filter((fact) => typeof fact === 'object' && fact !== null);
      expect(stated.length).toBeGreaterThan(10);
      for (const fact of stated)
        expect(fact).toMatchObject({ source: expect.any(String), asOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    },
  );

  it.each([
    ['gpt-4o-2024-08-06', 25, '2027-01-06'],
    ['gpt-4o-mini-2024-07-18', 3, '2027-01-06'],
    ['gpt-4.1-2025-04-14', 25, '2027-01-06'],
    ['gpt-4.1-mini-2025-04-14', 5, '2027-01-06'],
    ['gpt-4.1-nano-2025-04-14', 1.5, '2026-10-23'],
  ])('%s costs %d USD and ends on %s', (model, price, end) => {
    const facts = openai.capabilities.models.find((known) => known.model === model);
    expect(facts?.usdPerMillionTokens?.value).toBe(price);
    expect(facts?.endsOn?.value).toBe(end);
  });
});

describe('checkTarget', () => {
  it.each([
    [{}],
    [{ n_epochs: 'auto', batch_size: 'auto', learning_rate_multiplier: 'auto' }],
    [{ n_epochs: 1, batch_size: 256, learning_rate_multiplier: 0.05 }],
    [{ n_epochs: 50 }],
  ])('takes %j', (hyperparameters: Record<string, string | number>) => {
    expect(openai.checkTarget(target({ hyperparameters, suffix: 'a'.repeat(64) }))).toEqual([]);
  });

  it.each<[Record<string, string | number>, string, string]>([
    [{ n_epochs: 0 }, 'HYPERPARAMETER_RANGE', 'n_epochs is 0; OpenAI takes a whole number from 1 to 50 or "auto"'],
    [{ n_epochs: 51 }, 'HYPERPARAMETER_RANGE', 'n_epochs is 51'],
    [{ n_epochs: 1.5 }, 'HYPERPARAMETER_RANGE', 'n_epochs is 1.5'],
    [{ n_epochs: '3' }, 'HYPERPARAMETER_RANGE', 'n_epochs is "3"'],
    [{ batch_size: 257 }, 'HYPERPARAMETER_RANGE', 'from 1 to 256'],
    [{ learning_rate_multiplier: 0 }, 'HYPERPARAMETER_RANGE', 'a number greater than 0 or "auto"'],
    [{ learning_rate_multiplier: Number.NaN }, 'HYPERPARAMETER_RANGE', 'NaN'],
    [{ epochs: 3 }, 'HYPERPARAMETER_UNKNOWN', '"epochs" is no hyperparameter'],
  ])('refuses %j: %s', (hyperparameters, code, message) => {
    const [issue, ...others] = openai.checkTarget(target({ hyperparameters }));
    expect(issue).toMatchObject({ code, severity: 'error', message: expect.stringContaining(message) });
    expect(others).toEqual([]);
  });

  it('says which name was meant', () => {
    const [issue] = openai.checkTarget(target({ hyperparameters: { n_epoch: 3 } }));
    expect(issue?.hint).toBe('Did you mean "n_epochs"?');
  });

  it('refuses a suffix of 65 characters, and conversion options, of which there are none', () => {
    const found = openai.checkTarget(target({ suffix: 'a'.repeat(65), adapt: { pdf: 'pages' } }));
    expect(found.map(({ code, severity }) => [code, severity])).toEqual([
      ['SUFFIX_LENGTH', 'error'],
      ['ADAPT_OPTION_UNKNOWN', 'error'],
    ]);
  });
});

describe('checkDataset', () => {
  it.each([
    [{ train: 0 }, ['TOO_FEW_ROWS']],
    [{ train: 9 }, ['TOO_FEW_ROWS']],
    [{ train: 10 }, ['FEW_ROWS']],
    [{ train: 50 }, []],
    [{ train: 60_000, withMedia: 50_000 }, ['IMAGES_SCREENED']],
    [{ train: 60_000, withMedia: 50_001 }, ['TOO_MANY_ROWS', 'IMAGES_SCREENED']],
    [{ bytes: 8_000_000_000 }, []],
    [{ bytes: 8_000_000_001 }, ['TRAINING_FILE_TOO_LARGE']],
  ])('judges %j with %j', (changes, codes) => {
    expect(openai.checkDataset(totals(changes), target()).map(({ code }) => code)).toEqual(codes);
  });
});

describe('estimateEpochs', () => {
  it.each([
    [10, { low: 3, high: 10 }],
    [26, { low: 3, high: 3 }],
    [34, { low: 3, high: 3 }],
    [8333, { low: 3, high: 3 }],
    [8334, { low: 2, high: 2 }],
    [1_000_000, { low: 1, high: 1 }],
    [0, { low: 3, high: 25 }],
  ])('expects for %i rows %j', (train, epochs) => {
    expect(openai.estimateEpochs(totals({ train }), target())).toEqual(epochs);
  });

  it('takes the hyperparameter where it is a number', () => {
    expect(openai.estimateEpochs(totals(), target({ hyperparameters: { n_epochs: 7 } }))).toEqual({ low: 7, high: 7 });
    expect(openai.estimateEpochs(totals(), target({ hyperparameters: { n_epochs: 'auto' } }))).toEqual({
      low: 3,
      high: 3,
    });
  });
});

describe('settings', () => {
  const environment = {
    OPENAI_API_KEY: ' sk-secret ',
    OPENAI_BASE_URL: 'https://user:password@example.org/v1/?token=x',
    OPENAI_ORG_ID: 'org-1',
    OPENAI_PROJECT_ID: '',
  };

  it('are read without blanks', () => {
    expect(openai.readSettings(environment)).toEqual({
      apiKey: 'sk-secret',
      baseURL: 'https://user:password@example.org/v1/?token=x',
      organization: 'org-1',
    });
  });

  it.each([
    [{}, ['OPENAI_API_KEY']],
    [{ OPENAI_API_KEY: '  ' }, ['OPENAI_API_KEY']],
    [environment, []],
  ])('miss in %j: %j', (given, missing) => {
    expect(openai.missingSettings(given)).toEqual(missing);
  });

  it('name the account without any secret', () => {
    const account = openai.account({ simulated: false, values: openai.readSettings(environment) });
    expect(account).toEqual({ baseURL: 'https://example.org/v1', organization: 'org-1' });
    expect(openai.account({ simulated: false, values: {} })).toEqual({ baseURL: 'https://api.openai.com/v1' });
    expect(openai.account({ simulated: true, values: { baseURL: 'http://127.0.0.1:1/v1' } })).toEqual({
      account: 'simulated',
    });
  });
});
