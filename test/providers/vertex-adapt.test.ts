import { describe, expect, it } from 'vitest';
import type { Asset } from '../../lib/domain/media.ts';
import type { Adaptation } from '../../lib/providers/provider.ts';
import { adapt } from '../../lib/providers/vertex/adapt.ts';

const asset = (changes: Partial<Asset> & Pick<Asset, 'mime'>): Asset => ({
  sha256: 'a'.repeat(64),
  kind: 'image',
  bytes: 1000,
  ...changes,
});

const AS_IS: Adaptation = { take: 'as-is' };
const png = (kinds: string[], changes = {}): Adaptation => ({
  take: 'rendition',
  rendition: { format: 'png', firstFrame: true, ...changes, maxBytes: 20_000_000 },
  kinds,
});

describe('adapt', () => {
  it.each<[string, Asset, Adaptation]>([
    ['a PNG', asset({ mime: 'image/png' }), AS_IS],
    ['a CMYK JPEG', asset({ mime: 'image/jpeg', colors: 'cmyk' }), AS_IS],
    [
      'a photo that is turned',
      asset({ mime: 'image/jpeg', orientation: 6 }),
      { take: 'rendition', rendition: { format: 'jpeg', maxBytes: 20_000_000 }, kinds: ['orientation-baked'] },
    ],
    ['a WebP', asset({ mime: 'image/webp', frames: 1 }), AS_IS],
    ['an image of 20 MB', asset({ mime: 'image/png', bytes: 20_000_000 }), AS_IS],
    ['audio of any size', asset({ mime: 'audio/mpeg', kind: 'audio', bytes: 200_000_000 }), AS_IS],
    ['a PDF', asset({ mime: 'application/pdf', kind: 'document' }), AS_IS],
    ['a GIF', asset({ mime: 'image/gif' }), png(['gif-to-png'])],
    ['an animated GIF', asset({ mime: 'image/gif', frames: 12 }), png(['gif-to-png', 'first-frame'])],
    ['an animated WebP', asset({ mime: 'image/webp', frames: 2 }), png(['first-frame'])],
    [
      'a large animated GIF',
      asset({ mime: 'image/gif', frames: 900, bytes: 30_000_000 }),
      png(['gif-to-png', 'first-frame', 'scaled-down'], { maxSide: 3072 }),
    ],
    [
      'an image of more than 20 MB',
      asset({ mime: 'image/png', bytes: 20_000_001 }),
      { take: 'rendition', rendition: { format: 'jpeg', maxSide: 3072, maxBytes: 20_000_000 }, kinds: ['scaled-down'] },
    ],
    ['a text', asset({ mime: 'text/plain', kind: 'document' }), { take: 'text', kinds: ['text-inlined'] }],
  ])('%s', (_what, given, adaptation) => {
    expect(adapt(given, { adapt: {} })).toEqual(adaptation);
  });

  it.each([
    ['a text that cannot fit', asset({ mime: 'text/plain', kind: 'document', bytes: 524_289 }), 'TOKENS_OVER_LIMIT'],
    ['a BMP', asset({ mime: 'image/bmp' }), 'IMAGE_TYPE_UNSUPPORTED'],
    ['a WAV', asset({ mime: 'audio/wav', kind: 'audio' }), 'MODALITY_UNSUPPORTED'],
  ])('leaves %s out', (_what, given, code) => {
    expect(adapt(given, { adapt: {} })).toMatchObject({ take: 'none', issue: { code, severity: 'error' } });
  });
});
