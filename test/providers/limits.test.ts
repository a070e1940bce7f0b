import { describe, expect, it } from 'vitest';
import type { Target } from '../../lib/domain/target.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import { openaiIn } from '../../lib/providers/openai/index.ts';
import type { DatasetTotals } from '../../lib/providers/provider.ts';
import { vertex } from '../../lib/providers/vertex/index.ts';
import {
  accepted,
  assistant,
  example,
  excludedCodes,
  image,
  NOVA_2_LITE,
  NOVA_LITE,
  NOVA_MICRO,
  options,
  pdf,
  target,
  totals,
  user,
} from './bedrock-fixtures.ts';

type Limits = NonNullable<Target['limits']>;

const azure = openaiIn({ OPENAI_PROFILE: 'azure' });
const azureTarget = (limits?: Limits): Target => ({
  name: 'azure',
  provider: 'openai',
  model: 'gpt-4o-2024-08-06',
  hyperparameters: {},
  adapt: {},
  ...(limits === undefined ? {} : { limits }),
});
const WITH_WEBP = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'application/pdf'];

describe('checkTarget, for limits that sources dispute,', () => {
  it.each<[string, Limits, string[]]>([
    [NOVA_2_LITE, { minRows: 8 }, ['info LIMIT_SET_ASIDE']],
    [NOVA_2_LITE, { minRows: 199 }, ['info LIMIT_SET_ASIDE']],
    [NOVA_2_LITE, { minRows: 200 }, []],
    [NOVA_2_LITE, { minRows: 7 }, ['error LIMIT_VALUE']],
    [NOVA_2_LITE, { minRows: 201 }, ['error LIMIT_VALUE']],
    [NOVA_2_LITE, { minRows: 8.5 }, ['error LIMIT_VALUE']],
    [NOVA_2_LITE, { minRows: '8' }, ['error LIMIT_VALUE']],
    [NOVA_2_LITE, { minRows: { image: 8 } }, ['error LIMIT_VALUE']],
    [NOVA_LITE, { minRows: 8 }, ['error LIMIT_UNKNOWN']],
    [NOVA_2_LITE, { mimeTypes: WITH_WEBP }, ['info LIMIT_SET_ASIDE']],
    [NOVA_2_LITE, { mimeTypes: WITH_WEBP.toReversed() }, ['info LIMIT_SET_ASIDE']],
    [NOVA_2_LITE, { mimeTypes: WITH_WEBP.filter((type) => type !== 'image/webp') }, []],
    [NOVA_2_LITE, { mimeTypes: [...WITH_WEBP, 'image/bmp'] }, ['error LIMIT_VALUE']],
    [NOVA_2_LITE, { mimeTypes: ['image/webp'] }, ['error LIMIT_VALUE']],
    [NOVA_2_LITE, { mimeTypes: 'image/webp' }, ['error LIMIT_VALUE']],
    [NOVA_LITE, { imagesCountedIn: 'message' }, ['info LIMIT_SET_ASIDE']],
    [NOVA_LITE, { imagesCountedIn: 'example' }, []],
    [NOVA_LITE, { imagesCountedIn: 'row' }, ['error LIMIT_VALUE']],
    [NOVA_MICRO, { imagesCountedIn: 'message' }, ['error LIMIT_UNKNOWN']],
    [NOVA_LITE, { maxBytesPerFile: { image: 10_485_760 } }, ['info LIMIT_SET_ASIDE']],
    [NOVA_LITE, { maxBytesPerFile: { image: 10_485_761 } }, ['error LIMIT_VALUE']],
    [NOVA_LITE, { maxBytesPerFile: { image: 9_999_999 } }, ['error LIMIT_VALUE']],
    [NOVA_LITE, { maxBytesPerFile: { document: 10_485_760 } }, ['error LIMIT_VALUE']],
    [NOVA_LITE, { maxBytesPerFile: JSON.parse('{"__proto__": 5}') }, ['error LIMIT_VALUE']],
    [NOVA_LITE, { toString: 1 } as unknown as Limits, ['error LIMIT_UNKNOWN']],
    [NOVA_LITE, { maxTokensPerExample: 32_768 }, ['error LIMIT_UNKNOWN']],
  ])('judges %s with %j', (model, limits, told) => {
    const found = bedrock.checkTarget(target({ model, limits }));
    expect(found.map(({ code, severity }) => `${severity} ${code}`)).toEqual(told);
  });

  it.each<[Limits, string[]]>([
    [{ maxTrainingFileBytes: 5_000_000_000 }, ['LIMIT_SET_ASIDE']],
    [{ maxTrainingFileBytes: 5_000_000_001 }, ['LIMIT_VALUE']],
    [{ maxTrainingFileBytes: 512_000_000 }, []],
    [{ maxTrainingFileBytes: 511_999_999 }, ['LIMIT_VALUE']],
  ])('judges Azure with %j', (limits, codes) => {
    expect(azure.checkTarget(azureTarget(limits)).map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    ['OpenAI itself', openaiIn({}), azureTarget({ maxTrainingFileBytes: 5_000_000_000 })],
    [
      'Vertex AI',
      vertex,
      { ...target({ model: 'gemini-3.1-flash-lite', limits: { maxRows: 1 } }), provider: 'vertex' },
    ],
  ])('knows none at %s', (_who, provider, one) => {
    expect(provider.checkTarget(one)).toMatchObject([
      { code: 'LIMIT_UNKNOWN', hint: 'No limit of this model is disputed: leave "limits" out.' },
    ]);
  });

  it('says both values and sources, and what to write', () => {
    const [issue] = bedrock.checkTarget(target({ model: NOVA_2_LITE, limits: { minRows: 5 } }));
    expect(issue?.message).toMatch(
      /^"limits.minRows" is 5, .*200 by github.com.*\(2026-11-01\), and 8 by docs.aws.*\)$/,
    );
    expect(issue?.hint).toBe('Write 8, or leave it out for 200. What lies between is taken, too.');
  });

  it('says which name was meant, and what there is', () => {
    const [issue] = bedrock.checkTarget(target({ model: NOVA_2_LITE, limits: { minrow: 8 } }));
    expect(issue?.message).toBe(`"limits.minrow" cannot be set for bedrock:${NOVA_2_LITE}`);
    expect(issue?.hint).toBe(
      'Did you mean "minRows"? Can be set here: imagesCountedIn, maxBytesPerFile, mimeTypes, minRows. See finedrop targets.',
    );
  });

  it('tells which rule is set aside, and that the service may not', () => {
    const [issue] = bedrock.checkTarget(target({ model: NOVA_2_LITE, limits: { minRows: 8 } }));
    expect(issue?.message).toMatch(/^"limits.minRows" is 8 for bedrock:.* sets the stricter rule aside, 200 by github/);
    expect(issue?.hint).toMatch(/8 by docs.aws.*the job fails\.$/);
  });
});

