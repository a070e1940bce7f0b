import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import { datasetSlug, jobName, modelName, parseS3Uri } from '../../lib/providers/bedrock/names.ts';
import { NOVA_2_LITE, target, totals } from './bedrock-fixtures.ts';

describe('checkTarget', () => {
  it.each([
    [{ epochCount: 1, learningRate: 1e-6, learningRateWarmupSteps: 0 }, []],
    [{ epochCount: 5, learningRate: 1e-4, learningRateWarmupSteps: 100 }, []],
    [{ epochCount: 0 }, ['HYPERPARAMETER_RANGE']],
    [{ epochCount: 6 }, ['HYPERPARAMETER_RANGE']],
    [{ learningRate: 0.99e-6 }, ['HYPERPARAMETER_RANGE']],
    [{ learningRate: 1.01e-4 }, ['HYPERPARAMETER_RANGE']],
    [{ learningRateWarmupSteps: -1 }, ['HYPERPARAMETER_RANGE']],
    [{ learningRateWarmupSteps: 101 }, ['HYPERPARAMETER_RANGE']],
    [{ epochCount: 1.5 }, ['HYPERPARAMETER_RANGE']],
    [{ epochCount: '2' }, ['HYPERPARAMETER_RANGE']],
    [{ learningRate: Number.NaN }, ['HYPERPARAMETER_RANGE']],
    [{ batchSize: 8 }, ['HYPERPARAMETER_UNKNOWN']],
    [{ epochcount: 2 }, ['HYPERPARAMETER_UNKNOWN']],
  ])('judges the hyperparameters %j', (hyperparameters, codes) => {
    expect(bedrock.checkTarget(target({ hyperparameters })).map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    [{ batchSize: 8 }, /no batch size/],
    [{ epoch_count: 2 }, /Did you mean "epochCount"/],
    [{ warmth: 2 }, /Known are epochCount/],
  ])('helps with %j', (hyperparameters, hint) => {
    expect(bedrock.checkTarget(target({ hyperparameters }))[0]?.hint).toMatch(hint);
  });

  it.each([
    ['birds', []],
    ['my_birds-2', []],
    ['-birds', ['SUFFIX_CHARACTERS']],
    ['my--birds', ['SUFFIX_CHARACTERS']],
    ['my.birds', ['SUFFIX_CHARACTERS']],
    ['vögel', ['SUFFIX_CHARACTERS']],
  ])('judges the suffix "%s"', (suffix, codes) => {
    expect(bedrock.checkTarget(target({ suffix })).map(({ code }) => code)).toEqual(codes);
  });

  it('judges a hostile suffix at once', () => {
    const suffix = `${'a'.repeat(50_000)}!`;
    expect(bedrock.checkTarget(target({ suffix })).map(({ code }) => code)).toEqual(['SUFFIX_CHARACTERS']);
  });

  it.each([
    [{ reservedWords: 'rewrite', bucketOwner: '123456789012' }, []],
    [{ reservedWords: 'refuse' }, []],
    [{ documents: 'refuse' }, []],
    [{ documents: 'pages' }, ['ADAPT_OPTION_VALUE']],
    [{ bucketOwner: '12345678901' }, ['ADAPT_OPTION_VALUE']],
    [{ reservedWords: true }, ['ADAPT_OPTION_VALUE']],
    [{ bucketOwner: 123456789012 }, ['ADAPT_OPTION_VALUE']],
    [{ colour: 'red' }, ['ADAPT_OPTION_UNKNOWN']],
  ])('judges the conversion options %j', (adapt, codes) => {
    expect(bedrock.checkTarget(target({ adapt })).map(({ code }) => code)).toEqual(codes);
  });
});

const pdfs = (changes: { withMedia: number }) => totals({ train: 200, kinds: ['document'], ...changes });

describe('checkDataset', () => {
  it.each([
    ['too few rows', totals({ train: 7 }), {}, ['error TOO_FEW_ROWS']],
    ['few rows', totals({ train: 8 }), {}, ['info FEW_ROWS']],
    ['enough rows', totals({ train: 100 }), {}, []],
    ['too few rows for Nova 2', totals({ train: 199 }), { model: NOVA_2_LITE }, ['error TOO_FEW_ROWS']],
    ['enough rows for Nova 2', totals({ train: 200 }), { model: NOVA_2_LITE }, []],
    ['as many rows as may be', totals({ train: 19_000, validation: 1000 }), {}, []],
    ['too many rows', totals({ train: 19_000, validation: 1001 }), {}, ['error TOO_MANY_ROWS']],
    ['images in all rows', totals({ withMedia: 150, kinds: ['image'] }), {}, []],
    ['a row without an image', totals({ withMedia: 149, kinds: ['image'] }), {}, ['warning MIXED_MODALITIES']],
    ['PDF in all rows', pdfs({ withMedia: 200 }), { model: NOVA_2_LITE }, ['warning DOCUMENTS_DISPUTED']],
    [
      'a row without PDF',
      pdfs({ withMedia: 199 }),
      { model: NOVA_2_LITE },
      ['warning MIXED_MODALITIES', 'warning DOCUMENTS_DISPUTED'],
    ],
    [
      'PDF beside images',
      totals({ train: 200, withMedia: 200, kinds: ['document', 'image'] }),
      { model: NOVA_2_LITE },
      ['error MIXED_MEDIA'],
    ],
  ])('judges %s', (_what, dataset, changes, codes) => {
    const found = bedrock.checkDataset(dataset, target(changes));
    expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual(codes);
  });
});

describe('checkPlace', () => {
  const ROLE = 'arn:aws:iam::123456789012:role/tuning';
  const check = (values: Record<string, string>) => bedrock.checkPlace?.(target(), { simulated: false, values }) ?? [];

  it.each([
    [{}, []],
    [{ bucket: 'fine-bucket.2', roleArn: ROLE }, []],
    [{ bucket: 'abc', roleArn: 'arn:aws-us-gov:iam::123456789012:role/a/b' }, []],
    [{ bucket: 'ab' }, [/FINEDROP_BEDROCK_BUCKET is "ab"/]],
    [{ bucket: 'a'.repeat(63) }, []],
    [{ bucket: 'a'.repeat(64) }, [/no name of an S3 bucket/]],
    [{ bucket: 'Fine-bucket' }, [/no name of an S3 bucket/]],
    [{ bucket: 's3://fine-bucket' }, [/no name of an S3 bucket/]],
    [{ bucket: 'fine_bucket' }, [/no name of an S3 bucket/]],
    [{ roleArn: 'tuning' }, [/FINEDROP_BEDROCK_ROLE_ARN is "tuning"/]],
    [{ roleArn: 'arn:aws:iam::12345678901:role/tuning' }, [/no role/]],
    [{ roleArn: ROLE + 'g'.repeat(2048 - ROLE.length) }, []],
    [{ roleArn: ROLE + 'g'.repeat(2049 - ROLE.length) }, [/no role/]],
  ])('judges %o', (values, messages) => {
    expect(check(values)).toMatchObject(
      messages.map((message) => ({ code: 'TARGET_SETTINGS', message: expect.stringMatching(message) })),
    );
    expect(check(values)).toHaveLength(messages.length);
  });
});

describe('estimateEpochs', () => {
  it('takes what was asked for, else what Bedrock trains', () => {
    expect(bedrock.estimateEpochs(totals(), target({ hyperparameters: { epochCount: 4 } }))).toEqual({
      low: 4,
      high: 4,
    });
    expect(bedrock.estimateEpochs(totals(), target())).toEqual({ low: 2, high: 2 });
  });
});

describe('the settings', () => {
  const environment = {
    FINEDROP_BEDROCK_ROLE_ARN: ' arn:aws:iam::123456789012:role/tuning ',
    FINEDROP_BEDROCK_BUCKET: 'fine-bucket',
    AWS_ENDPOINT_URL_S3: '',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };

  it('are read without secrets', () => {
    const values = bedrock.readSettings(environment);
    expect(values).toEqual({ roleArn: 'arn:aws:iam::123456789012:role/tuning', bucket: 'fine-bucket' });
    const settings = { simulated: false, values };
    expect(bedrock.account(settings)).toEqual({ account: '123456789012', region: 'us-east-1' });
    expect(bedrock.mediaBase(settings, 'my birds/ü')).toBe('s3://fine-bucket/finedrop/my-birds-/media');
  });

  it('say what is missing, and make do until then', () => {
    expect(bedrock.missingSettings(environment)).toEqual([]);
    expect(bedrock.missingSettings({ FINEDROP_BEDROCK_BUCKET: ' ' })).toEqual([
      'FINEDROP_BEDROCK_ROLE_ARN',
      'FINEDROP_BEDROCK_BUCKET',
    ]);
    const settings = { simulated: false, values: {} };
    expect(bedrock.account(settings)).toEqual({ account: 'unknown', region: 'us-east-1' });
    expect(bedrock.mediaBase(settings, 'birds')).toBe('s3://your-bucket/finedrop/birds/media');
    expect(bedrock.account({ simulated: true, values: {} })).toEqual({ account: 'simulated' });
  });
});

/** The service model's own patterns, anchored. */
const MODEL_NAME = /^([0-9a-zA-Z][_-]?){1,63}$/;
const S3_URI = /^s3:\/\/[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:\/[-!_*'().a-z0-9A-Z]+(?:\/[-!_*'().a-z0-9A-Z]+)*)?\/?$/;
const KEY = '0123456789abcdef0123456789abcdef01234567';

