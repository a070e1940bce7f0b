import type { ObjectsReader } from '../http.ts';
import { readImageStructure } from '../image-structure.ts';
import type { S3Location } from './names.ts';
import { MAXIMUM_DOCUMENT_BYTES, MAXIMUM_IMAGE_BYTES, MAXIMUM_VIDEO_BYTES, MINIMUM_IMAGE_SIDE } from './rules.ts';

/** A media block of a training row, its form already checked. */
export interface MediaReference {
  kind: 'image' | 'video' | 'document';
  format: string;
  location: S3Location;
}

const LIMITS = { image: MAXIMUM_IMAGE_BYTES, video: MAXIMUM_VIDEO_BYTES, document: MAXIMUM_DOCUMENT_BYTES } as const;
const MAGIC_BYTES = 16;

/** What is wrong with the object behind a reference, or null; images are read whole, of others the first bytes. */
export async function checkMedia(objects: ObjectsReader, media: MediaReference): Promise<string | null> {
  const { bucket, key } = media.location;
  const uri = `s3://${bucket}/${key}`;
  const facts = await objects.head(bucket, key);
  if (facts === null) return `Could not validate GetObject permissions: ${uri} cannot be read or does not exist`;
  if (facts.size === 0) return `The ${media.kind} ${uri} is empty`;
  if (facts.size > LIMITS[media.kind]) {
    return `The ${media.kind} ${uri} has ${facts.size} bytes, at most ${LIMITS[media.kind]} are allowed`;
  }
  const length = media.kind === 'image' ? facts.size : Math.min(MAGIC_BYTES, facts.size);
  const bytes = await readAll(await objects.read(bucket, key, { offset: 0, length }));
  const fault = media.kind === 'image' ? checkImage(bytes, media.format) : checkMagic(bytes, media.format);
  return fault === null ? null : `The ${media.kind} ${uri} ${fault}`;
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

function checkImage(bytes: Buffer, format: string): string | null {
  const reading = readImageStructure(bytes);
  if (!reading.ok) return `is no sound image: ${reading.reason}`;
  const { image } = reading;
  if (image.format !== format) return `is declared as ${format}, but its bytes are ${image.format}`;
  if (Math.min(image.width, image.height) >= MINIMUM_IMAGE_SIDE) return null;
  return `measures ${image.width}x${image.height}, each side must have ${MINIMUM_IMAGE_SIDE} pixels at least`;
}

function checkMagic(bytes: Buffer, format: string): string | null {
  const matches =
    format === 'pdf'
      ? bytes.toString('latin1', 0, 5) === '%PDF-'
      : format === 'mp4' || format === 'mov'
        ? bytes.toString('latin1', 4, 8) === 'ftyp'
        : bytes.length >= 4 && bytes.readUInt32BE(0) === 0x1a45dfa3;
  return matches ? null : `is declared as ${format}, but its bytes are something else`;
}
