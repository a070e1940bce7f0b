import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, hashOf, sha256 } from '../../lib/domain/canonical.ts';

const OPTIONS = { seed: 42, numRuns: 300 };
const json = fc.jsonValue({ maxDepth: 5 });

/** The same value with its keys put in another order, at every depth. */
function shuffled(value: unknown, swap: (keys: string[]) => string[]): unknown {
  if (Array.isArray(value)) return value.map((member) => shuffled(member, swap));
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(swap(Object.keys(record)).map((key) => [key, shuffled(record[key], swap)]));
}

describe('canonicalJson', () => {
  it.each([
    [
      'keys by code unit, at every depth',
      { b: 1, a: { d: [{ z: 1, y: 2 }], c: 2 }, B: 3 },
      '{"B":3,"a":{"c":2,"d":[{"y":2,"z":1}]},"b":1}',
    ],
    ['the order of a list as it is', [3, 1, 2], '[3,1,2]'],
    ['no member that is undefined', { a: undefined, b: null }, '{"b":null}'],
    [
      'keys that JavaScript takes for itself',
      JSON.parse('{"__proto__":1,"constructor":2,"a":3}'),
      '{"__proto__":1,"a":3,"constructor":2}',
    ],
    ['text as JSON escapes it, lone surrogates too', { a: '"\\\n\u2028\ud800' }, '{"a":"\\"\\\\\\n\u2028\\ud800"}'],
    ['nothing as null', null, 'null'],
    ['dates as their text', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  ])('writes %s', (_what, value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it('gives equal bytes for equal values, whatever the order of their keys', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(shuffled(value, (keys) => [...keys].reverse()))).toBe(canonicalJson(value));
        expect(canonicalJson(shuffled(value, (keys) => [...keys].sort()))).toBe(canonicalJson(value));
      }),
      OPTIONS,
    );
  });

  it('loses nothing: what is read back is the same value, in the same bytes', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
      OPTIONS,
    );
  });

  it('gives other bytes for other values', () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        const isSame =
          JSON.stringify(shuffled(left, (keys) => keys.sort())) ===
          JSON.stringify(shuffled(right, (keys) => keys.sort()));
        expect(canonicalJson(left) === canonicalJson(right)).toBe(isSame);
      }),
      OPTIONS,
    );
  });

  it('leaves the value as it was', () => {
    const value = { b: [{ d: 1, c: 2 }], a: 1 };
    canonicalJson(value);
    expect(JSON.stringify(value)).toBe('{"b":[{"d":1,"c":2}],"a":1}');
  });

  it('refuses undefined, which is no JSON', () => {
    expect(() => canonicalJson(undefined)).toThrow(TypeError);
  });
});

describe('sha256 and hashOf', () => {
  it('hash text as UTF-8, as they hash its bytes', () => {
    const expected = createHash('sha256').update(Buffer.from('é🦉')).digest('hex');
    expect(sha256('é🦉')).toBe(expected);
    expect(sha256(Buffer.from('é🦉'))).toBe(expected);
  });

  it('do not depend on the order of keys', () => {
    expect(hashOf({ a: 1, b: 2 })).toBe(hashOf({ b: 2, a: 1 }));
    expect(hashOf({ a: 1 })).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf({ a: 1 })).not.toBe(hashOf({ a: '1' }));
  });
});
