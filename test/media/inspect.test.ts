import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/domain/canonical.ts';
import { issueSchema } from '../../lib/domain/finding.ts';
import { assetSchema } from '../../lib/domain/media.ts';
import { type InspectOptions, inspectMedia } from '../../lib/media/inspect.ts';
import { mp3, pdf } from './media-files.ts';
import { frames, noise, photo } from './pictures.ts';

const DECODE: InspectOptions = { name: '', verify: 'decode' };
const STRUCTURE: InspectOptions = { name: '', verify: 'structure' };

async function codesOf(bytes: Uint8Array, options: InspectOptions = DECODE): Promise<string[]> {
  const { asset, issues } = await inspectMedia(bytes, options);
  return [asset === null ? 'refused' : asset.mime, ...issues.map(({ code }) => code)];
}

const side = 48;
const encoders = {
  jpeg: () => photo(side, side).jpeg().toBuffer(),
  'progressive JPEG': () => photo(side, side).jpeg({ progressive: true }).toBuffer(),
  png: () => photo(side, side).png().toBuffer(),
  'interlaced PNG': () => photo(side, side).png({ progressive: true }).toBuffer(),
  'palette PNG': () => photo(side, side).png({ palette: true }).toBuffer(),
  gif: () => photo(side, side).gif().toBuffer(),
  webp: () => photo(side, side).webp().toBuffer(),
  'lossless WebP': () => photo(side, side).webp({ lossless: true }).toBuffer(),
  'animated GIF': () =>
    frames(16, [
      [255, 0, 0],
      [0, 255, 0],
    ])
      .gif()
      .toBuffer(),
  'animated WebP': () =>
    frames(16, [
      [255, 0, 0],
      [0, 255, 0],
    ])
      .webp()
      .toBuffer(),
} as const;
const PICTURES = Object.entries(encoders);
const FORMATS = ['png', 'jpeg', 'gif', 'webp'];

/** A PNG from its parts, with true checksums. */
function png(header: Buffer, data: Buffer): Buffer {
  const chunk = (type: string, body: Buffer) => {
    const typed = Buffer.concat([Buffer.from(type), body]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(body.length);
    frame.writeUInt32BE(crc32(typed), 4);
    return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
  };
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  return header;
}

describe('inspectMedia: what a file is', () => {
  it.each(PICTURES)('describes a sound %s, without complaint', async (name, make) => {
    const bytes = await make();
    const format = FORMATS.find((known) => name.toLowerCase().includes(known)) ?? '';
    for (const options of [DECODE, STRUCTURE]) {
      const { asset, issues } = await inspectMedia(bytes, options);
      expect(issues).toEqual([]);
      expect(assetSchema.parse(asset)).toMatchObject({
        sha256: sha256(bytes),
        kind: 'image',
        mime: `image/${format}`,
        bytes: bytes.length,
        ...(name.startsWith('animated')
          ? { width: 16, height: 16, frames: 2 }
          : { width: side, height: side, frames: 1 }),
        orientation: 1,
      });
    }
  });

  it('tells the orientation and colours of a picture', async () => {
    const rotated = await photo(8, 4).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect((await inspectMedia(rotated, DECODE)).asset).toMatchObject({
      width: 8,
      height: 4,
      orientation: 6,
      colors: 'rgb',
    });
    const cmyk = await photo(8, 8).toColourspace('cmyk').jpeg().toBuffer();
    expect((await inspectMedia(cmyk, DECODE)).asset).toMatchObject({ colors: 'cmyk', bitDepth: 8 });
    const deep = await photo(8, 8).toColourspace('rgb16').png().toBuffer();
    expect((await inspectMedia(deep, DECODE)).asset).toMatchObject({ colors: 'rgb', bitDepth: 16 });
  });

  it('describes audio, PDF and text', async () => {
    const sound = (await inspectMedia(mp3(100), { name: 'a.mp3', verify: 'decode' })).asset;
    expect(sound).toMatchObject({ kind: 'audio', mime: 'audio/mpeg' });
    expect(sound?.seconds).toBeCloseTo((100 * 1152) / 44100, 2);
    expect(await inspectMedia(pdf(3), { name: 'a.pdf', verify: 'decode' })).toMatchObject({
      asset: { kind: 'document', mime: 'application/pdf', pages: 3 },
      issues: [],
    });
    expect(await inspectMedia(Buffer.from('Grüße'), { name: 'a.txt', verify: 'decode' })).toMatchObject({
      asset: { kind: 'document', mime: 'text/plain', characters: 5, bytes: 7 },
      issues: [],
    });
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'a.png', ['refused', 'MEDIA_EMPTY']],
    ['noise', Buffer.concat([Buffer.from([0, 1, 2, 3]), noise(400)]), 'a.png', ['refused', 'MEDIA_TYPE_UNSUPPORTED']],
    ['a video', Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'), 'a.mp4', ['refused', 'VIDEO_UNSUPPORTED']],
    ['an archive', Buffer.from('PK\x03\x04\x14\0\0\0\x08\0', 'latin1'), 'a.zip', ['refused', 'MEDIA_TYPE_UNSUPPORTED']],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'a.svg', ['refused', 'MEDIA_TYPE_UNSUPPORTED']],
    ['SVG called PNG', Buffer.from('<?xml version="1.0"?><svg/>'), 'a.png', ['refused', 'MEDIA_TYPE_UNSUPPORTED']],
    ['BMP', Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)]), 'a.bmp', ['refused', 'MEDIA_TYPE_UNSUPPORTED']],
    ['WAV', Buffer.from('RIFF\x24\0\0\0WAVEfmt \x10\0\0\0', 'latin1'), 'a.mp3', ['refused', 'MEDIA_TYPE_UNSUPPORTED']],
    ['text with NUL', Buffer.from('ab\0c'), 'a.txt', ['refused', 'MEDIA_TYPE_UNSUPPORTED']],
    ['a PDF in name', Buffer.from('%PDF-1.7\nno more'), 'a.pdf', ['refused', 'MEDIA_TRUNCATED']],
    ['sound in name', mp3(1), 'a.mp3', ['refused', 'MEDIA_BROKEN']],
  ])('refuses %s', async (_what, bytes, name, codes) => {
    const { asset, issues } = await inspectMedia(bytes, { name, verify: 'decode' });
    expect([asset === null ? 'refused' : 'taken', ...issues.map(({ code }) => code)]).toEqual(codes);
    expect(issues[0]).toMatchObject({ severity: 'error', hint: expect.stringMatching(/\w/) });
  });
});

