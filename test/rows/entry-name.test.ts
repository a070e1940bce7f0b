import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanPath, compareNatural, isJunkName, matchesGlob } from '../../lib/rows/entry-name.ts';

describe('cleanPath', () => {
  it.each([
    ['./a/b.png', 'a/b.png'],
    ['././b.png', 'b.png'],
    ['/a//b.png', 'a/b.png'],
    ['a\\b.png', 'a/b.png'],
    ['.hidden.png', '.hidden.png'],
    ['../b.png', '../b.png'],
  ])('writes %s as %s', (name, path) => {
    expect(cleanPath(name)).toBe(path);
  });
});

describe('isJunkName', () => {
  it.each(['__MACOSX/a.png', 'a/__MACOSX/b', '.DS_Store', 'a/.ds_store', 'Thumbs.db', 'a/desktop.ini', 'a/._b.png'])(
    'knows %s',
    (name) => expect(isJunkName(name)).toBe(true),
  );
  it.each(['a.png', 'MACOSX/a.png', '__MACOSXa/b.png', 'a._b.png', 'My Thumbs.db', '._a/b.png'])(
    'leaves %s alone',
    (name) => expect(isJunkName(name)).toBe(false),
  );
});

describe('compareNatural', () => {
  it('counts as people do', () => {
    const names = ['f10.png', 'f2.png', 'f1.png', 'f02.png', 'f.png', 'g1.png', 'f1a.png'];
    expect(names.sort(compareNatural)).toEqual([
      'f.png',
      'f1.png',
      'f1a.png',
      'f02.png',
      'f2.png',
      'f10.png',
      'g1.png',
    ]);
  });

  it('is a total order', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '1', '2', '.'), maxLength: 6 });
    fc.assert(
      fc.property(name, name, name, (one, two, three) => {
        expect(Math.sign(compareNatural(one, two))).toBe(-Math.sign(compareNatural(two, one)) || 0);
        expect(compareNatural(one, two) === 0).toBe(one === two);
        if (compareNatural(one, two) < 0 && compareNatural(two, three) < 0) {
          expect(compareNatural(one, three)).toBeLessThan(0);
        }
      }),
      { seed: 42, numRuns: 5000 },
    );
  });
});

describe('matchesGlob', () => {
  it('agrees with the regular expression of the same meaning', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 6 });
    fc.assert(
      fc.property(text, pattern, (name, glob) => {
        const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(name, glob)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { seed: 42, numRuns: 5000 },
    );
  });

  it('does not explode', () => {
    const start = performance.now();
    expect(matchesGlob('a'.repeat(1000), `${'*a'.repeat(500)}b`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
