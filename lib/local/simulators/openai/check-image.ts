import { readImageStructure } from '../image-structure.ts';
import { IMAGE_FORMATS, MAXIMUM_IMAGE_BYTES } from './rules.ts';

const DATA_URI = /^data:image\/(png|jpeg|webp);base64,/;
const LONGEST_URL = 8192;

/** What is wrong with an image's URL or its embedded bytes, or null. Links are not fetched. */
export function checkImageUrl(url: string): string | null {
  if (url.startsWith('data:')) return checkDataUri(url);
  if (url.length > LONGEST_URL) return 'has an image URL that is too long';
  const link = URL.canParse(url) ? new URL(url) : null;
  const reachable = link !== null && (link.protocol === 'https:' || link.protocol === 'http:') && link.hostname !== '';
  return reachable ? null : 'has an image URL that is neither http(s) nor a base64 data URI';
}

function checkDataUri(url: string): string | null {
  const prefix = DATA_URI.exec(url.slice(0, 64));
  if (prefix === null) return 'has an image data URI that is not base64 of type image/png, image/jpeg or image/webp';
  const bytes = decodeBase64(url, prefix[0].length);
  if (bytes === null) return 'has an image data URI whose base64 is malformed';
  if (bytes.length > MAXIMUM_IMAGE_BYTES)
    return `has an image of ${bytes.length} bytes, at most ${MAXIMUM_IMAGE_BYTES} are allowed`;
  const reading = readImageStructure(bytes);
  if (!reading.ok) return `has an invalid image: ${reading.reason}`;
  const { format, channels, bitDepth } = reading.image;
  if (!IMAGE_FORMATS.some((known) => known === format)) return `has an image of the unsupported format ${format}`;
  if (format !== prefix[1]) return `has an image declared as ${prefix[1]} whose bytes are ${format}`;
  // "RGB or RGBA": a JPEG has three components, a PNG is of colour type 2 or 6 with 8 bits.
  const colours = format === 'jpeg' ? channels === 3 : channels >= 3;
  return colours && bitDepth === 8 ? null : 'has an image whose colour mode is neither RGB nor RGBA';
}

/** Strict base64 (RFC 4648, 4): alphabet, length and padding; Buffer alone skips what it does not know. */
function decodeBase64(text: string, from: number): Buffer | null {
  const length = text.length - from;
  if (length === 0 || length % 4 !== 0) return null;
  const bytes = Buffer.from(text.slice(from), 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (bytes.length !== (length / 4) * 3 - padding) return null;
  return bytes.toString('base64') === text.slice(from) ? bytes : null;
}
