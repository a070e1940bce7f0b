import type { ObjectsReader } from '../http.ts';

/** kbit/s of layer III by the header's index: MPEG 1, then 2 and 2.5 (ISO 11172-3 and 13818-3). */
const BIT_RATES = {
  one: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  two: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const SAMPLE_RATES = [44_100, 48_000, 32_000];
const FRAME_BYTES = 256;

interface Frame {
  bytesPerSecond: number;
  framesPerSecond: number;
}

/** How long an MP3 lasts by its first frame: the number of frames that an encoder noted there, or its bit rate; null where there is no frame. */
export async function mp3Seconds(
  read: (offset: number, length: number) => Promise<Buffer>,
  size: number,
): Promise<number | null> {
  const head = await read(0, 10);
  const start = head.toString('latin1', 0, 3) === 'ID3' ? 10 + synchsafe(head.subarray(6, 10)) : 0;
  const bytes = await read(start, FRAME_BYTES);
  const frame = readFrame(bytes);
  if (frame === null) return null;
  const noted = notedFrames(bytes);
  return noted === null ? (size - start) / frame.bytesPerSecond : noted / frame.framesPerSecond;
}

/** Reads a stretch of an object whole. */
export async function readStretch(
  objects: ObjectsReader,
  { bucket, key, offset, length }: { bucket: string; key: string; offset: number; length: number },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await objects.read(bucket, key, { offset, length })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Four bytes of seven bits. */
function synchsafe(bytes: Buffer): number {
  return bytes.reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
}

function readFrame(bytes: Buffer): Frame | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) < 0xffe0) return null;
  const version = (bytes.readUInt8(1) >> 3) & 3;
  const isFirst = version === 3;
  const kilobits = BIT_RATES[isFirst ? 'one' : 'two'][bytes.readUInt8(2) >> 4] ?? 0;
  const base = SAMPLE_RATES[(bytes.readUInt8(2) >> 2) & 3] ?? 0;
  if (kilobits === 0 || base === 0) return null;
  // MPEG 2 halves the sample rate and 2.5 quarters it.
  const sampleRate = isFirst ? base : base / (version === 2 ? 2 : 4);
  return { bytesPerSecond: kilobits * 125, framesPerSecond: sampleRate / (isFirst ? 1152 : 576) };
}

/** Encoders of variable bit rate write `Xing` or `Info`, flags, and how many frames follow. */
function notedFrames(bytes: Buffer): number | null {
  const at = Math.max(bytes.indexOf('Xing', 0, 'latin1'), bytes.indexOf('Info', 0, 'latin1'));
  if (at < 0 || at + 12 > bytes.length || (bytes.readUInt8(at + 7) & 1) === 0) return null;
  return bytes.readUInt32BE(at + 8);
}
