import { isAscii, isUtf8 } from 'node:buffer';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** A lone surrogate becomes this byte, which no UTF-8 text holds: a decoder shows U+FFFD, a checker sees the fault. */
const LONE_SURROGATE_BYTE = 0xff;
/** An odd byte at the end of UTF-16 becomes this byte: also never UTF-8, but one source byte wide instead of two. */
const ODD_BYTE = 0xfe;

const BYTE_ORDER_MARKS: readonly { encoding: TextEncoding; bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
];

/** How many bytes at the start are searched for the NUL pattern of UTF-16 without a mark. */
const NUL_PATTERN_BYTES = 1024;

/** 0x80 to 0x9F of the WHATWG index for windows-1252 (encoding.spec.whatwg.org/index-windows-1252.txt); the other bytes equal latin1. */
const WINDOWS_1252_UPPER = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Judges by a mark, by the NUL pattern of UTF-16, then by UTF-8 validity; `isWhole: false` allows the head to end inside a character. */
export function detectTextEncoding(
  head: Uint8Array,
  options: { isWhole: boolean },
): { encoding: TextEncoding; bomBytes: number } {
  const mark = BYTE_ORDER_MARKS.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  if (mark) return { encoding: mark.encoding, bomBytes: mark.bytes.length };
  return { encoding: utf16WithoutMark(head) ?? eightBitEncoding(head, options.isWhole), bomBytes: 0 };
}

/** Decodes by the WHATWG table; our own, because TextDecoder takes windows-1252 for latin1 in some Node releases (nodejs/node#56542). */
export function decodeWindows1252(bytes: Buffer, from = 0, to = bytes.length): string {
  return bytes
    .toString('latin1', from, to)
    .replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252_UPPER.charAt(character.charCodeAt(0) - 0x80));
}

/** Decodes a small piece of text; what is broken or cut off at the end shows as U+FFFD. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (encoding === 'utf-8') return buffer.toString('utf8');
  if (encoding === 'windows-1252') return decodeWindows1252(buffer);
  return toLittleEndian(buffer.subarray(0, buffer.length - (buffer.length % 2)), encoding).toString('utf16le');
}

/** Turns UTF-16 chunks, cut anywhere, into UTF-8; what is not text becomes LONE_SURROGATE_BYTE or ODD_BYTE. */
export async function* utf16ToUtf8(
  source: AsyncIterable<Uint8Array>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = Buffer.concat([rest, chunk]);
    const usable = bytes.length - unfinishedUtf16Bytes(bytes, encoding);
    rest = bytes.subarray(usable);
    if (usable > 0) yield utf16PartToUtf8(bytes.subarray(0, usable), encoding);
  }
  const even = rest.length - (rest.length % 2);
  if (even > 0) yield utf16PartToUtf8(rest.subarray(0, even), encoding);
  if (even < rest.length) yield Buffer.of(ODD_BYTE);
}

/** How many bytes of UTF-16 a range of `utf16ToUtf8` output came from: two for each character, four for a pair, one for the odd byte. */
export function utf16SourceBytes(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let index = from; index < to; index += 1) {
    const byte = bytes[index]!;
    if (byte < 0x80) count += 2;
    else if (byte >= 0xc0) count += sourceBytesOfLead(byte);
  }
  return count;
}

function sourceBytesOfLead(byte: number): number {
  if (byte === ODD_BYTE) return 1;
  return byte >= 0xf0 && byte !== LONE_SURROGATE_BYTE ? 4 : 2;
}

/** An odd byte and a high surrogate wait for what follows them. */
function unfinishedUtf16Bytes(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): number {
  const odd = bytes.length % 2;
  const lastUnit = bytes.length - odd - 2;
  if (lastUnit < 0) return odd;
  const unit = encoding === 'utf-16le' ? bytes.readUInt16LE(lastUnit) : bytes.readUInt16BE(lastUnit);
  return unit >= 0xd800 && unit <= 0xdbff ? odd + 2 : odd;
}

function utf16PartToUtf8(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): Buffer {
  const text = toLittleEndian(bytes, encoding).toString('utf16le');
  const utf8 = Buffer.from(text);
  return /\p{Surrogate}/u.test(text) ? withMarkedSurrogates(text, utf8) : utf8;
}

/** Buffer.from wrote U+FFFD (EF BF BD) for each lone surrogate: walks text and bytes side by side and puts the marker there instead. */
function withMarkedSurrogates(text: string, utf8: Buffer): Buffer {
  let from = 0;
  let to = 0;
  for (let index = 0; index < text.length; index += 1) {
    const point = text.codePointAt(index)!;
    const length = utf8Length(point);
    if (point >= 0xd800 && point <= 0xdfff) utf8[to] = LONE_SURROGATE_BYTE;
    else utf8.copyWithin(to, from, from + length);
    to += point >= 0xd800 && point <= 0xdfff ? 1 : length;
    from += length;
    if (length === 4) index += 1;
  }
  return utf8.subarray(0, to);
}

function utf8Length(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

function toLittleEndian(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): Buffer {
  return encoding === 'utf-16le' ? bytes : Buffer.from(bytes).swap16();
}

/** A table or a chat begins with ASCII, so every second byte of its first characters is NUL; long foreign text after it changes nothing. */
function utf16WithoutMark(head: Uint8Array): TextEncoding | undefined {
  const firstUnits = Math.min(4, Math.floor(head.length / 2));
  if (firstUnits < 2) return undefined;
  const start = head.subarray(0, firstUnits * 2);
  if (start.every((byte, index) => (byte === 0) === (index % 2 === 1))) return 'utf-16le';
  if (start.every((byte, index) => (byte === 0) === (index % 2 === 0))) return 'utf-16be';
  return utf16ByNulShare(head.subarray(0, NUL_PATTERN_BYTES));
}

function utf16ByNulShare(sample: Uint8Array): TextEncoding | undefined {
  const nuls = [0, 0] as [number, number];
  sample.forEach((byte, index) => {
    if (byte === 0) nuls[index % 2 === 0 ? 0 : 1] += 1;
  });
  const [even, odd] = nuls;
  const enough = Math.max(4, sample.length / 16);
  if (odd >= enough && even * 16 <= odd) return 'utf-16le';
  if (even >= enough && odd * 16 <= even) return 'utf-16be';
  return undefined;
}

/** One broken byte in a UTF-8 file must not turn the whole file into mojibake: it stays UTF-8 where most of its characters are. */
function eightBitEncoding(head: Uint8Array, isWhole: boolean): TextEncoding {
  const endings = isWhole ? [0] : [0, 1, 2, 3];
  if (isAscii(head) || endings.some((cut) => isUtf8(head.subarray(0, head.length - cut)))) return 'utf-8';
  const text = decodeText(head, 'utf-8');
  const broken = text.match(/\ufffd/g)?.length ?? 0;
  const sound = text.match(/[^\p{ASCII}\ufffd]/gu)?.length ?? 0;
  return sound > broken ? 'utf-8' : 'windows-1252';
}
