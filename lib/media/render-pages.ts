import type { Issue } from '../domain/finding.ts';
import { drawPdfPages, PdfPagesError } from '../formats/pdf-pages.ts';
import { encodeWithin, type RenderedImage } from './render-within.ts';
import { loadSharp } from './sharp.ts';
import { together } from './sharp-turns.ts';

export interface PagesWish {
  /** At most so many, from the first on. */
  pages: number;
  /** Longest side in pixels. */
  maxSide: number;
  /** What has more bytes becomes JPEG, then smaller. */
  maxBytes?: number;
}

/** The PDF opened, but its pages cannot be drawn. */
export class PagesUndrawableError extends Error {
  override name = 'PagesUndrawableError';
  readonly issue: Issue;
  constructor(cause: PdfPagesError) {
    super('[media] the pages of the PDF cannot be drawn', { cause });
    const why = cause.reason === 'slow' ? 'they take too long' : 'they are damaged, or need too much memory';
    this.issue = {
      code: 'PDF_NOT_DRAWN',
      severity: 'error',
      message: `the pages of the PDF cannot be drawn as images: ${why}`,
      hint: 'Print it to a new PDF, or save its pages as images.',
    };
  }
}

/** The pages of a PDF as PNG images, one after another. Throws {@link PagesUndrawableError}. */
export async function* renderPages(bytes: Uint8Array, wish: PagesWish): AsyncGenerator<RenderedImage> {
  const sharp = await loadSharp();
  const limit = wish.maxBytes === undefined ? {} : { maxBytes: wish.maxBytes };
  try {
    for await (const { width, height, data } of drawPdfPages(bytes, { pages: wish.pages, side: wish.maxSide })) {
      const raw = { width, height, channels: 4 } as const;
      const open = () => sharp(data, { raw }).removeAlpha().toColourspace('srgb');
      yield await together(() => encodeWithin(open, { format: 'png', ...limit }));
    }
  } catch (error) {
    throw error instanceof PdfPagesError ? new PagesUndrawableError(error) : error;
  }
}
