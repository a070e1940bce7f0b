/** Frames of MPEG-1 layer III, 44.1 kHz, stereo: 1,152 samples each. Side information of zeros decodes to silence. */
export const MP3_FRAME_SECONDS = 1152 / 44_100;
const BITRATES: Readonly<Record<number, number>> = { 32: 1, 64: 5, 128: 9, 320: 14 };

/** One silent frame at 32, 64, 128 or 320 kbit/s. */
export function silentFrame(kilobits: 32 | 64 | 128 | 320 = 128): Buffer {
  const frame = Buffer.alloc(Math.floor((144_000 * kilobits) / 44_100));
  frame.set([0xff, 0xfb, (BITRATES[kilobits] ?? 9) << 4, 0x04]);
  return frame;
}

/** A valid silent MP3 of about `seconds` (whole frames, at least three), bare unless an ID3v2 tag of `tagBytes` is asked for. */
export function composeMp3(
  seconds: number,
  options: { kilobits?: 32 | 64 | 128 | 320; tagBytes?: number } = {},
): Buffer {
  const count = Math.max(3, Math.round(seconds / MP3_FRAME_SECONDS));
  const frame = silentFrame(options.kilobits);
  const tag = options.tagBytes === undefined ? [] : [id3Tag(options.tagBytes)];
  return Buffer.concat([...tag, ...Array<Buffer>(count).fill(frame)]);
}

/** An empty ID3v2.3 tag with `size` bytes of padding; `claimed` is what its header says instead. */
export function id3Tag(size: number, claimed: number = size): Buffer {
  const tag = Buffer.alloc(10 + size);
  tag.write('ID3\x03', 'latin1');
  for (let index = 0; index < 4; index += 1) tag[6 + index] = (claimed >> (7 * (3 - index))) & 0x7f;
  return tag;
}
