import type { MediaKind } from '../../domain/media.ts';
import { isNova2, MAX_TOKENS_PER_EXAMPLE } from './spec.ts';

/** Nova has no public tokenizer: a count is a range with a usual value in it. */
export interface TokenRange {
  low: number;
  usual: number;
  high: number;
}

/** Characters a token: long English words at best, code and digits at worst; four is the rule of thumb for English. */
const LOW_CHARACTERS = 6;
const USUAL_CHARACTERS = 4;
const HIGH_CHARACTERS = 3;
/** Other scripts: an ideograph is a token or more, Cyrillic words are cut into short pieces. */
const USUAL_OTHER_CHARACTERS = 1.5;
const TOKENS_PER_MESSAGE = 4;

/** A text with more characters is over the limit by the lowest count, whatever else the example holds. */
export const MAX_TEXT_CHARACTERS = MAX_TOKENS_PER_EXAMPLE * LOW_CHARACTERS;

/** The usual number of tokens of a text, as far as its length and script tell. */
export function countTextTokens(text: string): number {
  return textTokens(text).usual;
}

/** How many tokens a text may have. */
export function textTokens(text: string): TokenRange {
  const others = countOthers(text);
  const ascii = text.length - others;
  return {
    low: Math.ceil(text.length / LOW_CHARACTERS),
    usual: Math.ceil(ascii / USUAL_CHARACTERS + others / USUAL_OTHER_CHARACTERS),
    high: Math.ceil(ascii / HIGH_CHARACTERS + others),
  };
}

function countOthers(text: string): number {
  let others = 0;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) others += 1;
  return others;
}

/** The roles and turn marks of a chat. */
export function structureTokens(messages: number): TokenRange {
  return { low: 0, usual: messages * TOKENS_PER_MESSAGE, high: messages * TOKENS_PER_MESSAGE };
}

/** How many tokens a file may have at a model. */
export function fileTokens(model: string, { kind, width, height, pages }: FileSize): TokenRange {
  return kind === 'document' ? documentTokens(pages ?? 1) : imageTokens(model, { width, height });
}

interface FileSize {
  kind: MediaKind;
  width?: number | undefined;
  height?: number | undefined;
  pages?: number | undefined;
}

/** Nova 2 bills each image alike at inference. How training counts images is documented for no model. */
const NOVA_2_IMAGE_TOKENS = 230;
/** The least of the guide's examples: an error must not rest on more. */
const LEAST_TABLE_TOKENS = 800;
const UNKNOWN_SIZE = { width: 896, height: 896 };

function imageTokens(model: string, { width, height }: Pick<FileSize, 'width' | 'height'>): TokenRange {
  const table = tableTokens(width === undefined || height === undefined ? UNKNOWN_SIZE : { width, height });
  const low = Math.min(table, LEAST_TABLE_TOKENS);
  if (!isNova2(model)) return { low, usual: table, high: table };
  const most = Math.max(table, NOVA_2_IMAGE_TOKENS);
  return { low: NOVA_2_IMAGE_TOKENS, usual: NOVA_2_IMAGE_TOKENS, high: most };
}

/** Longer side to shorter one: an image is stretched to the nearest (modalities-image, 2026-11). */
const RATIOS = [1, 3 / 2, 2, 3, 4, 5, 6, 7, 8, 9];
/** Smaller images are scaled up until one side has as many pixels. */
const SEEN_SIDE = 896;
/**
 * A line through the guide's five examples, none further off than a twentieth: 900 x 450 about 800 tokens, 900 x 900 1,300,
 * 1400 x 900 1,800, 1800 x 900 2,400, 1300 x 1300 2,600.
 */
const BASE_TOKENS = 230;
const PIXELS_PER_TOKEN = 735;

function tableTokens({ width, height }: { width: number; height: number }): number {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const ratio = nearest(RATIOS, long / short);
  const side = Math.max(short, SEEN_SIDE / ratio);
  return Math.ceil(BASE_TOKENS + (side * side * ratio) / PIXELS_PER_TOKEN);
}

function nearest(values: readonly number[], wanted: number): number {
  return values.reduce((best, value) => (Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best));
}

/** No page says how PDF counts. Nova looks at each page and reads its text: an image at least, a large one and a full page at most. */
const PAGE_TOKENS = { low: NOVA_2_IMAGE_TOKENS, usual: 750, high: 3600 };

function documentTokens(pages: number): TokenRange {
  const { low, usual, high } = PAGE_TOKENS;
  return { low: low * pages, usual: usual * pages, high: high * pages };
}

/** The sum of ranges. */
export function addTokens(ranges: readonly TokenRange[]): TokenRange {
  const sum = { low: 0, usual: 0, high: 0 };
  for (const { low, usual, high } of ranges) {
    sum.low += low;
    sum.usual += usual;
    sum.high += high;
  }
  return sum;
}
