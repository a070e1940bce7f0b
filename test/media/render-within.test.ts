import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { renderImage, renderImages } from '../../lib/media/adapt.ts';
import { frames, noise, photo, readPixels } from './pictures.ts';

const SIDE = 200;
/** Nothing can be said shorter than noise: as PNG 120 KB, as JPEG some less. */
const noisy = () =>
  sharp(noise(SIDE * SIDE * 3), { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toBuffer();

describe('renderImage: bytes', () => {
  it('leaves alone what has no more bytes than wished', async () => {
    const free = await renderImage(await noisy(), { format: 'png' });
    const exact = await renderImage(await noisy(), { format: 'png', maxBytes: free.bytes.length });
    expect(exact.bytes.equals(free.bytes)).toBe(true);
    expect(exact.isRecompressed).toBe(false);
  });

  it('makes a JPEG of the same size of a PNG that has one byte too many', async () => {
    const free = await renderImage(await noisy(), { format: 'png' });
    const fitted = await renderImage(await noisy(), { format: 'png', maxBytes: free.bytes.length - 1 });
    expect(fitted).toMatchObject({ mime: 'image/jpeg', width: SIDE, height: SIDE, isRecompressed: true });
    expect(fitted.bytes.length).toBeLessThan(free.bytes.length);
  });

  it.each([40_000, 10_000, 2_000])('makes it smaller until it has at most %i bytes', async (maxBytes) => {
    const fitted = await renderImage(await noisy(), { format: 'png', maxBytes });
    expect(fitted.bytes.length).toBeLessThanOrEqual(maxBytes);
    expect(fitted.width).toBeLessThan(SIDE);
    expect(fitted.width).toBe(fitted.height);
    const again = await renderImage(await noisy(), { format: 'png', maxBytes });
    expect(again.bytes.equals(fitted.bytes)).toBe(true);
  });

  it('ends where no picture is small enough', async () => {
    const fitted = await renderImage(await noisy(), { format: 'jpeg', maxBytes: 10 });
    expect(fitted.width).toBeLessThan(10);
  });

  it('keeps what was made upright so', async () => {
    const source = await photo(400, 200).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const fitted = await renderImage(source, { format: 'png', maxSide: 300, maxBytes: 8000 });
    expect(fitted.isRecompressed).toBe(true);
    expect(fitted.height).toBeGreaterThan(fitted.width);
  });
});

describe('renderImages: frames', () => {
  const colors = Array.from({ length: 10 }, (_, index) => [index * 25, 255 - index * 25, 128] as const);

  async function reds(source: Buffer, wanted: number): Promise<number[]> {
    const found: number[] = [];
    for await (const { bytes, mime } of renderImages(source, { format: 'png', frames: wanted })) {
      expect(mime).toBe('image/png');
      found.push(Math.round(((await readPixels(bytes)).at(8, 8)[0] ?? -1) / 25));
    }
    return found;
  }

  it.each([
    [1, [0]],
    [2, [0, 5]],
    [3, [0, 3, 6]],
    [4, [0, 2, 5, 7]],
    [10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [64, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])('takes %i, as far from each other as they can be', async (wanted, numbers) => {
    const animation = frames(16, colors);
    expect(await reds(await animation.clone().gif({ colours: 256, dither: 0 }).toBuffer(), wanted)).toEqual(numbers);
    expect(await reds(await animation.clone().webp({ lossless: true }).toBuffer(), wanted)).toEqual(numbers);
  });

  it('takes the one picture of what is no animation', async () => {
    const source = await photo(16, 16).jpeg().toBuffer();
    expect(await reds(source, 4)).toHaveLength(1);
  });

  it('keeps to the beginning of an animation that takes ages to draw', async () => {
    // 1,000 x 1,000 pixels and 600 frames: 200 of them are drawn at most, so that the second is number 100 rather than 300.
    const gif = await photo(1000, 1000).gif({ colours: 2 }).toBuffer();
    const source = Buffer.concat([gif.subarray(0, -1), dots(199, 0), dots(400, 1), Buffer.from([0x3b])]);
    expect((await sharp(source).metadata()).pages).toBe(600);
    const corners: number[][] = [];
    for await (const { bytes } of renderImages(source, { format: 'png', frames: 2 })) {
      corners.push((await readPixels(bytes)).at(0, 0));
    }
    expect(corners[1]).toEqual([...gif.subarray(13, 16)]);
    const last = await sharp(source, { page: 300 }).png().toBuffer();
    expect((await readPixels(last)).at(0, 0).slice(0, 3)).toEqual([...gif.subarray(16, 19)]);
  });
});

/** Further frames of a GIF, a dot of one colour of its table each; they cost nothing to store, and a canvas each to draw. */
function dots(count: number, color: 0 | 1): Buffer {
  const data = color === 0 ? 0x44 : 0x4c;
  const frame = Buffer.from([0x21, 0xf9, 4, 4, 1, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, data, 1, 0]);
  return Buffer.concat(Array.from({ length: count }, () => frame));
}
