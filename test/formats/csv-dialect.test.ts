import { describe, expect, it } from 'vitest';
import { detectCsvDialect } from '../../lib/formats/csv.ts';

const WHOLE = { name: 'train.csv', isWhole: true };

describe('detectCsvDialect', () => {
  it.each([
    ['an empty file', Buffer.alloc(0), 'utf-8', 0],
    ['ASCII', Buffer.from('prompt,completion\n'), 'utf-8', 0],
    ['UTF-8', Buffer.from('prompt,completion\né,日本\n'), 'utf-8', 0],
    ['UTF-8 with a mark', Buffer.from('\ufeffprompt,completion\n'), 'utf-8', 3],
    ['a mark alone', Buffer.from('\ufeff'), 'utf-8', 3],
    ['UTF-16LE with a mark', Buffer.from('\ufeffprompt,completion\n', 'utf16le'), 'utf-16le', 2],
    ['UTF-16BE with a mark', Buffer.from('\ufeffprompt,completion\n', 'utf16le').swap16(), 'utf-16be', 2],
    ['UTF-16LE without a mark', Buffer.from('prompt,completion\n', 'utf16le'), 'utf-16le', 0],
    ['UTF-16BE without a mark', Buffer.from('prompt,completion\n', 'utf16le').swap16(), 'utf-16be', 0],
    [
      'UTF-16LE whose rows are all Japanese',
      Buffer.from(`prompt,x\n${'日本語'.repeat(900)}`, 'utf16le'),
      'utf-16le',
      0,
    ],
    [
      'UTF-16BE whose header is not ASCII',
      Buffer.from('é,prompt,completion,files\n', 'utf16le').swap16(),
      'utf-16be',
      0,
    ],
    ['UTF-8 with some NUL', Buffer.from('prompt\0,\0completion\na\0,b\n'), 'utf-8', 0],
    ['Windows-1252', Buffer.from('prompt,completion\ncaf\xe9,\x93x\x94\n', 'latin1'), 'windows-1252', 0],
    [
      'UTF-8 with one broken byte among many sound characters',
      Buffer.concat([Buffer.from('prompt\nécole, été, à\n'), Buffer.of(0xe9), Buffer.from('\n')]),
      'utf-8',
      0,
    ],
  ])('knows the encoding of %s', (_title, head, encoding, bomBytes) => {
    expect(detectCsvDialect(head, WHOLE)).toMatchObject({ encoding, bomBytes });
  });

  it.each([1, 2, 3])(
    'takes a head that ends %i bytes into a character for UTF-8, unless it is the whole file',
    (length) => {
      const head = Buffer.concat([Buffer.from('prompt,completion\n'), Buffer.from('🙂').subarray(0, length)]);
      expect(detectCsvDialect(head, { name: 'a.csv', isWhole: false }).encoding).toBe('utf-8');
      expect(detectCsvDialect(head, WHOLE).encoding).toBe('windows-1252');
    },
  );

  it.each([
    ['commas', 'prompt,completion,files\n', ','],
    ['semicolons', 'prompt;completion;files\n', ';'],
    ['tabs', 'prompt\tcompletion\tfiles\n', '\t'],
    ['one column', 'prompt\n"a;b;c"\n', ','],
    ['no record at all', '\n\r\n', ','],
    ['more commas inside of quotes than semicolons outside', '"a,b,c,d";"e,f";g\n', ';'],
    ['doubled quotes in a quoted name', '"a "",,,"" b";c\n', ';'],
    ['a quote inside an unquoted name', 'size 5";a,b;c\n', ';'],
    ['other delimiters in the rows only', 'prompt;completion\na,b,c,d,e;f\n', ';'],
    ['blank lines before the header', '\r\n\nprompt;completion\n', ';'],
    ['a header that ends in a lone CR', 'prompt;completion\ra,b,c,d\r', ';'],
    ['as many of each: the comma', 'a,b;c\n', ','],
    ['a quote that never closes', '"a;b;c', ','],
    ["Excel's line that names it", 'sep=;\r\na,b,c;d\r\n', ';'],
    ["Excel's line in quotes", '"sep=\t"\na,b,c\td\n', '\t'],
    ["Excel's line with a delimiter that is not read", 'sep=|\na,b;c\n', ','],
  ])('judges the delimiter by the header: %s', (_title, text, delimiter) => {
    expect(detectCsvDialect(Buffer.from(text), WHOLE).delimiter).toBe(delimiter);
    const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
    expect(detectCsvDialect(utf16, WHOLE).delimiter).toBe(delimiter);
  });

  it.each(['train.tsv', 'museum/TRAIN.TSV'])('believes the name %s', (name) => {
    expect(detectCsvDialect(Buffer.from('a,b,c\n'), { name, isWhole: true }).delimiter).toBe('\t');
  });

  it('judges a hostile 256 KiB header in no time', () => {
    const head = Buffer.from('"a""'.repeat(64 * 1024) + ','.repeat(1000));
    const started = performance.now();
    detectCsvDialect(head, { name: 'a.csv', isWhole: false });
    detectCsvDialect(Buffer.alloc(256 * 1024, 'a'), { name: 'a.csv', isWhole: false });
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
