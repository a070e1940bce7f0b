import { type AdaptOptions, readAdaptOptions } from '../../domain/adapt-options.ts';
import type { Asset } from '../../domain/media.ts';
import type { Target } from '../../domain/target.ts';
import {
  drawPages,
  frameChanges,
  type ImageChange,
  inlineText,
  leaveOut,
  orientationChange,
  planImage,
  scaleChange,
  takesFrames,
} from '../adaptation.ts';
import type { Adaptation } from '../provider.ts';
import { issues } from './codes.ts';
import { type Limits, limitsOf } from './limits.ts';
import { MAX_IMAGE_SIDE, MIN_IMAGE_SIDE } from './spec.ts';
import { MAX_TEXT_CHARACTERS } from './tokens.ts';

/** Keeps a scaled image near 5,000 tokens by the documented table, so that several fit into an example. */
const SCALED_SIDE = 2048;
/** A page of A4 can be read at 134 dots per inch, and ten of them stay below 32,000 tokens. */
const PAGE_SIDE = 1568;
/** A photograph as PNG takes up to 2.5 bytes a pixel: what is made into PNG must not grow over the limit. */
const MAX_PNG_PIXELS = 4_000_000;
/** A UTF-8 byte is a third of a UTF-16 unit at least. */
const MOST_BYTES_PER_CHARACTER = 3;

/** What Bedrock needs done to one file: nothing, renditions in 8-bit RGB(A), its text inlined, or it is left out. */
export function adapt(asset: Asset, target: Target): Adaptation {
  const options = readAdaptOptions(target);
  if (asset.mime === 'text/plain') return adaptText(asset, options);
  const limits = limitsOf(target);
  const drawn = { usefulSide: PAGE_SIDE, maxBytes: limits.maxImageBytes };
  const pages = asset.mime === 'application/pdf' ? drawPages(asset, options, drawn) : null;
  if (asset.kind !== 'image' && pages === null) return adaptOther(asset, limits);
  if (limits.imageTypes.length === 0) return leaveOut(issues.imagesUnsupported(target.model));
  if (pages !== null) return pages;
  if (asset.mime !== 'image/webp' && !limits.imageTypes.includes(asset.mime))
    return leaveOut(issues.imageTypeUnsupported(asset.mime));
  const { width, height } = asset;
  if (width !== undefined && height !== undefined && Math.min(width, height) < MIN_IMAGE_SIDE) {
    return leaveOut(issues.imageTooSmall(width, height));
  }
  return adaptImage(asset, options, limits);
}

function adaptText({ bytes, characters }: Asset, options: AdaptOptions): Adaptation {
  const leastCharacters = characters ?? bytes / MOST_BYTES_PER_CHARACTER;
  return leastCharacters > MAX_TEXT_CHARACTERS ? leaveOut(issues.textTooLong(bytes)) : inlineText(options);
}

function adaptOther({ kind, mime }: Asset, { documentTypes }: Limits): Adaptation {
  return documentTypes.includes(mime) ? { take: 'as-is' } : leaveOut(issues.kindUnsupported(kind));
}

function adaptImage(asset: Asset, options: AdaptOptions, limits: Limits): Adaptation {
  const changes = imageChanges(asset, options, limits);
  // An animation stays one where its type is taken: Nova looks at the first frame (using-multimodal-models, 2026-11).
  const isRendered = changes.some(({ isWanted }) => isWanted);
  return planImage(asset, options, {
    format: asset.mime === 'image/jpeg' ? 'jpeg' : 'png',
    maxBytes: limits.maxImageBytes,
    changes: [...changes, ...frameChanges(asset, options, { isNeeded: isRendered })],
  });
}

function imageChanges(asset: Asset, options: AdaptOptions, { imageTypes, maxImageBytes }: Limits): ImageChange[] {
  const isForeign = !imageTypes.includes(asset.mime);
  const { width = 0, height = 0 } = asset;
  const isTooLarge = asset.bytes > maxImageBytes || Math.max(width, height) > MAX_IMAGE_SIDE;
  const growsAsPng = isForeign && options.level === 'all' && width * height > MAX_PNG_PIXELS;
  const rgb = { rgb: true };
  return [
    { kind: 'webp-to-png', isWanted: isForeign, isNeeded: !takesFrames(asset, options), rendition: rgb },
    // No page speaks of colour modes: what few decoders read is made plain where that is allowed, and goes as it is where not.
    { kind: 'colors-to-rgb', isWanted: !isEightBitRgb(asset), isNeeded: false, rendition: rgb },
    orientationChange(asset),
    scaleChange(asset, options, { usefulSide: SCALED_SIDE, isNeeded: isTooLarge || growsAsPng }),
  ];
}

/** GIF and WebP know no other modes that matter; an unstated mode is taken on trust. */
function isEightBitRgb({ mime, colors, bitDepth }: Asset): boolean {
  if (mime === 'image/webp' || mime === 'image/gif') return true;
  return colors !== 'cmyk' && (bitDepth ?? 8) <= 8;
}
