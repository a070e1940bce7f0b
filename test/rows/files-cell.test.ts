import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFilesCell, type WrittenReference } from '../../lib/rows/files-cell.ts';
import { TINY_PNG_URI } from './row-factories.ts';

/** References as short text: names as they are, others with their kind. */
function parsed(cell: string, known: readonly string[] = []): string[] {
  return parseFilesCell(cell, (name) => known.includes(name)).references.map(spoken);
}

function spoken(reference: WrittenReference): string {
  switch (reference.kind) {
    case 'name':
      return reference.name;
    case 'link':
      return `link ${reference.url}`;
    case 'object':
      return `object ${reference.uri}`;
    case 'data-uri':
      return `data ${reference.text}`;
  }
}

function codes(cell: string, known: readonly string[] = []): string[] {
  return parseFilesCell(cell, (name) => known.includes(name)).issues.map((issue) => issue.code);
}

const DATA = 'data:image/png;base64,AAAA';
const URL_WITH_COMMA = 'https://x/y.png?a=1,2';

describe('parseFilesCell', () => {
  it.each<[string, string[]]>([
    ['', []],
    [' \n ', []],
    ['0.png', ['0.png']],
    ['1.png,2.png', ['1.png', '2.png']],
    [' 1.png , 2.png ', ['1.png', '2.png']],
    ['1.png,2.png,', ['1.png', '2.png']],
    ['1.png\n2.png\r\n3.png', ['1.png', '2.png', '3.png']],
    ['1.png,\n2.png', ['1.png', '2.png']],
    ['1.png;2.png', ['1.png', '2.png']],
    ['1.png; 2.png;', ['1.png', '2.png']],
    ['1.png|2.PDF', ['1.png', '2.PDF']],
    ['a;b.png', ['a;b.png']],
    ['my file.png', ['my file.png']],
    ['[1].png', ['[1].png']],
    ['photos/a b/ö.png,C:\\x\\1.png', ['photos/a b/ö.png', 'C:\\x\\1.png']],
    [`1.png,${DATA},${URL_WITH_COMMA}`, ['1.png', `data ${DATA}`, `link ${URL_WITH_COMMA}`]],
    [`${URL_WITH_COMMA},${DATA},1.png`, [`link ${URL_WITH_COMMA}`, `data ${DATA}`, '1.png']],
    [`${DATA},${DATA}`, [`data ${DATA}`, `data ${DATA}`]],
    [`${DATA};${DATA}|1.png`, [`data ${DATA}`, `data ${DATA}`, '1.png']],
    [`${DATA}==,1.png`, [`data ${DATA}==`, '1.png']],
    [`DATA:image/png;base64,AAAA , 1.png`, ['data DATA:image/png;base64,AAAA', '1.png']],
    ['https://x/1.png,https://x/2.png', ['link https://x/1.png', 'link https://x/2.png']],
    ['https://x/1.png https://x/2.png', ['link https://x/1.png', 'link https://x/2.png']],
    ['https://x/my file.png, 1.png', ['link https://x/my file.png', '1.png']],
    ['https://x/?a=1;b=2', ['link https://x/?a=1;b=2']],
    ['https://x/?a=1;https://x/2', ['link https://x/?a=1', 'link https://x/2']],
    ['https://x/?a=1,2,3', ['link https://x/?a=1,2,3']],
    ['https://x/?a=1,', ['link https://x/?a=1']],
    ['https://x/?a=1, 2', ['link https://x/?a=1', '2']],
    ['https://x/?a=1,owl.png', ['link https://x/?a=1', 'owl.png']],
    ['https://x/?a=1,clip.mp4', ['link https://x/?a=1', 'clip.mp4']],
    ['https://x/w_200,h_300/owl.png', ['link https://x/w_200,h_300/owl.png']],
    ['https://x/w_200,h_300/owl.png,2.png', ['link https://x/w_200,h_300/owl.png', '2.png']],
    ['https://x/?a=1,"b, c.png"', ['link https://x/?a=1', 'b, c.png']],
    ['s3://b/1.png,gs://b/2.png', ['object s3://b/1.png', 'object gs://b/2.png']],
    ['ftp://x/1.png,2.png', ['link ftp://x/1.png', '2.png']],
    ['"a, b.png",c.png', ['a, b.png', 'c.png']],
    ["'a, b.png','c, d.png'", ['a, b.png', 'c, d.png']],
    ['"a ""b"", c.png"', ['a "b", c.png']],
    ['"https://x/?a=1,2.png"', ['link https://x/?a=1,2.png']],
    ["'tis.png,2.png", ["'tis.png", '2.png']],
    ['1.png,https://x/2.png', ['1.png', 'link https://x/2.png']],
    ['1.png https://x/2.png', ['1.png', 'link https://x/2.png']],
    ['["1.png", "a, b.png", "https://x/?a=1,2.png"]', ['1.png', 'a, b.png', 'link https://x/?a=1,2.png']],
    ["['1.png', 'a, b.png']", ['1.png', 'a, b.png']],
    ['[]', []],
  ])('reads %j', (cell, references) => {
    expect(parsed(cell)).toEqual(references);
    expect(codes(cell)).toEqual([]);
  });

  it.each<[string, string[], string[]]>([
    ['a, b.png', ['a, b.png'], ['a, b.png']],
    ['a, b.png,c.png', ['a, b.png'], ['a, b.png', 'c.png']],
    ['c.png,a, b, c.png', ['a, b, c.png', 'c.png'], ['c.png', 'a, b, c.png']],
    ['a,b.png', ['b.png'], ['a', 'b.png']],
    ['a,b.png', [], ['a', 'b.png']],
    ['a;b.png', ['a', 'b.png'], ['a', 'b.png']],
    ['1.png;2.png', ['1.png;2.png'], ['1.png;2.png']],
    ['clip_01/,2', ['clip_01/', '2'], ['clip_01/', '2']],
    ['https://x/?a=1,2', ['2'], ['link https://x/?a=1', '2']],
    ['https://x/w,h/owl.png', ['h/owl.png'], ['link https://x/w', 'h/owl.png']],
  ])('reads %j by the names that are known: %j', (cell, known, references) => {
    expect(parsed(cell, known)).toEqual(references);
    expect(codes(cell, known)).toEqual([]);
  });

  it('does not guess where commas fit in several ways', () => {
    const known = ['a.png', 'b.png', 'a.png, b.png'];
    expect(codes('a.png, b.png', known)).toEqual(['FILES_COMMA_AMBIGUOUS']);
    expect(codes('"a.png, b.png"', known)).toEqual([]);
    expect(codes('x,y,z', ['x,y', 'y,z'])).toEqual(['FILES_COMMA_AMBIGUOUS']);
  });

  it.each<[string, string[], string[]]>([
    ['"a, b.png', [], ['FILES_QUOTE']],
    ['1.png,"a" b,2.png', ['1.png'], ['FILES_QUOTE']],
    ['1.png,,2.png', ['1.png', '2.png'], ['FILES_EMPTY_ENTRY']],
    [',1.png', ['1.png'], ['FILES_EMPTY_ENTRY']],
    ['["1.png", 2]', [], ['FILES_LIST']],
  ])('finds fault with %j', (cell, references, issues) => {
    expect(parsed(cell)).toEqual(references);
    expect(codes(cell)).toEqual(issues);
  });

  it.each<[string, string[]]>([
    ['data:image/jpeg;base64,{base64_image}', ['data data:image/jpeg;base64,{base64_image}']],
    ['data:image/jpeg;base64,AA AA,1.png', ['data data:image/jpeg;base64,AA AA', '1.png']],
    ['data:image/jpeg;base64,AAAA\nBBBB\nCC==,1.png', ['data data:image/jpeg;base64,AAAA\nBBBB\nCC==', '1.png']],
    ['data:image/png,%89PNG,1.png', ['data data:image/png,%89PNG', '1.png']],
    ['data:nonsense, 1.png', ['data data:nonsense', '1.png']],
    ['data:nonsense,1.png', ['data data:nonsense', '1.png']],
  ])('keeps the broken data URI in %j whole, for its own check to explain', (cell, references) => {
    expect(parsed(cell)).toEqual(references);
  });

  it('refuses more files than a row may have, however they are written', () => {
    const names = Array.from({ length: 1001 }, (_, number) => `${number}.png`);
    for (const cell of [names.join(','), names.join(';'), names.join('\n'), JSON.stringify(names)]) {
      expect(codes(cell)).toEqual(['FILES_TOO_MANY']);
    }
    expect(parsed(names.slice(1).join(','))).toHaveLength(1000);
  });

  it.each([
    ['commas', ','],
    ['spaces', ' '],
    ['semicolons', ';'],
    ['quotes', '"'],
    ['apostrophes', "'"],
    ['brackets', '['],
    ['letters and commas', 'a,'],
    ['links', 'https://x/a,'],
    ['link and comma', 'https://x/?,b;c|'],
    ['line breaks', 'a\n'],
    ['schemes', 'data:'],
    ['data and line breaks', '\nAAAA'],
    ['quotes and commas', '"",'],
  ])('takes a cell of a million %s in its stride', (_what, unit) => {
    const cell = `data:image/png;base64,AAAA,https://x/${unit.repeat(Math.ceil(1_000_000 / unit.length))}`;
    const start = performance.now();
    parsed(cell);
    parsed(unit.repeat(Math.ceil(1_000_000 / unit.length)));
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

const LETTERS = 'abcXYZ019_- .()äé日'.split('');
const stem = fc
  .string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 8 })
  .map((text) => `n${text.trim()}`);
const ending = fc.constantFrom('.png', '.JPG', '.webp', '.pdf', '.mp3', '.txt');
const nameReference = fc.tuple(stem, ending).map(([name, end]) => `${name}${end}`);
const commaName = fc.tuple(stem, stem, ending).map(([one, two, end]) => `${one}, ${two}${end}`);
const query = fc.array(fc.constantFrom('a=1', 'b', '2', 'c=d;e', 'f|g'), { minLength: 1, maxLength: 4 });
const linkReference = fc.tuple(fc.webPath(), query).map(([, parts]) => `https://example.com/i?${parts.join(',')}`);
const dataReference = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((bytes) => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`);

describe('parseFilesCell, by property', () => {
  it('reads back any list of names, quoted names, links and data URIs as it was written', () => {
    const entry = fc.oneof(
      nameReference.map((name) => ({ text: name, said: name })),
      commaName.map((name) => ({ text: `"${name}"`, said: name })),
      linkReference.map((url) => ({ text: url, said: `link ${url}` })),
      dataReference.map((uri) => ({ text: uri, said: `data ${uri}` })),
    );
    const separator = fc.constantFrom(',', ', ', ' ,', '\n', ',\r\n');
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, separator), { minLength: 1, maxLength: 8 }), (list) => {
        const cell = list.map(([{ text }, between], at) => (at < list.length - 1 ? text + between : text)).join('');
        expect(parsed(cell)).toEqual(list.map(([{ said }]) => said));
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  it('reads names with commas without quotes, where each is known', () => {
    fc.assert(
      fc.property(fc.uniqueArray(commaName, { minLength: 1, maxLength: 5 }), (names) => {
        expect(parsed(names.join(','), names)).toEqual(names);
      }),
      { seed: 42 },
    );
  });

  it('reads a JSON array as its strings', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(nameReference, commaName), { maxLength: 5 }), (names) => {
        expect(parsed(JSON.stringify(names))).toEqual(names);
      }),
      { seed: 42 },
    );
  });

  it('never throws, loses no character but separators, and ends', () => {
    const pieces = fc.constantFrom(
      ...`,|;|"|'| |\n|[|]|data:|base64,|https://x/|s3://|a|.png|=|AAAA|\u0000|😀`.split('|'),
      '|',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const { references, issues } = parseFilesCell(parts.join(''), (name) => name.length % 3 === 1);
        for (const issue of issues) expect(issue.code).toMatch(/^FILES_/);
        for (const reference of references) expect(spoken(reference).trim()).not.toBe('');
      }),
      { seed: 42, numRuns: 2000 },
    );
  });

  it('takes the real data URI of a file', () => {
    expect(parsed(`0.png,${TINY_PNG_URI}`)).toEqual(['0.png', `data ${TINY_PNG_URI}`]);
  });
});
