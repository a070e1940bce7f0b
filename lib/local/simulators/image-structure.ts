import { crc32 } from 'node:zlib';

/** What the bytes of an image say of themselves; `channels` counts colour components, 0 where a palette or a mask is used. */
interface ImageStructure {
  format: 'png' | 'jpeg' | 'gif' | 'webp';
  width: number;
  height: number;
  channels: number;
  bitDepth: number;
}

export type ImageReading = { ok: true; image: ImageStructure } | { ok: false; reason: string };

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const GIF_TRAILER = 0x3b;
/** PNG colour type -> components; palette (3) is none, being an index (PNG specification, 11.2.1 IHDR). */
const PNG_CHANNELS: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 0],
  [4, 2],
  [6, 4],
]);

/** Reads an image by its bytes alone and walks its structure to the end, so that a cut or renamed file is told. */
export function readImageStructure(bytes: Buffer): ImageReading {
  if (bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return readPng(bytes);
  if (bytes.length > 3 && bytes.readUIntBE(0, 3) === 0xffd8ff) return readJpeg(bytes);
  if (/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return readGif(bytes);
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return readWebp(bytes);
  return broken('the bytes are no PNG, JPEG, GIF or WebP');
}

function broken(reason: string): ImageReading {
  return { ok: false, reason };
}

function readPng(bytes: Buffer): ImageReading {
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') return broken('the PNG has no header');
  let hasData = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > bytes.length) break;
    if (bytes.readUInt32BE(end - 4) !== crc32(bytes.subarray(at + 4, end - 4))) return broken('a PNG chunk is damaged');
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') hasData = true;
    if (type === 'IEND') return hasData ? pngImage(bytes) : broken('the PNG has no pixels');
    at = end;
  }
  return broken('the PNG is cut off');
}

function pngImage(bytes: Buffer): ImageReading {
  const channels = PNG_CHANNELS.get(bytes.readUInt8(25)) ?? 0;
  return sized('png', {
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    channels,
    bitDepth: bytes.readUInt8(24),
  });
}

/** Start-of-frame markers; C4, C8 and CC in their range are tables (ITU T.81, table B.1). */
function isFrameMarker(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function readJpeg(bytes: Buffer): ImageReading {
  let frame: Omit<ImageStructure, 'format'> | null = null;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return broken('the JPEG has a damaged segment');
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = bytes.readUInt16BE(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) break;
    if (isFrameMarker(marker) && length >= 8) frame = jpegFrame(bytes, at + 4);
    if (marker === 0xda) return finishJpeg(bytes, at + 2 + length, frame);
    at += 2 + length;
  }
  return broken('the JPEG is cut off');
}

function jpegFrame(bytes: Buffer, at: number): Omit<ImageStructure, 'format'> {
  return {
    bitDepth: bytes.readUInt8(at),
    height: bytes.readUInt16BE(at + 1),
    width: bytes.readUInt16BE(at + 3),
    channels: bytes.readUInt8(at + 5),
  };
}

function finishJpeg(bytes: Buffer, from: number, frame: Omit<ImageStructure, 'format'> | null): ImageReading {
  if (frame === null) return broken('the JPEG has no frame');
  if (bytes.indexOf(Buffer.from([0xff, 0xd9]), from) === -1) return broken('the JPEG is cut off');
  return sized('jpeg', frame);
}

function readGif(bytes: Buffer): ImageReading {
  if (bytes.length < 14) return broken('the GIF is cut off');
  if (bytes.lastIndexOf(GIF_TRAILER) < 13) return broken('the GIF is cut off');
  return sized('gif', { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8), channels: 0, bitDepth: 8 });
}

function readWebp(bytes: Buffer): ImageReading {
  if (bytes.length < 30 || bytes.readUInt32LE(4) + 8 > bytes.length) return broken('the WebP is cut off');
  const kind = bytes.toString('latin1', 12, 16);
  const size = webpSize(bytes, kind);
  if (size === null) return broken('the WebP has no picture');
  return sized('webp', { ...size, channels: kind === 'VP8 ' ? 3 : 4, bitDepth: 8 });
}

/** Where each kind of WebP keeps its size (RFC 9649, 2.5 to 2.7). */
function webpSize(bytes: Buffer, kind: string): { width: number; height: number } | null {
  if (kind === 'VP8X') return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
  if (kind === 'VP8 ') {
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  }
  if (kind !== 'VP8L') return null;
  const bits = bytes.readUInt32LE(21);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function sized(format: ImageStructure['format'], facts: Omit<ImageStructure, 'format'>): ImageReading {
  if (facts.width === 0 || facts.height === 0) return broken(`the ${format.toUpperCase()} has no size`);
  return { ok: true, image: { format, ...facts } };
}
