import type { Fault } from './fault.ts';
import { type Mp3Frame, readFrameHeader } from './mp3-frame.ts';

/** How long an MP3 plays. With a fault, `seconds` is 0. */
export interface Mp3Facts {
  seconds: number;
  fault: Fault | null;
  warnings: Fault[];
}

const LEAST_FRAMES = 3;
const ID3V1_BYTES = 128;

/** Counts the frames of an MPEG layer III file (a header's claim about its length is only compared), behind any ID3 tags. */
export async function readMp3Facts(bytes: Uint8Array): Promise<Mp3Facts> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const tagsEnd = skipTags(file);
  if (tagsEnd > file.length) return refused(tagTooLong(tagsEnd, file.length));
  const end = file.length - trailingTags(file);
  const start = findFrames(file.subarray(0, end), tagsEnd, { least: LEAST_FRAMES, stream: null });
  if (start === null) return refused(noFrames(file));
  const { samples, rate, junk, isCut, promised } = countFrames(file.subarray(0, end), start);
  const seconds = samples / rate;
  const warnings: Fault[] = [];
  if (junk > 0) warnings.push(junkWarning(junk));
  const promisedSeconds = promised / rate;
  if (promisedSeconds > seconds * 1.05 + 1) warnings.push(shorterWarning(seconds, promisedSeconds));
  else if (isCut) warnings.push(LAST_FRAME);
  return { seconds, fault: null, warnings };
}

const LAST_FRAME: Fault = {
  code: 'MP3_LAST_FRAME',
  message: 'the last frame of the recording is incomplete',
  hint: 'Listen to its end; copy or export it again if something is missing.',
};

function refused(fault: Fault): Mp3Facts {
  return { seconds: 0, fault, warnings: [] };
}

/** The index behind all ID3v2 tags at the start; it may lie behind the file, when a tag claims more than there is. */
function skipTags(file: Buffer): number {
  let at = 0;
  while (at + 10 <= file.length && file.toString('latin1', at, at + 3) === 'ID3') {
    const size = [6, 7, 8, 9].reduce((sum, index) => sum * 128 + ((file[at + index] ?? 0) & 0x7f), 0);
    const hasFooter = ((file[at + 5] ?? 0) & 0x10) !== 0;
    at += 10 + size + (hasFooter ? 10 : 0);
  }
  return at;
}

/** How many bytes at the end are tags that players know: ID3v1, and APE before it. */
function trailingTags(file: Buffer): number {
  const hasId3 =
    file.length >= ID3V1_BYTES &&
    file.toString('latin1', file.length - ID3V1_BYTES, file.length - ID3V1_BYTES + 3) === 'TAG';
  const end = file.length - (hasId3 ? ID3V1_BYTES : 0);
  const footer = end - 32;
  const hasApe = footer >= 0 && file.toString('latin1', footer, footer + 8) === 'APETAGEX';
  const apeHeader = hasApe && ((file[footer + 23] ?? 0) & 0x80) !== 0 ? 32 : 0;
  const ape = hasApe ? Math.min(end, file.readUInt32LE(footer + 12) + apeHeader) : 0;
  return file.length - end + ape;
}

interface Found {
  at: number;
  frame: Mp3Frame;
}

/** The first place from which `least` frames of one stream follow each other; the last one may be cut by the end of the file. */
function findFrames(file: Buffer, from: number, wanted: { least: number; stream: number | null }): Found | null {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const first = readFrameHeader(file, at);
    if (first === null || (wanted.stream !== null && first.stream !== wanted.stream)) continue;
    if (framesFrom(file, at, first.stream, wanted.least) >= wanted.least) return { at, frame: first };
  }
  return null;
}

function framesFrom(file: Buffer, from: number, stream: number, most: number): number {
  let count = 0;
  let at = from;
  while (count < most) {
    const frame = readFrameHeader(file, at);
    if (frame === null || frame.stream !== stream) break;
    at += frame.length;
    if (at > file.length) break;
    count += 1;
  }
  return count;
}

interface Counted {
  samples: number;
  rate: number;
  junk: number;
  isCut: boolean;
  /** Samples that the encoder's own header promises; 0 without one. */
  promised: number;
}

function countFrames(file: Buffer, { at: start, frame: first }: Found): Counted {
  const info = readInfo(file, start, first);
  // The frame that holds the header plays nothing.
  const counted: Counted = {
    samples: 0,
    rate: first.rate,
    junk: 0,
    isCut: false,
    promised: (info ?? 0) * first.samples,
  };
  let at = info === null ? start : start + first.length;
  while (at < file.length) {
    const frame = readFrameHeader(file, at);
    if (frame !== null && frame.stream === first.stream) {
      counted.isCut = at + frame.length > file.length;
      if (!counted.isCut) counted.samples += frame.samples;
      at += frame.length;
      continue;
    }
    const next = findFrames(file, at + 1, { least: 2, stream: first.stream })?.at ?? file.length;
    counted.junk += next - at;
    at = next;
  }
  return counted;
}

/** The number of frames in a Xing, Info or VBRI header in the first frame; 0 where it names none, null where there is no such header. */
function readInfo(file: Buffer, start: number, frame: Mp3Frame): number | null {
  const xing = start + 4 + frame.sideInfo;
  const end = Math.min(file.length, start + frame.length);
  const name = file.toString('latin1', xing, xing + 4);
  if ((name === 'Xing' || name === 'Info') && xing + 12 <= end) {
    const hasFrames = (file.readUInt32BE(xing + 4) & 1) === 1;
    return hasFrames ? file.readUInt32BE(xing + 8) : 0;
  }
  const vbri = start + 36;
  return file.toString('latin1', vbri, vbri + 4) === 'VBRI' && vbri + 18 <= end ? file.readUInt32BE(vbri + 14) : null;
}

function tagTooLong(tagsEnd: number, length: number): Fault {
  const message = `the tag at its start claims ${tagsEnd} bytes, but the file has only ${length}`;
  return { code: 'MEDIA_TRUNCATED', message, hint: 'Copy or export it again.' };
}

function noFrames(file: Buffer): Fault {
  const isWave = file.toString('latin1', 0, 4) === 'RIFF';
  const message = isWave
    ? 'this is a WAV file, not an MP3'
    : 'it holds no MP3 sound (three frames in a row were not found)';
  return { code: 'MEDIA_BROKEN', message, hint: 'Convert it: ffmpeg -i input -codec:a libmp3lame output.mp3' };
}

function junkWarning(junk: number): Fault {
  const message = `${junk} bytes of the recording are no MP3 sound and were passed over`;
  return { code: 'MP3_JUNK', message, hint: 'It may be damaged; listen to it, or export it again.' };
}

function shorterWarning(seconds: number, promised: number): Fault {
  const message = `it plays ${seconds.toFixed(1)} s, but its header promises ${promised.toFixed(1)} s`;
  return { code: 'MP3_SHORTER', message, hint: 'It was probably cut; copy or download it again.' };
}
