import { describe, expect, it } from 'vitest';
import type { Asset } from '../../lib/domain/media.ts';
import { adapt } from '../../lib/providers/openai/adapt.ts';
import { target } from './openai-fixtures.ts';

function asset(changes: Partial<Asset> = {}): Asset {
  return {
    sha256: '0'.repeat(64),
    kind: 'image',
    mime: 'image/png',
    bytes: 1000,
    width: 64,
    height: 48,
    colors: 'rgb',
    bitDepth: 8,
    frames: 1,
    ...changes,
  };
}

describe('adapt', () => {
  it.each<[string, Partial<Asset>]>([
    ['an RGB PNG', {}],
    ['an RGBA PNG', { colors: 'rgba' }],
    ['a JPEG of 10,000,000 bytes', { mime: 'image/jpeg', bytes: 10_000_000 }],
    ['a WebP', { mime: 'image/webp' }],
    ['an upright photograph', { mime: 'image/jpeg', orientation: 1 }],
  ])('takes %s as it is', (_what, changes) => {
    expect(adapt(asset(changes), target())).toEqual({ take: 'as-is' });
  });

  it.each<[string, Partial<Asset>, object, string[]]>([
    ['a GIF', { mime: 'image/gif', colors: 'palette' }, { format: 'png', firstFrame: true, rgb: true }, ['gif-to-png']],
    [
      'an animated GIF',
      { mime: 'image/gif', colors: 'palette', frames: 12 },
      { format: 'png', firstFrame: true, rgb: true },
      ['gif-to-png', 'first-frame'],
    ],
    ['an animated WebP', { mime: 'image/webp', frames: 3 }, { format: 'png', firstFrame: true }, ['first-frame']],
    ['a CMYK JPEG', { mime: 'image/jpeg', colors: 'cmyk' }, { format: 'jpeg', rgb: true }, ['colors-to-rgb']],
    ['a gray JPEG', { mime: 'image/jpeg', colors: 'gray' }, { format: 'jpeg', rgb: true }, ['colors-to-rgb']],
    ['a 16-bit PNG', { bitDepth: 16 }, { format: 'png', rgb: true }, ['colors-to-rgb']],
    ['a palette PNG', { colors: 'palette', bitDepth: 4 }, { format: 'png', rgb: true }, ['colors-to-rgb']],
    ['a gray PNG with alpha', { colors: 'gray-alpha' }, { format: 'png', rgb: true }, ['colors-to-rgb']],
    ['a photograph on its side', { mime: 'image/jpeg', orientation: 6 }, { format: 'jpeg' }, ['orientation-baked']],
    ['a PNG of 10,000,001 bytes', { bytes: 10_000_001 }, { format: 'png', maxSide: 2048 }, ['scaled-down']],
    [
      'a large WebP photograph',
      { mime: 'image/webp', bytes: 20_000_000 },
      { format: 'jpeg', maxSide: 2048 },
      ['scaled-down'],
    ],
    [
      'a large WebP with transparency',
      { mime: 'image/webp', bytes: 20_000_000, colors: 'rgba' },
      { format: 'png', maxSide: 2048 },
      ['scaled-down'],
    ],
    [
      'a large CMYK JPEG on its side',
      { mime: 'image/jpeg', colors: 'cmyk', orientation: 8, bytes: 20_000_000 },
      { format: 'jpeg', rgb: true, maxSide: 2048 },
      ['colors-to-rgb', 'orientation-baked', 'scaled-down'],
    ],
  ])('re-encodes %s and says so', (_what, changes, rendition, kinds) => {
    expect(adapt(asset(changes), target())).toEqual({
      take: 'rendition',
      rendition: { ...rendition, maxBytes: 10_000_000 },
      kinds,
    });
  });

  it('inlines a text file, at a model for text only as well', () => {
    const text = asset({ kind: 'document', mime: 'text/plain' });
    const inlined = { take: 'text', kinds: ['text-inlined'] };
    expect(adapt(text, target())).toEqual(inlined);
    expect(adapt(text, target({ model: 'gpt-4.1-2025-04-14' }))).toEqual(inlined);
  });

  it.each<[string, Partial<Asset>, string, string]>([
    ['a recording', { kind: 'audio', mime: 'audio/mpeg' }, 'gpt-4o-2024-08-06', 'MODALITY_UNSUPPORTED'],
    ['a PDF', { kind: 'document', mime: 'application/pdf' }, 'gpt-4o-2024-08-06', 'MODALITY_UNSUPPORTED'],
    ['a TIFF', { mime: 'image/tiff' }, 'gpt-4o-2024-08-06', 'IMAGE_TYPE_UNSUPPORTED'],
    ['an image at a text model', {}, 'gpt-4.1-2025-04-14', 'MODALITY_UNSUPPORTED'],
    [
      'a text of 9 MB',
      { kind: 'document', mime: 'text/plain', bytes: 9_000_000 },
      'gpt-4o-2024-08-06',
      'TOKENS_OVER_LIMIT',
    ],
  ])('leaves %s out', (_what, changes, model, code) => {
    expect(adapt(asset(changes), target({ model }))).toMatchObject({
      take: 'none',
      issue: { code, severity: 'error' },
    });
  });
});
