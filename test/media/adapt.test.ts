import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImageUndecodableError, renderImage, renderThumbnail } from '../../lib/media/adapt.ts';
import { frames, noise, photo, pixels, quarters, readPixels } from './pictures.ts';

const RED = [255, 0, 0] as const;
const GREEN = [0, 255, 0] as const;
const BLUE = [0, 0, 255] as const;
const GREY = [128, 128, 128] as const;
const QUARTERS = [RED, GREEN, BLUE, GREY];

/** Depth and colour type from a PNG's header: 2 = RGB, 6 = RGBA. */
function pngKind(png: Buffer): { depth: number | undefined; colorType: number | undefined } {
  return { depth: png[24], colorType: png[25] };
}

function near(color: readonly number[], wanted: readonly number[], distance: number): boolean {
  return wanted.every((value, channel) => Math.abs((color[channel] ?? -1000) - value) <= distance);
}

describe('renderImage: colours', () => {
  const rgb = () => quarters(16, QUARTERS);
  const rgba = () => quarters(16, [...QUARTERS.slice(0, 3).map((color) => [...color, 255]), [128, 128, 128, 0]]);
  const gray = () => quarters(16, [[10], [90], [170], [250]]).toColourspace('b-w');

  it.each([
    ['RGB PNG', () => rgb().png().toBuffer(), 2],
    ['RGBA PNG', () => rgba().png().toBuffer(), 6],
    ['16-bit PNG', () => rgb().toColourspace('rgb16').png().toBuffer(), 2],
    ['gray PNG', () => gray().png().toBuffer(), 2],
    ['16-bit gray PNG', () => gray().toColourspace('grey16').png().toBuffer(), 2],
    ['palette PNG', () => rgb().png({ palette: true }).toBuffer(), 2],
    ['palette PNG with transparency', () => rgba().png({ palette: true }).toBuffer(), 6],
    ['1-bit PNG', () => gray().threshold(128).png({ palette: true, colours: 2 }).toBuffer(), 2],
    ['interlaced PNG', () => rgb().png({ progressive: true }).toBuffer(), 2],
    ['JPEG', () => rgb().jpeg().toBuffer(), 2],
    ['progressive JPEG', () => rgb().jpeg({ progressive: true }).toBuffer(), 2],
    ['gray JPEG', () => gray().jpeg().toBuffer(), 2],
    ['CMYK JPEG', () => rgb().toColourspace('cmyk').jpeg().toBuffer(), 2],
    ['WebP', () => rgb().webp().toBuffer(), 2],
    ['lossless WebP with alpha', () => rgba().webp({ lossless: true }).toBuffer(), 6],
    ['GIF with transparency', () => rgba().gif().toBuffer(), 6],
    ['Display P3', () => rgb().withIccProfile('p3').png().toBuffer(), 2],
  ] as const)('makes 8-bit RGB(A) of %s', async (_name, source, colorType) => {
    const bytes = await source();
    const png = await renderImage(bytes, { format: 'png', rgb: true });
    expect(png).toMatchObject({ mime: 'image/png', width: 16, height: 16 });
    expect(pngKind(png.bytes)).toEqual({ depth: 8, colorType });
    const jpeg = await renderImage(bytes, { format: 'jpeg' });
    expect(jpeg).toMatchObject({ mime: 'image/jpeg', width: 16, height: 16 });
    expect(await sharp(jpeg.bytes).metadata()).toMatchObject({
      format: 'jpeg',
      channels: 3,
      space: 'srgb',
      depth: 'uchar',
    });
  });

  it.each([
    ['RGB PNG', () => rgb().png().toBuffer(), 0],
    ['16-bit PNG', () => rgb().toColourspace('rgb16').png().toBuffer(), 1],
    ['palette PNG', () => rgb().png({ palette: true }).toBuffer(), 0],
    ['lossless WebP', () => rgb().webp({ lossless: true }).toBuffer(), 0],
    ['GIF', () => rgb().gif().toBuffer(), 0],
    ['JPEG', () => rgb().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(), 6],
    ['Display P3', () => rgb().withIccProfile('p3').png().toBuffer(), 4],
  ] as const)('keeps the colours of %s', async (_name, source, distance) => {
    const { bytes } = await renderImage(await source(), { format: 'png' });
    const { at } = await readPixels(bytes);
    const found = [at(3, 3), at(12, 3), at(3, 12), at(12, 12)];
    expect(found.map((color, index) => near(color, QUARTERS[index] ?? [], distance))).toEqual([true, true, true, true]);
  });

  it.each([
    ['without a profile', () => rgb().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()],
    ['with a profile', () => rgb().withIccProfile('cmyk').jpeg({ quality: 95 }).toBuffer()],
  ])('reads CMYK %s the right way round; ink is duller than light', async (_name, source) => {
    const { at } = await readPixels((await renderImage(await source(), { format: 'png' })).bytes);
    const strongest = [at(3, 3), at(12, 3), at(3, 12)].map((color) => color.indexOf(Math.max(...color)));
    expect(strongest).toEqual([0, 1, 2]);
    expect(near(at(12, 12), GREY, 20)).toBe(true);
  });

  it.each([
    ['8-bit', () => gray().png().toBuffer()],
    ['16-bit', () => gray().toColourspace('grey16').png().toBuffer()],
  ])('spreads %s gray over three channels', async (_name, source) => {
    const { bytes } = await renderImage(await source(), { format: 'png' });
    const { at } = await readPixels(bytes);
    expect([at(3, 3), at(12, 12)]).toEqual([
      [10, 10, 10],
      [250, 250, 250],
    ]);
  });

  it('keeps transparency in PNG, and puts white behind it in JPEG', async () => {
    const source = await rgba().png().toBuffer();
    const png = await readPixels((await renderImage(source, { format: 'png' })).bytes);
    const jpeg = await readPixels((await renderImage(source, { format: 'jpeg' })).bytes);
    expect(png.at(12, 12)[3]).toBe(0);
    expect(near(jpeg.at(12, 12), [255, 255, 255], 3)).toBe(true);
  });
});

