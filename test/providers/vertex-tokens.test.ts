import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { format } from '../../lib/providers/vertex/format.ts';
import { MAX_TOKENS_PER_EXAMPLE } from '../../lib/providers/vertex/spec.ts';
import {
  countFileTokens,
  estimateTextTokens,
  loadTokenizer,
  MAX_TEXT_BYTES,
  weighFile,
} from '../../lib/providers/vertex/tokens.ts';
import { accepted, assistant, example, file, target, user } from './vertex-fixtures.ts';

const NEW = 'gemini-3.1-flash-lite';
const OLD = 'gemini-2.5-flash';

describe('estimateTextTokens', () => {
  it.each([
    ['', 0],
    ['a', 1],
    ['four', 1],
    ['fours', 2],
    ['The quick brown fox jumps over the lazy dog', 11],
    ['訓練データ', 5],
    ['안녕하세요', 5],
    ['Привет', 3],
    ['🦉', 1],
    ['मौसम', 3],
  ])('counts %j as %i', (text, tokens) => {
    expect(estimateTextTokens(text)).toBe(tokens);
  });

  it('never counts less than a token for four bytes, and never more than one for a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const tokens = estimateTextTokens(text);
        expect(tokens).toBeGreaterThanOrEqual(Math.ceil(Buffer.byteLength(text) / 4));
        expect(tokens).toBeLessThanOrEqual(Math.max(text.length, 0));
      }),
      { seed: 42 },
    );
    expect(MAX_TEXT_BYTES).toBe(4 * MAX_TOKENS_PER_EXAMPLE);
  });

  it('is what the provider counts with', async () => {
    expect((await loadTokenizer())('fours')).toBe(2);
  });
});

describe('countFileTokens', () => {
  it.each([
    [NEW, null, 1120],
    [NEW, 'low', 280],
    [NEW, 'medium', 560],
    [NEW, 'high', 1120],
    [NEW, 'ultra_high', 2240],
    [OLD, 'low', 64],
    [OLD, 'medium', 256],
  ] as const)('counts an image for %s at %s as %i', (model, resolution, tokens) => {
    expect(countFileTokens(model, file('image', 'a', { width: 4000, height: 3000 }), resolution)).toBe(tokens);
  });

  // 1,290 and 3,354 were measured by a user.
  it.each([
    [384, 200, 258],
    [768, 768, 1290],
    [4000, 3000, 3354],
    [undefined, undefined, 3354],
  ])('counts %s x %s pixels for Gemini 2.5 as %i', (width, height, tokens) => {
    const size = width === undefined || height === undefined ? {} : { width, height };
    expect(countFileTokens(OLD, file('image', 'a', size), null)).toBe(tokens);
    expect(countFileTokens(OLD, file('image', 'a', size), 'high')).toBe(tokens);
  });

  it.each([
    [NEW, null, 5600],
    [NEW, 'low', 2800],
    [NEW, 'high', 11_200],
    [OLD, null, 2580],
    [OLD, 'low', 640],
  ] as const)('counts ten pages for %s at %s as %i', (model, resolution, tokens) => {
    expect(countFileTokens(model, file('document', 'a', { pages: 10 }), resolution)).toBe(tokens);
  });

  it.each([
    [NEW, { seconds: 60 }, 1500],
    [OLD, { seconds: 60 }, 1920],
    [NEW, { seconds: 0.1 }, 3],
    [NEW, { bytes: 160_000 }, 250],
  ])('counts audio for %s (%j) as %i', (model, changes, tokens) => {
    expect(countFileTokens(model, file('audio', 'a', changes), null)).toBe(tokens);
  });
});

describe('weighFile', () => {
  it('adds the text that pages may hold, and nothing for other files', () => {
    expect(weighFile(NEW, file('document', 'a', { pages: 10 }), null)).toEqual({ low: 5600, high: 15_600 });
    expect(weighFile(OLD, file('document', 'a', { pages: 1 }), 'low')).toEqual({ low: 64, high: 1064 });
    expect(weighFile(NEW, file('image', 'a'), null)).toEqual({ low: 1120, high: 1120 });
  });
});

describe('tokens of an example', () => {
  it('are its texts, files and calls, and eight more', () => {
    const row = example([
      { role: 'system', parts: [{ text: 'abcd' }] },
      user({ text: 'abcdefgh' }, { media: 'a' }),
      assistant('abcd', { toolCalls: [{ id: '1', name: 'abcd', arguments: '{"a":12}' }] }),
    ]);
    const options = { target: target(), countTokens: estimateTextTokens, mediaUri: (name: string) => name };
    const { tokens } = accepted(format(row, new Map([['a', file('image', 'a')]]), options));
    expect(tokens).toBe(8 + 1 + 2 + 1120 + 1 + 1 + 2);
  });

  const counted = (...messages: Parameters<typeof example>[0]) => {
    const options = { target: target(), countTokens: estimateTextTokens, mediaUri: (name: string) => name };
    const media = new Map([['a', file('document', 'a', { pages: 2 })]]);
    return accepted(format(example(messages), media, options));
  };
  const says = (words: number) => ({ text: 'four'.repeat(words) });

  it('are charged at most with what stands before each answer again', () => {
    const { tokens, tokensAtMost } = counted(
      { role: 'system', parts: [says(5)] },
      user(says(10)),
      assistant('four'),
      user(says(20)),
      assistant('four'),
      assistant('four'),
    );
    expect(tokens).toBe(8 + 5 + 10 + 1 + 20 + 1 + 1);
    expect(tokensAtMost).toBe(8 + 5 + 10 + 1 + (8 + 5 + 10 + 1 + 20 + 1 + 1));
  });

  it('are charged at most with the text of their pages', () => {
    const { tokens, tokensAtMost } = counted(user({ media: 'a' }, says(1)), assistant('four'));
    expect([tokens, tokensAtMost]).toEqual([8 + 2 * 560 + 2, 8 + 2 * 1560 + 2]);
  });

  it.each([
    [104_800, 0],
    [104_900, 1],
    [131_000, 1],
  ])('warn when Google may count more than the limit (%i, %i warnings)', (words, warnings) => {
    const { issues } = counted(user(says(words)), assistant('four'));
    expect(issues.map(({ code, severity }) => [code, severity])).toEqual(
      Array(warnings).fill(['TOKENS_OVER_LIMIT', 'warning']),
    );
  });
});