describe('inspectMedia: names and declarations', () => {
  it.each([
    ['owl.png', undefined, []],
    ['owl.PNG', 'image/png', []],
    ['owl', 'image/x-png', []],
    ['owl', 'IMAGE/PNG; q=1', []],
    ['owl', 'application/octet-stream', []],
    ['owl', 'binary/octet-stream', []],
    ['owl', 'application/force-download', []],
    ['owl', '', []],
    ['owl.jpg', undefined, ['MEDIA_TYPE_MISMATCH']],
    ['owl.png', 'image/jpeg', ['MEDIA_TYPE_MISMATCH']],
    ['owl.jpg', 'image/webp', ['MEDIA_TYPE_MISMATCH', 'MEDIA_TYPE_MISMATCH']],
    ['owl.txt', 'text/html', ['MEDIA_TYPE_MISMATCH', 'MEDIA_TYPE_MISMATCH']],
  ])('takes a PNG called "%s" and declared as %s for a PNG, with %j', async (name, declaredMime, codes) => {
    const bytes = await encoders.png();
    const options = { name, verify: 'structure' as const, ...(declaredMime === undefined ? {} : { declaredMime }) };
    const { asset, issues } = await inspectMedia(bytes, options);
    expect(asset?.mime).toBe('image/png');
    expect(issues.map(({ code }) => code)).toEqual(codes);
    expect(issues.every(({ severity }) => severity === 'warning')).toBe(true);
  });

  it.each([
    ['notes.txt', undefined, 'text/plain'],
    ['notes.md', 'text/markdown', 'text/plain'],
    ['notes.txt', 'text/plain; charset=utf-8', 'text/plain'],
    ['', undefined, 'text/plain'],
    ['', 'text/plain', 'text/plain'],
    ['', 'text/html', 'refused'],
    ['notes.txt', 'text/html', 'refused'],
    ['owl.png', undefined, 'refused'],
    ['owl', 'image/png', 'refused'],
    ['page.html', undefined, 'refused'],
    ['', 'image/png', 'refused'],
  ])('judges HTML called "%s" and declared as %s: %s', async (name, declaredMime, outcome) => {
    const bytes = Buffer.from('<!DOCTYPE html><html><body>Please log in</body></html>');
    const options = { name, verify: 'decode' as const, ...(declaredMime === undefined ? {} : { declaredMime }) };
    const code = outcome === 'refused' ? 'MEDIA_IS_WEB_PAGE' : 'TEXT_IS_HTML';
    expect(await codesOf(bytes, options)).toEqual([outcome, code]);
  });
});

