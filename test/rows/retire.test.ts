import { describe, expect, it } from 'vitest';
import { isRetireName, readRetireColumns, readRetired } from '../../lib/rows/retire.ts';
import { promptKey, rowId } from '../../lib/rows/row-keys.ts';

describe('isRetireName', () => {
  it.each([
    'retire.csv',
    'Retire.CSV',
    'retired.xlsx',
    'retire-2026-11.tsv',
    'retire_2.csv',
    'retire (1).csv',
    'retire2.csv',
  ])('takes %s for a list', (name) => {
    expect(isRetireName(name)).toBe(true);
  });

  it.each(['retirees.csv', 'retirement.csv', 'retiré.csv', 'train.csv', 'my-retire.csv', 'not retired.csv'])(
    'takes %s for a dataset',
    (name) => {
      expect(isRetireName(name)).toBe(false);
    },
  );
});

describe('readRetireColumns', () => {
  it.each([
    [['id'], { id: 0, prompt: null }],
    [['reason', 'Row ID', 'Question'], { id: 1, prompt: 2 }],
    [['prompt', 'completion', 'id'], { id: 2, prompt: 0 }],
    [['\ufeffid'], { id: 0, prompt: null }],
  ])('finds the columns of %j', (header, columns) => {
    expect(readRetireColumns(header)).toEqual({ columns });
  });

  it.each([[['name']], [['']], [[]], [['idea', 'completion']]])('refuses %j', (header) => {
    expect(readRetireColumns(header)).toMatchObject({ issue: { code: 'RETIRE_HEADER', severity: 'error' } });
  });
});

describe('readRetired', () => {
  const columns = { id: 0, prompt: 1 };

  it.each([
    [['7', 'What is it?'], { id: '7' }],
    [[' 007 ', ''], { id: '007' }],
    [['', ' What is it? '], { prompt: promptKey('What is it?') }],
    [['an id', ''], { id: 'an id' }],
    [['__proto__', ''], { id: '__proto__' }],
    [[' ', '\t'], null],
    [[], null],
  ])('reads %j', (cells, wanted) => {
    expect(readRetired(cells, columns)).toEqual(wanted);
  });

  it('knows a prompt whatever program has saved it', () => {
    const key = promptKey('Was ist das?\nEine Fröhliche Frage');
    expect(promptKey(' Was ist das?\r\nEine Fro\u0308hliche Frage\r\n')).toBe(key);
    expect(promptKey('Was ist das?\n\nEine Fröhliche Frage')).not.toBe(key);
  });
});

describe('rowId', () => {
  it('takes an id as it is written, but for space at its ends', () => {
    expect([rowId(' a b '), rowId('007'), rowId('7'), rowId(' ')]).toEqual(['a b', '007', '7', null]);
  });

  it('holds a very long one by its hash, so that equal ones are equal', () => {
    const long = 'x'.repeat(10_000_000);
    expect(rowId('x'.repeat(200))).toHaveLength(200);
    expect(rowId(long)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(rowId(` ${long}`)).toBe(rowId(long));
    expect(rowId(`${long}y`)).not.toBe(rowId(long));
  });
});
