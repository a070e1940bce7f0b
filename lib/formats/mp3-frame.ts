/** One MPEG audio layer III frame: its length in bytes with its header, and what it plays. */
export interface Mp3Frame {
  length: number;
  samples: number;
  rate: number;
  /** What must not change from frame to frame: version and sample rate. */
  stream: number;
  sideInfo: number;
}

// ISO 11172-3 and 13818-3, layer III, in kbit/s; index 0 is "free format", which no encoder in use writes and no duration can be told of.
const BITRATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const BITRATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES = [44_100, 48_000, 32_000];

// Versions as the header writes them: 2.5, reserved, 2, 1.
const RATE_DIVISORS: Readonly<Record<number, number>> = { 0: 4, 2: 2, 3: 1 };
const MPEG_1 = 3;
const MONO = 3;

/** Whether the four bytes at `at` can begin a layer III frame. */
export function isLayerThreeHeader(bytes: Uint8Array, at: number): boolean {
  return readFrameHeader(bytes, at) !== null;
}

/** Reads the frame header at `at`; null where none stands. The frame may reach behind the bytes. */
export function readFrameHeader(bytes: Uint8Array, at: number): Mp3Frame | null {
  const [sync, kind, coding, mode] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  if (kind === undefined || coding === undefined || mode === undefined) return null;
  // Eleven bits of synchronisation, layer III.
  if (sync !== 0xff || (kind & 0xe6) !== 0xe2) return null;
  const version = (kind >> 3) & 3;
  const bitrate = (version === MPEG_1 ? BITRATES_1 : BITRATES_2)[coding >> 4];
  const baseRate = RATES[(coding >> 2) & 3];
  const divisor = RATE_DIVISORS[version];
  if (divisor === undefined || !bitrate || baseRate === undefined) return null;
  const rate = baseRate / divisor;
  const samples = version === MPEG_1 ? 1152 : 576;
  const length = Math.floor((samples * bitrate * 125) / rate) + ((coding >> 1) & 1);
  const stream = version * 4 + ((coding >> 2) & 3);
  return { length, samples, rate, stream, sideInfo: sideInfoLength(version, mode >> 6 === MONO) };
}

function sideInfoLength(version: number, isMono: boolean): number {
  if (version === MPEG_1) return isMono ? 17 : 32;
  return isMono ? 9 : 17;
}
