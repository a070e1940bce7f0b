/**
 * The same picture without what goes along with it: EXIF, XMP, IPTC, comments, previews, and whatever hangs behind its end. Pixels are not
 * encoded anew, and what decides how they look (profile, palette, gamma, timing) stays. Null where the structure is not understood.
 */
export function stripMetadata(bytes: Uint8Array, mime: string): Buffer | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = STRIPPERS[mime]?.(file) ?? null;
  return kept === null ? null : Buffer.concat(kept);
}

/** Pieces of the file that stay, in their order. */
type Stripper = (file: Buffer) => Buffer[] | null;

const STRIPPERS: Readonly<Record<string, Stripper>> = {
  'image/jpeg': stripJpeg,
  'image/png': stripPng,
  'image/webp': stripWebp,
  'image/gif': stripGif,
};

/** Application segments that a decoder needs, by how their data begin; all others only tell about the picture. */
const JPEG_KEPT: Readonly<Record<number, string>> = { 224: 'JFIF\0', 226: 'ICC_PROFILE\0', 238: 'Adobe' };
const [START, END, SCAN, COMMENT] = [0xd8, 0xd9, 0xda, 0xfe];

function stripJpeg(file: Buffer): Buffer[] | null {
  if (file[0] !== 0xff || file[1] !== START) return null;
  const kept = [file.subarray(0, 2)];
  for (let at = markerAt(file, 2); at !== null && file[at + 1] !== END; ) {
    if (at + 4 > file.length) return null;
    const code = file[at + 1] ?? 0;
    const dataEnd = at + 2 + file.readUInt16BE(at + 2);
    const end = code === SCAN ? scanEnd(file, dataEnd) : dataEnd;
    if (isJpegKept(code, file.subarray(at + 4, dataEnd))) kept.push(file.subarray(at, end));
    at = markerAt(file, end);
    if (at === null) return null;
    if (file[at + 1] === END) kept.push(file.subarray(at, at + 2));
  }
  return kept;
}

/** A marker may have fill bytes before it. Null where there is none. */
function markerAt(file: Buffer, from: number): number | null {
  let at = from;
  while (file[at] === 0xff && file[at + 1] === 0xff) at += 1;
  return file[at] === 0xff && at + 1 < file.length ? at : null;
}

function isJpegKept(code: number, data: Buffer): boolean {
  if (code === COMMENT) return false;
  if (code < 0xe0 || code > 0xef) return true;
  const mark = JPEG_KEPT[code];
  return mark !== undefined && data.toString('latin1', 0, mark.length) === mark;
}

/** Where the coded picture ends: at the first marker that is neither a stuffed byte nor a restart. */
function scanEnd(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at !== -1; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1] ?? 0;
    const isPartOfScan = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7);
    if (!isPartOfScan) return at;
  }
  return file.length;
}

/** Every other chunk that a decoder may pass over holds words, dates or a maker's own business. */
const PNG_KEPT =
  /^(?:tRNS|gAMA|cHRM|sRGB|iCCP|sBIT|bKGD|pHYs|hIST|sPLT|cICP|mDCV|cLLI|acTL|fcTL|fdAT|[A-Z][A-Za-z]{3})$/;
const PNG_HEAD = 8;

function stripPng(file: Buffer): Buffer[] | null {
  const kept = [file.subarray(0, PNG_HEAD)];
  let at = PNG_HEAD;
  while (at + 12 <= file.length) {
    const type = file.toString('latin1', at + 4, at + 8);
    const end = at + 12 + file.readUInt32BE(at);
    if (end > file.length) return null;
    if (PNG_KEPT.test(type)) kept.push(file.subarray(at, end));
    if (type === 'IEND') return kept;
    at = end;
  }
  return null;
}

const WEBP_KEPT: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
const RIFF_HEAD = 12;
/** Bits of VP8X that say: EXIF follows, XMP follows. */
const TELLS_METADATA = 0x08 | 0x04;

function stripWebp(file: Buffer): Buffer[] | null {
  if (file.length < RIFF_HEAD) return null;
  const kept: Buffer[] = [];
  const fileEnd = Math.min(file.length, 8 + file.readUInt32LE(4));
  let at = RIFF_HEAD;
  while (at + 8 <= fileEnd) {
    const type = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    const end = at + 8 + length + (length % 2);
    if (at + 8 + length > file.length) return null;
    if (WEBP_KEPT.has(type)) kept.push(webpChunk(type, file.subarray(at, at + 8 + length)));
    at = end;
  }
  const head = Buffer.from(file.subarray(0, RIFF_HEAD));
  head.writeUInt32LE(4 + kept.reduce((sum, chunk) => sum + chunk.length, 0), 4);
  return [head, ...kept];
}

function webpChunk(type: string, chunk: Buffer): Buffer {
  const copy = Buffer.concat([chunk, Buffer.alloc(chunk.length % 2)]);
  if (type === 'VP8X') copy[8] = (copy[8] ?? 0) & ~TELLS_METADATA;
  return copy;
}

const [GIF_IMAGE, GIF_EXTENSION, GIF_END] = [0x2c, 0x21, 0x3b];
const [GIF_COMMENT, GIF_APPLICATION] = [0xfe, 0xff];
/** How often an animation repeats, and its colour profile. */
const GIF_APPLICATIONS: ReadonlySet<string> = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012']);

function stripGif(file: Buffer): Buffer[] | null {
  const start = 13 + gifTable(file[10] ?? 0);
  const kept = [file.subarray(0, start)];
  let at = start;
  while (at < file.length) {
    const block = file[at];
    if (block === GIF_END) return [...kept, file.subarray(at, at + 1)];
    if (block !== GIF_IMAGE && block !== GIF_EXTENSION) return null;
    const data = block === GIF_IMAGE ? at + 10 + gifTable(file[at + 9] ?? 0) + 1 : at + 2;
    const end = afterSubBlocks(file, data);
    if (end === null) return null;
    if (block === GIF_IMAGE || isGifKept(file, at)) kept.push(file.subarray(at, end));
    at = end;
  }
  return null;
}

function gifTable(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function isGifKept(file: Buffer, at: number): boolean {
  const label = file[at + 1];
  if (label === GIF_COMMENT) return false;
  return label !== GIF_APPLICATION || GIF_APPLICATIONS.has(file.toString('latin1', at + 3, at + 14));
}

function afterSubBlocks(file: Buffer, from: number): number | null {
  for (let at = from; at < file.length; ) {
    const length = file[at] ?? 0;
    at += 1 + length;
    if (length === 0) return at;
  }
  return null;
}
