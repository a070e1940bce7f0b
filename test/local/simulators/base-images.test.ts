import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readImageStructure } from '../../../lib/local/simulators/image-structure.ts';
import { picture } from './workbench.ts';

const FORMATS = ['png', 'jpeg', 'webp', 'gif'] as const;

describe('readImageStructure', () => {
  it.each(FORMATS)('reads the size of a %s', async (format) => {
    const reading = readImageStructure(await picture(format, { side: 40 }));
    expect(reading).toMatchObject({ ok: true, image: { format, width: 40, height: 40 } });
  });

  it('tells RGB from RGBA', async () => {
    expect(readImageStructure(await picture('png', { channels: 3 }))).toMatchObject({ image: { channels: 3 } });
    expect(readImageStructure(await picture('png', { channels: 4 }))).toMatchObject({ image: { channels: 4 } });
  });

  it.each(['png', 'jpeg', 'webp'] as const)('finds a %s that was cut off', async (format) => {
    const bytes = await picture(format, { side: 64 });
    expect(readImageStructure(bytes.subarray(0, bytes.length - 6)).ok).toBe(false);
    expect(readImageStructure(bytes.subarray(0, 20)).ok).toBe(false);
  });

  it('finds a damaged PNG chunk', async () => {
    const bytes = Buffer.from(await picture('png'));
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    expect(readImageStructure(bytes)).toEqual({ ok: false, reason: 'a PNG chunk is damaged' });
  });

  it('answers for any bytes, also behind a real signature', async () => {
    const samples = await Promise.all(FORMATS.map((format) => picture(format)));
    const hostile = fc.tuple(fc.constantFrom(...samples), fc.nat(60), fc.uint8Array({ maxLength: 80 }));
    fc.assert(
      fc.property(hostile, ([sample, keep, rest]) => {
        const reading = readImageStructure(Buffer.concat([sample.subarray(0, keep), rest]));
        expect(typeof reading.ok).toBe('boolean');
      }),
      { seed: 42, numRuns: 2000 },
    );
  });
});
