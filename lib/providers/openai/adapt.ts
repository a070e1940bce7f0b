import type { Issue } from '../../domain/finding.ts';
import type { Asset } from '../../domain/media.ts';
import type { Target } from '../../domain/target.ts';
import type { Adaptation, Rendition } from '../provider.ts';
import { issues } from './codes.ts';
import { IMAGE_TYPES, MAX_IMAGE_BYTES, takesImages } from './spec.ts';
import { MAX_TEXT_BYTES } from './tokens.ts';

/** OpenAI scales every image into 2048 x 2048 before it looks (vision guide, 2026-06-27): nothing is lost by doing so first. */
const SEEN_SIDE = 2048;

/** What OpenAI needs done to one file: nothing, a rendition in 8-bit RGB(A), its text inlined, or it is left out. */
export function adapt(asset: Asset, target: Target): Adaptation {
  if (asset.mime === 'text/plain') return adaptText(asset);
  if (asset.kind !== 'image') return none(issues.kindUnsupported(asset.kind));
  if (!takesImages(target.model)) return none(issues.imagesUnsupported(target.model));
  if (asset.mime !== 'image/gif' && !IMAGE_TYPES.some((type) => type === asset.mime)) {
    return none(issues.imageTypeUnsupported(asset.mime));
  }
  return adaptImage(asset);
}

function none(issue: Issue): Adaptation {
  return { take: 'none', issue };
}

function adaptText(asset: Asset): Adaptation {
  if (asset.bytes > MAX_TEXT_BYTES) return none(issues.textTooLong('the file', asset.bytes));
  return { take: 'text', kinds: ['text-inlined'] };
}

interface Change {
  kind: string;
  rendition: Partial<Rendition>;
}

function adaptImage(asset: Asset): Adaptation {
  const changes = imageChanges(asset);
  if (changes.length === 0) return { take: 'as-is' };
  const rendition = Object.assign({ format: formatOf(asset) }, ...changes.map((change) => change.rendition));
  return { take: 'rendition', rendition, kinds: changes.map((change) => change.kind) };
}

function imageChanges(asset: Asset): Change[] {
  const isGif = asset.mime === 'image/gif';
  const isAnimated = (asset.frames ?? 1) > 1;
  const wishes: [boolean, Change][] = [
    [isGif, { kind: 'gif-to-png', rendition: { firstFrame: true, rgb: true } }],
    [isAnimated, { kind: 'first-frame', rendition: { firstFrame: true } }],
    [!isGif && !isEightBitRgb(asset), { kind: 'colors-to-rgb', rendition: { rgb: true } }],
    // Every rendition is turned upright while it is decoded; the wish itself is enough.
    [(asset.orientation ?? 1) !== 1, { kind: 'orientation-baked', rendition: {} }],
    [asset.bytes > MAX_IMAGE_BYTES, { kind: 'scaled-down', rendition: { maxSide: SEEN_SIDE } }],
  ];
  return wishes.filter(([wanted]) => wanted).map(([, change]) => change);
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
