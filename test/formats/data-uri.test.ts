import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDataUri, scanDataUri } from '../../lib/formats/data-uri.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** An independent strict decoder, slow and plain: bytes, or null where the text is not canonical base64. */
function naiveDecode(payload: string): number[] | null {
  if (payload.length === 0 || payload.length % 4 !== 0) return null;
  const bytes: number[] = [];
  for (let index = 0; index < payload.length; index += 4) {
    const last = index + 4 === payload.length;
    const group = [...payload.slice(index, index + 4)];
    const padding = last ? (/(={0,2})$/.exec(group.join(''))?.[1]?.length ?? 0) : 0;
    const values = group.slice(0, 4 - padding).map((character) => ALPHABET.indexOf(character));
    if (values.includes(-1)) return null;
    const bits = values.map((value) => value.toString(2).padStart(6, '0')).join('');
    const whole = bits.length - (bits.length % 8);
    if (bits.slice(whole).includes('1')) return null;
    for (let bit = 0; bit < whole; bit += 8) bytes.push(Number.parseInt(bits.slice(bit, bit + 8), 2));
  }
  return bytes;
}

function faultCode(text: string, maxBytes?: number): string {
  const parsed = parseDataUri(text, maxBytes === undefined ? {} : { maxBytes });
  return 'fault' in parsed ? parsed.fault.code : 'none';
}

