import type { ObjectsReader } from '../http.ts';
import { readImageStructure } from '../image-structure.ts';
import { mp3Seconds, readStretch } from './mp3-seconds.ts';
import { LONGEST_AUDIO_SECONDS, MEDIA, type MediaKind } from './rules.ts';

/** What the service sees in a staged file: sizes are bytes, `amount` pages of a document, seconds of audio, 1 for an image. */
export type MediaFacts = { sound: true; kind: MediaKind; amount: number } | { sound: false; reason: string };

const HEAD_BYTES = 1024;
/** For audio whose header tells no rate: 128 kbit/s. */
const USUAL_BYTES_PER_SECOND = 16_000;

const MP3_TYPES = /^audio\/(mp3|mpeg|mpga)$/;
const STRUCTURED_TYPES = /^image\/(png|jpeg|webp)$/;

/** How files begin, as hexadecimal or, from the fifth byte on, the brand of an ISO media file. */
const SIGNATURES: readonly { types: RegExp; matches(head: Buffer): boolean }[] = [
  { types: /^image\/png$/, matches: (head) => begins(head, '89504e470d0a1a0a') },
  { types: /^image\/jpeg$/, matches: (head) => begins(head, 'ffd8ff') },
  { types: /^image\/webp$/, matches: (head) => isRiff(head, 'WEBP') },
  {
    types: /^image\/hei[cf]$/,
    matches: (head) => /^ftyp(hei[cxms]|hev[cx]|mif1|msf1)/.test(head.toString('latin1', 4, 12)),
  },
  { types: /^application\/pdf$/, matches: (head) => head.includes('%PDF-') },
  { types: /^audio\/wav$/, matches: (head) => isRiff(head, 'WAVE') },
  { types: MP3_TYPES, matches: (head) => begins(head, '494433') || isFrameSync(head, 0xe0) },
  { types: /^audio\/x-aac$/, matches: (head) => begins(head, '41444946') || isFrameSync(head, 0xf0) },
  { types: /^audio\/flac$/, matches: (head) => begins(head, '664c6143') },
  { types: /^audio\/ogg$/, matches: (head) => begins(head, '4f676753') },
  { types: /^audio\/(m4a|mp4)$/, matches: (head) => head.toString('latin1', 4, 8) === 'ftyp' },
  { types: /^audio\/webm$/, matches: (head) => begins(head, '1a45dfa3') },
  { types: /^audio\/pcm$/, matches: (head) => head.length > 0 },
];

/** Looks at a `gs://` file as far as is needed to judge it; web addresses are out of a simulator's reach. */
export async function inspectMedia(objects: ObjectsReader, uri: string, mimeType: string): Promise<MediaFacts> {
  const kind = kindOf(mimeType);
  if (kind === null) return unsound(`Unsupported MIME type: ${mimeType}`);
  const match = /^gs:\/\/([^/]+)\/(.+)$/.exec(uri);
  const [bucket, key] = [match?.[1] ?? '', match?.[2] ?? ''];
  const found = match === null ? null : await objects.head(bucket, key);
  if (found === null) return unsound(`Unable to read the file: ${uri.slice(0, 200)}`);
  if (found.size > MEDIA[kind].mostBytes) return unsound(`Invalid ${kind}: larger than ${MEDIA[kind].mostBytes} bytes`);
  const head = await readUpTo(await objects.read(bucket, key, { offset: 0, length: HEAD_BYTES }), HEAD_BYTES);
  const signature = SIGNATURES.find(({ types }) => types.test(mimeType));
  if (signature?.matches(head) !== true) return unsound(`Invalid ${kind}: the bytes are not ${mimeType}`);
  if (kind === 'image')
    return judgeImage(await readStretch(objects, { bucket, key, offset: 0, length: found.size }), mimeType);
  if (kind === 'document') return { sound: true, kind, amount: await countPages(await objects.read(bucket, key)) };
  const read = (offset: number, length: number) => readStretch(objects, { bucket, key, offset, length });
  const exact = MP3_TYPES.test(mimeType) ? await mp3Seconds(read, found.size) : waveSeconds(head, found.size, mimeType);
  if (exact !== null && exact > LONGEST_AUDIO_SECONDS) return unsound('Invalid audio: longer than 60 minutes');
  const seconds = Math.max(1, Math.ceil(exact ?? found.size / USUAL_BYTES_PER_SECOND));
  return { sound: true, kind, amount: Math.min(seconds, LONGEST_AUDIO_SECONDS) };
}

/** An image that begins well may end too soon. */
function judgeImage(bytes: Buffer, mimeType: string): MediaFacts {
  const reading = STRUCTURED_TYPES.test(mimeType) ? readImageStructure(bytes) : null;
  return reading === null || reading.ok
    ? { sound: true, kind: 'image', amount: 1 }
    : unsound(`Invalid image: ${reading.reason}`);
}

function kindOf(mimeType: string): MediaKind | null {
  const kinds = ['image', 'audio', 'document'] as const;
  return kinds.find((kind) => MEDIA[kind].types.includes(mimeType)) ?? null;
}

function unsound(reason: string): MediaFacts {
  return { sound: false, reason };
}

async function readUpTo(bytes: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

function begins(head: Buffer, hexadecimal: string): boolean {
  return head.subarray(0, hexadecimal.length / 2).toString('hex') === hexadecimal;
}

function isRiff(head: Buffer, form: string): boolean {
  return head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === form;
}

function isFrameSync(head: Buffer, mask: number): boolean {
  return head[0] === 0xff && ((head[1] ?? 0) & mask) === mask;
}

/** Page objects that can be seen; those inside compressed object streams cannot, and then the document counts as one page. */
async function countPages(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let pages = 0;
  let tail = '';
  for await (const chunk of bytes) {
    const text = tail + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const complete = Math.max(0, text.length - 16);
    for (const match of text.matchAll(/\/Type\s{0,4}\/Page(?![a-zA-Z])/g)) if (match.index < complete) pages += 1;
    tail = text.slice(complete);
  }
  pages += [...tail.matchAll(/\/Type\s{0,4}\/Page(?![a-zA-Z])/g)].length;
  return Math.max(1, pages);
}

/** A WAV names its byte rate at offset 28; of other types the usual rate is a guess, good enough to count tokens. */
function waveSeconds(head: Buffer, size: number, mimeType: string): number | null {
  const rate = mimeType === 'audio/wav' && head.length >= 32 ? head.readUInt32LE(28) : 0;
  return rate === 0 ? null : size / rate;
}
