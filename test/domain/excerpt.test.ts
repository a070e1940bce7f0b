import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt } from '../../lib/domain/excerpt.ts';

describe('excerpt', () => {
  it.each([
    ['short text as it is', 'owl.png', 'owl.png'],
    ['other scripts and emoji as they are', '訓練 é 🦉 ✓', '訓練 é 🦉 ✓'],
    ['line ends and tabs as people know them', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['controls by their number', 'a\0b\u001b[31m', 'a\\u0000b\\u001b[31m'],
    ['what turns the line around', 'invoice\u202egpj.exe', 'invoice\\u202egpj.exe'],
    ['isolates and marks', '\u2066a\u2069\u200f', '\\u2066a\\u2069\\u200f'],
    ['what has no width', 'a\u200bb\ufeffc\u00add\u2060', 'a\\u200bb\\ufeffc\\u00add\\u2060'],
    ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['invisible letters beyond the first plane', 'a\u{e0041}b', 'a\\u{e0041}b'],
    ['halves of characters', 'a\ud83db\udc00', 'a\\ud83db\\udc00'],
  ])('shows %s', (_what, value, expected) => {
    expect(excerpt(value)).toBe(expected);
  });

  it.each([
    ['letters', 'a'.repeat(80), 'a'.repeat(80)],
    ['one letter too many', 'a'.repeat(81), `${'a'.repeat(79)}…`],
    ['owls, each two code units', '🦉'.repeat(80), '🦉'.repeat(80)],
    ['one owl too many', '🦉'.repeat(81), `${'🦉'.repeat(79)}…`],
    ['an owl at the cut', `${'a'.repeat(159)}🦉`, `${'a'.repeat(79)}…`],
  ])('cuts after 80 characters: %s', (_what, value, expected) => {
    expect(excerpt(value)).toBe(expected);
  });

  it('cuts where it is told', () => {
    expect(excerpt('abcdef', 4)).toBe('abc…');
    expect(excerpt('abcd', 4)).toBe('abcd');
  });

  it('shows any text in one visible line, never longer than its limit allows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 2, max: 100 }), (value, limit) => {
        const shown = excerpt(value, limit);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(Array.from(shown).length).toBeLessThanOrEqual(limit * '\\u{10ffff}'.length);
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  it('costs nothing more for a gigantic value', () => {
    const gigantic = '\u202e'.repeat(50_000_000);
    const started = performance.now();
    expect(excerpt(gigantic)).toHaveLength(79 * 6 + 1);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
