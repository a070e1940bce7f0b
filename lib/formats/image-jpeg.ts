import { readOrientation } from './image-exif.ts';
import { broken, type ImageColors, type ImageFacts, noFacts, trailing, truncated } from './image-facts.ts';

const MARKER = 0xff;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const COLORS: Readonly<Record<number, ImageColors>> = { 1: 'gray', 3: 'rgb', 4: 'cmyk' };
const NO_FRAMES = [0xc4, 0xc8, 0xcc];

interface Walk {
  facts: ImageFacts;
  at: number;
  hasScan: boolean;
}

/** Reads a JPEG: each segment and, by its markers alone, each scan. */
export function readJpeg(bytes: Buffer): ImageFacts {
  const facts = noFacts();
  if (bytes[0] !== MARKER || bytes[1] !== 0xd8) return { ...facts, fault: broken('it does not begin as a JPEG does') };
  const walk: Walk = { facts, at: 2, hasScan: false };
  while (facts.fault === null) {
    const marker = nextMarker(bytes, walk.at);
    if (marker === null) {
      facts.fault = truncated('its end mark (EOI) is missing');
      break;
    }
    walk.at = marker.end;
    if (marker.code === END_OF_IMAGE) {
      finish(walk, bytes);
      break;
    }
    if (!isStandalone(marker.code)) takePart(walk, bytes, marker.code);
  }
  return facts;
}

function takePart(walk: Walk, bytes: Buffer, code: number): void {
  const { facts } = walk;
  const segment = readSegment(bytes, walk.at);
  if (segment === 'cut') facts.fault = truncated('it ends within a part');
  else if (segment === 'broken') facts.fault = broken('a part of it has no length');
  else {
    takeSegment(facts, code, segment);
    walk.at += segment.length + 2;
  }
  if (code !== START_OF_SCAN || facts.fault !== null) return;
  if (facts.width === 0) facts.fault = broken('its picture comes before its size');
  walk.hasScan = true;
  walk.at = endOfScan(bytes, walk.at);
}

// Fill bytes (0xff) may stand before a marker; what else does, decoders pass over.
function nextMarker(bytes: Buffer, from: number): { code: number; end: number } | null {
  const at = endOfScan(bytes, from);
  const code = bytes[at + 1];
  return code === undefined ? null : { code, end: at + 2 };
}

function isStandalone(code: number): boolean {
  return code === 0x01 || code === 0xd8;
}

function readSegment(bytes: Buffer, at: number): Buffer | 'cut' | 'broken' {
  if (at + 2 > bytes.length) return 'cut';
  const length = bytes.readUInt16BE(at);
  if (length < 2) return 'broken';
  return at + length > bytes.length ? 'cut' : bytes.subarray(at + 2, at + length);
}

/** The index of the next marker that ends the entropy-coded data: stuffed zeros and restart marks belong to it. */
function endOfScan(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(MARKER, from);
  while (at >= 0) {
    const code = bytes[at + 1];
    if (code === undefined) return bytes.length;
    const belongs = code === 0 || (code >= 0xd0 && code <= 0xd7);
    if (!belongs && code !== MARKER) return at;
    at = bytes.indexOf(MARKER, at + (belongs ? 2 : 1));
  }
  return bytes.length;
}

function takeSegment(facts: ImageFacts, code: number, data: Buffer): void {
  const isFrame = code >= 0xc0 && code <= 0xcf && !NO_FRAMES.includes(code);
  if (isFrame) takeFrame(facts, data);
  else if (code === 0xe1) takeApplicationData(facts, data);
  // IPTC lies in Photoshop's segment.
  else if (code === 0xed) facts.hasMetadata = true;
}

function takeFrame(facts: ImageFacts, data: Buffer): void {
  if (data.length < 6) {
    facts.fault = broken('its frame header is too short');
    return;
  }
  if (facts.width > 0) return;
  const components = data[5] ?? 0;
  const colors = COLORS[components];
  facts.bitDepth = data[0] ?? 8;
  facts.height = data.readUInt16BE(1);
  facts.width = data.readUInt16BE(3);
  if (colors === undefined || data.length < 6 + components * 3) facts.fault = broken('its colours make no sense');
  else if (facts.height === 0 || facts.width === 0) facts.fault = broken('its header gives no size');
  else facts.colors = colors;
}

function takeApplicationData(facts: ImageFacts, data: Buffer): void {
  facts.hasMetadata = true;
  if (data.toString('latin1', 0, 6) === 'Exif\0\0') facts.orientation = readOrientation(data.subarray(6));
}

function finish({ facts, at, hasScan }: Walk, bytes: Buffer): void {
  if (facts.width === 0) facts.fault = broken('it has no frame header');
  else if (!hasScan) facts.fault = broken('it holds no picture');
  if (at < bytes.length) facts.warnings.push(trailing(bytes.length - at));
}
