import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { readImageFacts } from '../../lib/formats/image-header.ts';
import { stripMetadata } from '../../lib/media/strip-metadata.ts';
import { frames, noise, photo } from './pictures.ts';

const EXIF = { IFD0: { Make: 'CANARY' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } };
const XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><CANARY/></x:xmpmeta>';

function tagged(image: Sharp): Sharp {
  return image.withExif(EXIF).withXmp(XMP).withIccProfile('p3');
}

/** Every byte of every frame, as drawn. */
async function drawn(bytes: Uint8Array): Promise<Buffer> {
  return await sharp(bytes, { animated: true }).raw().toBuffer();
}

/** A JPEG segment or, with the same layout, a place for one's own words. */
function segment(code: number, text: string): Buffer {
  const data = Buffer.from(text, 'latin1');
  const head = Buffer.from([0xff, code, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

function afterStart(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

const GIF_COMMENT = Buffer.concat([Buffer.from([0x21, 0xfe, 6]), Buffer.from('CANARY'), Buffer.from([0])]);

/** Puts a comment before the first frame or extension of a GIF. */
function withComment(gif: Buffer): Buffer {
  const table = ((gif[10] ?? 0) & 0x80) === 0 ? 0 : 3 * 2 ** (((gif[10] ?? 0) & 7) + 1);
  return Buffer.concat([gif.subarray(0, 13 + table), GIF_COMMENT, gif.subarray(13 + table)]);
}

const RED = [255, 0, 0] as const;
const BLUE = [0, 0, 255] as const;

describe('stripMetadata', () => {
  it.each<[string, string, () => Promise<Buffer>]>([
    ['JPEG', 'image/jpeg', () => tagged(photo(64, 48)).jpeg().toBuffer()],
    ['progressive JPEG', 'image/jpeg', () => tagged(photo(64, 48)).jpeg({ progressive: true }).toBuffer()],
    ['CMYK JPEG', 'image/jpeg', () => photo(64, 48).toColourspace('cmyk').withExif(EXIF).jpeg().toBuffer()],
    ['PNG', 'image/png', () => tagged(photo(64, 48)).png().toBuffer()],
    ['WebP', 'image/webp', () => tagged(photo(64, 48)).webp().toBuffer()],
    [
      'animated WebP',
      'image/webp',
      () =>
        tagged(frames(16, [RED, BLUE]))
          .webp({ lossless: true })
          .toBuffer(),
    ],
    ['GIF', 'image/gif', async () => withComment(await photo(64, 48).gif().toBuffer())],
    ['animated GIF', 'image/gif', async () => withComment(await frames(16, [RED, BLUE]).gif({ loop: 3 }).toBuffer())],
  ])('leaves all words and places out of a %s, and no pixel, frame or colour', async (_what, mime, source) => {
    const bytes = Buffer.concat([await source(), Buffer.from('CANARY behind the end')]);
    // A comment alone is no reason, but goes with the rest.
    expect(readImageFacts(bytes, mime).hasMetadata).toBe(mime !== 'image/gif');
    const stripped = stripMetadata(bytes, mime);
    if (stripped === null) throw new Error('not understood');
    expect(stripped.includes('CANARY')).toBe(false);
    expect(readImageFacts(stripped, mime)).toMatchObject({ hasMetadata: false, fault: null, warnings: [] });
    expect((await drawn(stripped)).equals(await drawn(bytes))).toBe(true);
    const [before, after] = [
      await sharp(bytes, { animated: true }).metadata(),
      await sharp(stripped, { animated: true }).metadata(),
    ];
    expect(after).toMatchObject({ width: before.width, height: before.height, space: before.space });
    expect([after.pages, after.loop, after.delay]).toEqual([before.pages, before.loop, before.delay]);
    expect(after.icc).toEqual(before.icc);
    expect([after.exif, after.xmp]).toEqual([undefined, undefined]);
  });

  it('sees no metadata in a comment alone, and some in EXIF beside it', async () => {
    const plain = afterStart(await photo(32, 32).jpeg().toBuffer(), segment(0xfe, 'CREATOR: an encoder'));
    expect(readImageFacts(plain, 'image/jpeg').hasMetadata).toBe(false);
    const placed = afterStart(await tagged(photo(32, 32)).jpeg().toBuffer(), segment(0xfe, 'CREATOR: an encoder'));
    expect(readImageFacts(placed, 'image/jpeg').hasMetadata).toBe(true);
  });

  it('gives a file without metadata back as it is, and does nothing twice', async () => {
    for (const [mime, bytes] of [
      ['image/jpeg', await photo(32, 32).jpeg().toBuffer()],
      ['image/png', await photo(32, 32).png().toBuffer()],
      ['image/webp', await photo(32, 32).webp().toBuffer()],
      ['image/gif', await photo(32, 32).gif().toBuffer()],
    ] as const) {
      expect(stripMetadata(bytes, mime)?.equals(bytes)).toBe(true);
    }
  });

  it.each([
    ['a comment', segment(0xfe, 'CANARY')],
    ['IPTC', segment(0xed, 'Photoshop 3.0\0CANARY')],
    ['previews of a camera', segment(0xe2, 'MPF\0CANARY')],
    ["a maker's own segment", segment(0xeb, 'CANARY')],
    ['fill bytes before a comment', Buffer.concat([Buffer.from([0xff, 0xff]), segment(0xfe, 'CANARY')])],
  ])('leaves %s out of a JPEG', async (_what, extra) => {
    const plain = await photo(32, 32).jpeg().toBuffer();
    const stripped = stripMetadata(afterStart(plain, extra), 'image/jpeg');
    expect(stripped?.includes('CANARY')).toBe(false);
    expect(stripped?.subarray(-20).equals(plain.subarray(-20))).toBe(true);
  });

  it.each([
    ['a cut JPEG', 'image/jpeg', async () => (await photo(64, 64).jpeg().toBuffer()).subarray(0, 400)],
    ['a cut PNG', 'image/png', async () => (await photo(64, 64).png().toBuffer()).subarray(0, 400)],
    ['a cut WebP', 'image/webp', async () => (await photo(64, 64).webp().toBuffer()).subarray(0, 60)],
    ['a cut GIF', 'image/gif', async () => (await photo(64, 64).gif().toBuffer()).subarray(0, 900)],
    ['what is no picture', 'image/jpeg', async () => noise(500)],
    ['a type it does not know', 'image/bmp', async () => noise(500)],
  ])('does not understand %s', async (_what, mime, source) => {
    expect(stripMetadata(await source(), mime)).toBeNull();
  });

  it('never fails for bytes that were changed', async () => {
    const sources = [
      ['image/jpeg', await tagged(photo(24, 24)).jpeg().toBuffer()],
      ['image/png', await tagged(photo(24, 24)).png().toBuffer()],
      ['image/webp', await tagged(photo(24, 24)).webp().toBuffer()],
      ['image/gif', withComment(await photo(24, 24).gif().toBuffer())],
    ] as const;
    const dice = noise(4 * 300);
    for (const [mime, bytes] of sources) {
      for (let round = 0; round < 300; round += 1) {
        const broken = Buffer.from(bytes);
        const at = dice.readUInt32LE(round * 4) % Math.min(broken.length, 400);
        broken[at] = (broken[at] ?? 0) ^ 0xff;
        const stripped = stripMetadata(broken, mime);
        expect(stripped === null || stripped.length <= broken.length + 64).toBe(true);
      }
    }
  });
});
