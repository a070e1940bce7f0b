import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvDialect, formatCsvRecord } from '../../lib/formats/csv.ts';
import { faultsOf, readAll } from './csv-reading.ts';

describe('formatCsvRecord', () => {
  it.each([
    ['plain cells without quotes', ['a', 'b c', '1.png'], 'a,b c,1.png\r\n'],
    ['a delimiter in quotes', ['a,b', 'c'], '"a,b",c\r\n'],
    ['a quote doubled', ['say "hi"', ''], '"say ""hi""",\r\n'],
    ['line ends in quotes', ['a\nb', 'a\rb'], '"a\nb","a\rb"\r\n'],
    ['outer spaces in quotes', [' a', 'b ', '\tc'], '" a","b ","\tc"\r\n'],
    ['a lone empty cell in quotes, so that it is not a blank line', [''], '""\r\n'],
    ['several empty cells bare', ['', ''], ',\r\n'],
    ['a byte order mark in quotes, so that it is not taken for one', ['\ufeffa', 'b'], '"\ufeffa",b\r\n'],
    ['formulas as they are: they are data', ['=1+1', '@x'], '=1+1,@x\r\n'],
  ])('writes %s', (_title, cells, expected) => {
    expect(formatCsvRecord(cells)).toBe(expected);
  });

  it('quotes for the delimiter that it is given', () => {
    expect(formatCsvRecord(['a,b', 'c;d'], ';')).toBe('a,b;"c;d"\r\n');
  });

  it('writes what readCsv reads back, in each delimiter and encoding', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom('"', ',', ';', '\t', '\r', '\n', ' ', 'a', '\ufeff', 'é', '🙂'),
        maxLength: 8,
      }),
    );
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 });
    const dialects = fc.record<CsvDialect>({
      encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be'),
      bomBytes: fc.constant(0),
      delimiter: fc.constantFrom(',', ';', '\t'),
    });
    await fc.assert(
      fc.asyncProperty(table, dialects, async (rows, dialect) => {
        const text = rows.map((cells) => formatCsvRecord(cells, dialect.delimiter)).join('');
        const records = await readAll(encode(text, dialect.encoding), { dialect });
        expect(records.map(({ cells }) => cells)).toEqual(rows);
        expect(faultsOf(records)).toEqual([]);
        expect(records.some(({ blank }) => blank)).toBe(false);
      }),
      { seed: 42, numRuns: 500 },
    );
  });
});

function encode(text: string, encoding: CsvDialect['encoding']): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16le' ? bytes : bytes.swap16();
}
