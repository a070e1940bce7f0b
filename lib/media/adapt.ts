import type { Sharp } from 'sharp';
import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { complaint } from './decode.ts';
import { encodeWithin, inside, type RenderedImage, toJpeg } from './render-within.ts';
import { loadSharp, PIXEL_LIMIT, STRICT } from './sharp.ts';
import { together } from './sharp-turns.ts';

/** What is wished of an image; the part of `Rendition` in lib/providers/provider.ts that concerns one. 8-bit RGB comes with every wish. */
export interface ImageWish {
  format: 'png' | 'jpeg';
  firstFrame?: boolean;
  rgb?: boolean;
  /** So many frames, spread over the animation from its first on; an image each. */
  frames?: number;
  maxSide?: number;
  /** What has more bytes becomes JPEG, then smaller. */
  maxBytes?: number;
}

/** The bytes are no image that can be decoded; only files that were not decoded before (`verify: structure`) come to this. */
export class ImageUndecodableError extends Error {
  override name = 'ImageUndecodableError';
  readonly issue: Issue;
  constructor(complaint: string) {
    const message = `the image cannot be decoded${complaint === '' ? '' : `: ${excerpt(complaint)}`}`;
    super(`[media] ${message}`);
    this.issue = { code: 'MEDIA_BROKEN', severity: 'error', message, hint: 'Export or download it again.' };
  }
}

const THUMBNAIL_SIDE = 160;

/**
 * Re-encodes an image: upright, without metadata, first frame (or frames, one after another), 8-bit sRGB with alpha only in PNG. The same
 * bytes and wish give the same bytes. Throws {@link ImageUndecodableError} for bytes that are no image.
 */
export async function* renderImages(bytes: Uint8Array, wish: ImageWish): AsyncGenerator<RenderedImage> {
  const sharp = await loadSharp();
  try {
    for (const page of await together(() => framesOf(sharp(bytes, STRICT), wish.frames ?? 1))) {
      const open = () =>
        sharp(bytes, { ...STRICT, page })
          .autoOrient()
          .toColourspace('srgb');
      yield await together(() => encodeWithin(open, wish));
    }
  } catch {
    throw new ImageUndecodableError((await complaint(bytes, STRICT)) ?? '');
  }
}

/** The first of {@link renderImages}, where one image is wished. */
export async function renderImage(bytes: Uint8Array, wish: Omit<ImageWish, 'frames'>): Promise<RenderedImage> {
  for await (const image of renderImages(bytes, wish)) return image;
  throw new ImageUndecodableError('');
}

/** To draw a frame is to draw all before it: of an animation that is longer than this, the frames come from its beginning. */
const ANIMATION_PIXELS = 4 * PIXEL_LIMIT;

/** Numbers of the frames to take, from 0: as far from each other as they can be. */
async function framesOf(image: Sharp, wanted: number): Promise<number[]> {
  if (wanted === 1) return [0];
  const { pages = 1, width, height, pageHeight = height } = await image.metadata();
  const reached = Math.max(1, Math.min(pages, Math.floor(ANIMATION_PIXELS / Math.max(1, width * pageHeight))));
  const taken = Math.min(wanted, reached);
  return Array.from({ length: taken }, (_, index) => Math.floor((index * reached) / taken));
}

/** A small picture for reports, as a data URI; null when it cannot be made. */
export async function renderThumbnail(bytes: Uint8Array): Promise<string | null> {
  const sharp = await loadSharp();
  try {
    const small = inside(sharp(bytes, STRICT).autoOrient().toColourspace('srgb'), THUMBNAIL_SIDE);
    const jpeg = await together(() => toJpeg(small, 70).toBuffer());
    return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
  } catch {
    return null;
  }
}
