import { describe, expect, it } from 'vitest';
import { buildDropIndex, type DropIndex, expandFrames, findEntry, knowsName } from '../../lib/rows/drop-index.ts';
import { archiveOf, looseFiles } from './row-factories.ts';

function found(index: DropIndex, name: string): unknown {
  const lookup = findEntry(index, name);
  if ('found' in lookup) return `${lookup.step} ${lookup.found.name}`;
  return 'ambiguous' in lookup ? `ambiguous ${lookup.ambiguous.map((entry) => entry.name).join(' ')}` : 'missing';
}

const CAFE_COMPOSED = 'caf\u00e9.png';
const CAFE_DECOMPOSED = 'cafe\u0301.png';

describe('findEntry', () => {
  it.each([
    ['the name as it is', ['a/0.png', '0.png'], '0.png', 'exact 0.png'],
    ['a leading ./', ['0.png', 'a/1.png'], './0.png', 'path 0.png'],
    ['backslashes', ['a/0.png', '1.png'], 'a\\0.png', 'path a/0.png'],
    ['a wrapper folder', ['media/0.png', 'media/1.png'], '0.png', 'wrapper media/0.png'],
    [
      'a wrapper folder below which are folders',
      ['media/a/0.png', 'media/b/0.png'],
      'b/0.png',
      'wrapper media/b/0.png',
    ],
    [
      'a wrapper folder with junk beside it',
      ['m/0.png', '__MACOSX/m/._0.png', '.DS_Store'],
      '0.png',
      'wrapper m/0.png',
    ],
    ['an archive whose names begin with ./', ['./0.png', './1.png'], '0.png', 'wrapper ./0.png'],
    ['a decomposed name in the archive', [CAFE_DECOMPOSED, 'x.png'], CAFE_COMPOSED, `composed ${CAFE_DECOMPOSED}`],
    ['a decomposed name in the row', [CAFE_COMPOSED, 'x.png'], CAFE_DECOMPOSED, `composed ${CAFE_COMPOSED}`],
    ['exact bytes before other forms', [CAFE_COMPOSED, CAFE_DECOMPOSED], CAFE_DECOMPOSED, `exact ${CAFE_DECOMPOSED}`],
    ['another case', ['Owl.PNG', 'x.png'], 'owl.png', 'folded Owl.PNG'],
    ['exact bytes before another case', ['Owl.png', 'owl.png'], 'Owl.png', 'exact Owl.png'],
    ['another case below a wrapper folder', ['m/Owl.PNG', 'm/x.png'], 'owl.png', 'folded m/Owl.PNG'],
    ['letters whose case pairs with two', ['STRASSE.png', 'x.png'], 'stra\u00dfe.png', 'folded STRASSE.png'],
    ['folders of the row that the archive lacks', ['a/0.png', 'b/0.png'], 'data/media/b/0.png', 'tail b/0.png'],
    ['a base name that one file has', ['a/0.png', 'b/1.png'], '1.png', 'base-name b/1.png'],
    ['folders of another machine', ['0.png', '1.png'], 'C:\\pictures\\1.png', 'base-name 1.png'],
    ['a base name that two files have', ['a/0.png', 'b/0.png'], '0.png', 'ambiguous a/0.png b/0.png'],
    ['two cases of a name, neither exact', ['OWL.png', 'Owl.png'], 'owl.png', 'ambiguous OWL.png Owl.png'],
    ['nothing like it', ['a/0.png'], '7.png', 'missing'],
    ['a folder', ['a/', 'a/0.png'], 'a/', 'missing'],
    ['a name of no letters', ['a/0.png'], '/', 'missing'],
    ['a name with a hash, a percent and a question mark', ['a%20b#1?.png'], 'a%20b#1?.png', 'exact a%20b#1?.png'],
    ['prototype names', ['x.png'], '__proto__', 'missing'],
  ])('given %s', (_what, names, name, expected) => {
    expect(found(buildDropIndex(archiveOf(names)), name)).toBe(expected);
  });

  it.each(['__MACOSX/._0.png', '._0.png', 'a/.DS_Store', 'Thumbs.db', '__MACOSX/'])(
    'never finds the junk %s',
    (name) => {
      expect(found(buildDropIndex(archiveOf([name])), name)).toBe('missing');
    },
  );

  it('never finds what its archive calls junk', () => {
    const entries = archiveOf(['0.png']).map((entry) => ({ ...entry, isJunk: true }));
    expect(found(buildDropIndex(entries), '0.png')).toBe('missing');
  });

  it('looks into archives and beside them, and takes no wrapper from loose files', () => {
    const index = buildDropIndex([...archiveOf(['m/0.png']), ...looseFiles(['photos/1.png', 'photos/2.png'])]);
    expect(found(index, '0.png')).toBe('wrapper m/0.png');
    expect(found(index, '1.png')).toBe('base-name photos/1.png');
  });

  it('tells equal names of two archives apart where the row names the archive', () => {
    const index = buildDropIndex([...archiveOf(['0.png'], 'a.zip'), ...archiveOf(['0.png'], 'b.zip', 1)]);
    expect(findEntry(index, '0.png')).toHaveProperty('ambiguous');
    expect(findEntry(index, 'b.zip!0.png')).toMatchObject({ found: { record: 'a1:0' }, inexact: null });
    expect(found(index, 'c.zip!0.png')).toBe('missing');
  });

  it('says how an inexact name matched', () => {
    const index = buildDropIndex(archiveOf(['m/Owl.png', 'm/x/1.png']));
    const how = (name: string) => (findEntry(index, name) as { inexact: string | null }).inexact;
    expect(how('m/Owl.png')).toBeNull();
    expect(how('Owl.png')).toBe('below the only folder of media.zip');
    expect(how('OWL.PNG')).toBe('without regard to upper and lower case');
    expect(how('1.png')).toBe('by its last part, which no other file has');
  });

  it('gives at most three nearest names, best first', () => {
    const index = buildDropIndex(archiveOf(['owl.jpeg', 'Owl.png', 'owls.jpg', 'owl2.jpg', 'pyramid.png']));
    expect(findEntry(index, 'owl.jpg')).toEqual({ missing: ['owl.jpeg', 'owl2.jpg', 'owls.jpg'] });
  });

  it('finds each of 200,000 names, and near ones to those that are missing, in a moment', () => {
    const names = Array.from({ length: 200_000 }, (_, number) => `set/IMG_${String(number).padStart(6, '0')}.jpg`);
    const index = buildDropIndex(archiveOf(names));
    const start = performance.now();
    for (let number = 0; number < 200_000; number += 10) {
      expect(findEntry(index, (names[number] ?? '').slice(4))).toHaveProperty('found');
    }
    for (let number = 0; number < 500; number += 1) findEntry(index, `IMG_${number}x.jpg`);
    const { missing } = findEntry(index, 'IMG_000123.jpgg') as { missing: string[] };
    expect(missing).toContain('set/IMG_000123.jpg');
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe('buildDropIndex', () => {
  it('tells whether archives and loose files have arrived', () => {
    expect(buildDropIndex([])).toMatchObject({ hasArchives: false, hasLooseMedia: false, archives: [] });
    expect(buildDropIndex(looseFiles(['0.png']))).toMatchObject({ hasArchives: false, hasLooseMedia: true });
    expect(buildDropIndex(archiveOf(['0.png']))).toMatchObject({ hasArchives: true, archives: ['media.zip'] });
    expect(buildDropIndex([], ['empty.zip'])).toMatchObject({ hasArchives: true, archives: ['empty.zip'] });
  });
});

describe('knowsName', () => {
  it.each([
    ['a, b.png', true],
    ['A, B.PNG', true],
    ['clip', true],
    ['clip/*.png', true],
    ['b.png', false],
    ['1.png', false],
  ])('of "%s" is %s: base names alone decide no comma', (name, expected) => {
    expect(knowsName(buildDropIndex(archiveOf(['a, b.png', 'clip/1.png'])), name)).toBe(expected);
  });
});

describe('expandFrames', () => {
  const index = buildDropIndex([
    ...archiveOf(['m/clip/f10.png', 'm/clip/f2.png', 'm/clip/f1.JPG', 'm/clip/a.txt', 'm/clip/sub/f0.png', 'm/x.png']),
    ...looseFiles(['01/f1.png', '01/f01.png', 'top.gif']),
  ]);
  const names = (name: string) => expandFrames(index, name)?.map((entry) => entry.name) ?? null;

  it.each([
    ['clip/', ['m/clip/f1.JPG', 'm/clip/f2.png', 'm/clip/f10.png']],
    ['clip', ['m/clip/f1.JPG', 'm/clip/f2.png', 'm/clip/f10.png']],
    ['./m/clip/', ['m/clip/f1.JPG', 'm/clip/f2.png', 'm/clip/f10.png']],
    ['CLIP\\', ['m/clip/f1.JPG', 'm/clip/f2.png', 'm/clip/f10.png']],
    ['clip/*.png', ['m/clip/f2.png', 'm/clip/f10.png']],
    ['clip/f?.*', ['m/clip/f1.JPG', 'm/clip/f2.png']],
    ['clip/sub/', ['m/clip/sub/f0.png']],
    ['01/', ['01/f01.png', '01/f1.png']],
    ['*.gif', ['top.gif']],
    ['clip/*.webp', null],
    ['*/f0.png', null],
    ['none/', null],
    ['', null],
    ['/', null],
    ['__proto__', null],
  ])('of "%s"', (name, expected) => {
    expect(names(name)).toEqual(expected);
  });
});