const codesOf = (dataset: DatasetTotals, limits?: Limits) =>
  bedrock
    .checkDataset(dataset, target({ model: NOVA_2_LITE, ...(limits === undefined ? {} : { limits }) }))
    .map(({ code }) => code);

describe('checkDataset, with disputed limits,', () => {
  it.each<[number, Limits | undefined, string[]]>([
    [199, undefined, ['TOO_FEW_ROWS']],
    [200, undefined, []],
    [8, { minRows: 8 }, ['FEW_ROWS']],
    [7, { minRows: 8 }, ['TOO_FEW_ROWS']],
    [99, { minRows: 100 }, ['TOO_FEW_ROWS']],
    [100, { minRows: 100 }, ['FEW_ROWS']],
    // What no source has is refused with the target, and sets nothing aside.
    [7, { minRows: 5 }, ['TOO_FEW_ROWS']],
  ])('judges %i rows of Nova 2 with %j', (train, limits, codes) => {
    expect(codesOf(totals({ train }), limits)).toEqual(codes);
  });

  it.each<[number, Limits | undefined, string[]]>([
    [512_000_000, undefined, []],
    [512_000_001, undefined, ['TRAINING_FILE_TOO_LARGE']],
    [5_000_000_000, { maxTrainingFileBytes: 5_000_000_000 }, []],
    [5_000_000_001, { maxTrainingFileBytes: 5_000_000_000 }, ['TRAINING_FILE_TOO_LARGE']],
  ])('judges a file of %i bytes at Azure with %j', (train, limits, codes) => {
    const dataset = { ...totals(), bytes: { train, validation: 1000 } };
    expect(azure.checkDataset(dataset, azureTarget(limits)).map(({ code }) => code)).toEqual(codes);
  });
});

const images = (count: number, from: number) =>
  Array.from({ length: count }, (_, index) => ({ media: `f${from + index}` }));
