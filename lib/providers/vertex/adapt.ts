import { type AdaptOptions, readAdaptOptions } from '../../domain/adapt-options.ts';
import type { Asset } from '../../domain/media.ts';
import type { Target } from '../../domain/target.ts';
import {
  frameChanges,
  inlineText,
  leaveOut,
  orientationChange,
  planImage,
  scaleChange,
  takesFrames,
} from '../adaptation.ts';
import type { Adaptation } from '../provider.ts';
import { issues } from './codes.ts';
import { MAX_IMAGE_BYTES, MIME_TYPES } from './spec.ts';
import { MAX_TEXT_BYTES } from './tokens.ts';

/** Gemini 2.5 scales images down to this side, and Gemini 3 gives every image the same number of tokens: more pixels bring nothing. */
const SEEN_SIDE = 3072;

/** What Vertex AI needs done to one file: nothing, other images, its text inlined, or it is left out. */
export function adapt(asset: Asset, target: Pick<Target, 'adapt'>): Adaptation {
  const options = readAdaptOptions(target);
  if (asset.mime === 'text/plain') return adaptText(asset, options);
  const isGif = asset.mime === 'image/gif';
  const isTaken = MIME_TYPES.some((type) => type === asset.mime);
  if (!isTaken && !isGif) return leaveOut(issues.typeUnsupported(asset.kind, asset.mime));
  return asset.kind === 'image' ? adaptImage(asset, options) : { take: 'as-is' };
}

/** No page names limits for text files in training, so their text goes into the prompt. */
function adaptText({ bytes }: Asset, options: AdaptOptions): Adaptation {
  return bytes > MAX_TEXT_BYTES ? leaveOut(issues.textTooLong('the file', bytes)) : inlineText(options);
}

function adaptImage(asset: Asset, options: AdaptOptions): Adaptation {
  const isGif = asset.mime === 'image/gif';
  const isAnimated = (asset.frames ?? 1) > 1;
  const isTooLarge = asset.bytes > MAX_IMAGE_BYTES;
  const isExact = isGif || isAnimated || (asset.mime !== 'image/jpeg' && !isTooLarge);
  return planImage(asset, options, {
    // A still image that is too large would be too large as PNG again; of an animation it is the number of frames.
    format: isExact ? 'png' : 'jpeg',
    maxBytes: MAX_IMAGE_BYTES,
    changes: [
      {
        kind: 'gif-to-png',
        isWanted: isGif,
        isNeeded: !takesFrames(asset, options),
        rendition: { firstFrame: true },
      },
      ...frameChanges(asset, options, { isNeeded: true }),
      orientationChange(asset),
      scaleChange(asset, options, { usefulSide: SEEN_SIDE, isNeeded: isTooLarge }),
    ],
  });
}
