import { describe, expect, it } from 'vitest';
import { PagesUndrawableError, renderPages } from '../../lib/media/render-pages.ts';
import type { RenderedImage } from '../../lib/media/render-within.ts';
import { buildPdf, buildPdfOf } from '../formats/pdf-builder.ts';
import { readPixels } from './pictures.ts';

async function render(...given: Parameters<typeof renderPages>): Promise<RenderedImage[]> {
  const rendered: RenderedImage[] = [];
  for await (const image of renderPages(...given)) rendered.push(image);
  return rendered;
}

describe('renderPages', () => {
  it('makes PNG in RGB of the first pages, in their colours', async () => {
    const colored = (color: string) => ({ size: '100 200', content: `${color} rg 0 0 100 200 re f` });
    const file = buildPdfOf([colored('1 0 0'), colored('0 1 0'), colored('0 0 1')]);
    const images = await render(file, { pages: 2, maxSide: 64 });
    expect(images.map(({ mime, width, height }) => [mime, width, height])).toEqual([
      ['image/png', 32, 64],
      ['image/png', 32, 64],
    ]);
    const centers = await Promise.all(images.map(async ({ bytes }) => (await readPixels(bytes)).at(16, 32)));
    expect(centers).toEqual([
      [255, 0, 0],
      [0, 255, 0],
    ]);
  });

  it('makes pages fit into bytes', async () => {
    const wish = { pages: 1, maxSide: 512 };
    const [free] = await render(buildPdf({ pages: 1, text: 'finedrop finedrop' }), wish);
    const maxBytes = Math.floor((free?.bytes.length ?? 0) / 4);
    const [fitted] = await render(buildPdf({ pages: 1, text: 'finedrop finedrop' }), { ...wish, maxBytes });
    expect(fitted).toMatchObject({ mime: 'image/jpeg', isRecompressed: true });
    expect(fitted?.bytes.length).toBeLessThanOrEqual(maxBytes);
  });

  it('gives the same bytes each time', async () => {
    const [one] = await render(buildPdf({ pages: 1 }), { pages: 1, maxSide: 200 });
    const [other] = await render(buildPdf({ pages: 1 }), { pages: 1, maxSide: 200 });
    expect(one?.bytes.equals(other?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  it('says of what cannot be drawn what to do', async () => {
    const failed = render(Buffer.from('%PDF-1.4 nothing'), { pages: 1, maxSide: 200 });
    await expect(failed).rejects.toBeInstanceOf(PagesUndrawableError);
    await expect(failed).rejects.toMatchObject({ issue: { code: 'PDF_NOT_DRAWN', severity: 'error' } });
  });
});
