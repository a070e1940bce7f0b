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

/** The smaller side is scaled up until one side has this many pixels (Nova guide, modalities-image, 2026-11). */
const SEEN_SIDE = 896;
/** Read off the guide's table: 900 x 450 is about 800 tokens, 900 x 900 1,300, 1800 x 900 2,400, 1300 x 1300 2,600. */
const PIXELS_PER_TOKEN = 640;
const FEWEST_IMAGE_TOKENS = 800;
/** Nova 2 bills each image alike at inference. How training counts is documented for neither. */
const NOVA_2_IMAGE_TOKENS = 230;
const UNKNOWN_SIZE = { width: SEEN_SIDE, height: SEEN_SIDE };

/** How many tokens an image may have at a model. */
export function imageTokens(
  model: string,
  { width, height }: { width?: number | undefined; height?: number | undefined },
): TokenRange {
  const size = width === undefined || height === undefined ? UNKNOWN_SIZE : { width, height };
  const table = tableTokens(size);
  if (isNova2(model)) return { low: NOVA_2_IMAGE_TOKENS, usual: NOVA_2_IMAGE_TOKENS, high: table };
  return { low: Math.min(table, FEWEST_IMAGE_TOKENS), usual: table, high: table };
}

function tableTokens({ width, height }: { width: number; height: number }): number {
  const factor = Math.max(1, SEEN_SIDE / Math.max(width, height));
  return Math.max(FEWEST_IMAGE_TOKENS, Math.ceil((width * height * factor * factor) / PIXELS_PER_TOKEN));
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