describe('renderImage: orientation', () => {
  // Where the pixel that people see at (x, y) is stored, by EXIF orientation, in a stored picture of 3 x 2 (EXIF 2.32, 4.6.4, tag 274).
  const WIDTH = 3;
  const HEIGHT = 2;
  const STORED: Record<number, (x: number, y: number) => [number, number]> = {
    1: (x, y) => [x, y],
    2: (x, y) => [WIDTH - 1 - x, y],
    3: (x, y) => [WIDTH - 1 - x, HEIGHT - 1 - y],
    4: (x, y) => [x, HEIGHT - 1 - y],
    5: (x, y) => [y, x],
    6: (x, y) => [y, HEIGHT - 1 - x],
    7: (x, y) => [WIDTH - 1 - y, HEIGHT - 1 - x],
    8: (x, y) => [WIDTH - 1 - y, x],
  };
  const COLORS = [RED, GREEN, BLUE, GREY, [255, 255, 0], [0, 255, 255]] as const;
  const encoders = {
    png: (image: Sharp) => image.png(),
    webp: (image: Sharp) => image.webp({ lossless: true }),
    jpeg: (image: Sharp) => image.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
  };
  const cases = Object.keys(STORED).flatMap((orientation) =>
    (['png', 'webp', 'jpeg'] as const).map((format) => [Number(orientation), format] as const),
  );

  it.each(cases)('turns orientation %i of a %s upright, and says so no more', async (orientation, format) => {
    const BLOCK = 16;
    const large = pixels(WIDTH, COLORS).resize(WIDTH * BLOCK, HEIGHT * BLOCK, { kernel: 'nearest' });
    const stored = await encoders[format](large).withMetadata({ orientation }).toBuffer();
    expect((await sharp(stored).metadata()).orientation).toBe(orientation);
    const { bytes, width, height } = await renderImage(stored, { format: 'png' });
    const isTurned = orientation > 4;
    expect([width, height]).toEqual(isTurned ? [HEIGHT * BLOCK, WIDTH * BLOCK] : [WIDTH * BLOCK, HEIGHT * BLOCK]);
    const seen = await readPixels(bytes);
    for (let y = 0; y < height / BLOCK; y += 1) {
      for (let x = 0; x < width / BLOCK; x += 1) {
        const [storedX, storedY] = STORED[orientation]?.(x, y) ?? [0, 0];
        const wanted = COLORS[storedY * WIDTH + storedX] ?? [];
        const color = seen.at(x * BLOCK + BLOCK / 2, y * BLOCK + BLOCK / 2);
        expect(near(color, wanted, format === 'jpeg' ? 6 : 0), `(${x}, ${y}) is ${color}`).toBe(true);
      }
    }
    expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
  });
});

