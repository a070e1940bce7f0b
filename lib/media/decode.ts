import type { SharpOptions } from 'sharp';
import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { complaintOf, loadSharp, STRICT } from './sharp.ts';
import { alone, together } from './sharp-turns.ts';

// Decoders of these two go on behind damage and only warn. PNG's and WebP's warnings are about colour profiles and the like.
const LENIENT_DECODERS: ReadonlySet<string> = new Set(['image/jpeg', 'image/gif']);
const WARNINGS_TOO: SharpOptions = { ...STRICT, failOn: 'warning' };

/**
 * Decodes an image once, small: a container can be whole while its picture is not. JPEG has no checksums, so that damage in its middle
 * can go unseen; missing data does not.
 */
export async function decodeImage(bytes: Uint8Array, mime: string): Promise<Issue[]> {
  const options = LENIENT_DECODERS.has(mime) ? WARNINGS_TOO : STRICT;
  if ((await together(() => decode(bytes, options))) === null) return [];
  const refusal = await complaint(bytes, STRICT);
  if (refusal !== null) return brokenIssues(refusal);
  const doubt = await complaint(bytes, options);
  return doubt === null ? [] : doubtfulIssues(doubt);
}

/** What the library has against an image, in its own words, and those of no other image; null = nothing. */
export function complaint(bytes: Uint8Array, options: SharpOptions): Promise<string | null> {
  return alone(async () => {
    // What was said before, and not asked for, comes with the first answer.
    if ((await decode(bytes, options)) === null) return null;
    return decode(bytes, options);
  });
}

/** Decodes to a few pixels: a JPEG is scaled while it is decoded, which reads all of it in half of the time. Null = no complaint. */
async function decode(bytes: Uint8Array, options: SharpOptions): Promise<string | null> {
  const DECODED_SIDE = 32;
  const sharp = await loadSharp();
  try {
    await sharp(bytes, options).resize(DECODED_SIDE, DECODED_SIDE, { fit: 'inside' }).raw().toBuffer();
    return null;
  } catch (error) {
    return complaintOf(error);
  }
}

function brokenIssues(why: string | null): Issue[] {
  if (why === null) return [];
  const message = `the image cannot be decoded${why === '' ? '' : `: ${excerpt(why)}`}`;
  return [{ code: 'MEDIA_BROKEN', severity: 'error', message, hint: 'Export or download it again.' }];
}

/** Decoded, but not without complaint: data that ends early leaves a part of the picture grey, the rest may be nothing. */
function doubtfulIssues(doubt: string): Issue[] {
  const hint = 'Look at it; export or download it again if a part is missing.';
  if (/premature end/i.test(doubt)) {
    const message = 'the picture ends early: its last part would be grey';
    return [{ code: 'MEDIA_TRUNCATED', severity: 'error', message, hint: 'Export or download it again.' }];
  }
  const message = `the image is decoded with complaints${doubt === '' ? '' : `: ${excerpt(doubt)}`}`;
  return [{ code: 'MEDIA_DAMAGED', severity: 'warning', message, hint }];
}
