import { isUtf8 } from 'node:buffer';
import type { Fault } from './fault.ts';
import { isHtml } from './sniff-text.ts';

/** A text file as a string, without its byte order mark; '' beside a fault. */
export interface PlainText {
  text: string;
  fault: Fault | null;
  warnings: Fault[];
}

/** Reads UTF-8, or UTF-16 with a byte order mark. What is no text is a fault: nothing is replaced silently. */
export function readPlainText(bytes: Uint8Array): PlainText {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const decoded = decode(file);
  if (typeof decoded !== 'string') return { text: '', fault: decoded, warnings: [] };
  const nul = decoded.indexOf('\0');
  if (nul >= 0) return { text: '', fault: nulFault(decoded, nul), warnings: [] };
  return { text: decoded, fault: null, warnings: warningsOf(decoded) };
}

function decode(file: Buffer): string | Fault {
  if (file[0] === 0xff && file[1] === 0xfe) return decodeUtf16(file.subarray(2));
  if (file[0] === 0xfe && file[1] === 0xff)
    return file.length % 2 === 0 ? decodeUtf16(Buffer.from(file.subarray(2)).swap16()) : oddLength();
  const body = file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf ? file.subarray(3) : file;
  return isUtf8(body) ? body.toString('utf8') : notUtf8(body);
}

function decodeUtf16(body: Buffer): string | Fault {
  if (body.length % 2 === 1) return oddLength();
  const text = body.toString('utf16le');
  const at = text.search(/\p{Surrogate}/u);
  if (at < 0) return text;
  const message = `line ${lineOf(text, at)}: half a character (a lone surrogate) stands in the text`;
  return { code: 'TEXT_ENCODING', message, hint: 'Save the file as UTF-8.' };
}

function oddLength(): Fault {
  return {
    code: 'TEXT_ENCODING',
    message: 'the text begins as UTF-16 but ends in the middle of a character',
    hint: 'Copy it again, or save it as UTF-8.',
  };
}

function notUtf8(body: Buffer): Fault {
  // NUL bytes speak of a binary file or unmarked UTF-16 rather than of an old encoding.
  const nul = body.indexOf(0);
  if (nul >= 0) return nulFault(body.toString('latin1', 0, nul + 1), nul);
  const decoded = body.toString('utf8');
  const line = lineOf(decoded, decoded.indexOf('\ufffd'));
  return {
    code: 'TEXT_ENCODING',
    message: `line ${line}: the text is not valid UTF-8`,
    hint: 'Save the file as UTF-8; it may be Windows-1252 or Latin-1.',
  };
}

function nulFault(text: string, at: number): Fault {
  const message = `line ${lineOf(text, at)}: a NUL character (U+0000) stands in the text`;
  return { code: 'TEXT_NUL', message, hint: 'This may be no text file, or UTF-16 without its mark; save it as UTF-8.' };
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let next = text.indexOf('\n'); next >= 0 && next < at; next = text.indexOf('\n', next + 1)) line += 1;
  return line;
}

function warningsOf(text: string): Fault[] {
  const warnings: Fault[] = [];
  if (text.trim() === '') {
    const message = 'the text file holds nothing but white space';
    warnings.push({ code: 'TEXT_EMPTY', message, hint: 'Check that it is the file that was meant.' });
  }
  if (isHtml(text)) {
    const hint = 'If the page was saved in place of its text, copy the text out of it.';
    warnings.push({ code: 'TEXT_IS_HTML', message: 'the text file holds HTML; its tags are taken as text', hint });
  }
  return warnings;
}
