import type { PreparedFile } from '../resolved-messages.ts';
import { isThirdGeneration, MAX_TOKENS_PER_EXAMPLE } from './spec.ts';

/** How closely Gemini looks at media: `generationConfig.mediaResolution` of every line. Unset is `high` for images; `ultra_high` is for images of Gemini 3 alone. */
export type MediaResolution = 'low' | 'medium' | 'high' | 'ultra_high';

/** What each example costs besides its contents (a cost notebook that Google has withdrawn, 2025-03). */
export const TOKENS_PER_EXAMPLE = 8;

const BYTES_PER_TOKEN = 4;
/** No text estimate gives less than a token for four bytes: a longer text is over the limit, uncounted. */
export const MAX_TEXT_BYTES = MAX_TOKENS_PER_EXAMPLE * BYTES_PER_TOKEN;

/** Gemini 3: media resolution pages, and the tuning pages for image and document (2026-09-25). */
const THIRD = {
  image: { low: 280, medium: 560, high: 1120, ultra_high: 2240 },
  page: { low: 280, medium: 560, high: 1120, ultra_high: 1120 },
  defaultPage: 560,
  audioSecond: 25,
} as const;
/** Gemini 2.5: the same pages. They say 256 for a page in high, and the page on documents 258: the larger holds. */
const SECOND = {
  image: { low: 64, medium: 256 },
  page: { low: 64, medium: 256, high: 258, ultra_high: 258 },
  audioSecond: 32,
} as const;

/**
 * A page's own text is counted beside its picture, says the page on media resolution. A scan has none; a closely printed page has some
 * 4,000 characters.
 */
const PAGE_TEXT_TOKENS = 1000;

/** For MP3 files whose length nobody measured: 128 kbit/s. */
const AUDIO_BYTES_PER_SECOND = 16_000;

/** Training tokens of one file in a line: what its pixels, pages or seconds cost, and at most, with the text that its pages may hold. */
export function weighFile(
  model: string,
  file: PreparedFile,
  resolution: MediaResolution | null,
): { low: number; high: number } {
  const low = countFileTokens(model, file, resolution);
  return { low, high: file.kind === 'document' ? low + (file.pages ?? 1) * PAGE_TEXT_TOKENS : low };
}

/** The tokens of a file's pixels, pages or seconds. */
export function countFileTokens(model: string, file: PreparedFile, resolution: MediaResolution | null): number {
  const isThird = isThirdGeneration(model);
  if (file.kind === 'image') return isThird ? THIRD.image[resolution ?? 'high'] : countOldImage(file, resolution);
  if (file.kind === 'document') return (file.pages ?? 1) * pageTokens(isThird, resolution);
  const seconds = file.seconds ?? file.bytes / AUDIO_BYTES_PER_SECOND;
  return Math.ceil(seconds * (isThird ? THIRD : SECOND).audioSecond);
}

function pageTokens(isThird: boolean, resolution: MediaResolution | null): number {
  if (isThird) return resolution === null ? THIRD.defaultPage : THIRD.page[resolution];
  return SECOND.page[resolution ?? 'high'];
}

const TILE_TOKENS = 258;
const SMALL_SIDE = 384;
const LARGEST_SIDE = 3072;
const TILE_SIDES = { min: 256, max: 768 };
/** What is known of an image of unknown size: the dearest that was measured, a photo of 4000 pixels. */
const DEAREST_IMAGE = 3354;

/**
 * Gemini 2.5 cuts images into tiles and adds the whole: 1,290 tokens were measured for a photo of 768 pixels and 3,354 for one of 4000,
 * which this rule of the 2.x image page gives when the longer side is first brought down to 3072.
 */
function countOldImage({ width, height }: PreparedFile, resolution: MediaResolution | null): number {
  if (resolution === 'low' || resolution === 'medium') return SECOND.image[resolution];
  if (width === undefined || height === undefined) return DEAREST_IMAGE;
  if (Math.max(width, height) <= SMALL_SIDE) return TILE_TOKENS;
  const factor = Math.min(1, LARGEST_SIDE / Math.max(width, height));
  const [wide, high] = [width * factor, height * factor];
  const side = Math.min(TILE_SIDES.max, Math.max(TILE_SIDES.min, Math.floor(Math.min(wide, high) / 1.5)));
  return TILE_TOKENS * (1 + Math.ceil(wide / side) * Math.ceil(high / side));
}

/** No public tokenizer works without the network; the estimate needs nothing loaded. */
export async function loadTokenizer(): Promise<(text: string) => number> {
  return estimateTextTokens;
}

/** Four characters of English a token (Google's rule of thumb), ideographs and kana one each, other scripts by their bytes. */
export function estimateTextTokens(text: string): number {
  let quarters = 0;
  for (let index = 0; index < text.length; index += 1) quarters += quartersOf(text.charCodeAt(index));
  return Math.ceil(quarters / BYTES_PER_TOKEN);
}

/** A UTF-16 unit's share in quarters of a token: its bytes in UTF-8, and a whole token for East Asian scripts. */
function quartersOf(code: number): number {
  if (code < 0x80) return 1;
  // Half of a surrogate pair, which has four bytes.
  if (code < 0x800 || (code >= 0xd800 && code <= 0xdfff)) return 2;
  const isEastAsian = (code >= 0x2e80 && code <= 0xd7af) || (code >= 0xf900 && code <= 0xfaff);
  return isEastAsian ? BYTES_PER_TOKEN : 3;
}
