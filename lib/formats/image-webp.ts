import { readOrientation } from './image-exif.ts';
import { broken, type ImageFacts, noFacts, trailing, truncated } from './image-facts.ts';

const HAS_ALPHA = 0x10;
const LOSSLESS_MARK = 0x2f;

interface Walk {
  facts: ImageFacts;
  hasCanvas: boolean;
  hasPicture: boolean;
  animated: number;
}

/** Reads a WebP: each RIFF chunk up to the size that its header gives. */
export function readWebp(bytes: Buffer): ImageFacts {
  const facts = noFacts();
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP') {
    return { ...facts, fault: broken('it does not begin as a WebP does') };
  }
  const end = 8 + bytes.readUInt32LE(4);
  if (end > bytes.length) facts.fault = truncated(`${bytes.length} of its ${end} bytes are there`);
  const walk: Walk = { facts, hasCanvas: false, hasPicture: false, animated: 0 };
  for (let at = 12; at + 8 <= Math.min(end, bytes.length); ) {
    const length = bytes.readUInt32LE(at + 4);
    const dataEnd = at + 8 + length;
    const isCut = dataEnd > Math.min(end, bytes.length);
    takeChunk(walk, bytes.toString('latin1', at, at + 4), bytes.subarray(at + 8, Math.min(dataEnd, bytes.length)));
    if (isCut) facts.fault ??= broken('a part of it is longer than the file says');
    at = dataEnd + (length % 2);
  }
  if (walk.animated > 0) facts.frames = walk.animated;
  if (!walk.hasPicture) facts.fault ??= broken('it holds no picture');
  if (facts.fault === null && end < bytes.length) facts.warnings.push(trailing(bytes.length - end));
  return facts;
}

function takeChunk(walk: Walk, type: string, data: Buffer): void {
  const { facts } = walk;
  if (type === 'VP8X') takeCanvas(walk, data);
  else if (type === 'VP8 ') takeLossy(walk, data);
  else if (type === 'VP8L') takeLossless(walk, data);
  else if (type === 'ANMF') takeAnimationFrame(walk, data);
  else if (type === 'EXIF') takeExif(facts, data);
  else if (type === 'XMP ') facts.hasMetadata = true;
}

function takeCanvas(walk: Walk, data: Buffer): void {
  if (data.length < 10 || walk.hasCanvas) {
    walk.facts.fault ??= broken('its header (VP8X) makes no sense');
    return;
  }
  walk.hasCanvas = true;
  walk.facts.width = data.readUIntLE(4, 3) + 1;
  walk.facts.height = data.readUIntLE(7, 3) + 1;
  if (((data[0] ?? 0) & HAS_ALPHA) !== 0) walk.facts.colors = 'rgba';
}

function takeLossy(walk: Walk, data: Buffer): void {
  const isKeyFrame = data.length >= 10 && ((data[0] ?? 1) & 1) === 0 && data.readUIntBE(3, 3) === 0x9d012a;
  if (!isKeyFrame) walk.facts.fault ??= broken('its picture (VP8) makes no sense');
  else
    takePicture(walk, { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff, hasAlpha: false });
}

function takeLossless(walk: Walk, data: Buffer): void {
  if (data.length < 5 || data[0] !== LOSSLESS_MARK) {
    walk.facts.fault ??= broken('its picture (VP8L) makes no sense');
    return;
  }
  const bits = data.readUInt32LE(1);
  takePicture(walk, {
    width: (bits & 0x3fff) + 1,
    height: ((bits >>> 14) & 0x3fff) + 1,
    hasAlpha: ((bits >>> 28) & 1) === 1,
  });
}

function takePicture(
  walk: Walk,
  { width, height, hasAlpha }: { width: number; height: number; hasAlpha: boolean },
): void {
  const { facts } = walk;
  walk.hasPicture = true;
  if (walk.hasCanvas) {
    const isSame = width === facts.width && height === facts.height;
    if (!isSame) facts.fault ??= broken('its picture and its header give two sizes');
    return;
  }
  facts.width = width;
  facts.height = height;
  if (hasAlpha) facts.colors = 'rgba';
}

function takeAnimationFrame(walk: Walk, data: Buffer): void {
  walk.hasPicture = true;
  walk.animated += 1;
  if (data.length < 24) walk.facts.fault ??= broken('a frame of its animation is too short');
}

function takeExif(facts: ImageFacts, data: Buffer): void {
  facts.hasMetadata = true;
  // Some writers put JPEG's own mark before the block.
  const isMarked = data.toString('latin1', 0, 6) === 'Exif\0\0';
  facts.orientation = readOrientation(isMarked ? data.subarray(6) : data);
}
