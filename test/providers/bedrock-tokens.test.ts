import { describe, expect, it } from 'vitest';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import type { PreparedMedia } from '../../lib/providers/provider.ts';
import {
  accepted,
  assistant,
  example,
  excludedCodes,
  image,
  NOVA_2_LITE,
  NOVA_LITE,
  options,
  pdf,
  totals,
  user,
} from './bedrock-fixtures.ts';

type Images = Parameters<typeof image>[1][];

function formatImages(images: Images, { model = NOVA_LITE, text = '' } = {}) {
  const media = new Map<string, PreparedMedia>(
    images.map((changes, index) => [`m${index}`, image(`${index}`, changes)]),
  );
  const parts = images.map((_, index) => ({ media: `m${index}` }));
  return bedrock.format(example([user(...parts, { text: `?${text}` }), assistant('!')]), media, options({ model }));
}

/** What an image adds to a row. */
function imageTokens(width: number, height: number, model = NOVA_LITE) {
  const [one, none] = [formatImages([{ width, height }], { model }), formatImages([], { model })].map(accepted);
  const most = (formatted: typeof one) => formatted?.tokensAtMost ?? 0;
  return { usual: (one?.tokens ?? 0) - (none?.tokens ?? 0), high: most(one) - most(none) };
}

describe('text tokens', () => {
  const spoken = (characters: number, character = 'x') =>
    bedrock.format(example([user({ text: character.repeat(characters) }), assistant('y')]), new Map(), options());

  // 8 tokens at most for the two turns, and one for the answer.
  it.each([
    [95_973, [], []],
    [95_974, ['TOKENS_OVER_LIMIT'], []],
    [191_994, ['TOKENS_OVER_LIMIT'], []],
    [191_995, [], ['TOKENS_OVER_LIMIT']],
  ])('of %i characters are warned of (%j) or refused (%j)', (characters, warned, refused) => {
    const formatted = spoken(characters);
    expect('issues' in formatted ? formatted.issues.map(({ code }) => code) : []).toEqual(warned);
    expect(excludedCodes(formatted)).toEqual(refused);
  });

  it.each([
    [31_991, []],
    [31_992, ['TOKENS_OVER_LIMIT']],
  ])('of %i ideographs may be one each (%j)', (characters, warned) => {
    expect(accepted(spoken(characters, '訓')).issues.map(({ code }) => code)).toEqual(warned);
  });

  it('say what is certain, what may be, and what to do', () => {
    expect(spoken(200_000)).toMatchObject({
      excluded: [{ severity: 'error', message: expect.stringMatching(/33,335 tokens or more/), hint: /Shorten/ }].map(
        ({ hint, ...rest }) => ({ ...rest, hint: expect.stringMatching(hint) }),
      ),
    });
    expect(accepted(spoken(120_000)).issues).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/up to 40,009 tokens.* no public tokenizer/),
        hint: expect.stringMatching(/Maximum input token count/),
      },
    ]);
  });

  it('are counted at four English characters each', async () => {
    const countTokens = await bedrock.loadTokenizer(NOVA_LITE);
    expect(countTokens('x'.repeat(400))).toBe(100);
    expect(countTokens('訓練'.repeat(30))).toBe(40);
  });
});

describe('image tokens', () => {
  it.each([
    [900, 450, 800],
    [450, 900, 800],
    [900, 900, 1300],
    [1400, 900, 1800],
    [1800, 900, 2400],
    [1300, 1300, 2600],
  ])('of %i x %i are within a twentieth of the guide’s %i', (width, height, documented) => {
    const { usual } = imageTokens(width, height);
    expect(Math.abs(usual - documented) / documented).toBeLessThan(0.05);
  });

  it.each([
    ['of a thumbnail are those of an image of 896 pixels', [64, 64], [896, 896]],
    ['follow the nearest of the known ratios', [1400, 900], [1350, 900]],
    ['of a strip are those of the longest ratio', [8000, 100], [900, 100]],
  ] as const)('%s', (_what, [width, height], [otherWidth, otherHeight]) => {
    expect(imageTokens(width, height)).toEqual(imageTokens(otherWidth, otherHeight));
  });

  it('are 230 for Nova 2 whatever the size, and those of the table at most', () => {
    expect(imageTokens(900, 450, NOVA_2_LITE)).toEqual({ usual: 230, high: imageTokens(900, 450).high });
    expect(imageTokens(1300, 1300, NOVA_2_LITE)).toEqual({ usual: 230, high: imageTokens(1300, 1300).high });
  });

  it.each([
    [9, 900, []],
    [10, 2600, ['TOKENS_OVER_LIMIT']],
  ])('of %i images of %i pixels a side are warned of: %j', (count, side, codes) => {
    const images = Array.from({ length: count }, () => ({ width: side, height: side }));
    expect(accepted(formatImages(images)).issues.map(({ code }) => code)).toEqual(codes);
  });

  it('alone refuse no row: how training counts them is not documented', () => {
    const images = Array.from({ length: 10 }, () => ({ width: 8000, height: 8000 }));
    expect(excludedCodes(formatImages(images))).toEqual([]);
    expect(excludedCodes(formatImages(images, { text: 'x'.repeat(24_000 * 6) }))).toEqual(['TOKENS_OVER_LIMIT']);
  });
});

describe('PDF tokens', () => {
  const read = (pages: number) =>
    bedrock.format(
      example([user({ media: 'a' }), assistant('!')]),
      new Map([['a', pdf('a', { pages })]]),
      options({ model: NOVA_2_LITE }),
    );

  it.each([
    [8, [], []],
    [9, ['TOKENS_OVER_LIMIT'], []],
    [139, ['TOKENS_OVER_LIMIT'], []],
    [140, [], ['TOKENS_OVER_LIMIT']],
  ])('of %i pages are warned of (%j) or refused (%j)', (pages, warned, refused) => {
    const formatted = read(pages);
    expect('issues' in formatted ? formatted.issues.map(({ code }) => code) : []).toEqual(warned);
    expect(excludedCodes(formatted)).toEqual(refused);
  });
});

/** A published run: Nova Lite, an image a row, 5 epochs; 300 rows cost about 2.1 dollars, 900 rows about 7.5. Sizes were not told. */
describe('the reference run', () => {
  it.each([
    [300, 2.1],
    [900, 7.5],
  ])('of %i rows is estimated within a quarter of %d dollars', (rows, published) => {
    const text = 'Which of the listed damages does the photograph show? Answer with its name. '.repeat(3);
    const row = accepted(formatImages([{ width: 900, height: 450 }], { text }));
    const asked = options({ hyperparameters: { epochCount: 5 } }).target;
    const { low, high } = bedrock.estimateEpochs(totals({ train: rows }), asked);
    expect([low, high]).toEqual([5, 5]);
    const price = bedrock.capabilities.models.find(({ model }) => model === NOVA_LITE)?.usdPerMillionTokens?.value ?? 0;
    const dollars = (rows * row.tokens * low * price) / 1e6;
    expect(Math.abs(dollars - published) / published).toBeLessThan(0.25);
  });

  it('would have two epochs by default', () => {
    expect(bedrock.estimateEpochs(totals(), options().target)).toEqual({ low: 2, high: 2 });
  });
});
