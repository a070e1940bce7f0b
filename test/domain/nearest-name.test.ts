import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, nearestNames } from '../../lib/domain/nearest-name.ts';

describe('nearestNames', () => {
  it.each([
    ['nmae', ['role', 'name', 'content'], 'name'],
    ['flies', ['prompt', 'completion', 'files'], 'files'],
    ['fiels', ['files'], 'files'],
    ['pormpt', ['prompt', 'files'], 'prompt'],
    ['completon', ['prompt', 'completion'], 'completion'],
    ['Prompts', ['prompt'], 'prompt'],
    ['FILES', ['files'], 'files'],
    ['owl.jpg', ['owl.jpeg', 'owl.png', 'cat.gif'], 'owl.jpeg'],
    ['maxRejcted', ['maxRejected'], 'maxRejected'],
    ['ab', ['ba'], 'ba'],
    ['run', ['ru'], 'ru'],
    ['é', ['e'], 'e'],
  ])('finds for "%s" among %j "%s"', (name, candidates, expected) => {
    expect(nearestNames(name, candidates)).toEqual([expected]);
  });

  it.each([
    ['colour', ['size', 'weight']],
    ['name', ['nickname']],
    ['abc', ['xyz']],
    ['x', ['abc']],
    ['', ['abc']],
    ['abc', []],
  ])('finds nothing for "%s" among %j', (name, candidates) => {
    expect(nearestNames(name, candidates)).toEqual([]);
  });

  it('gives the best first, equal ones by name, as many as are asked for', () => {
    const candidates = ['owl3.png', 'owl1.png', 'owl.png', 'owl2.png', 'lamp.gif'];
    expect(nearestNames('owl.png', candidates, 3)).toEqual(['owl.png', 'owl1.png', 'owl2.png']);
    expect(nearestNames('owl.png', [...candidates].reverse(), 3)).toEqual(['owl.png', 'owl1.png', 'owl2.png']);
  });

  it('finds every name of three letters or more again after one slip of any kind', () => {
    const slip = fc.constantFrom('swap', 'drop', 'double', 'replace');
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z_]{3,20}$/), slip, fc.nat(), (name, kind, where) => {
        const at = where % (name.length - 1);
        const slipped = {
          swap: `${name.slice(0, at)}${name[at + 1]}${name[at]}${name.slice(at + 2)}`,
          drop: name.slice(0, at) + name.slice(at + 1),
          double: name.slice(0, at) + name[at] + name.slice(at),
          replace: `${name.slice(0, at)}#${name.slice(at + 1)}`,
        }[kind];
        expect(nearestNames(slipped, ['~~~~~~~~~~', name])).toEqual([name]);
      }),
      { seed: 42, numRuns: 400 },
    );
  });

  it('compares thousands of long names in the blink of an eye', () => {
    const candidates = Array.from({ length: 5000 }, (_, index) => `${index}`.repeat(300));
    const started = performance.now();
    nearestNames('x'.repeat(100_000), candidates);
    nearestNames(`${'7'.repeat(199)}x`, candidates);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('didYouMean', () => {
  it('is a sentence for the end of a hint, or nothing', () => {
    expect(didYouMean('polcy', ['policy'])).toBe(' Did you mean "policy"?');
    expect(didYouMean('zebra', ['policy'])).toBe('');
  });
});
