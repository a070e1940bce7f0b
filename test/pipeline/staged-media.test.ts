import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mediaBatches, type StagedMedia } from '../../lib/pipeline/staged-media.ts';

const MEBIBYTE = 1024 ** 2;

function mediaOf(index: number, bytes: number, nameLength = 8): StagedMedia {
  const name = `${index}-${'n'.repeat(nameLength)}.png`;
  return { name, mime: 'image/png', bytes, sha256: 'a'.repeat(64), at: { store: 'inbox', key: name, etag: 'e' } };
}

async function cut(all: readonly StagedMedia[]): Promise<StagedMedia[][]> {
  const batches: StagedMedia[][] = [];
  const stream = async function* () {
    yield* all;
  };
  for await (const batch of mediaBatches(stream())) batches.push(batch);
  return batches;
}

describe('mediaBatches', () => {
  it.each<[string, StagedMedia[], number[]]>([
    ['nothing', [], []],
    ['many small files', Array.from({ length: 250 }, (_, index) => mediaOf(index, 1000)), [100, 100, 50]],
    ['large files', Array.from({ length: 5 }, (_, index) => mediaOf(index, 100 * MEBIBYTE)), [2, 2, 1]],
    ['a file larger than a batch', [mediaOf(0, 300 * MEBIBYTE), mediaOf(1, 1)], [1, 1]],
    ['long names', Array.from({ length: 100 }, (_, index) => mediaOf(index, 1, 1024)), [58, 42]],
  ])('cuts %s by number, bytes and text', async (_what, all, sizes) => {
    expect((await cut(all)).map((batch) => batch.length)).toEqual(sizes);
  });

  it('keeps every file and their order, and fits a state’s input with room', async () => {
    const files = fc.array(fc.tuple(fc.nat(400 * MEBIBYTE), fc.nat(2000)), { maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(files, async (sizes) => {
        const all = sizes.map(([bytes, nameLength], index) => mediaOf(index, bytes, nameLength));
        const batches = await cut(all);
        expect(batches.flat()).toEqual(all);
        for (const batch of batches)
          expect(Buffer.byteLength(JSON.stringify({ media: batch }))).toBeLessThan(160 * 1024);
      }),
      { seed: 42, numRuns: 50 },
    );
  });
});
