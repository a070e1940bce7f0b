import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlainText } from '../../lib/formats/plain-text.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const text = 'Grüße\nan 😀 alle\n';

describe('readPlainText', () => {
  it.each<[string, Buffer]>([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16LE', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16BE', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('reads %s', (_, bytes) => {
    expect(readPlainText(bytes)).toEqual({ text, fault: null, warnings: [] });
  });

  it('keeps a second byte order mark, which is text', () => {
    expect(readPlainText(Buffer.from('\ufeff\ufeffx')).text).toBe('\ufeffx');
  });

  it.each<[string, Buffer, string, RegExp]>([
    ['a NUL', Buffer.from('a\nb\0c'), 'TEXT_NUL', /^line 2:/],
    ['a NUL in UTF-16', Buffer.from('\ufeffa\0', 'utf16le'), 'TEXT_NUL', /^line 1:/],
    ['UTF-16 without its mark', Buffer.from('hé', 'utf16le'), 'TEXT_NUL', /^line 1:/],
    ['Latin-1', latin('a\nb\nM\xfcnchen'), 'TEXT_ENCODING', /^line 3:/],
    ['a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80]), 'TEXT_ENCODING', /^line 1:/],
    ['a lone surrogate in UTF-16', Buffer.from('\ufeffa\n\ud83d', 'utf16le'), 'TEXT_ENCODING', /^line 2:/],
    ['half a unit of UTF-16LE', latin('\xff\xfea\0b'), 'TEXT_ENCODING', /UTF-16/],
    ['half a unit of UTF-16BE', latin('\xfe\xff\0ab'), 'TEXT_ENCODING', /UTF-16/],
  ])('refuses %s', (_, bytes, code, message) => {
    const read = readPlainText(bytes);
    expect([read.text, read.fault?.code]).toEqual(['', code]);
    expect(read.fault?.message).toMatch(message);
  });

  it.each([
    ['<!DOCTYPE html>\n<html>', 'TEXT_IS_HTML'],
    ['\n <!-- saved -->\n<html lang="en">', 'TEXT_IS_HTML'],
    ['', 'TEXT_EMPTY'],
    [' \r\n\t', 'TEXT_EMPTY'],
  ])('warns of %j', (content, code) => {
    const read = readPlainText(Buffer.from(content));
    expect([read.fault, read.warnings.map((warning) => warning.code)]).toEqual([null, [code]]);
  });

  it('takes no mention of HTML for HTML', () => {
    expect(readPlainText(Buffer.from('write <html> first')).warnings).toEqual([]);
  });

  it('reads back any text without NUL, in each encoding', () => {
    const content = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(content, (value) => {
        expect(readPlainText(Buffer.from(`\ufeff${value}`)).text).toBe(value);
        expect(readPlainText(Buffer.from(`\ufeff${value}`, 'utf16le')).text).toBe(value);
        expect(readPlainText(Buffer.from(`\ufeff${value}`, 'utf16le').swap16()).text).toBe(value);
      }),
      { seed: 42 },
    );
  });

  it('accepts of any bytes just what a strict decoder accepts', () => {
    const strict = new TextDecoder('utf-8', { fatal: true });
    const bytes = fc.array(fc.constantFrom(0, 9, 10, 65, 0x80, 0xbf, 0xc3, 0xe2, 0x82, 0xac, 0xed, 0xf0, 0x9f, 0xff), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(bytes, (values) => {
        const file = Buffer.from(values);
        let expected: string | null = null;
        try {
          expected = strict.decode(file);
        } catch {
          // Stays null: not UTF-8.
        }
        const { text: read, fault } = readPlainText(file);
        expect(fault === null ? read : null).toBe(expected?.includes('\0') ? null : expected);
      }),
      { seed: 42, numRuns: 1000 },
    );
  });
});
