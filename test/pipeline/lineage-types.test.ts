import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTypes } from '../../lib/pipeline/lineage-types.ts';

const hashOf = (value: number) => createHash('sha256').update(String(value)).digest('hex');
const typeOf = (value: number) => ['image/png', 'audio/mpeg', 'text/plain'][value % 3] ?? '';

describe('openTypes', () => {
  it('knows the type of each file that it was given, and of no other', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 5000 }), { maxLength: 40 }), fc.nat({ max: 5000 }), (values, other) => {
        const types = openTypes();
        const files = values.map((value) => [hashOf(value), typeOf(value)] as const).sort();
        for (const [sha256, mime] of files) types.add(sha256, mime);
        expect(files.map(([sha256]) => types.of(sha256))).toEqual(files.map(([, mime]) => mime));
        expect(types.of(hashOf(other))).toBe(values.includes(other) ? typeOf(other) : null);
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  it('grows with the files', () => {
    const types = openTypes();
    const hashes = Array.from({ length: 3000 }, (_, value) => hashOf(value)).sort();
    for (const [index, sha256] of hashes.entries()) types.add(sha256, typeOf(index));
    expect(hashes.map(types.of)).toEqual(hashes.map((_, index) => typeOf(index)));
  });
});
