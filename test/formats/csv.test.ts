import { describe, expect, it } from 'vitest';
import { type CsvDialect, readCsv } from '../../lib/formats/csv.ts';
import { COMMA_UTF8, faultsOf, readAll, readCells } from './csv-reading.ts';

describe('readCsv', () => {
  it.each([
    ['an empty file', '', []],
    ['one record', 'a,b\n', [['a', 'b']]],
    [
      'a last record without a line end',
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['CRLF', 'a\r\nb\r\n', [['a'], ['b']]],
    [
      'lone CR throughout',
      'a,b\r1,2\r3,4\r',
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['mixed line ends', 'a\rb\nc\r\nd', [['a'], ['b'], ['c'], ['d']]],
    [
      'empty cells',
      ',,\n,x\n',
      [
        ['', '', ''],
        ['', 'x'],
      ],
    ],
    ['an empty last cell without a line end', 'a,', [['a', '']]],
    ['ragged records', 'a\nb,c\n', [['a'], ['b', 'c']]],
    ['quoted cells', '"a","b,c"\n', [['a', 'b,c']]],
    ['doubled quotes', '"a ""b"" c",""""\n', [['a "b" c', '"']]],
    ['line ends inside quotes', '"a\nb\r\nc\rd",e\n', [['a\nb\r\nc\rd', 'e']]],
    ['spaces kept', ' a , b\n', [[' a ', ' b']]],
    ['a quoted last cell at the end of the file', 'a,"b"', [['a', 'b']]],
    ['a quoted empty cell at the end of the file', '""', [['']]],
    ['a BOM that is not at the start', 'a\n\ufeffb\n', [['a'], ['\ufeffb']]],
    ['text of any language', 'é,日本,🙂\n"é,"\n', [['é', '日本', '🙂'], ['é,']]],
    ['the replacement character itself, which is valid text', 'a\ufffdb\n', [['a\ufffdb']]],
    ['names that are dangerous as keys', '__proto__,constructor\n', [['__proto__', 'constructor']]],
  ])('reads %s', async (_title, file, rows) => {
    const records = await readAll(file);
    expect(records.map(({ cells }) => cells)).toEqual(rows);
    expect(faultsOf(records)).toEqual([]);
  });

  it('reads cells of any length among short ones', async () => {
    const row = ['a', 'b'.repeat(300), 'c'.repeat(5000), '', 'é'.repeat(200_000), `"${','.repeat(100_000)}`];
    const file = `${row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\n${row.slice(0, 5).join(',')}\n`;
    expect(await readCells(file)).toEqual([row, row.slice(0, 5)]);
  });

  it.each([
    [';', 'a,b;c\n', ['a,b', 'c']],
    ['\t', 'a,b;c\t"d\te"\n', ['a,b;c', 'd\te']],
  ] as const)('splits at %j only', async (delimiter, file, cells) => {
    expect(await readCells(file, { dialect: { ...COMMA_UTF8, delimiter } })).toEqual([cells]);
  });

  it.each([
    ['blank lines inside', 'a\n\nb\n', [false, true, false]],
    ['a blank line at the end', 'a\n\n', [false, true]],
    ['blank lines of lone CR', '\r\ra', [true, true, false]],
    ['a quoted empty cell, which is not blank', 'a\n""\n', [false, false]],
    ['a line of spaces, which is not blank', ' \n', [false]],
    ['a line with only a delimiter, which is not blank', ',\n', [false]],
    ['the end of the last line, which is no line', 'a\r\n', [false]],
  ])('tells %s', async (_title, file, blank) => {
    const records = await readAll(file);
    expect(records.map((record) => record.blank)).toEqual(blank);
    expect(records.filter((record) => record.blank).map(({ cells }) => cells)).toEqual(
      blank.filter(Boolean).map(() => ['']),
    );
  });

  it('counts physical lines and bytes, also through quoted line ends', async () => {
    const file = 'é,b\r\n"1\r\n2\n3\r4",x\n\ny\rz';
    const records = await readAll(file);
    expect(records.map(({ line, nextLine, offset, length }) => [line, nextLine, offset, length])).toEqual([
      [1, 2, 0, 6],
      [2, 6, 6, 13],
      [6, 7, 19, 1],
      [7, 8, 20, 2],
      [8, 8, 22, 1],
    ]);
  });

  it('strips the byte order mark at the start only, and counts its bytes', async () => {
    const dialect: CsvDialect = { ...COMMA_UTF8, bomBytes: 3 };
    const file = '\ufeff"a",b\n\ufeffc\n';
    const [first, second] = await readAll(file, { dialect, chunkSizes: [1] });
    expect(first).toMatchObject({ cells: ['a', 'b'], offset: 3, length: 6 });
    expect(second).toMatchObject({ cells: ['\ufeffc'], offset: 9, line: 2 });
    expect(await readCells(file, { dialect, from: { offset: 9, line: 2 } })).toEqual([['\ufeffc']]);
    expect(await readCells(file, { dialect, from: { offset: 3, line: 1 } })).toEqual([['a', 'b'], ['\ufeffc']]);
  });

  it.each([
    ['a quote in unquoted text', 'x,a"b"\n', ['x', 'a"b"'], ['CSV_STRAY_QUOTE@1']],
    ['a quote after a space', 'x, "a"\n', ['x', ' "a"'], ['CSV_STRAY_QUOTE@1']],
    ['text after a closing quote', '"a"b,c\n', ['"a"b', 'c'], ['CSV_TEXT_AFTER_QUOTE@0']],
    ['a space after a closing quote', '"a" ,"c"\n', ['"a" ', 'c'], ['CSV_TEXT_AFTER_QUOTE@0']],
    ['more quotes after a closing quote', '"a"b"c""\n', ['"a"b"c""'], ['CSV_TEXT_AFTER_QUOTE@0']],
    ['NUL in plain and in quoted cells', 'a\0,b,"c\0"\n', ['a\0', 'b', 'c\0'], ['CSV_NUL@0', 'CSV_NUL@2']],
    ['several at once', 'a"\0,"b"c\n', ['a"\0', '"b"c'], ['CSV_STRAY_QUOTE@0', 'CSV_NUL@0', 'CSV_TEXT_AFTER_QUOTE@1']],
  ])('tells %s, keeps the cell as it stands, and reads on', async (_title, line, cells, faults) => {
    const records = await readAll(`ok\n${line}next\n`);
    expect(records.map((record) => record.cells)).toEqual([['ok'], cells, ['next']]);
    expect(faultsOf(records)).toEqual(faults);
    expect(records[1]?.faults).toHaveLength(faults.length);
  });

  it('tells bytes that are not UTF-8, shows them as U+FFFD, and reads on', async () => {
    const file = Buffer.from('é,caf\xe9,x\n"\xff\xfe",\xf0\x9f\nok\n', 'latin1');
    file[0] = 0x65;
    const records = await readAll(file);
    expect(records.map(({ cells }) => cells)).toEqual([['e', 'caf\ufffd', 'x'], ['\ufffd\ufffd', '\ufffd'], ['ok']]);
    expect(faultsOf(records)).toEqual(['CSV_INVALID_UTF8@1', 'CSV_INVALID_UTF8@0', 'CSV_INVALID_UTF8@1']);
  });

  it('names the line on which an unclosed quote opens', async () => {
    const records = await readAll('a,b\n"1\n2",c,"3\n4,5\n6\n');
    expect(records.map(({ cells }) => cells)).toEqual([
      ['a', 'b'],
      ['1\n2', 'c', '"3\n4,5\n6\n'],
    ]);
    expect(faultsOf(records)).toEqual(['CSV_UNTERMINATED_QUOTE@2']);
    expect(records[1]).toMatchObject({ line: 2, nextLine: 6 });
    expect(records[1]?.faults[0]?.message).toContain('cell 3 on line 3');
  });

  it('decodes Windows-1252 by the WHATWG table', async () => {
    const everyByte = Buffer.from(Array.from({ length: 128 }, (_, index) => index + 128));
    const file = Buffer.concat([Buffer.from('x,"'), everyByte, Buffer.from('"\n')]);
    const [record] = await readAll(file, { dialect: { ...COMMA_UTF8, encoding: 'windows-1252' } });
    expect(record?.faults).toEqual([]);
    expect(record?.cells[1]?.slice(0, 32)).toBe('€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ');
    expect(record?.cells[1]?.slice(32)).toBe(everyByte.subarray(32).toString('latin1'));
  });

  it('throws what the source throws, and closes the source when the reader stops early', async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (let index = 0; ; index += 1) {
          if (index === 3) throw new Error('disk gone');
          yield Buffer.from('a\nb\n');
        }
      } finally {
        isClosed = true;
      }
    }
    const read = async (stopEarly: boolean) => {
      for await (const _batch of readCsv(source(), { dialect: COMMA_UTF8 })) if (stopEarly) return;
    };
    await expect(read(false)).rejects.toThrow('disk gone');
    isClosed = false;
    await read(true);
    expect(isClosed).toBe(true);
  });
});