describe('inspectMedia: text in place of a file', () => {
  const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';

  it.each([
    ['owl.png', undefined, 'MEDIA_IS_TEXT'],
    ['owl.JPG', undefined, 'MEDIA_IS_TEXT'],
    ['song.mp3', undefined, 'MEDIA_IS_TEXT'],
    ['paper.pdf', undefined, 'MEDIA_IS_TEXT'],
    ['', 'image/png', 'MEDIA_IS_TEXT'],
    ['notes.txt', 'application/pdf', 'MEDIA_IS_TEXT'],
    ['notes.txt', undefined, 'taken'],
    ['notes', undefined, 'taken'],
    ['', 'text/csv', 'taken'],
    ['', 'application/octet-stream', 'taken'],
  ])('called "%s" and declared as %s: %s', async (name, declaredMime, outcome) => {
    const options = { name, verify: 'decode' as const, ...(declaredMime === undefined ? {} : { declaredMime }) };
    const { asset, issues } = await inspectMedia(Buffer.from('404: Not Found'), options);
    expect(asset === null ? issues[0]?.code : 'taken').toBe(outcome);
  });

  it('knows the pointers that Git LFS leaves', async () => {
    const { issues } = await inspectMedia(Buffer.from(POINTER), { name: 'owl.png', verify: 'decode' });
    expect(issues[0]?.hint).toContain('git lfs pull');
  });
});

describe('inspectMedia: cut and damaged pictures', () => {
  const SHARES = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99];
  const TAILS = [1, 2, 3, 4, 8, 12];

  it.each(PICTURES)('finds each cut of a %s, decoded or not', async (name, make) => {
    const bytes = await make();
    const fileName = `cut.${FORMATS.find((known) => name.toLowerCase().includes(known))}`;
    const lengths = [
      ...SHARES.map((share) => Math.floor(bytes.length * share)),
      ...TAILS.map((tail) => bytes.length - tail),
    ];
    for (const options of [DECODE, STRUCTURE]) {
      for (const length of lengths) {
        const { asset, issues } = await inspectMedia(bytes.subarray(0, length), { ...options, name: fileName });
        expect(asset, `${length} of ${bytes.length} bytes`).toBeNull();
        expect(issues.some(({ severity }) => severity === 'error')).toBe(true);
      }
    }
  });

  it.each(['jpeg', 'progressive JPEG'] as const)('finds a %s that was cut and given an end', async (name) => {
    const bytes = await encoders[name]();
    for (const share of [0.55, 0.7, 0.9]) {
      const repaired = Buffer.concat([bytes.subarray(0, Math.floor(bytes.length * share)), Buffer.from([0xff, 0xd9])]);
      const [verdict, code] = await codesOf(repaired);
      expect([verdict, code], `${share}`).toEqual(['refused', expect.stringMatching(/MEDIA_(?:TRUNCATED|BROKEN)/)]);
    }
  });

  it('finds a PNG whose picture ends early in whole parts', async () => {
    const rows = Buffer.concat(
      Array.from({ length: side }, (_, row) => Buffer.concat([Buffer.from([0]), noise(side * 3, row + 1)])),
    );
    const whole = png(pngHeader(side, side), deflateSync(rows));
    const short = png(pngHeader(side, side), deflateSync(rows.subarray(0, rows.length / 2)));
    expect(await codesOf(whole)).toEqual(['image/png']);
    expect(await codesOf(short)).toEqual(['refused', 'MEDIA_BROKEN']);
    expect(await codesOf(short, STRUCTURE)).toEqual(['image/png']);
  });

  it('finds a PNG whose data are no data', async () => {
    expect(await codesOf(png(pngHeader(side, side), noise(500)))).toEqual(['refused', 'MEDIA_BROKEN']);
  });

  it('finds a WebP that was cut and given a new length', async () => {
    const bytes = await encoders.webp();
    const cut = Buffer.from(bytes.subarray(0, Math.floor(bytes.length / 4) * 2));
    cut.writeUInt32LE(cut.length - 8, 4);
    cut.writeUInt32LE(cut.length - 20, 16);
    expect((await codesOf(cut))[0]).toBe('refused');
  });

  it('finds a GIF whose frame is no data', async () => {
    const bytes = await encoders.gif();
    bytes.fill(0xff, bytes.length - 900, bytes.length - 860);
    expect((await codesOf(bytes))[0]).toBe('refused');
  });

  it('tells of a JPEG that decodes with complaints', async () => {
    const bytes = await photo(200, 200).jpeg().toBuffer();
    const found = new Set<string>();
    for (let part = 1; part < 40; part += 1) {
      const damaged = Buffer.from(bytes);
      const at = Math.floor((bytes.length * part) / 40);
      damaged.fill(0xaa, at, at + 30);
      found.add((await codesOf(damaged)).join(' '));
    }
    expect(found).toContain('image/jpeg MEDIA_DAMAGED');
  });

  it('takes a picture with something glued behind it, and says so', async () => {
    const glued = Buffer.concat([await encoders.jpeg(), Buffer.from('PK\x03\x04')]);
    expect(await codesOf(glued)).toEqual(['image/jpeg', 'MEDIA_TRAILING']);
  });
});

