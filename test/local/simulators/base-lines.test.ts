import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../lib/local/simulators/lines.ts';

async function linesOf(chunks: Uint8Array[], limit = 1000) {
  const lines = [];
  const source = (async function* () {
    yield* chunks;
  })();
  for await (const line of readLines(source, limit)) lines.push(line);
  return lines;
}

describe('readLines', () => {
  it('reads the same lines however the bytes are cut', async () => {
    const text = 'one\n\nzwölf\r\n{"a":"😀"}\nlast';
    const bytes = Buffer.from(text);
    const whole = await linesOf([bytes]);
    expect(whole.map((line) => line.text)).toEqual(['one', '', 'zwölf', '{"a":"😀"}', 'last']);
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(cuts, async (positions) => {
        const edges = [0, ...positions.sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
        expect(await linesOf(chunks)).toEqual(whole);
      }),
      { seed: 42 },
    );
  });

  it('has no text for a line that is too long or no UTF-8, and goes on after it', async () => {
    const bytes = Buffer.concat([Buffer.from('x'.repeat(50)), Buffer.from('\n\xff\xfe\nok\n', 'latin1')]);
    expect(await linesOf([bytes.subarray(0, 20), bytes.subarray(20)], 40)).toEqual([
      { number: 1, text: null, bytes: 50 },
      { number: 2, text: null, bytes: 2 },
      { number: 3, text: 'ok', bytes: 2 },
    ]);
  });

  it('keeps a byte order mark, which is no part of JSON', async () => {
    expect((await linesOf([Buffer.from('\ufeff{}')]))[0]?.text).toBe('\ufeff{}');
  });
});
