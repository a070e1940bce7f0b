import { describe, expect, it } from 'vitest';
import { type DamageWatch, type WatchedCell, watchDamage } from '../../lib/rows/spreadsheet-damage.ts';
import { codesOf, contextOf, readRow } from './row-factories.ts';

const cellOf = (text: string, change: Partial<WatchedCell> = {}): WatchedCell => ({
  text,
  role: 'completion',
  column: 'Answer',
  row: 1,
  ...change,
});

const look = (text: string, change: Partial<WatchedCell> = {}) =>
  watchDamage()
    .look(cellOf(text, change))
    .map(({ code }) => code);

/** Looks at the cells of a column, one a row. */
function watchColumn(texts: readonly string[], change: Partial<WatchedCell> = {}): DamageWatch {
  const watch = watchDamage();
  for (const [index, text] of texts.entries()) watch.look(cellOf(text, { row: index + 1, ...change }));
  return watch;
}

describe('watchDamage, at a cell', () => {
  it.each([
    ['a cell of exactly 32,767 characters', 'a'.repeat(32_767), ['CELL_CUT']],
    ['one character less', 'a'.repeat(32_766), []],
    ['one character more', 'a'.repeat(32_768), []],
    ['an error value', '#REF!', ['CELL_ERROR']],
    ['one with space around', ' #N/A ', ['CELL_ERROR']],
    ['a German one', '#BEZUG!', ['CELL_ERROR']],
    ['an error value in a sentence', 'What does #REF! mean?', []],
    ['a tag', '#owl', []],
    ['a long number as Excel shortens it', '1.23E+15', ['CELL_SCIENTIFIC']],
    ['one with a comma', '-1,23457E+12', ['CELL_SCIENTIFIC']],
    ['a small one', '5E-07', ['CELL_SCIENTIFIC']],
    ['one as programs write it', '1.23e15', []],
    ['a formula', 'E=mc2', []],
    ['a number', '1230000000000000', []],
    ['a gene that became a date', '2-Sep', ['CELL_DATE']],
    ['a month with a year', 'Mar-02', ['CELL_DATE']],
    ['a German one', '02. Mrz', ['CELL_DATE']],
    ['a day in words', '2 September', []],
    ['a score', '2-1', []],
    ['é in the wrong encoding', 'un cafÃ© noir', ['TEXT_MOJIBAKE']],
    ['a no-break space in it', '20Â°C', ['TEXT_MOJIBAKE']],
    ['an apostrophe in it', 'itâ€™s', ['TEXT_MOJIBAKE']],
    ['an emoji in it', 'ðŸ˜€', ['TEXT_MOJIBAKE']],
    ['Cyrillic in it', 'ÐŸÑ€Ð¸Ð²ÐµÑ‚', ['TEXT_MOJIBAKE']],
    ['a letter that was lost', 'caf\ufffd', ['TEXT_MOJIBAKE']],
    ['é in the right one', 'un café noir', []],
    ['Portuguese capitals', '«AMANHû, ÃO, Âmbar', []],
    ['Vietnamese', 'Ước mơ, đã lâu, Âu Lạc', []],
  ])('sees %s', (_what, text, codes) => {
    expect(look(text)).toEqual(codes);
  });

  it('takes names of files for what they are, and tells of those that a formula lost', () => {
    expect(look('cafÃ©.png', { role: 'files' })).toEqual([]);
    expect(look('#N/A', { role: 'files' })).toEqual(['CELL_ERROR']);
  });

  it('says where the wrong letters are, and cuts what it shows', () => {
    const [issue] = watchDamage().look(cellOf(`${'x'.repeat(100)} cafÃ© ${'y'.repeat(100)}`));
    expect(issue).toMatchObject({
      severity: 'warning',
      message:
        'the Answer has letters that were read in the wrong encoding at character 105: "xxxxxxxx cafÃ© yyyyyyyyy"',
    });
  });

  it.each([
    [100, 100, 0],
    [101, 100, 1],
    [1234, 100, 1134],
  ])('tells of %i damaged cells at %i of them and counts the rest (%i)', (cells, told, rest) => {
    const watch = watchDamage();
    const issues = Array.from({ length: cells }, (_, row) => watch.look(cellOf('#REF!', { row: row + 1 }))).flat();
    expect(issues).toHaveLength(told);
    const cut = watch.findings('train.csv').filter(({ code }) => code === 'CELLS_CUT');
    const many = rest.toLocaleString('en-US');
    expect(cut).toMatchObject(
      rest === 0
        ? []
        : [{ severity: 'info', where: { file: 'train.csv' }, message: expect.stringMatching(`^${many} `) }],
    );
  });

  it('is done with a long hostile cell at once', () => {
    const begin = performance.now();
    for (const piece of ['Ã', 'Ð', 'â€', '#', '1', 'ï»']) look(piece.repeat(1_000_000));
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});

const many = (text: string, times: number) => Array.from({ length: times }, () => text);

describe('watchDamage, over a column', () => {
  it.each([
    ['a date among texts', [...many('owl', 19), '2026-03-02'], ['CELL_DATE']],
    ['dates in a tenth of the cells', [...many('owl', 18), '3/2/2026', '1.5.26'], ['CELL_DATE']],
    ['dates in more than a tenth', [...many('owl', 17), ...many('3/2/2026', 3)], []],
    ['a date in a short column', [...many('owl', 18), '2026-03-02'], []],
    ['a column of dates', many('2026-03-02', 30), []],
    ['codes of which some have lost a zero', [...many('10115', 18), '1067', '1069'], ['CELL_ZEROS_LOST']],
    ['codes that kept a zero', [...many('10115', 18), '1067', '01069'], []],
    ['too few codes', [...many('10115', 17), '1067', '1069'], []],
    ['numbers of many lengths', [...many('10115', 15), ...many('1067', 5)], []],
    ['codes of which some are longer', [...many('10115', 18), '1067', '101150'], []],
    ['small numbers', [...many('115', 18), '67', '69'], []],
    ['codes of one length', many('10115', 20), []],
  ])('sees %s', (_what, texts, codes) => {
    expect(
      watchColumn(texts)
        .findings('train.csv')
        .map(({ code }) => code),
    ).toEqual(codes);
  });

  it('names the file, the sheet, the column and the first row', () => {
    const watch = watchColumn([...many('10115', 18), '1067', '1069'], { sheet: 'Codes' });
    expect(watch.findings('book.xlsx')).toMatchObject([
      {
        severity: 'warning',
        where: { file: 'book.xlsx', sheet: 'Codes', column: 'Answer' },
        message:
          '18 numbers of the column Answer have 5 digits, 2 fewer and none begins with 0; the first short one is in row 19',
      },
    ]);
  });

  it('keeps columns and sheets apart', () => {
    const watch = watchDamage();
    for (let row = 1; row <= 18; row += 1) watch.look(cellOf('10115', { row, sheet: 'A' }));
    for (let row = 1; row <= 2; row += 1) watch.look(cellOf('1067', { row, sheet: 'B' }));
    for (let row = 1; row <= 2; row += 1) watch.look(cellOf('1067', { row, sheet: 'A', column: 'prompt' }));
    expect(watch.findings('book.xlsx')).toEqual([]);
  });
});

describe('readTableRow', () => {
  it('tells of damage at its column, and accepts the row', () => {
    const row = readRow(['What?', '#REF!', ''], contextOf([], { damage: watchDamage() }));
    expect(row.findings).toMatchObject([{ code: 'CELL_ERROR', where: { row: 1, line: 2, column: 'completion' } }]);
    expect(row.example).not.toBeNull();
  });

  it('looks at the columns that are read only, and at none of a row that is not aligned', () => {
    const context = contextOf([], { damage: watchDamage() });
    expect(codesOf(readRow(['What?', 'That.', '', '#REF!'], context, 'prompt,completion,files,note'))).toEqual([]);
    expect(codesOf(readRow(['#REF!', '#REF!'], context))).toEqual(['TABLE_RAGGED']);
  });
});
