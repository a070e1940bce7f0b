import type { Issue } from '../../domain/finding.ts';
import type { Asset } from '../../domain/media.ts';
import type { Target } from '../../domain/target.ts';
import type { Adaptation, Rendition } from '../provider.ts';
import { issues } from './codes.ts';
import { imageTypes, MAX_IMAGE_BYTES, MAX_IMAGE_SIDE, MIN_IMAGE_SIDE } from './spec.ts';
import { MAX_TEXT_CHARACTERS } from './tokens.ts';

/** Keeps a scaled image near 5,000 tokens by the documented table, so that several fit into an example. */
const SCALED_SIDE = 2048;
/** A photograph as PNG takes up to 2.5 bytes a pixel: what is made into PNG must not grow over the limit. */
const MAX_PNG_PIXELS = 4_000_000;
/** A UTF-8 byte is a third of a UTF-16 unit at least. */
const MOST_BYTES_PER_CHARACTER = 3;

/** What Bedrock needs done to one file: nothing, a rendition in 8-bit RGB(A), its text inlined, or it is left out. */
export function adapt(asset: Asset, target: Target): Adaptation {
  if (asset.mime === 'text/plain') return adaptText(asset);
  if (asset.kind !== 'image') return none(issues.kindUnsupported(asset.kind));
  const types = imageTypes(target.model);
  if (types.length === 0) return none(issues.imagesUnsupported(target.model));
  if (asset.mime !== 'image/webp' && !types.includes(asset.mime)) return none(issues.imageTypeUnsupported(asset.mime));
  const { width, height } = asset;
  if (width !== undefined && height !== undefined && Math.min(width, height) < MIN_IMAGE_SIDE) {
    return none(issues.imageTooSmall(width, height));
  }
  return adaptImage(asset, types);
}

function none(issue: Issue): Adaptation {
  return { take: 'none', issue };
}

function adaptText({ bytes, characters }: Asset): Adaptation {
  const leastCharacters = characters ?? bytes / MOST_BYTES_PER_CHARACTER;
  if (leastCharacters > MAX_TEXT_CHARACTERS) return none(issues.textTooLong(bytes));
  return { take: 'text', kinds: ['text-inlined'] };
}

interface Change {
  kind: string;
  rendition: Partial<Rendition>;
}

function adaptImage(asset: Asset, types: readonly string[]): Adaptation {
  const changes = imageChanges(asset, types);
  if (changes.length === 0) return { take: 'as-is' };
  const rendition = Object.assign({ format: formatOf(asset) }, ...changes.map((change) => change.rendition));
  return { take: 'rendition', rendition, kinds: changes.map((change) => change.kind) };
}

/** An animation stays one where its type is taken: Nova looks at the first frame (using-multimodal-models, 2026-11). */
function imageChanges(asset: Asset, types: readonly string[]): Change[] {
  const isForeign = !types.includes(asset.mime);
  const isAnimated = (asset.frames ?? 1) > 1;
  const { width = 0, height = 0 } = asset;
  const isTooLarge =
    asset.bytes > MAX_IMAGE_BYTES ||
    Math.max(width, height) > MAX_IMAGE_SIDE ||
    (isForeign && width * height > MAX_PNG_PIXELS);
  const changes: [boolean, Change][] = [
    [isForeign, { kind: 'webp-to-png', rendition: { rgb: true } }],
    [!isEightBitRgb(asset), { kind: 'colors-to-rgb', rendition: { rgb: true } }],
    // No page says that Nova heeds EXIF. Every rendition is turned upright while it is decoded; the wish itself is enough.
    [(asset.orientation ?? 1) !== 1, { kind: 'orientation-baked', rendition: {} }],
    [isTooLarge, { kind: 'scaled-down', rendition: { maxSide: SCALED_SIDE } }],
  ];
  const wanted = changes.filter(([isWanted]) => isWanted).map(([, change]) => change);
  const firstFrame: Change = { kind: 'first-frame', rendition: { firstFrame: true } };
  return isAnimated && wanted.length > 0 ? [...wanted, firstFrame] : wanted;
}

/** GIF and WebP know no other modes that matter; an unstated mode is taken on trust. */
function isEightBitRgb({ mime, colors, bitDepth }: Asset): boolean {
  if (mime === 'image/webp' || mime === 'image/gif') return true;
  return colors !== 'cmyk' && (bitDepth ?? 8) <= 8;
}

function formatOf(asset: Asset): Rendition['format'] {
  return asset.mime === 'image/jpeg' ? 'jpeg' : 'png';
}
