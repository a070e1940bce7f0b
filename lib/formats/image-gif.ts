import { broken, type ImageFacts, noFacts, trailing, truncated } from './image-facts.ts';

const IMAGE = 0x2c;
const EXTENSION = 0x21;
const TRAILER = 0x3b;
const APPLICATION = 0xff;

/** Reads a GIF: each block to the trailer. The size is the logical screen's, widened to the frames that reach over it. */
export function readGif(bytes: Buffer): ImageFacts {
  const facts = { ...noFacts(), frames: 0, colors: 'palette' as const };
  if (!/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) {
    return { ...facts, frames: 1, fault: broken('it does not begin as a GIF does') };
  }
  const walked = walk(bytes, facts);
  const frames = Math.max(1, facts.frames);
  if (walked.fault !== null) return { ...facts, frames, fault: walked.fault };
  if (facts.frames === 0) return { ...facts, frames, fault: broken('it holds no picture') };
  const rest = bytes.length - walked.end;
  return { ...facts, frames, warnings: rest > 0 ? [trailing(rest)] : [] };
}

type Walked = { fault: ImageFacts['fault']; end: number };

function walk(bytes: Buffer, facts: ImageFacts): Walked {
  const cut = (what: string): Walked => ({ fault: truncated(what), end: bytes.length });
  if (bytes.length < 13) return cut('it ends within its header');
  facts.width = bytes.readUInt16LE(6);
  facts.height = bytes.readUInt16LE(8);
  let at = 13 + tableLength(bytes[10] ?? 0);
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === TRAILER) return { fault: null, end: at + 1 };
    const next =
      block === IMAGE ? afterImage(bytes, at, facts) : block === EXTENSION ? afterExtension(bytes, at, facts) : 'junk';
    if (next === 'junk') return { fault: broken('there is junk between its blocks'), end: at };
    if (next === null) return cut('it ends within a block');
    at = next;
  }
  return cut('its end mark is missing');
}

function tableLength(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function afterImage(bytes: Buffer, at: number, facts: ImageFacts): number | null {
  if (at + 11 > bytes.length) return null;
  facts.frames += 1;
  // Browsers and libraries alike widen the screen to the first frame only; so a later one cannot blow the size up.
  if (facts.frames === 1) {
    facts.width = Math.max(facts.width, bytes.readUInt16LE(at + 1) + bytes.readUInt16LE(at + 5));
    facts.height = Math.max(facts.height, bytes.readUInt16LE(at + 3) + bytes.readUInt16LE(at + 7));
  }
  return afterSubBlocks(bytes, at + 10 + tableLength(bytes[at + 9] ?? 0) + 1);
}

function afterExtension(bytes: Buffer, at: number, facts: ImageFacts): number | null {
  const label = bytes[at + 1];
  const isXmp = label === APPLICATION && bytes.toString('latin1', at + 3, at + 11) === 'XMP Data';
  if (isXmp) facts.hasMetadata = true;
  return afterSubBlocks(bytes, at + 2);
}

function afterSubBlocks(bytes: Buffer, from: number): number | null {
  let at = from;
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    at += 1 + length;
    if (length === 0) return at;
  }
  return null;
}
