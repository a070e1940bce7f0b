import { loadSharp, STRICT } from './sharp.ts';

/** What is wished of an image; the shape of `Rendition` in lib/providers/provider.ts. */
export interface ImageWish {
  format: 'png' | 'jpeg';
  firstFrame?: boolean;
  rgb?: boolean;
  maxSide?: number;
}

export interface RenderedImage {
  bytes: Buffer;
  mime: 'image/png' | 'image/jpeg';
  width: number;
  height: number;
}

const JPEG_QUALITY = 92;
const THUMBNAIL_SIDE = 160;

/** Re-encodes an image: upright, without metadata, first frame, 8-bit sRGB. The same bytes and wish give the same bytes. */
export async function renderImage(bytes: Uint8Array, { format, maxSide }: ImageWish): Promise<RenderedImage> {
  const sharp = await loadSharp();
  const upright = sharp(bytes, STRICT).autoOrient().toColourspace('srgb');
  const sized =
    maxSide === undefined ? upright : upright.resize(maxSide, maxSide, { fit: 'inside', withoutEnlargement: true });
  const encoded =
    format === 'png'
      ? sized.png({ compressionLevel: 9, palette: false })
      : sized
          .flatten({ background: '#ffffff' })
          .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4', mozjpeg: false });
  const { data, info } = await encoded.toBuffer({ resolveWithObject: true });
  return { bytes: data, mime: format === 'png' ? 'image/png' : 'image/jpeg', width: info.width, height: info.height };
}

/** A small picture for reports, as a data URI; null when it cannot be made. */
export async function renderThumbnail(bytes: Uint8Array): Promise<string | null> {
  const sharp = await loadSharp();
  try {
    const small = sharp(bytes, STRICT)
      .autoOrient()
      .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: 'inside', withoutEnlargement: true });
    const jpeg = await small.flatten({ background: '#ffffff' }).jpeg({ quality: 70 }).toBuffer();
    return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
  } catch {
    return null;
  }
}