describe('renderImage: frames, size, metadata', () => {
  it.each(['gif', 'webp'] as const)('takes the first frame of an animated %s', async (format) => {
    const animation = frames(16, [RED, GREEN, BLUE]);
    const source = await (format === 'gif' ? animation.gif() : animation.webp({ lossless: true })).toBuffer();
    expect((await sharp(source).metadata()).pages).toBe(3);
    const { bytes, width, height } = await renderImage(source, { format: 'png' });
    expect([width, height]).toEqual([16, 16]);
    expect((await readPixels(bytes)).at(8, 8).slice(0, 3)).toEqual([...RED]);
  });

  it.each([
    [400, 200, 100, 100, 50],
    [200, 400, 100, 50, 100],
    [80, 40, 100, 80, 40],
    [100, 100, 100, 100, 100],
    [1000, 1, 100, 100, 1],
  ])('scales %i x %i to a longest side of %i: %i x %i', async (width, height, maxSide, wantedWidth, wantedHeight) => {
    const source = await photo(width, height).png().toBuffer();
    const result = await renderImage(source, { format: 'jpeg', maxSide });
    expect([result.width, result.height]).toEqual([wantedWidth, wantedHeight]);
  });

  it('scales what people see: the orientation comes first', async () => {
    const source = await photo(400, 200).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await renderImage(source, { format: 'png', maxSide: 100 })).toMatchObject({ width: 50, height: 100 });
  });

  it('drops metadata: place, camera, comment, colour profile', async () => {
    const exif = { IFD0: { Make: 'CANARY' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } };
    const source = await photo(32, 32).jpeg().withExif(exif).withIccProfile('p3').toBuffer();
    expect(source.includes('CANARY')).toBe(true);
    for (const format of ['png', 'jpeg'] as const) {
      const { bytes } = await renderImage(source, { format });
      const { exif: left, icc, xmp, iptc } = await sharp(bytes).metadata();
      expect([left, icc, xmp, iptc]).toEqual([undefined, undefined, undefined, undefined]);
      expect(bytes.includes('CANARY')).toBe(false);
    }
  });

  it('drops what is glued behind a picture', async () => {
    const source = Buffer.concat([await photo(32, 32).jpeg().toBuffer(), Buffer.from('PK\x03\x04CANARY')]);
    const { bytes } = await renderImage(source, { format: 'jpeg' });
    expect(bytes.includes('CANARY')).toBe(false);
  });

  it('gives the same bytes for the same wish, alone or among others', async () => {
    const source = await photo(300, 200).jpeg().toBuffer();
    for (const format of ['png', 'jpeg'] as const) {
      const alone = await renderImage(source, { format, maxSide: 128 });
      const among = await Promise.all(Array.from({ length: 8 }, () => renderImage(source, { format, maxSide: 128 })));
      expect(among.every(({ bytes }) => bytes.equals(alone.bytes))).toBe(true);
    }
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['noise', noise(1000)],
    ['text', Buffer.from('not a picture')],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
  ])('says that %s is no image, as an issue that can be told', async (_name, bytes) => {
    const failed = renderImage(bytes, { format: 'png' });
    await expect(failed).rejects.toBeInstanceOf(ImageUndecodableError);
    await expect(failed).rejects.toMatchObject({ issue: { code: 'MEDIA_BROKEN', severity: 'error' } });
  });

  it('reads no format that is not meant, though the library could', async () => {
    const tiff = await photo(16, 16).tiff().toBuffer();
    await expect(renderImage(tiff, { format: 'png' })).rejects.toBeInstanceOf(ImageUndecodableError);
  });

  it('says so of a cut picture too', async () => {
    const source = await photo(64, 64).jpeg().toBuffer();
    await expect(renderImage(source.subarray(0, source.length / 2), { format: 'png' })).rejects.toBeInstanceOf(
      ImageUndecodableError,
    );
  });
});

describe('renderThumbnail', () => {
  it('gives a small upright JPEG as a data URI', async () => {
    const source = await photo(800, 400).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const [head, body = ''] = (await renderThumbnail(source))?.split(',') ?? [];
    expect(head).toBe('data:image/jpeg;base64');
    expect(await sharp(Buffer.from(body, 'base64')).metadata()).toMatchObject({
      format: 'jpeg',
      width: 80,
      height: 160,
    });
  });

  it('gives nothing for what is no image', async () => {
    expect(await renderThumbnail(noise(100))).toBeNull();
  });
});
