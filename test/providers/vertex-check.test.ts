import { describe, expect, it } from 'vitest';
import { vertex } from '../../lib/providers/vertex/index.ts';
import { target, totals } from './vertex-fixtures.ts';

const codes = (issues: { code: string; severity: string }[], severity = 'error') =>
  issues.filter((issue) => issue.severity === severity).map(({ code }) => code);

describe('checkTarget', () => {
  it.each<[Record<string, string | number>, string[]]>([
    [{ epochCount: 1 }, []],
    [{ epochCount: 3, learningRateMultiplier: 0.1, adapterSize: 'ADAPTER_SIZE_FOUR' }, []],
    [{ epochCount: 0 }, ['HYPERPARAMETER_RANGE']],
    [{ epochCount: 2.5 }, ['HYPERPARAMETER_RANGE']],
    [{ epochCount: 1e300 }, ['HYPERPARAMETER_RANGE']],
    [{ epochCount: '3' }, ['HYPERPARAMETER_RANGE']],
    [{ learningRateMultiplier: 0 }, ['HYPERPARAMETER_RANGE']],
    [{ learningRateMultiplier: Number.NaN }, ['HYPERPARAMETER_RANGE']],
    [{ adapterSize: 4 }, ['HYPERPARAMETER_RANGE']],
    [{ adapterSize: 'ADAPTER_SIZE_THIRTY_TWO' }, ['HYPERPARAMETER_RANGE']],
    [{ n_epochs: 3 }, ['HYPERPARAMETER_UNKNOWN']],
    [{ constructor: 3 }, ['HYPERPARAMETER_UNKNOWN']],
  ])('judges %j', (hyperparameters, expected) => {
    expect(codes(vertex.checkTarget(target({ hyperparameters })))).toEqual(expected);
  });

  it('knows each model’s adapter sizes, and says which', () => {
    const hyperparameters = { adapterSize: 'ADAPTER_SIZE_SIXTEEN' };
    expect(vertex.checkTarget(target({ model: 'gemini-2.5-flash', hyperparameters }))).toEqual([]);
    const [issue] = vertex.checkTarget(target({ model: 'gemini-2.5-pro', hyperparameters }));
    expect(issue?.message).toMatch(
      /takes "ADAPTER_SIZE_ONE", "ADAPTER_SIZE_TWO", "ADAPTER_SIZE_FOUR", "ADAPTER_SIZE_EIGHT"$/,
    );
  });

  it.each([
    [{ adapterSize: 4 }, 'Did you mean "ADAPTER_SIZE_FOUR"?'],
    [{ adapterSize: 3 }, undefined],
    [{ adapterSize: 'adapter_size_two' }, 'Did you mean "ADAPTER_SIZE_TWO"?'],
    [{ epochCount: '3' }, 'Write a number, without quotes.'],
    [{ epochCount: 0 }, undefined],
  ])('helps with the value of %j', (hyperparameters: Record<string, string | number>, hint) => {
    expect(vertex.checkTarget(target({ hyperparameters })).map((issue) => issue.hint)).toEqual([hint]);
  });

  it('guesses a mistyped name', () => {
    const [issue] = vertex.checkTarget(target({ hyperparameters: { epoch_count: 3 } }));
    expect(issue?.hint).toBe('Did you mean "epochCount"?');
  });

  it.each([
    [{ mediaResolution: 'low' }, []],
    [{ mediaResolution: 'LOW' }, ['ADAPT_OPTION_VALUE']],
    [{ mediaResolution: undefined }, ['ADAPT_OPTION_VALUE']],
    [{ mediaResolution: 'ultra_high' }, []],
    [{ resolution: 'low' }, ['ADAPT_OPTION_UNKNOWN']],
  ])('judges the option %j', (adapt, expected) => {
    expect(codes(vertex.checkTarget(target({ adapt })))).toEqual(expected);
  });

  it('knows which models see more than high, and says what may be asked for', () => {
    const adapt = { mediaResolution: 'ultra_high' };
    const [issue] = vertex.checkTarget(target({ model: 'gemini-2.5-flash', adapt }));
    expect(issue).toMatchObject({
      code: 'ADAPT_OPTION_VALUE',
      hint: expect.stringContaining('Write one of low, medium, high,'),
    });
  });
});