const media = new Map([
  ...Array.from({ length: 22 }, (_, index) => [`f${index}`, image(`f${index}`)] as const),
  ['webp', image('webp', { mime: 'image/webp' })],
  ['heavy', image('heavy', { bytes: 10_485_760 })],
  ['heavier', image('heavier', { bytes: 10_485_761 })],
  ['pdf', pdf('pdf', { bytes: 10_485_760 })],
]);
const turns = (first: number, second: number) =>
  example([
    user({ text: 'Which?' }, ...images(first, 0)),
    assistant('One.'),
    user({ text: 'And?' }, ...images(second, first)),
    assistant('Another.'),
  ]);
const asked = (name: string) => example([user({ text: 'Which?' }, { media: name }), assistant('That.')]);
const BY_MESSAGE = { imagesCountedIn: 'message' };

describe('format, with disputed limits,', () => {
  it.each([
    ['ten in all', turns(5, 5), NOVA_LITE, undefined, []],
    ['eleven in all', turns(6, 5), NOVA_LITE, undefined, ['TOO_MANY_IMAGES']],
    ['twenty in two turns', turns(10, 10), NOVA_LITE, BY_MESSAGE, []],
    ['eleven in one turn', turns(11, 1), NOVA_LITE, BY_MESSAGE, ['TOO_MANY_IMAGES']],
    ['WebP', asked('webp'), NOVA_2_LITE, undefined, ['IMAGE_TYPE_UNSUPPORTED']],
    ['WebP', asked('webp'), NOVA_2_LITE, { mimeTypes: WITH_WEBP }, []],
    ['an image of 10 MiB', asked('heavy'), NOVA_LITE, undefined, ['IMAGE_TOO_LARGE']],
    ['an image of 10 MiB', asked('heavy'), NOVA_LITE, { maxBytesPerFile: { image: 10_485_760 } }, []],
    ['a byte more', asked('heavier'), NOVA_LITE, { maxBytesPerFile: { image: 10_485_760 } }, ['IMAGE_TOO_LARGE']],
    ['a PDF of 10 MiB', asked('pdf'), NOVA_2_LITE, { maxBytesPerFile: { image: 10_485_760 } }, ['DOCUMENT_TOO_LARGE']],
    ['a PDF of 10 MiB', asked('pdf'), NOVA_2_LITE, { maxBytesPerFile: { document: 10_485_760 } }, []],
  ] as const)('judges %s', (_what, one, model, limits, codes) => {
    const formatted = bedrock.format(one, media, options({ model, ...(limits === undefined ? {} : { limits }) }));
    expect(excludedCodes(formatted)).toEqual(codes);
  });

  it('counts turns of one role, which become one, as one', () => {
    const said = [user({ text: 'Which?' }, ...images(6, 0)), user(...images(5, 6)), assistant('That.')];
    const limits = { imagesCountedIn: 'message' };
    expect(excludedCodes(bedrock.format(example(said), media, options({ limits })))).toEqual(['TOO_MANY_IMAGES']);
  });

  it('writes WebP as it is', () => {
    const limits = { mimeTypes: WITH_WEBP };
    const { line } = accepted(bedrock.format(asked('webp'), media, options({ model: NOVA_2_LITE, limits })));
    expect(line.join('')).toContain('"image":{"format":"webp"');
  });
});

const asset = { sha256: 'a'.repeat(64), kind: 'image', mime: 'image/webp', width: 64, height: 64 } as const;

describe('adapt, with disputed limits,', () => {
  it.each([
    [{ ...asset, bytes: 2000 }, undefined, 'rendition'],
    [{ ...asset, bytes: 2000 }, { mimeTypes: WITH_WEBP }, 'as-is'],
    [{ ...asset, mime: 'image/png', bytes: 10_000_001 }, undefined, 'rendition'],
    [{ ...asset, mime: 'image/png', bytes: 10_485_760 }, { maxBytesPerFile: { image: 10_485_760 } }, 'as-is'],
    [{ ...asset, mime: 'image/png', bytes: 10_485_761 }, { maxBytesPerFile: { image: 10_485_760 } }, 'rendition'],
  ] as const)('takes %j with %j: %s', (file, limits, take) => {
    const one = target({ model: NOVA_2_LITE, ...(limits === undefined ? {} : { limits }) });
    expect(bedrock.adapt(file, one).take).toBe(take);
  });
});
