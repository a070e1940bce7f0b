import { isUtf8 } from 'node:buffer';
import type { Sniffed } from './sniff-signatures.ts';

const LEAST_ASCII = 0.7;
const HTML = /^<(?:!doctype\s+html|html|head|body|script|iframe|title)\b/i;
const SVG = /^<(?:!doctype\s+)?svg\b/i;
const LOOKED_AT = 4096;

/** Text, and what is written as text: HTML and SVG. Text in an old 8-bit encoding counts too, so that its reader can tell what is wrong. */
export function sniffText(head: Buffer): Sniffed | null {
  const text = asText(head);
  if (text === null) return null;
  const start = withoutProlog(text);
  if (SVG.test(start)) return { kind: 'image', mime: 'image/svg+xml', extension: 'svg' };
  if (HTML.test(start)) return { kind: 'text', mime: 'text/html', extension: 'html' };
  return { kind: 'text', mime: 'text/plain', extension: 'txt' };
}

/** Whether text begins as a web page does. */
export function isHtml(text: string): boolean {
  return HTML.test(withoutProlog(text));
}

// Cut piece by piece: one pattern for any number of comments takes exponential time on the wrong text.
function withoutProlog(text: string): string {
  let start = text.slice(0, LOOKED_AT).trimStart();
  while (true) {
    const end = start.startsWith('<!--')
      ? start.indexOf('-->', 4) + 3
      : start.startsWith('<?')
        ? start.indexOf('?>') + 2
        : 0;
    // No end in sight gives 2 or 1 here: the piece is longer than what is looked at.
    if (end < 4) return start;
    start = start.slice(end).trimStart();
  }
}

function asText(head: Buffer): string | null {
  if (head[0] === 0xff && head[1] === 0xfe) return head.toString('utf16le', 2, head.length - (head.length % 2));
  if (head[0] === 0xfe && head[1] === 0xff)
    return Buffer.from(head.subarray(2, head.length - (head.length % 2)))
      .swap16()
      .toString('utf16le');
  if (hasControls(head)) return null;
  const body = head.subarray(head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0);
  const isWhole = isUtf8(body) || isUtf8(withoutCutCharacter(body));
  return isWhole || isMostlyAscii(body) ? body.toString('utf8') : null;
}

// Tab, line feed, form feed, carriage return and escape stand in real text files.
function hasControls(head: Buffer): boolean {
  return head.some(
    (byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d && byte !== 0x1b,
  );
}

function withoutCutCharacter(body: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, body.length); back += 1) {
    if (((body[body.length - back] ?? 0) & 0xc0) !== 0x80) return body.subarray(0, body.length - back);
  }
  return body;
}

function isMostlyAscii(body: Buffer): boolean {
  const ascii = body.reduce((count, byte) => count + (byte < 0x80 ? 1 : 0), 0);
  return ascii >= body.length * LEAST_ASCII;
}
