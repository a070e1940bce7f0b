import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ImageFacts, readImageFacts } from '../../lib/formats/image-header.ts';

type Format = 'png' | 'jpeg' | 'webp' | 'gif';
const FORMATS: readonly Format[] = ['png', 'jpeg', 'webp', 'gif'];

/** Noise compresses badly, so that cuts and flips fall into the picture as well as into the headers. */
function noise(width: number, height: number, channels: 1 | 3 | 4): Sharp {
  const pixels = Buffer.alloc(width * height * channels);
  for (let index = 0, state = 42; index < pixels.length; index += 1) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    pixels[index] = state >> 16;
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

async function animation(format: 'gif' | 'webp', frames: number): Promise<Buffer> {
  const stacked = await noise(16, 8 * frames, 3)
    .png()
    .toBuffer();
  const raw = await sharp(stacked).raw().toBuffer();
  const image = sharp(raw, { raw: { width: 16, height: 8 * frames, channels: 3, pageHeight: 8 } });
  return image.toFormat(format, { delay: Array<number>(frames).fill(100) }).toBuffer();
}

const read = (bytes: Uint8Array, format: Format): ImageFacts => readImageFacts(bytes, `image/${format}`);

describe('readImageFacts, compared with sharp', () => {
  const cases: [string, Format, () => Sharp][] = [
    ['png, rgb', 'png', () => noise(31, 17, 3).png()],
    ['png, rgba', 'png', () => noise(31, 17, 4).png()],
    ['png, gray', 'png', () => noise(31, 17, 1).toColourspace('b-w').png()],
    ['png, 16 bits', 'png', () => noise(31, 17, 3).toColourspace('rgb16').png()],
    ['png, palette', 'png', () => noise(31, 17, 3).png({ palette: true, colours: 16 })],
    ['png, interlaced', 'png', () => noise(31, 17, 3).png({ progressive: true })],
    ['jpeg, rgb', 'jpeg', () => noise(31, 17, 3).jpeg()],
    ['jpeg, gray', 'jpeg', () => noise(31, 17, 1).toColourspace('b-w').jpeg()],
    ['jpeg, cmyk', 'jpeg', () => noise(31, 17, 3).toColourspace('cmyk').jpeg()],
    ['jpeg, progressive', 'jpeg', () => noise(300, 200, 3).jpeg({ progressive: true })],
    ['jpeg, turned', 'jpeg', () => noise(31, 17, 3).withMetadata({ orientation: 6 }).jpeg()],
    ['webp, lossy', 'webp', () => noise(31, 17, 3).webp()],
    ['webp, lossy with alpha', 'webp', () => noise(31, 17, 4).webp()],
    ['webp, lossless', 'webp', () => noise(31, 17, 3).webp({ lossless: true })],
    ['webp, lossless with alpha', 'webp', () => noise(31, 17, 4).webp({ lossless: true })],
    ['webp, turned', 'webp', () => noise(31, 17, 3).withMetadata({ orientation: 8 }).webp()],
    ['png, turned', 'png', () => noise(31, 17, 3).withMetadata({ orientation: 3 }).png()],
    ['gif', 'gif', () => noise(31, 17, 3).gif()],
  ];

  it.each(cases)('%s', async (_, format, make) => {
    const bytes = await make().toBuffer();
    const facts = read(bytes, format);
    const oracle = await sharp(bytes).metadata();
    expect({ fault: facts.fault, warnings: facts.warnings }).toEqual({ fault: null, warnings: [] });
    expect([facts.width, facts.height, facts.orientation]).toEqual([
      oracle.width,
      oracle.height,
      oracle.orientation ?? 1,
    ]);
    expect(facts.hasMetadata).toBe(oracle.exif !== undefined || oracle.xmp !== undefined);
    expect(facts.frames).toBe(1);
    if (format !== 'gif') expect([facts.colors, facts.bitDepth]).toEqual(colorsOf(oracle));
  });

  function colorsOf({ space, depth, hasAlpha, isPalette, bitsPerSample }: Metadata): [string, number | undefined] {
    if (isPalette) return ['palette', bitsPerSample];
    const base = { 'b-w': 'gray', grey16: 'gray', cmyk: 'cmyk' }[String(space)] ?? 'rgb';
    const alpha = base === 'gray' ? 'gray-alpha' : 'rgba';
    return [hasAlpha ? alpha : base, depth === 'ushort' ? 16 : 8];
  }

  it.each(['gif', 'webp'] as const)('counts the frames of an animated %s', async (format) => {
    const facts = read(await animation(format, 5), format);
    expect(facts).toMatchObject({ width: 16, height: 8, frames: 5, fault: null });
  });

  it('tells a palette from other colours', async () => {
    const facts = read(await noise(31, 17, 3).png({ palette: true, colours: 4 }).toBuffer(), 'png');
    expect(facts).toMatchObject({ colors: 'palette', bitDepth: 2 });
  });
});

describe('readImageFacts', () => {
  const whole = new Map<Format, Buffer>();
  beforeAll(async () => {
    for (const format of FORMATS) whole.set(format, await noise(40, 30, 3).toFormat(format).toBuffer());
  });
  const image = (format: Format): Buffer => whole.get(format) ?? Buffer.alloc(0);

  it.each(FORMATS)('says of a %s with something behind it how much that is', (format) => {
    const facts = read(Buffer.concat([image(format), Buffer.from('PK\x03\x04')]), format);
    expect(facts.fault).toBeNull();
    expect(facts.warnings).toMatchObject([{ code: 'MEDIA_TRAILING', message: expect.stringContaining('4 bytes') }]);
  });

  it.each(FORMATS)('calls a %s cut anywhere incomplete, and never throws', (format) => {
    const bytes = image(format);
    for (let end = 0; end < bytes.length; end += end < 200 || end > bytes.length - 50 ? 1 : 17) {
      const { fault } = read(bytes.subarray(0, end), format);
      expect(fault?.code, `cut at ${end} of ${bytes.length}`).toMatch(
        end < 12 ? /^MEDIA_(TRUNCATED|BROKEN)$/ : /^MEDIA_TRUNCATED$/,
      );
    }
  });

  it.each(FORMATS)('answers for a %s with bytes flipped, cut and added', (format) => {
    const bytes = image(format);
    const change = fc.tuple(fc.nat(Math.min(bytes.length - 1, 600)), fc.nat(6), fc.uint8Array({ maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let mutated = bytes;
        for (const [at, cut, added] of changes) {
          mutated = Buffer.concat([mutated.subarray(0, at), added, mutated.subarray(at + cut)]);
        }
        const facts = read(mutated, format);
        expect(facts.frames).toBeGreaterThanOrEqual(1);
        if (facts.fault === null) expect(facts.width * facts.height).toBeGreaterThan(0);
        else expect(facts.fault.code).toMatch(/^MEDIA_(TRUNCATED|BROKEN)$/);
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  it.each(['png', 'webp', 'gif', 'jpeg'] as const)(
    'gives the size that sharp sees in any %s that sharp can decode',
    async (format) => {
      const bytes = image(format);
      // GIF decoders each have their own mind about a screen that its frame does not fill.
      const first = format === 'gif' ? 10 : 0;
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: first, max: Math.min(bytes.length - 1, 100) }),
          fc.nat(255),
          async (at, value) => {
            const mutated = Buffer.from(bytes);
            mutated[at] = value;
            const decoded = await sharp(mutated, { failOn: 'error', limitInputPixels: 1_000_000 })
              .toBuffer({ resolveWithObject: true })
              .catch(() => null);
            const facts = read(mutated, format);
            if (decoded !== null && facts.fault === null) {
              expect([facts.width, facts.height]).toEqual([decoded.info.width, decoded.info.height]);
            }
          },
        ),
        { seed: 42, numRuns: 100 },
      );
    },
  );

  it('checks the checksums of a PNG', () => {
    const bytes = Buffer.from(image('png'));
    const inPicture = bytes.indexOf('IDAT') + 20;
    bytes[inPicture] = (bytes[inPicture] ?? 0) ^ 1;
    expect(read(bytes, 'png').fault).toMatchObject({
      code: 'MEDIA_BROKEN',
      message: expect.stringContaining('checksum'),
    });
  });

  it('gives the size of a PNG of 65,535 x 65,535 pixels without decoding it', () => {
    const bytes = Buffer.from(image('png'));
    bytes.writeUInt32BE(65_535, 16);
    bytes.writeUInt32BE(65_535, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    expect(read(bytes, 'png')).toMatchObject({ width: 65_535, height: 65_535, fault: null });
  });

  it.each<[string, string, Uint8Array]>([
    [
      'a PNG without pixels',
      'image/png',
      Buffer.concat([
        Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
        chunk('IHDR', [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]),
        chunk('IEND', []),
      ]),
    ],
    [
      'a PNG of no width',
      'image/png',
      Buffer.concat([
        Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
        chunk('IHDR', [0, 0, 0, 0, 0, 0, 0, 1, 8, 2, 0, 0, 0]),
        chunk('IDAT', [1]),
        chunk('IEND', []),
      ]),
    ],
    ['a JPEG of nothing but its marks', 'image/jpeg', Buffer.from([0xff, 0xd8, 0xff, 0xd9])],
    ['a JPEG renamed to PNG', 'image/png', Buffer.from([0xff, 0xd8, 0xff, 0xd9])],
    ['a GIF without frames', 'image/gif', Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1')],
    ['a WebP without a picture', 'image/webp', Buffer.from('RIFF\x04\0\0\0WEBP', 'latin1')],
  ])('refuses %s', (_, mime, bytes) => {
    expect(readImageFacts(bytes, mime).fault?.code).toBe('MEDIA_BROKEN');
  });

  it('names the types that it reads when asked for another', () => {
    expect(readImageFacts(Buffer.from('II*\0'), 'image/tiff').fault?.code).toBe('MEDIA_TYPE_UNSUPPORTED');
  });

  it('walks megabytes of tiny blocks quickly', () => {
    const blocks = Buffer.concat([
      Buffer.from('GIF89a\x01\0\x01\0\0\0\0', 'latin1'),
      Buffer.alloc(8 * 1024 * 1024, '!\xfe\x01x\0', 'latin1'),
    ]);
    const restarts = Buffer.concat([image('jpeg').subarray(0, -2), Buffer.alloc(8 * 1024 * 1024, 0xff)]);
    const before = process.cpuUsage();
    expect(read(blocks, 'gif').fault?.code).toBe('MEDIA_TRUNCATED');
    expect(read(restarts, 'jpeg').fault?.code).toBe('MEDIA_TRUNCATED');
    expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
  });
});

function chunk(type: string, data: readonly number[]): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), Buffer.from(data)]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