describe('checkPlace', () => {
  it.each([
    ['gemini-3.1-flash-lite', undefined, []],
    ['gemini-3.1-flash-lite', 'europe-west4', []],
    ['gemini-3.1-flash-lite', 'us-east1', ['TARGET_REGION']],
    ['gemini-3.5-flash', 'us', ['TARGET_REGION']],
    ['gemini-3.5-flash-lite', 'global', ['TARGET_REGION']],
    ['gemini-2.5-pro', 'us-east1', []],
    ['gemini-2.5-pro', 'global', ['TARGET_REGION']],
  ])('judges %s in %s', (model, location, expected) => {
    const values = location === undefined ? {} : { location };
    const found = vertex.checkPlace?.(target({ model }), { simulated: false, values }) ?? [];
    expect(codes(found)).toEqual(expected);
    for (const { hint } of found) expect(hint).toMatch(/^Set GOOGLE_CLOUD_LOCATION to .*us-central1/);
  });
});

describe('checkDataset', () => {
  it.each([
    [{ train: 100 }, []],
    [{ train: 1 }, []],
    [{ train: 0 }, ['TOO_FEW_ROWS']],
    [{ train: 10_000_000 }, []],
    [{ train: 10_000_001 }, ['TOO_MANY_ROWS']],
    [{ train: 300_000, withMedia: 1 }, []],
    [{ train: 300_001, withMedia: 1 }, ['TOO_MANY_ROWS']],
    [{ train: 100, validation: 1000 }, []],
    [{ train: 100, validation: 1001 }, ['VALIDATION_TOO_LARGE']],
    [{ train: 10_000, validation: 3000 }, []],
    [{ train: 10_000, validation: 3001 }, ['VALIDATION_TOO_LARGE']],
    [{ train: 100_000, validation: 5000 }, []],
    [{ train: 100_000, validation: 5001 }, ['VALIDATION_TOO_LARGE']],
    [{ bytes: 1_000_000_000 }, []],
    [{ bytes: 1_000_000_001 }, ['TRAINING_FILE_TOO_LARGE']],
  ])('judges %j', (changes, expected) => {
    expect(codes(vertex.checkDataset(totals(changes), target()))).toEqual(expected);
  });

  it('remarks on small datasets only', () => {
    expect(codes(vertex.checkDataset(totals({ train: 99 }), target()), 'info')).toEqual(['FEW_ROWS']);
    expect(codes(vertex.checkDataset(totals({ train: 100 }), target()), 'info')).toEqual([]);
  });
});

describe('what is left out', () => {
  it.each([
    [90, 10, []],
    [89, 11, ['MANY_LEFT_OUT']],
    [9, 1, []],
    [8, 1, ['MANY_LEFT_OUT']],
    [100, 0, []],
  ])('of %i rows beside %i others is told when it would have failed the job', (train, excluded, expected) => {
    const found = vertex.checkDataset({ ...totals({ train }), excluded }, target());
    expect(codes(found, 'warning')).toEqual(expected);
    expect(codes(found)).toEqual([]);
  });
});

describe('billedTokens', () => {
  it('are the training tokens once, or by the dearest reading with the validation tokens', () => {
    const counted = { tokens: { train: 1000, validation: 100 }, tokensAtMost: { train: 1500, validation: 150 } };
    expect(vertex.billedTokens?.({ ...totals(), ...counted })).toEqual({ low: 1000, high: 1650 });
    expect(vertex.billedTokens?.({ ...totals(), tokens: counted.tokens })).toEqual({ low: 1000, high: 1100 });
  });

  it('explain the bill of a job that somebody measured: 166 examples, 40 epochs, 17.5 million tokens, about 52 dollars', () => {
    const perExample = Math.round(17_500_000 / 40 / 166);
    const measured = { ...totals({ train: 166 }), tokens: { train: perExample * 166, validation: 0 } };
    const price = vertex.capabilities.models.find(
      ({ model }) => model === 'gemini-3.1-flash-lite',
    )?.usdPerMillionTokens;
    const { high: epochs } = vertex.estimateEpochs(measured, target());
    const { high: tokens } = vertex.billedTokens?.(measured) ?? { high: 0 };
    expect(((price?.value ?? 0) * tokens * epochs) / 1_000_000).toBeCloseTo(52.5, 0);
    // Two photos and a page of instructions are what such an example holds.
    expect(perExample).toBeGreaterThan(2 * 1120);
  });
});

