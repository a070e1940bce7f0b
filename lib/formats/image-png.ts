import { crc32 } from 'node:zlib';
import { readOrientation } from './image-exif.ts';
import { broken, type ImageColors, type ImageFacts, noFacts, trailing, truncated } from './image-facts.ts';

interface Chunk {
  type: string;
  data: Buffer;
  /** The index behind its checksum. */
  end: number;
  isSound: boolean;
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const COLORS: Readonly<Record<number, ImageColors>> = { 0: 'gray', 2: 'rgb', 3: 'palette', 4: 'gray-alpha', 6: 'rgba' };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const METADATA = ['eXIf', 'tEXt', 'zTXt', 'iTXt'];
const LONGEST_SIDE = 0x7fffffff;

interface Walk {
  facts: ImageFacts;
  hasHeader: boolean;
  hasPalette: boolean;
  hasPixels: boolean;
}

/** Reads a PNG: each chunk, and the checksums of those that a decoder needs. */
export function readPng(bytes: Buffer): ImageFacts {
  const facts = noFacts();
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return { ...facts, fault: broken('it does not begin as a PNG does') };
  const walk: Walk = { facts, hasHeader: false, hasPalette: false, hasPixels: false };
  for (let at = 8; facts.fault === null; ) {
    const chunk = readChunk(bytes, at);
    if (chunk === null) {
      facts.fault = truncated(at >= bytes.length ? 'its end mark (IEND) is missing' : 'it ends within a part');
      break;
    }
    takeChunk(walk, chunk);
    if (chunk.type === 'IEND') {
      finish(walk, bytes.length - chunk.end);
      break;
    }
    at = chunk.end;
  }
  return facts;
}

function readChunk(bytes: Buffer, at: number): Chunk | null {
  if (at + 12 > bytes.length) return null;
  const length = bytes.readUInt32BE(at);
  const dataEnd = at + 8 + length;
  if (dataEnd + 4 > bytes.length) return null;
  const type = bytes.toString('latin1', at + 4, at + 8);
  // An upper-case first letter marks the chunks that no decoder may pass over.
  const isCritical = ((bytes[at + 4] ?? 0) & 0x20) === 0;
  const isSound = !isCritical || crc32(bytes.subarray(at + 4, dataEnd)) === bytes.readUInt32BE(dataEnd);
  return { type, data: bytes.subarray(at + 8, dataEnd), end: dataEnd + 4, isSound };
}

function takeChunk(walk: Walk, { type, data, isSound }: Chunk): void {
  const { facts } = walk;
  if (!/^[A-Za-z]{4}$/.test(type)) facts.fault = broken('there is junk between its parts');
  else if (!isSound) facts.fault = broken(`the checksum of its part ${type} is wrong`);
  else if ((type === 'IHDR') === walk.hasHeader) facts.fault = broken('its header (IHDR) is not the first part');
  else if (type === 'IHDR') takeHeader(walk, data);
  else if (type === 'PLTE') walk.hasPalette = true;
  else if (type === 'IDAT') walk.hasPixels ||= data.length > 0;
  else takeAncillary(facts, type, data);
}

function takeHeader(walk: Walk, data: Buffer): void {
  const { facts } = walk;
  walk.hasHeader = true;
  if (data.length !== 13) {
    facts.fault = broken('its header (IHDR) has a wrong length');
    return;
  }
  const depth = data[8] ?? 0;
  const kind = data[9] ?? 0;
  facts.width = data.readUInt32BE(0);
  facts.height = data.readUInt32BE(4);
  facts.bitDepth = depth;
  facts.colors = COLORS[kind] ?? 'rgb';
  const isKnown = DEPTHS[kind]?.includes(depth) === true && data[10] === 0 && data[11] === 0 && (data[12] ?? 2) < 2;
  if (!isKnown) facts.fault = broken('its header (IHDR) makes no sense');
  if (facts.width > LONGEST_SIDE || facts.height > LONGEST_SIDE)
    facts.fault = broken('its size is beyond what PNG allows');
}

function takeAncillary(facts: ImageFacts, type: string, data: Buffer): void {
  if (type === 'acTL' && data.length >= 8) facts.frames = Math.max(1, data.readUInt32BE(0));
  if (type === 'eXIf') facts.orientation = readOrientation(data);
  if (METADATA.includes(type)) facts.hasMetadata = true;
}

function finish({ facts, hasPalette, hasPixels }: Walk, rest: number): void {
  if (facts.fault !== null) return;
  if (!hasPixels) facts.fault = broken('it holds no picture (IDAT)');
  else if (facts.colors === 'palette' && !hasPalette) facts.fault = broken('its palette (PLTE) is missing');
  if (rest > 0) facts.warnings.push(trailing(rest));
}
