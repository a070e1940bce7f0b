import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, loadTokenizer } from '../../lib/providers/openai/tokenizer.ts';
import { countImageTokens } from '../../lib/providers/openai/tokens.ts';

describe('countImageTokens', () => {
  it.each<[string, number, number, 'auto' | 'low' | 'high', number]>([
    ['gpt-4o-2024-08-06', 1024, 1024, 'high', 765],
    ['gpt-4o-2024-08-06', 2048, 4096, 'high', 1105],
    ['gpt-4o-2024-08-06', 4096, 8192, 'high', 1105],
    ['gpt-4o-2024-08-06', 3000, 6000, 'high', 1105],
    ['gpt-4o-2024-08-06', 818, 1091, 'high', 765],
    ['gpt-4o-2024-08-06', 4096, 8192, 'low', 85],
    ['gpt-4o-2024-08-06', 128, 64, 'high', 255],
    ['gpt-4o-2024-08-06', 1, 1, 'auto', 255],
    ['gpt-4o-2024-08-06', 50_000, 1, 'auto', 85 + 170 * 4],
    ['gpt-4o-mini-2024-07-18', 2048, 4096, 'high', 36_835],
    ['gpt-4o-mini-2024-07-18', 2048, 4096, 'low', 2833],
    ['gpt-4.1-2025-04-14', 1024, 1024, 'auto', 765],
    ['gpt-4.1-mini-2025-04-14', 1024, 1024, 'auto', Math.ceil(1024 * 1.62)],
    ['gpt-4.1-mini-2025-04-14', 1800, 2400, 'auto', Math.ceil(1452 * 1.62)],
    ['gpt-4.1-nano-2025-04-14', 1024, 1024, 'low', Math.ceil(1024 * 2.46)],
  ])('%s, %i x %i, %s: %i', (model, width, height, detail, tokens) => {
    expect(countImageTokens(model, { width, height }, detail)).toBe(tokens);
  });

  it('never exceeds what scaling leaves, whatever the size', () => {
    const side = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        expect(countImageTokens('gpt-4o-2024-08-06', { width, height })).toBeLessThanOrEqual(85 + 170 * 8);
        expect(countImageTokens('gpt-4.1-mini', { width, height })).toBeLessThanOrEqual(Math.ceil(1536 * 1.62));
      }),
      { seed: 42 },
    );
  });
});

describe('loadTokenizer', () => {
  it.each([
    ['', 0],
    ['hello world', 2],
    ['An owl.', 3],
    ['<|endoftext|>', 7],
  ])('counts %j as %i tokens', async (text, tokens) => {
    expect((await loadTokenizer())(text)).toBe(tokens);
  });

  it.each([
    ['one letter', () => 'a'],
    ['many ideographs', (index: number) => String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000))],
    ['spaces and tabs', (index: number) => (index % 3 === 0 ? '\t' : ' ')],
    ['many emojis', (index: number) => String.fromCodePoint(0x1f300 + ((index * 31) % 700))],
  ])('stays quick on a long run of %s', async (_what, characterAt) => {
    const count = await loadTokenizer();
    const run = Array.from({ length: 100_000 }, (_, index) => characterAt(index)).join('');
    const begin = performance.now();
    expect(count(run)).toBeGreaterThan(500);
    // Without cuts the ideographs alone take half a minute.
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it('estimates what is far over any limit', async () => {
    const count = await loadTokenizer();
    const tokens = count(' owl'.repeat(1_000_000));
    expect(tokens).toBeGreaterThan(950_000);
    expect(tokens).toBeLessThan(1_050_000);
  });
});

describe('cutText', () => {
  it('loses nothing, keeps pairs of surrogates together and leaves short texts whole', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('🦉'.repeat(900), 'a'.repeat(2500)),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.constantFrom('', ' ', '\n\n'), (words, joint) => {
        const text = words.join(joint);
        const pieces = [...cutText(text)];
        expect(pieces.join('')).toBe(text);
        if (text.length > 0 && text.length < 1000) expect(pieces).toEqual([text]);
        for (const piece of pieces) expect(piece).not.toMatch(/\p{Cs}/u);
      }),
      { seed: 42 },
    );
  });

  it('cuts a long text at white space', () => {
    const pieces = [...cutText('word '.repeat(10_000))];
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces.slice(1)) expect(piece.startsWith(' ')).toBe(true);
  });
});
