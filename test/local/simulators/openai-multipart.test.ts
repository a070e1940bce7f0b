import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multipartBoundary, readMultipart } from '../../../lib/local/simulators/openai/multipart.ts';

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('readMultipart', () => {
  it('gives each part back however the stream is cut', async () => {
    const nearly = fc.stringMatching(/^[-\r\nabc]{0,60}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(nearly, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        async (texts, size) => {
          const boundary = 'abc-boundary';
          const safe = texts.map((text) => text.replaceAll(`\r\n--${boundary}`, ''));
          const parts = safe.map(
            (text, index) => `--${boundary}\r\nContent-Disposition: form-data; name="f${index}"\r\n\r\n${text}\r\n`,
          );
          const body = Buffer.from(`${parts.join('')}--${boundary}--\r\n`);
          const found: string[] = [];
          for await (const part of readMultipart(cut(body, size), boundary)) {
            const pieces = [];
            for await (const piece of part.body) pieces.push(piece);
            found.push(`${part.name}=${Buffer.concat(pieces)}`);
          }
          expect(found).toEqual(safe.map((text, index) => `f${index}=${text}`));
        },
      ),
      { seed: 42 },
    );
  });

  it('skips a part that nobody reads', async () => {
    const body = Buffer.from(
      '--b\r\nContent-Disposition: form-data; name="one"; filename="a b.jsonl"\r\n\r\nignored\r\n--b\r\nContent-Disposition: form-data; name="two"\r\n\r\n2\r\n--b--',
    );
    const names = [];
    for await (const part of readMultipart(cut(body, 7), 'b')) names.push([part.name, part.filename]);
    expect(names).toEqual([
      ['one', 'a b.jsonl'],
      ['two', null],
    ]);
  });
});

describe('multipartBoundary', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['multipart/form-data; charset=utf-8; boundary="a b"', 'a b'],
    ['application/json', null],
    ['multipart/form-data', null],
    [undefined, null],
  ])('reads %s', (header, boundary) => {
    expect(multipartBoundary(header)).toBe(boundary);
  });
});
