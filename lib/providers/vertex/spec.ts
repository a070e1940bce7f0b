import type { HyperparameterFact } from '../facts.ts';
import { API_READ, API_REFERENCE, PAGES_READ, TUNING_PAGE } from './sources.ts';

/** The model a target means by "vertex" alone: the cheapest whose limits are confirmed. */
export const DEFAULT_MODEL = 'gemini-3.1-flash-lite';

/** Types that a line may name; `image/gif` and the alias `image/jpg` are refused by Gemini (users' reports, 2026). */
export const MIME_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'audio/mpeg', 'application/pdf'] as const;

/** "20 MB" and "100 MB" on the pages, decimal or binary is not said: this reading holds for both. */
const MEGABYTE = 1_000_000;
export const MAX_IMAGES = 30;
export const MAX_IMAGE_BYTES = 20 * MEGABYTE;
export const MAX_AUDIO_FILES = 1;
export const MAX_AUDIO_BYTES = 100 * MEGABYTE;
export const MAX_AUDIO_SECONDS = 3600;
export const MAX_DOCUMENTS = 4;
export const MAX_DOCUMENT_BYTES = 20 * MEGABYTE;
/** Of all documents of one example together. */
export const MAX_PAGES = 300;

export const MAX_TOKENS_PER_EXAMPLE = 131_072;
/** "1 GB", in the smaller reading. */
export const MAX_TRAINING_FILE_BYTES = 1_000_000_000;
export const MAX_ROWS = 10_000_000;
export const MAX_ROWS_WITH_MEDIA = 300_000;
/** Nothing is documented for current models; 16 belongs to Gemini 1.0. */
export const MIN_TRAINING_ROWS = 1;
export const RECOMMENDED_TRAINING_ROWS = 100;
export const MAX_VALIDATION_ROWS = 5000;
/** Up to so many validation rows their share does not matter. */
export const FREE_VALIDATION_ROWS = 1000;
export const MAX_VALIDATION_SHARE = 0.3;

/** TuningJob.tuned_model_display_name. */
export const MAX_NAME_CHARACTERS = 128;
/** Of the examples of a file; when Google leaves out more, the job fails before it trains. Stated on the page on video. */
export const MAX_DROPPED_SHARE = 0.1;

/** The proto's words; its numbers are out of order, and THIRTY_TWO is listed for no Gemini model. */
const ADAPTERS_TO_EIGHT = ['ADAPTER_SIZE_ONE', 'ADAPTER_SIZE_TWO', 'ADAPTER_SIZE_FOUR', 'ADAPTER_SIZE_EIGHT'] as const;
const ADAPTERS_TO_SIXTEEN = [...ADAPTERS_TO_EIGHT, 'ADAPTER_SIZE_SIXTEEN'] as const;

/** What differs between the models; everything else is the same for all. */
export interface ModelRow {
  model: string;
  usdPerMillionTokens: number | null;
  /** A token of the tuned model costs this many times one of the base model. */
  tunedPriceFactor: number;
  adapterSizes: readonly string[];
  /** Null: the pages name none, and only `global` is refused. */
  regions: readonly string[] | null;
  /** Null: the tuned model is asked where it was tuned. */
  servingLocations: readonly string[] | null;
  endsOn: string | null;
  /** Google's list of models whose tuned ones can be tuned further (2026-11-23) names it. */
  continues: boolean;
  /** Why a value is what it is, where sources differ or are silent. */
  note?: string;
}

const THIRD_GENERATION = {
  tunedPriceFactor: 1.5,
  adapterSizes: ADAPTERS_TO_SIXTEEN,
  regions: ['us-central1', 'europe-west4'],
  servingLocations: ['us', 'eu'],
  endsOn: null,
  continues: true,
} as const;
/** Google's mail said "not before 2026-10-16"; resellers report the models offline since 2026-10-20 to 2026-11-12. */
const SECOND_GENERATION = {
  tunedPriceFactor: 1,
  adapterSizes: ADAPTERS_TO_SIXTEEN,
  regions: null,
  servingLocations: null,
  endsOn: '2026-10-16',
  continues: true,
} as const;

/** Every Gemini model that the pages call tunable, the default first. Gemini 2.0 is gone from them. */
export const MODELS: readonly ModelRow[] = [
  { model: DEFAULT_MODEL, usdPerMillionTokens: 3, ...THIRD_GENERATION },
  { model: 'gemini-3.5-flash', usdPerMillionTokens: 10, ...THIRD_GENERATION },
  {
    model: 'gemini-3.5-flash-lite',
    usdPerMillionTokens: null,
    ...THIRD_GENERATION,
    continues: false,
    note: 'the newest copies of the pages name the model without limits of its own: those of gemini-3.5-flash are assumed',
  },
  { model: 'gemini-2.5-pro', usdPerMillionTokens: 25, ...SECOND_GENERATION, adapterSizes: ADAPTERS_TO_EIGHT },
  { model: 'gemini-2.5-flash', usdPerMillionTokens: 5, ...SECOND_GENERATION },
  { model: 'gemini-2.5-flash-lite', usdPerMillionTokens: 1.5, ...SECOND_GENERATION },
];

/** Whether a model counts media as Gemini 3 does; unknown models do. */
export function isThirdGeneration(model: string): boolean {
  return !model.startsWith('gemini-2.');
}

/** The regions that tune a model; null where any but `global` may. A model that is not listed has the default model's. */
export function regionsOf(model: string): readonly string[] | null {
  const row = MODELS.find((known) => known.model === model);
  return row === undefined ? THIRD_GENERATION.regions : row.regions;
}

/** The hyperparameters of a model; a model that is not listed has the default model's. */
export function hyperparameterFacts(model: string): readonly HyperparameterFact[] {
  const row = MODELS.find((known) => known.model === model);
  return [
    { name: 'epochCount', type: 'integer', min: 1, source: API_REFERENCE, asOf: API_READ },
    { name: 'learningRateMultiplier', type: 'number', above: 0, source: API_REFERENCE, asOf: API_READ },
    {
      name: 'adapterSize',
      type: 'word',
      words: row?.adapterSizes ?? ADAPTERS_TO_SIXTEEN,
      source: TUNING_PAGE,
      asOf: PAGES_READ,
    },
  ];
}
