import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { drawPdfPages, type PdfPage } from '../../lib/formats/pdf-pages.ts';
import { buildPdf, buildPdfOf } from './pdf-builder.ts';

async function draw(file: Uint8Array, wish: Parameters<typeof drawPdfPages>[1]): Promise<PdfPage[]> {
  const drawn: PdfPage[] = [];
  for await (const page of drawPdfPages(file, wish)) drawn.push(page);
  return drawn;
}

/** Red, green and blue of one pixel. */
function pixel({ width, data }: PdfPage, x: number, y: number): number[] {
  const at = (y * width + x) * 4;
  return [...data.subarray(at, at + 3)];
}

const WHITE = [255, 255, 255];
const red = (size: string) => ({ size, content: '1 0 0 rg 0 0 100 100 re f' });

/** Forms that draw each other ten times, as deep as PDFium follows: it would draw for ages. */
function nestedForms(depth: number): Buffer {
  const uses = Array.from({ length: 10 }, () => '/F Do').join(' ');
  const form = (next: string, content: string) =>
    `<< /Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << /XObject << /F ${next} >> >> /Length ${content.length} >>\nstream\n${content}\nendstream`;
  const forms = Array.from({ length: depth }, (_, index) => form(`${6 + index} 0 R`, uses));
  return buildPdfOf(
    [{ size: '200 200', content: '/F Do', resources: '/XObject << /F 5 0 R >>' }],
    [...forms, form('5 0 R', '1 0 0 rg 0 0 10 10 re f')],
  );
}

describe('drawPdfPages', () => {
  it('draws on white what a page shows, the right way up and in the right colours', async () => {
    const [page] = await draw(buildPdfOf([red('200 200')]), { pages: 1, side: 400 });
    if (page === undefined) throw new Error('no page');
    expect([page.width, page.height]).toEqual([400, 400]);
    expect(pixel(page, 100, 300)).toEqual([255, 0, 0]);
    expect(pixel(page, 300, 100)).toEqual(WHITE);
  });

  it('draws text, with a font that it brings along', async () => {
    const [page] = await draw(buildPdf({ pages: 1, text: 'HHHHHHHH' }), { pages: 1, side: 400 });
    const dark = page?.data.filter((value, index) => index % 4 === 0 && value < 64).length ?? 0;
    expect(dark).toBeGreaterThan(200);
  });

  it.each([
    ['of A4', '595 842', 1000, [707, 1000]],
    ['that lie', '842 595', 1000, [1000, 707]],
    ['that are small: no more than 300 dots per inch', '72 36', 2048, [300, 150]],
    ['of fourteen kilometres', '40000000 20000000', 512, [512, 256]],
    ['that are a line', '10000 1', 512, [512, 1]],
  ])('scales pages %s to the side', async (_what, size, side, wanted) => {
    const [page] = await draw(buildPdfOf([red(size)]), { pages: 1, side });
    expect([page?.width, page?.height]).toEqual(wanted);
  });

  it('draws the first pages only, in their order', async () => {
    const file = buildPdfOf([red('100 100'), { size: '100 50', content: '' }, red('50 100')]);
    const sizes = (await draw(file, { pages: 2, side: 100 })).map(({ width, height }) => [width, height]);
    expect(sizes).toEqual([
      [100, 100],
      [100, 50],
    ]);
    expect(await draw(file, { pages: 9, side: 100 })).toHaveLength(3);
  });

  it('gives the same pixels each time, and to several who ask at once', async () => {
    const file = buildPdf({ pages: 2 });
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => draw(file, { pages: 2, side: 200 })));
    const same = others.map((pages) =>
      pages.map(({ data }, index) => Buffer.compare(data, first?.[index]?.data ?? data)),
    );
    expect(same).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(first).toHaveLength(2);
  });

  it('goes on after somebody who left in the midst', async () => {
    for await (const page of drawPdfPages(buildPdf({ pages: 3 }), { pages: 3, side: 100 })) {
      expect(page.width).toBe(100);
      break;
    }
    expect(await draw(buildPdf({ pages: 1 }), { pages: 1, side: 100 })).toHaveLength(1);
  });

  it.each([
    ['what is no PDF', Buffer.from('no PDF at all')],
    ['what is encrypted', buildPdf({ pages: 1, userPassword: 'secret' })],
  ])('refuses %s, and draws the next file all the same', async (_what, file) => {
    await expect(draw(file, { pages: 1, side: 100 })).rejects.toMatchObject({ reason: 'broken' });
    expect(await draw(buildPdf({ pages: 1 }), { pages: 1, side: 100 })).toHaveLength(1);
  });

  it('ends a page that takes too much memory, and draws the next file all the same', async () => {
    const bomb = buildPdfOf([{ size: '200 200', content: deflateSync(Buffer.alloc(100_000_000, ' ')) }]);
    const memory = 80_000_000;
    expect(bomb.length).toBeLessThan(200_000);
    await expect(draw(bomb, { pages: 1, side: 100, memory })).rejects.toMatchObject({ reason: 'broken' });
    expect(await draw(buildPdf({ pages: 1 }), { pages: 1, side: 100, memory })).toHaveLength(1);
  });

  it('ends a page that takes too long, and draws the next file all the same', async () => {
    await expect(draw(nestedForms(12), { pages: 1, side: 500, seconds: 0.2 })).rejects.toMatchObject({
      reason: 'slow',
    });
    expect(await draw(buildPdf({ pages: 1 }), { pages: 1, side: 100 })).toHaveLength(1);
  });
});
