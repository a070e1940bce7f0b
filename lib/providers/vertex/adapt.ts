import type { Asset } from '../../domain/media.ts';
import type { Adaptation, Rendition } from '../provider.ts';
import { issues } from './codes.ts';
import { MAX_IMAGE_BYTES, MIME_TYPES } from './spec.ts';
import { MAX_TEXT_BYTES } from './tokens.ts';

/** Gemini 2.5 scales images down to this side, and Gemini 3 gives every image the same number of tokens: more pixels bring nothing. */
const SEEN_SIDE = 3072;

/** What Vertex AI needs done to one file: nothing, another image, its text inlined, or it is left out. */
export function adapt(asset: Asset): Adaptation {
  if (asset.mime === 'text/plain') return adaptText(asset);
  if (asset.kind === 'image') return adaptImage(asset);
  return isTaken(asset.mime) ? { take: 'as-is' } : unsupported(asset);
}

function isTaken(mime: string): boolean {
  return MIME_TYPES.some((type) => type === mime);
}

function unsupported({ kind, mime }: Asset): Adaptation {
  return { take: 'none', issue: issues.typeUnsupported(kind, mime) };
}

/** No page names limits for text files in training, so their text goes into the prompt. */
function adaptText({ bytes }: Asset): Adaptation {
  if (bytes > MAX_TEXT_BYTES) return { take: 'none', issue: issues.textTooLong('the file', bytes) };
  return { take: 'text', kinds: ['text-inlined'] };
}

function adaptImage(asset: Asset): Adaptation {
  const isGif = asset.mime === 'image/gif';
  if (!isGif && !isTaken(asset.mime)) return unsupported(asset);
  const isAnimated = (asset.frames ?? 1) > 1;
  const isTooLarge = asset.bytes > MAX_IMAGE_BYTES;
  if (!isGif && !isAnimated && !isTooLarge) return { take: 'as-is' };
  const isOneFrame = isGif || isAnimated;
  const rendition: Rendition = {
    // A still image that is too large would be too large as PNG again; of an animation it is the number of frames.
    format: isOneFrame ? 'png' : 'jpeg',
    ...(isOneFrame ? { firstFrame: true } : {}),
    ...(isTooLarge ? { maxSide: SEEN_SIDE } : {}),
  };
  const kinds = [
    ...(isGif ? ['gif-to-png'] : []),
    ...(isAnimated ? ['first-frame'] : []),
    ...(isTooLarge ? ['scaled-down'] : []),
  ];
  return { take: 'rendition', rendition, kinds };
}
