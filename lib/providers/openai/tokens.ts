import { MAX_TOKENS_PER_EXAMPLE } from './spec.ts';

/** The longest entry of the o200k_base vocabulary has 128 bytes (gpt-tokenizer 4.0.0): a longer text is over the limit, uncounted. */
const LONGEST_TOKEN_BYTES = 128;
export const MAX_TEXT_BYTES = MAX_TOKENS_PER_EXAMPLE * LONGEST_TOKEN_BYTES;

/** Structural tokens: openai-cookbook, "How to count tokens with tiktoken"; amitness.com/notes/openai-finetuning-cost found the sum exact. */
export const TOKENS_PER_MESSAGE = 3;
export const TOKENS_PER_NAME = 1;
export const TOKENS_PER_EXAMPLE = 3;

interface TileRule {
  base: number;
  tile: number;
}

/** Vision guide, image costs (2026-06-27); measured for gpt-4.1, whose old documentation said patches (community.openai.com/t/1262691). */
const TILE_RULE: TileRule = { base: 85, tile: 170 };
const MINI_TILE_RULE: TileRule = { base: 2833, tile: 5667 };
const PATCH_MULTIPLIERS: readonly [prefix: string, multiplier: number][] = [
  ['gpt-4.1-mini', 1.62],
  ['gpt-4.1-nano', 2.46],
];

const TILE_SIDE = 512;
const LONG_SIDE = 2048;
const SHORT_SIDE = 768;
const PATCH_SIDE = 32;
const MAX_PATCHES = 1536;

export interface ImageSize {
  width: number;
  height: number;
}

/** The size to budget for when an image's own is not known: the dearest that scaling leaves. */
export const LARGEST_IMAGE: ImageSize = { width: LONG_SIDE, height: SHORT_SIDE };

/** Tokens of one image at a model, by the documented tile or patch rule; small images are never scaled up. */
export function countImageTokens(model: string, size: ImageSize, detail: 'auto' | 'low' | 'high' = 'auto'): number {
  const multiplier = PATCH_MULTIPLIERS.find(([prefix]) => model.startsWith(prefix))?.[1];
  if (multiplier !== undefined) return Math.ceil(countPatches(size) * multiplier);
  const rule = model.startsWith('gpt-4o-mini') ? MINI_TILE_RULE : TILE_RULE;
  return detail === 'low' ? rule.base : rule.base + rule.tile * countTiles(size);
}

function countTiles(size: ImageSize): number {
  const fitted = scaleDown(size, LONG_SIDE / Math.max(size.width, size.height));
  const { width, height } = scaleDown(fitted, SHORT_SIDE / Math.min(fitted.width, fitted.height));
  return Math.ceil(width / TILE_SIDE) * Math.ceil(height / TILE_SIDE);
}

/** A scaled image has whole pixels: 1024.3 of them are 1024, and not another row of tiles. */
function scaleDown({ width, height }: ImageSize, factor: number): ImageSize {
  if (factor >= 1) return { width, height };
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

function countPatches({ width, height }: ImageSize): number {
  const patches = Math.ceil(width / PATCH_SIDE) * Math.ceil(height / PATCH_SIDE);
  if (patches <= MAX_PATCHES) return patches;
  const factor = Math.sqrt((MAX_PATCHES * PATCH_SIDE * PATCH_SIDE) / (width * height));
  const columns = (width * factor) / PATCH_SIDE;
  const rows = (height * factor) / PATCH_SIDE;
  // The guide's second step: shrink until a whole number of patches fits one side (1800 x 2400 becomes 33 x 44).
  const fit = Math.min(Math.floor(columns) / columns, Math.floor(rows) / rows);
  const count = Math.ceil(roundOff(columns * fit)) * Math.ceil(roundOff(rows * fit));
  return Math.min(MAX_PATCHES, Math.max(1, count));
}

function roundOff(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