describe('inspectMedia: pictures that are too large', () => {
  it.each([
    ['PNG', () => png(pngHeader(60_000, 60_000), deflateSync(Buffer.alloc(1000)))],
    ['PNG one row beyond', () => png(pngHeader(50_000, 1001), deflateSync(Buffer.alloc(1000)))],
    [
      'GIF',
      async () => {
        const bytes = await encoders.gif();
        bytes.writeUInt16LE(65_535, 6);
        bytes.writeUInt16LE(65_535, 8);
        return bytes;
      },
    ],
    [
      'JPEG',
      async () => {
        const bytes = await encoders.jpeg();
        const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
        bytes.writeUInt16BE(65_500, frame + 5);
        bytes.writeUInt16BE(65_500, frame + 7);
        return bytes;
      },
    ],
  ])('refuses a %s by its header, before anything is decoded', async (_name, make) => {
    const bytes = await make();
    const startedAt = performance.now();
    expect(await codesOf(bytes)).toEqual(['refused', 'MEDIA_PIXELS']);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('inspectMedia: hostile bytes', () => {
  async function judged(bytes: Uint8Array, options: InspectOptions): Promise<void> {
    const { asset, issues } = await inspectMedia(bytes, options);
    for (const issue of issues) issueSchema.parse(issue);
    const isRefused = issues.some(({ severity }) => severity === 'error');
    expect(asset === null).toBe(isRefused);
    if (asset !== null) expect(assetSchema.parse(asset).sha256).toBe(sha256(bytes));
  }

  const SEEDS: [string, () => Promise<Buffer> | Buffer][] = [
    ...PICTURES,
    ['MP3', () => mp3(8)],
    ['PDF', () => pdf(2)],
    ['HTML', () => Buffer.from('<!doctype html><title>a</title>')],
    ['text', () => Buffer.from('Some text, Grüße 😀.\n'.repeat(10))],
  ];

  it.each(SEEDS)('never throws for a damaged %s, and either describes or refuses it', async (_name, make) => {
    const sound = await make();
    const change = fc.record({
      at: fc.nat({ max: sound.length - 1 }),
      kind: fc.constantFrom('set' as const, 'cut' as const, 'insert' as const, 'repeat' as const),
      value: fc.integer({ min: 0, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = changes.reduce<Buffer>((current, { at, kind, value }) => {
          const place = at % Math.max(1, current.length);
          const before = current.subarray(0, place);
          const after = current.subarray(place);
          if (kind === 'cut') return Buffer.from(before);
          if (kind === 'insert') return Buffer.concat([before, Buffer.from([value, value, value]), after]);
          if (kind === 'repeat') return Buffer.concat([before, after.subarray(0, value), after]);
          return Buffer.concat([before, Buffer.from([value]), after.subarray(1)]);
        }, sound);
        await judged(bytes, DECODE);
      }),
      { seed: 42, numRuns: 60 },
    );
  });

  it('never throws for noise behind a beginning that it knows', async () => {
    const beginnings = [
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff\xe0',
      'GIF89a',
      'RIFF\x20\0\0\0WEBPVP8 ',
      'ID3\x04\0\0',
      '\xff\xfb\x90',
      '%PDF-1.7\n',
      '',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 400 }), async (beginning, rest) => {
        await judged(Buffer.concat([Buffer.from(beginning, 'latin1'), rest]), DECODE);
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  it('gives the same answer each time, and for a view into other bytes', async () => {
    const bytes = await encoders.jpeg();
    const around = Buffer.concat([noise(7), bytes, noise(9)]);
    const view = new Uint8Array(around.buffer, around.byteOffset + 7, bytes.length);
    expect(await inspectMedia(view, DECODE)).toEqual(await inspectMedia(bytes, DECODE));
  });
});