describe('names', () => {
  it.each([
    [{ dataset: 'birds' }, 'birds-0123456789abcdef0123'],
    [{ dataset: 'My birds (2)' }, 'My-birds-2-0123456789abcdef0123'],
    [{ dataset: '…', suffix: 'owl_' }, 'owl-0123456789abcdef0123'],
    [{ dataset: '…' }, 'finedrop-0123456789abcdef0123'],
    [{ dataset: 'd'.repeat(90) }, `${'d'.repeat(42)}-0123456789abcdef0123`],
  ])('make a model’s name of %j', (given, name) => {
    expect(modelName(KEY, given)).toBe(name);
  });

  it('satisfy the service model, whatever a dataset is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (dataset) => {
        expect(modelName(KEY, { dataset })).toMatch(MODEL_NAME);
        expect(modelName(KEY, { dataset }).length).toBeLessThanOrEqual(63);
        const uri = `s3://fine-bucket/finedrop/${datasetSlug(dataset)}/media`;
        expect(uri).toMatch(S3_URI);
        expect(datasetSlug(dataset)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
      }),
      { seed: 42 },
    );
  });

  it('find a job by its key', () => {
    expect(jobName(KEY)).toBe(`fd-${KEY}`);
    expect(jobName(KEY).length).toBeLessThanOrEqual(63);
  });

  it.each([
    ['s3://bucket/a/b', { bucket: 'bucket', key: 'a/b' }],
    ['s3://bucket', { bucket: 'bucket', key: '' }],
    ['s3://bucket/', { bucket: 'bucket', key: '' }],
    ['s3://B/a', null],
    ['gs://bucket/a', null],
  ])('read "%s"', (uri, parts) => {
    expect(parseS3Uri(uri)).toEqual(parts);
  });
});
