import { type ImageFacts, noFacts } from './image-facts.ts';
import { readGif } from './image-gif.ts';
import { readJpeg } from './image-jpeg.ts';
import { readPng } from './image-png.ts';
import { readWebp } from './image-webp.ts';

export type { ImageFacts };

const READERS: Readonly<Record<string, (bytes: Buffer) => ImageFacts>> = {
  'image/png': readPng,
  'image/jpeg': readJpeg,
  'image/gif': readGif,
  'image/webp': readWebp,
};

/**
 * Walks the whole structure of a PNG, JPEG, GIF or WebP file without decoding a pixel: size, colours, frames, and whether it reaches its end.
 * Limits are the caller's to check; what only a decoder sees (a damaged picture in a whole container) passes.
 */
export function readImageFacts(bytes: Uint8Array, mime: string): ImageFacts {
  const read = READERS[mime];
  if (read === undefined) {
    const message = `images of type ${mime} are not read`;
    return { ...noFacts(), fault: { code: 'MEDIA_TYPE_UNSUPPORTED', message, hint: 'Use PNG, JPEG, WebP or GIF.' } };
  }
  const facts = read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  const isEmpty = facts.fault === null && (facts.width === 0 || facts.height === 0);
  if (!isEmpty) return facts;
  return { ...facts, fault: { code: 'MEDIA_BROKEN', message: 'the image has no pixels', hint: 'Export it again.' } };
}
