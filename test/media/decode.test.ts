import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../lib/media/decode.ts';
import { photo } from './pictures.ts';

const TIMES = 40;

describe('decodeImage', () => {
  it('says the same of an image, whatever else is decoded at the same time', async () => {
    const whole = await photo(200, 200).jpeg().toBuffer();
    const cut = whole.subarray(0, whole.length / 2);
    const broken = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(64, 7)]);
    const images: [Uint8Array, string][] = [
      [whole, 'image/jpeg'],
      [cut, 'image/jpeg'],
      [broken, 'image/png'],
    ];
    const apart: string[] = [];
    for (const [bytes, mime] of images) apart.push(JSON.stringify(await decodeImage(bytes, mime)));
    expect(new Set(apart).size).toBe(3);
    for (let time = 0; time < TIMES; time += 1) {
      const together = await Promise.all(images.map(([bytes, mime]) => decodeImage(bytes, mime)));
      expect(together.map((issues) => JSON.stringify(issues))).toEqual(apart);
    }
  });
});
