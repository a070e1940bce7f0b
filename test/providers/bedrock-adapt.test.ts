import { describe, expect, it } from 'vitest';
import type { Asset } from '../../lib/domain/media.ts';
import { bedrock } from '../../lib/providers/bedrock/index.ts';
import { NOVA_2_LITE, NOVA_LITE, NOVA_MICRO, sha256, target } from './bedrock-fixtures.ts';

function asset(changes: Partial<Asset> = {}): Asset {
  const image = {
    kind: 'image',
    mime: 'image/png',
    bytes: 2000,
    width: 64,
    height: 48,
    colors: 'rgb',
    bitDepth: 8,
  } as const;
  return { sha256: sha256('a'), ...image, ...changes };
}

const adapt = (changes: Partial<Asset>, model = NOVA_LITE) => bedrock.adapt(asset(changes), target({ model }));

describe('adapt', () => {
  it.each([
    ['PNG', {}, NOVA_LITE],
    ['JPEG', { mime: 'image/jpeg' }, NOVA_LITE],
    ['GIF, animated or not', { mime: 'image/gif', frames: 12, colors: 'palette' }, NOVA_LITE],
    ['WebP at Nova 1', { mime: 'image/webp', frames: 3 }, NOVA_LITE],
    ['GIF at Nova 2', { mime: 'image/gif' }, NOVA_2_LITE],
    ['grey pictures', { colors: 'gray' }, NOVA_LITE],
    ['images of 10,000,000 bytes', { bytes: 10_000_000 }, NOVA_LITE],
    ['images of 25 pixels', { width: 25, height: 25 }, NOVA_LITE],
    ['PDF at Nova 2', { kind: 'document', mime: 'application/pdf' } as const, NOVA_2_LITE],
    ['images of unknown size', { width: undefined, height: undefined } as never, NOVA_LITE],
  ])('takes %s as they are', (_what, changes, model) => {
    expect(adapt(changes, model)).toEqual({ take: 'as-is' });
  });

  it.each([
    ['CMYK', { mime: 'image/jpeg', colors: 'cmyk' }, NOVA_LITE, { format: 'jpeg', rgb: true }, ['colors-to-rgb']],
    ['16 bits', { bitDepth: 16 }, NOVA_LITE, { format: 'png', rgb: true }, ['colors-to-rgb']],
    ['turned photos', { mime: 'image/jpeg', orientation: 6 }, NOVA_LITE, { format: 'jpeg' }, ['orientation-baked']],
    ['too many bytes', { bytes: 10_000_001 }, NOVA_LITE, { format: 'png', maxSide: 2048 }, ['scaled-down']],
    ['too many pixels', { width: 8001, height: 900 }, NOVA_LITE, { format: 'png', maxSide: 2048 }, ['scaled-down']],
    ['WebP at Nova 2', { mime: 'image/webp' }, NOVA_2_LITE, { format: 'png', rgb: true }, ['webp-to-png']],
    [
      'large animated WebP at Nova 2',
      { mime: 'image/webp', width: 4000, height: 3000, frames: 4 },
      NOVA_2_LITE,
      { format: 'png', rgb: true, maxSide: 2048, firstFrame: true },
      ['webp-to-png', 'scaled-down', 'first-frame'],
    ],
  ])('renders %s', (_what, changes, model, rendition, kinds) => {
    expect(adapt(changes, model)).toEqual({
      take: 'rendition',
      rendition: { ...rendition, maxBytes: 10_000_000 },
      kinds,
    });
  });

  it.each([
    ['audio', { kind: 'audio', mime: 'audio/mpeg' }, NOVA_LITE, 'MODALITY_UNSUPPORTED', /Transcribe/],
    ['PDF', { kind: 'document', mime: 'application/pdf' }, NOVA_LITE, 'MODALITY_UNSUPPORTED', /pages as images/],
    ['images at Micro', {}, NOVA_MICRO, 'MODALITY_UNSUPPORTED', /amazon\.nova-lite/],
    ['BMP', { mime: 'image/bmp' }, NOVA_LITE, 'IMAGE_TYPE_UNSUPPORTED', /PNG/],
    ['images of 24 pixels', { height: 24 }, NOVA_LITE, 'IMAGE_TOO_SMALL', /larger/],
  ] as const)('leaves %s out, and says what to do', (_what, changes, model, code, hint) => {
    expect(adapt(changes, model)).toMatchObject({
      take: 'none',
      issue: { code, severity: 'error', hint: expect.stringMatching(hint) },
    });
  });

  it('inlines text that can fit', () => {
    const text = { kind: 'document', mime: 'text/plain' } as const;
    expect(adapt({ ...text, bytes: 576_000 })).toEqual({ take: 'text', kinds: ['text-inlined'] });
    expect(adapt({ ...text, bytes: 400_000, characters: 192_001 })).toMatchObject({
      issue: { code: 'TOKENS_OVER_LIMIT' },
    });
    expect(adapt({ ...text, bytes: 576_001 })).toMatchObject({ issue: { code: 'TOKENS_OVER_LIMIT' } });
    expect(adapt({ ...text, bytes: 10 }, NOVA_MICRO)).toMatchObject({ take: 'text' });
  });
});
