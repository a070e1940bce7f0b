import type { Sharp, SharpOptions } from 'sharp';

/** imgproxy's default; a 50-megapixel image decodes to 200 MB, more is an attack or a mistake. */
export const PIXEL_LIMIT = 50_000_000;

const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif'].map((format) => `VipsForeignLoad${format}Buffer`);

type OpenImage = (bytes: Uint8Array, options: SharpOptions) => Sharp;

let loading: Promise<OpenImage> | null = null;

/** The image library, loaded when the first image needs it; it costs 50 ms that text-only drops do not pay. */
export function loadSharp(): Promise<OpenImage> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Many small images at once: one thread each beats many threads on one, and a cache of operations only grows.
    sharp.concurrency(1);
    sharp.cache(false);
    // The library reads dozens of formats, SVG with its scripts and references among them; nothing but these four is ever meant.
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: LOADERS });
    return sharp;
  });
  return loading;
}

/** Strict decoding of the first frame: what a lenient decoder would fill with grey is an error, as far as the library tells. */
export const STRICT: SharpOptions = { failOn: 'error', limitInputPixels: PIXEL_LIMIT, sequentialRead: true, pages: 1 };

/** What the image library said, on one line; '' where it has no words for it. */
export function complaintOf(error: unknown): string {
  const line = error instanceof Error ? (error.message.trim().split('\n')[0] ?? '') : '';
  return /^Unknown error$|failOn setting/.test(line) ? '' : line.replace(/^[\w ]+_buffer: |^Vips\w+: /i, '');
}