describe('estimateEpochs', () => {
  it.each([
    [166, {}, { low: 1, high: 40 }],
    [1, {}, { low: 1, high: 40 }],
    [0, {}, { low: 1, high: 40 }],
    [664, {}, { low: 1, high: 10 }],
    [1_000_000, {}, { low: 1, high: 4 }],
    [166, { epochCount: 3 }, { low: 3, high: 3 }],
  ])('guesses for %i rows with %j', (train, hyperparameters, epochs) => {
    expect(vertex.estimateEpochs(totals({ train }), target({ hyperparameters }))).toEqual(epochs);
  });
});

describe('capabilities', () => {
  it('have one default model, and each fact its source and day', () => {
    expect(vertex.capabilities.models.filter(({ isDefault }) => isDefault).map(({ model }) => model)).toEqual([
      'gemini-3.1-flash-lite',
    ]);
    for (const model of vertex.capabilities.models) {
      const facts = [...Object.values(model), ...model.hyperparameters].filter(
        (fact): fact is { source: string; asOf: string } =>
          typeof fact === 'object' && fact !== null && 'source' in fact,
      );
      expect(facts.length).toBeGreaterThan(10);
      for (const { source, asOf } of facts)
        expect([source, asOf]).toEqual([expect.stringMatching(/.{8}/), expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
    }
  });

  it('say that the 2.5 models end', () => {
    const ended = vertex.capabilities.models.filter(({ endsOn }) => endsOn !== null).map(({ model }) => model);
    expect(ended).toEqual(['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-2.5-flash-lite']);
  });
});

describe('settings', () => {
  const all = { GOOGLE_CLOUD_PROJECT: 'p', FINEDROP_GCS_BUCKET: 'b', GOOGLE_APPLICATION_CREDENTIALS: '/key.json' };
  const standIns = { FINEDROP_VERTEX_URL: 'http://127.0.0.1:1', STORAGE_EMULATOR_HOST: 'localhost:2' };

  it.each<[Record<string, string>, string[]]>([
    [all, []],
    [{}, ['GOOGLE_CLOUD_PROJECT', 'FINEDROP_GCS_BUCKET', 'GOOGLE_APPLICATION_CREDENTIALS']],
    [{ ...all, FINEDROP_GCS_BUCKET: ' ' }, ['FINEDROP_GCS_BUCKET']],
    [standIns, ['GOOGLE_CLOUD_PROJECT', 'FINEDROP_GCS_BUCKET']],
    [
      { ...all, GOOGLE_APPLICATION_CREDENTIALS: '', STORAGE_EMULATOR_HOST: 'localhost:2' },
      ['GOOGLE_APPLICATION_CREDENTIALS'],
    ],
  ])('of %j miss %j', (environment, missing) => {
    expect(vertex.missingSettings(environment)).toEqual(missing);
  });

  it('name the account without credentials', () => {
    const values = vertex.readSettings({ ...all, GOOGLE_CLOUD_LOCATION: 'europe-west4' });
    expect(vertex.account({ simulated: false, values })).toEqual({ project: 'p', location: 'europe-west4' });
    expect(vertex.account({ simulated: false, values: vertex.readSettings(all) })).toEqual({
      project: 'p',
      location: 'us-central1',
    });
    expect(vertex.account({ simulated: true, values })).toEqual({ account: 'simulated' });
  });

  it.each([
    ['birds', /^gs:\/\/b\/finedrop\/birds\/media$/],
    ['Birds_2026.v1-a', /^gs:\/\/b\/finedrop\/Birds_2026\.v1-a\/media$/],
    ['two words', /^gs:\/\/b\/finedrop\/two-words-[0-9a-f]{8}\/media$/],
    ['a/b', /^gs:\/\/b\/finedrop\/a-b-[0-9a-f]{8}\/media$/],
    ['..', /^gs:\/\/b\/finedrop\/[0-9a-f]{8}\/media$/],
    ['訓練', /^gs:\/\/b\/finedrop\/[0-9a-f]{8}\/media$/],
    ['x'.repeat(65), /^gs:\/\/b\/finedrop\/x{64}-[0-9a-f]{8}\/media$/],
  ])('give the dataset %j a folder of its own', (dataset, expected) => {
    expect(vertex.mediaBase({ simulated: false, values: { bucket: 'b' } }, dataset)).toMatch(expected);
  });
});
