import { describe, expect, it } from 'vitest';
import { openai } from '../../lib/providers/openai/index.ts';
import { target, totals } from './openai-fixtures.ts';

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

  it.each([
    ['', ['SUFFIX_LENGTH']],
    ['a', []],
    ['a'.repeat(64), []],
    ['🦉'.repeat(64), []],
    ['a'.repeat(65), ['SUFFIX_LENGTH']],
  ])('judges the suffix %j with %j', (suffix, codes) => {
    const found = openai.checkTarget(target({ suffix }));
    expect(found.map(({ code }) => code)).toEqual(codes);
    for (const { severity, hint } of found) expect([severity, hint]).toEqual(['error', 'Shorten it.']);
  });

  it.each([
    [{ level: 'safe', frames: 10, pdfPages: 10, maxSide: 512, metadata: 'keep' }, []],
    [{ frames: 11 }, ['ADAPT_OPTION_VALUE']],
    [{ pdf: 'pages' }, ['ADAPT_OPTION_UNKNOWN']],
  ])('judges the conversion options %j with %j', (adapt, codes) => {
    expect(openai.checkTarget(target({ adapt })).map(({ code }) => code)).toEqual(codes);
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
    [{ train: 49 }, ['FEW_ROWS']],
    [{ bytes: 8_000_000_000 }, []],
    [{ bytes: 8_000_000_001 }, ['TRAINING_FILE_TOO_LARGE']],
  ])('judges %j with %j', (changes, codes) => {
    expect(openai.checkDataset(totals(changes), target()).map(({ code }) => code)).toEqual(codes);
  });

  it('names the file, its size and the limit', () => {
    const [issue] = openai.checkDataset({ ...totals(), bytes: { train: 1, validation: 8_000_000_001 } }, target());
    expect(issue?.message).toBe('the validation file has 8,000,000,001 bytes; OpenAI takes at most 8,000,000,000');
    expect(issue?.hint).toContain('smaller images');
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
