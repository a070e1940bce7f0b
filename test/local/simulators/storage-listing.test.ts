import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseByteRange } from '../../../lib/local/simulators/storage/byte-range.ts';
import { compareKeys } from '../../../lib/local/simulators/storage/key-order.ts';
import { type Cursor, formatCursor, listKeys, parseCursor } from '../../../lib/local/simulators/storage/listing.ts';

const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\ue000', '😀', 'é'), minLength: 1, maxLength: 6 });
const sortKeys = (keys: string[]) => [...new Set(keys)].sort(compareKeys);

describe('compareKeys', () => {
  it('orders any two strings as their UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
        expect(Math.sign(compareKeys(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
      }),
      { seed: 42 },
    );
  });

  it('puts an astral character behind the private use area, where UTF-16 has it before', () => {
    expect(compareKeys('😀', '\uffff')).toBeGreaterThan(0);
  });
});

describe('listKeys', () => {
  it('pages through exactly what one look at the whole list gives, for any prefix, delimiter and page size', () => {
    fc.assert(
      fc.property(
        fc.array(key, { maxLength: 40 }),
        fc.constantFrom('', 'a', 'a/', '/'),
        fc.constantFrom(undefined, '/', 'b/'),
        fc.integer({ min: 1, max: 5 }),
        (keys, prefix, delimiter, limit) => {
          const sorted = sortKeys(keys);
          const query = { prefix, ...(delimiter === undefined ? {} : { delimiter }) };
          expect(allPages(sorted, { ...query, limit })).toEqual(rollUpNaively(sorted, prefix, delimiter));
        },
      ),
      { seed: 42 },
    );
  });

  it('starts behind a key, from a key and before a key', () => {
    const sorted = ['a', 'b', 'c', 'd'];
    const page = listKeys(sorted, { limit: 9, cursor: { after: 'a', whole: false }, from: 'b', before: 'd' });
    expect(page).toEqual({ keys: ['b', 'c'], prefixes: [], next: null });
  });
});

describe('parseCursor', () => {
  it('reads back what formatCursor wrote', () => {
    const cursor = { after: 'photos/ä 😀', whole: true };
    expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
  });

  it.each(['', '%%%', 'AAAA'])('refuses the token "%s"', (token) => {
    expect(parseCursor(token)).toBeNull();
  });
});

function allPages(sorted: string[], query: { prefix: string; delimiter?: string; limit: number }) {
  const found: string[] = [];
  let cursor: Cursor | null = null;
  do {
    const page = listKeys(sorted, { ...query, ...(cursor === null ? {} : { cursor }) });
    expect(page.keys.length + page.prefixes.length).toBeLessThanOrEqual(query.limit);
    found.push(...page.keys, ...page.prefixes.map((prefix) => `prefix ${prefix}`));
    cursor = page.next;
  } while (cursor !== null);
  return found.sort();
}

function rollUpNaively(sorted: string[], prefix: string, delimiter: string | undefined): string[] {
  const entries = sorted
    .filter((candidate) => candidate.startsWith(prefix))
    .map((candidate) => {
      const end = delimiter === undefined ? -1 : candidate.indexOf(delimiter, prefix.length);
      return end < 0 ? candidate : `prefix ${candidate.slice(0, end + (delimiter ?? '').length)}`;
    });
  return [...new Set(entries)].sort();
}

describe('parseByteRange', () => {
  it.each([
    ['bytes=0-0', { offset: 0, length: 1 }],
    ['bytes=3-', { offset: 3, length: 7 }],
    ['bytes=-3', { offset: 7, length: 3 }],
    ['bytes=-30', { offset: 0, length: 10 }],
    ['bytes=9-99', { offset: 9, length: 1 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', null],
    ['bytes=-', null],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
    [undefined, null],
  ])('reads %s of ten bytes', (header, range) => {
    expect(parseByteRange(header, 10)).toEqual(range);
  });
});