describe('readCsv of UTF-16', () => {
  const dialects = [
    { ...COMMA_UTF8, encoding: 'utf-16le', bomBytes: 2 },
    { ...COMMA_UTF8, encoding: 'utf-16be', bomBytes: 2 },
  ] as const satisfies CsvDialect[];

  it.each(dialects)('counts the bytes of the file in $encoding', async (dialect) => {
    const file = encodeUtf16('\ufeffa,é\r\n"日\n🙂",x\n', dialect);
    const records = await readAll(file, { dialect, chunkSizes: [3, 1] });
    expect(records.map(({ cells }) => cells)).toEqual([
      ['a', 'é'],
      ['日\n🙂', 'x'],
    ]);
    expect(records.map(({ line, offset, length }) => [line, offset, length])).toEqual([
      [1, 2, 10],
      [2, 12, 18],
    ]);
    expect(faultsOf(records)).toEqual([]);
  });

  it.each(dialects)('tells lone surrogates and an odd last byte in $encoding', async (dialect) => {
    const text = encodeUtf16('\ufeffa\ud800,b\nc,\udc00\ud800\ud83d\ude42\n\ufffd\nx', dialect);
    const file = Buffer.concat([text, Buffer.of(0x41)]);
    for (const chunkSizes of [[], [1], [3], [5, 2]]) {
      const records = await readAll(file, { dialect, chunkSizes });
      expect(records.map(({ cells }) => cells)).toEqual([
        ['a\ufffd', 'b'],
        ['c', '\ufffd\ufffd🙂'],
        ['\ufffd'],
        ['x\ufffd'],
      ]);
      expect(faultsOf(records)).toEqual(['CSV_INVALID_UTF8@0', 'CSV_INVALID_UTF8@1', 'CSV_INVALID_UTF8@0']);
      expect(records.map(({ offset, length }) => [offset, length])).toEqual([
        [2, 10],
        [12, 14],
        [26, 4],
        [30, 3],
      ]);
    }
  });

  it('tells a NUL character, which is two bytes there', async () => {
    const [dialect] = dialects;
    expect(faultsOf(await readAll(encodeUtf16('\ufeffa,b\0\n', dialect), { dialect }))).toEqual(['CSV_NUL@1']);
  });

  function encodeUtf16(text: string, { encoding }: CsvDialect): Buffer {
    const bytes = Buffer.from(text, 'utf16le');
    return encoding === 'utf-16le' ? bytes : bytes.swap16();
  }
});
