/**
 * What the simulated service enforces, written down anew from Google's pages and not taken from lib/providers, so that one
 * mistake does not hide another. Read 2026-11; [1] = "Supervised fine-tuning for Gemini models", last updated 2026-09-25,
 * with the newer copies of the Tuning API reference; [2] = tuning pages for image, document and audio; [3] = API reference;
 * [4] = page on continuous tuning, with the newest copy's list of models (2026-11-23).
 */
export interface ModelRules {
  generation: 2 | 3;
  adapterSizes: readonly AdapterSize[];
  /** Null: the pages name none, and every region but `global` is taken. */
  regions: readonly string[] | null;
  encryption: boolean;
  /** [4] What was tuned can be tuned on. */
  continues: boolean;
}

/** [3] AdapterSize with its numbers, which are out of order; THIRTY_TWO exists, but no Gemini model lists it. */
export const ADAPTER_SIZES = {
  ADAPTER_SIZE_ONE: 1,
  ADAPTER_SIZE_TWO: 6,
  ADAPTER_SIZE_FOUR: 2,
  ADAPTER_SIZE_EIGHT: 3,
  ADAPTER_SIZE_SIXTEEN: 4,
  ADAPTER_SIZE_THIRTY_TWO: 5,
} as const;
type AdapterSize = keyof typeof ADAPTER_SIZES;

const UP_TO_EIGHT = ['ADAPTER_SIZE_ONE', 'ADAPTER_SIZE_TWO', 'ADAPTER_SIZE_FOUR', 'ADAPTER_SIZE_EIGHT'] as const;
const UP_TO_SIXTEEN = [...UP_TO_EIGHT, 'ADAPTER_SIZE_SIXTEEN'] as const;
const THIRD: ModelRules = {
  generation: 3,
  adapterSizes: UP_TO_SIXTEEN,
  regions: ['us-central1', 'europe-west4'],
  encryption: false,
  continues: true,
};
const SECOND: ModelRules = {
  generation: 2,
  adapterSizes: UP_TO_SIXTEEN,
  regions: null,
  encryption: true,
  continues: true,
};

/** [1] Tunable models. The 2.5 family is at its end, at dates that differ by source; a simulator does not depend on today. */
export const MODELS: ReadonlyMap<string, ModelRules> = new Map([
  ['gemini-3.5-flash', THIRD],
  ['gemini-3.5-flash-lite', { ...THIRD, continues: false }],
  ['gemini-3.1-flash-lite', THIRD],
  ['gemini-2.5-flash', SECOND],
  ['gemini-2.5-flash-lite', SECOND],
  ['gemini-2.5-pro', { ...SECOND, adapterSizes: UP_TO_EIGHT }],
]);

/** [1] Where a model of the third generation is served, by where it was tuned. */
export const SERVING_LOCATION: ReadonlyMap<string, string> = new Map([
  ['us-central1', 'us'],
  ['europe-west4', 'eu'],
]);

/** [3] Field lengths; labels as everywhere at Google: lower-case letters, digits, `_` and `-`. */
export const LONGEST_DISPLAY_NAME = 128;
export const MOST_LABELS = 64;
export const LABEL_KEY = /^\p{Ll}[\p{Ll}\p{N}_-]{0,62}$/u;
export const LABEL_VALUE = /^[\p{Ll}\p{N}_-]{0,63}$/u;

/** [1] Datasets. Whether 1 GB is decimal is not said: the smaller reading. */
export const LARGEST_FILE_BYTES = 1_000_000_000;
export const MOST_TEXT_EXAMPLES = 10_000_000;
export const MOST_MULTIMODAL_EXAMPLES = 300_000;
export const MOST_TOKENS_PER_EXAMPLE = 131_072;
export const MOST_VALIDATION_EXAMPLES = 5000;
/** Above this many validation examples, at most `VALIDATION_SHARE` of the training examples. */
export const FREE_VALIDATION_EXAMPLES = 1000;
export const VALIDATION_SHARE = 0.3;
/** [2] Video page: more than this share dropped fails the job before it trains. */
export const MOST_DROPPED_SHARE = 0.1;

export interface MediaRules {
  word: string;
  mostPerExample: number;
  mostBytes: number;
  types: readonly string[];
}

/** [2] Per example. image/gif and the alias image/jpg are refused, as users found out. Megabytes read as binary, the larger. */
export const MEDIA: Readonly<Record<'image' | 'audio' | 'document', MediaRules>> = {
  image: {
    word: 'images',
    mostPerExample: 30,
    mostBytes: 20 * 1024 ** 2,
    types: ['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif'],
  },
  audio: {
    word: 'audio files',
    mostPerExample: 1,
    mostBytes: 100 * 1024 ** 2,
    types: [
      ...['audio/x-aac', 'audio/flac', 'audio/mp3', 'audio/m4a', 'audio/mpeg', 'audio/mpga', 'audio/mp4'],
      ...['audio/ogg', 'audio/pcm', 'audio/wav', 'audio/webm'],
    ],
  },
  document: { word: 'documents', mostPerExample: 4, mostBytes: 20 * 1024 ** 2, types: ['application/pdf'] },
};
export type MediaKind = keyof typeof MEDIA;
export const MOST_PAGES_PER_EXAMPLE = 300;
export const LONGEST_AUDIO_SECONDS = 3600;

export type Resolution = 'LOW' | 'MEDIUM' | 'HIGH' | 'ULTRA_HIGH';

/** [2] Tokens by generation and resolution; for 2.5 HIGH the measured 1290 of a photo of 768 pixels. */
export const IMAGE_TOKENS: Readonly<Record<2 | 3, Readonly<Record<Resolution, number>>>> = {
  2: { LOW: 64, MEDIUM: 256, HIGH: 1290, ULTRA_HIGH: 1290 },
  3: { LOW: 280, MEDIUM: 560, HIGH: 1120, ULTRA_HIGH: 2240 },
};
/** [2] By generation and resolution; `UNSET` is what a line that asks for nothing gets. A page's own text comes on top, uncounted here. */
export const PAGE_TOKENS: Readonly<Record<2 | 3, Readonly<Record<Resolution | 'UNSET', number>>>> = {
  2: { UNSET: 256, LOW: 64, MEDIUM: 256, HIGH: 256, ULTRA_HIGH: 256 },
  3: { UNSET: 560, LOW: 280, MEDIUM: 560, HIGH: 1120, ULTRA_HIGH: 1120 },
};
export const AUDIO_TOKENS_PER_SECOND: Readonly<Record<2 | 3, number>> = { 2: 32, 3: 25 };
/** Google's own rule of thumb for English. */
export const CHARACTERS_PER_TOKEN = 4;
