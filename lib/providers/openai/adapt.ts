import { type AdaptOptions, readAdaptOptions } from '../../domain/adapt-options.ts';
import type { Asset } from '../../domain/media.ts';
import type { Target } from '../../domain/target.ts';
import {
  drawPages,
  frameChanges,
  inlineText,
  leaveOut,
  orientationChange,
  planImage,
  scaleChange,
  takesFrames,
} from '../adaptation.ts';
import type { Adaptation, Rendition } from '../provider.ts';
import { issues } from './codes.ts';
import { PROFILES, type Profile, takesImages } from './profiles.ts';
import { IMAGE_TYPES, MAX_IMAGE_BYTES } from './spec.ts';
import { MAX_TEXT_BYTES } from './tokens.ts';

/** OpenAI scales every image into 2048 x 2048 before it looks (vision guide, 2026-06-27): nothing is lost by doing so first. */
const SEEN_SIDE = 2048;

/** What OpenAI needs done to one file: nothing, renditions in 8-bit RGB(A), its text inlined, or it is left out. */
export function adapt(asset: Asset, target: Target, profile: Profile = PROFILES.openai): Adaptation {
  const options = readAdaptOptions(target);
  if (asset.mime === 'text/plain') {
    const isTooLong = asset.bytes > MAX_TEXT_BYTES;
    return isTooLong ? leaveOut(issues.textTooLong('the file', asset.bytes)) : inlineText(options);
  }
  const pages = asset.mime === 'application/pdf' ? drawPages(asset, options, PAGES) : null;
  if (asset.kind !== 'image' && pages === null) return leaveOut(issues.kindUnsupported(asset.kind));
  if (!takesImages(target.model, profile)) return leaveOut(issues.imagesUnsupported(target.model, profile));
  return pages ?? adaptImage(asset, options);
}

const PAGES = { usefulSide: SEEN_SIDE, maxBytes: MAX_IMAGE_BYTES };

function adaptImage(asset: Asset, options: AdaptOptions): Adaptation {
  const isGif = asset.mime === 'image/gif';
  if (!isGif && !IMAGE_TYPES.some((type) => type === asset.mime))
    return leaveOut(issues.imageTypeUnsupported(asset.mime));
  const isNeeded = !takesFrames(asset, options);
  const rgb = { rgb: true };
  const gif = { kind: 'gif-to-png', isWanted: isGif, isNeeded, rendition: { firstFrame: true, ...rgb } } as const;
  const colors = {
    kind: 'colors-to-rgb',
    isWanted: !isGif && !isEightBitRgb(asset),
    isNeeded,
    rendition: rgb,
  } as const;
  const isTooLarge = asset.bytes > MAX_IMAGE_BYTES;
  return planImage(asset, options, {
    format: formatOf(asset),
    maxBytes: MAX_IMAGE_BYTES,
    changes: [
      gif,
      ...frameChanges(asset, options, { isNeeded: true }),
      colors,
      orientationChange(asset),
      scaleChange(asset, options, { usefulSide: SEEN_SIDE, isNeeded: isTooLarge }),
    ],
  });
}

/** "RGB or RGBA" only (vision guide). WebP knows no other modes; an unstated mode is taken on trust. */
function isEightBitRgb({ mime, colors, bitDepth }: Asset): boolean {
  if (mime === 'image/webp') return true;
  return (colors === undefined || colors === 'rgb' || colors === 'rgba') && (bitDepth ?? 8) === 8;
}

/** PNG stays PNG and JPEG stays JPEG; a still WebP without transparency becomes JPEG, for it is likely a photograph. */
function formatOf(asset: Asset): Rendition['format'] {
  if (asset.mime === 'image/jpeg') return 'jpeg';
  const isStillPhoto = asset.mime === 'image/webp' && asset.colors === 'rgb' && (asset.frames ?? 1) === 1;
  return isStillPhoto ? 'jpeg' : 'png';
}