describe('parseDataUri', () => {
  it.each([
    ['data:image/png;base64,QUJD', 'image/png', 'ABC'],
    ['DATA:Image/JPEG;BASE64,QUI=', 'image/jpeg', 'AB'],
    ['data:text/plain;charset=utf-8;base64,QQ==', 'text/plain', 'A'],
    ['data:text/plain;name="a,b;c.txt";charset=utf-8;base64,QQ==', 'text/plain', 'A'],
    ['data:image/svg+xml;base64,QUJD', 'image/svg+xml', 'ABC'],
  ])('reads %s', (text, mime, content) => {
    const parsed = parseDataUri(text);
    expect(parsed).toEqual({ mime, bytes: Buffer.from(content), warnings: [] });
  });

  it('trims white space around it and says so', () => {
    const parsed = parseDataUri(' \n data:image/png;base64,QUJD\r\n');
    expect('bytes' in parsed && parsed.bytes.toString()).toBe('ABC');
    expect('warnings' in parsed && parsed.warnings.map((warning) => warning.code)).toEqual(['DATA_URI_SPACE_AROUND']);
  });

  it.each([
    ['no scheme', 'image/png;base64,QUJD', 'DATA_URI_HEADER'],
    ['no comma', 'data:image/png;base64', 'DATA_URI_HEADER'],
    ['no type', 'data:;base64,QUJD', 'DATA_URI_HEADER'],
    ['no subtype', 'data:image;base64,QUJD', 'DATA_URI_HEADER'],
    ['a space in the header', 'data:image/png; base64,QUJD', 'DATA_URI_HEADER'],
    ['base64 before a parameter', 'data:image/png;base64;name=x,QUJD', 'DATA_URI_ENCODING'],
    ['plain text', 'data:text/plain,Hello', 'DATA_URI_ENCODING'],
    ['percent-encoded text', 'data:text/plain;charset=utf-8,Hello%20you', 'DATA_URI_ENCODING'],
    ['percent-encoded base64', 'data:image/png;base64,QQ%3D%3D', 'DATA_URI_PERCENT'],
    ['no data', 'data:image/png;base64,', 'DATA_URI_EMPTY'],
    ['the URL-safe minus', 'data:image/png;base64,QU-D', 'DATA_URI_URL_SAFE'],
    ['the URL-safe underscore', 'data:image/png;base64,QU_D', 'DATA_URI_URL_SAFE'],
    ['a space inside', 'data:image/png;base64,QU JD', 'DATA_URI_WHITE_SPACE'],
    ['a line break inside', 'data:image/png;base64,QUJD\nQUJD', 'DATA_URI_WHITE_SPACE'],
    ['missing padding', 'data:image/png;base64,QQ', 'DATA_URI_LENGTH'],
    ['a lone character', 'data:image/png;base64,QUJDQ', 'DATA_URI_LENGTH'],
    ['padding alone', 'data:image/png;base64,====', 'DATA_URI_PADDING'],
    ['padding of two alone', 'data:image/png;base64,==', 'DATA_URI_LENGTH'],
    ['three paddings', 'data:image/png;base64,Q===', 'DATA_URI_PADDING'],
    ['padding in the middle', 'data:image/png;base64,QQ==QUJD', 'DATA_URI_PADDING'],
    ['stray bits before ==', 'data:image/png;base64,QR==', 'DATA_URI_PADDING'],
    ['stray bits before =', 'data:image/png;base64,QUJ=', 'DATA_URI_PADDING'],
    ['a foreign character', 'data:image/png;base64,QUé=', 'DATA_URI_ALPHABET'],
    ['a fragment', 'data:image/png;base64,QUJD#x', 'DATA_URI_ALPHABET'],
  ])('refuses %s', (_, text, code) => {
    expect(faultCode(text)).toBe(code);
  });

  it('tells that a placeholder was left in place', () => {
    const parsed = parseDataUri('data:image/jpeg;base64,{base64_image}');
    expect('fault' in parsed && parsed.fault.hint).toContain('placeholder');
  });

  it('checks the size before it decodes, to the byte', () => {
    const uri = `data:image/png;base64,${Buffer.alloc(100).toString('base64')}`;
    expect(faultCode(uri, 100)).toBe('none');
    expect(faultCode(uri, 99)).toBe('DATA_URI_TOO_LARGE');
  });

  it('reads ten megabytes in well under a second', () => {
    const bytes = Buffer.alloc(10 * 1024 * 1024, 'finedrop');
    const start = performance.now();
    const parsed = parseDataUri(`data:image/png;base64,${bytes.toString('base64')}`);
    expect(performance.now() - start).toBeLessThan(1000);
    expect('bytes' in parsed && parsed.bytes.equals(bytes)).toBe(true);
  });

  it('reads back what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const parsed = parseDataUri(`data:image/png;base64,${Buffer.from(bytes).toString('base64')}`);
        expect('bytes' in parsed && [...parsed.bytes]).toEqual([...bytes]);
      }),
      { seed: 42 },
    );
  });

  it('agrees with a plain strict decoder about every mutation of the payload', () => {
    const character = fc.constantFrom(...`${ALPHABET}====-_% \n\t{é\u0000,`);
    const mutated = fc
      .tuple(
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        fc.nat(16),
        fc.nat(2),
        fc.array(character, { maxLength: 3 }),
      )
      .map(([bytes, at, removed, added]) => {
        const characters = [...Buffer.from(bytes).toString('base64')];
        characters.splice(at, removed, ...added);
        return characters.join('');
      });
    fc.assert(
      fc.property(mutated, (payload) => {
        const expected = naiveDecode(payload.trimEnd());
        const parsed = parseDataUri(`data:image/png;base64,${payload}`);
        expect('bytes' in parsed ? [...parsed.bytes] : null).toEqual(expected);
      }),
      { seed: 42, numRuns: 3000 },
    );
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      'data:',
      'image/png',
      ';',
      'base64',
      ',',
      'a=b',
      '"',
      'QUJD',
      '=',
      '%',
      '\u0000',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const parsed = parseDataUri(parts.join(''));
        if ('fault' in parsed) expect(parsed.fault.code).toMatch(/^DATA_URI_/);
        else expect(parsed.bytes.length).toBeGreaterThan(0);
      }),
      { seed: 42, numRuns: 1000 },
    );
  });
});

describe('scanDataUri', () => {
  it.each([
    ['data:image/png;base64,AAAA,https://x/y.png', 0, 26],
    ['1.png,data:image/png;base64,AAA=,2.png', 6, 32],
    ['data:image/png;base64,AA==', 0, 26],
    ['data:image/png;base64,AA==== ', 0, 26],
    ['data:text/plain;name="a,b";base64,AAAA, 2.png', 0, 38],
    ['data:image/png;base64,', 0, 22],
    ['data:text/plain,Hello', 0, -1],
    ['1.png', 0, -1],
    ['xdata:image/png;base64,AAAA', 0, -1],
    ['data:image/png;base64,AAAA', 99, -1],
  ])('in %j from %i ends at %i', (text, start, end) => {
    expect(scanDataUri(text, start)).toBe(end);
  });

  it('finds the end of each data URI of a long list in one pass', () => {
    const uri = `data:image/png;base64,${Buffer.alloc(3 * 1024 * 1024).toString('base64')}`;
    const list = [uri, uri, uri].join(',');
    const start = performance.now();
    let at = 0;
    for (let item = 0; item < 3; item += 1) {
      expect(scanDataUri(list, at)).toBe(at + uri.length);
      at += uri.length + 1;
    }
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
