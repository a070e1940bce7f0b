import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesNamedIn, namedLines, saidBy } from '../../lib/providers/named-lines.ts';

describe('linesNamedIn', () => {
  it.each([
    ['Invalid file format. Example 12 message contains an invalid token: <|fim_suffix|>', [12]],
    ['Expected file to have JSONL format. Line 3 is not a dictionary (HINT: …)', [3]],
    ['Skipped examples 3, 7 and 12: images contain faces', [3, 7, 12]],
    ['Skipped example(s) at lines 4, 5: inaccessible URL', [4, 5]],
    ['record #9 is too long', [9]],
    ['line 5: bad; line 5: worse; row 6: bad', [5, 6]],
    ['Training file has 5 example(s), but must have at least 10 examples', []],
    ['Training file has 9 examples. 10 are needed', []],
    ['12 examples were left out', []],
    ['example 0 does not exist', []],
    ['the deadline 5 passed', []],
    ['', []],
  ])('reads "%s" as %j', (message, lines) => {
    expect(linesNamedIn(message).map(({ line }) => line)).toEqual(lines);
  });

  it('tells the file by the word "validation", unless it is told otherwise', () => {
    expect(linesNamedIn('line 2 of the validation file is odd')).toMatchObject([{ split: 'validation' }]);
    expect(linesNamedIn('training line 2 is in the validation file, too')).toMatchObject([{ split: 'train' }]);
    expect(linesNamedIn('line 2 is odd', 'validation')).toMatchObject([{ split: 'validation' }]);
  });

  it('takes a moment for any message, however long', () => {
    const property = fc.property(fc.string({ maxLength: 300 }), fc.nat(20_000), (text, times) => {
      const started = performance.now();
      linesNamedIn(`example ${text}`.repeat(times));
      linesNamedIn(`examples ${'1, '.repeat(times)}`);
      expect(performance.now() - started).toBeLessThan(500);
    });
    fc.assert(property, { seed: 8, numRuns: 50 });
  });
});

describe('namedLines', () => {
  const line = (number: number, split: 'train' | 'validation' = 'train') => ({ split, line: number, reason: 'x' });

  it('names each line once, in the order of the files, and at most 200', () => {
    expect(namedLines([line(3), line(1, 'validation'), line(2), line(3)])).toEqual({
      count: 3,
      lines: [line(2), line(3), line(1, 'validation')],
    });
    const many = Array.from({ length: 300 }, (_, index) => line(index + 1));
    expect(namedLines(many)).toMatchObject({ count: 300, lines: { length: 200 } });
  });

  it('counts as the provider does where it names but a sample, and is null where there is nothing', () => {
    expect(namedLines([line(1)], 40)).toMatchObject({ count: 40, lines: [line(1)] });
    expect(namedLines([], 40)).toEqual({ count: 40, lines: [] });
    expect(namedLines([])).toBeNull();
  });
});

describe('saidBy', () => {
  it('shortens, shows what is invisible, and cuts keys out', () => {
    expect(saidBy('x'.repeat(10_000)).length).toBeLessThanOrEqual(500);
    expect(saidBy('a\u202eb sk-abcdefghijklmnopqrstuvwx')).toBe('a\\u202eb …');
  });
});
