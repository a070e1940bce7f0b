import type { Capabilities, Fact, HyperparameterFact, ModelFacts } from '../provider.ts';

const DOCS = 'docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning';
const TUNING_PAGE = `${DOCS}/supervised-tuning`;
const MEDIA_PAGES = `${DOCS}/image, /audio and /document`;
const API_REFERENCE = 'npm @google-cloud/aiplatform 7.4.0, google/cloud/aiplatform/v1/tuning_job.proto';
const PRICES = 'a study of tuning costs, 2026-09-27';
/** "Last updated" of the tuning pages, as stored. */
const PAGES_READ = '2026-09-25';

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

/** The proto's words; its numbers are out of order, and THIRTY_TWO is listed for no Gemini model. */
const ADAPTERS_TO_EIGHT = ['ADAPTER_SIZE_ONE', 'ADAPTER_SIZE_TWO', 'ADAPTER_SIZE_FOUR', 'ADAPTER_SIZE_EIGHT'] as const;
const ADAPTERS_TO_SIXTEEN = [...ADAPTERS_TO_EIGHT, 'ADAPTER_SIZE_SIXTEEN'] as const;

interface ModelRow {
  model: string;
  usdPerMillionTokens: number | null;
  adapterSizes: readonly string[];
  /** Null: the pages name none. */
  regions: readonly string[] | null;
  endsOn: string | null;
}

const THIRD_GENERATION = {
  adapterSizes: ADAPTERS_TO_SIXTEEN,
  regions: ['us-central1', 'europe-west4'],
  endsOn: null,
} as const;
/** Google's mail said "not before 2026-10-16"; resellers report the models offline since 2026-10-20 to 2026-11-12. */
const SECOND_GENERATION = { adapterSizes: ADAPTERS_TO_SIXTEEN, regions: null, endsOn: '2026-10-16' } as const;

const MODELS: readonly ModelRow[] = [
  { model: DEFAULT_MODEL, usdPerMillionTokens: 3, ...THIRD_GENERATION },
  { model: 'gemini-3.5-flash', usdPerMillionTokens: 10, ...THIRD_GENERATION },
  { model: 'gemini-3.5-flash-lite', usdPerMillionTokens: null, ...THIRD_GENERATION },
  { model: 'gemini-2.5-pro', usdPerMillionTokens: 25, ...SECOND_GENERATION, adapterSizes: ADAPTERS_TO_EIGHT },
  { model: 'gemini-2.5-flash', usdPerMillionTokens: 5, ...SECOND_GENERATION },
  { model: 'gemini-2.5-flash-lite', usdPerMillionTokens: 1.5, ...SECOND_GENERATION },
];

const EPOCHS: ModelFacts['epochs'] = {
  value: { low: 1, high: 40 },
  source: 'a user’s job of 166 examples on gemini-3.1-flash-lite, for which Google chose 40 epochs',
  asOf: '2026-11-01',
  note: 'Google chooses by the number of rows and publishes no rule: set epochCount when a budget matters',
};

/** Everything that finedrop knows of tuning Gemini on Vertex AI, as data. */
export const capabilities: Capabilities = { provider: 'vertex', title: 'Vertex AI', models: MODELS.map(modelFacts) };

/** Whether a model counts media as Gemini 3 does; unknown models do. */
export function isThirdGeneration(model: string): boolean {
  return !model.startsWith('gemini-2.');
}

/** The hyperparameters of a model; a model that is not listed has the default model's. */
export function hyperparameterFacts(model: string): readonly HyperparameterFact[] {
  const row = MODELS.find((known) => known.model === model);
  return hyperparameters(row?.adapterSizes ?? ADAPTERS_TO_SIXTEEN);
}

function hyperparameters(adapterSizes: readonly string[]): HyperparameterFact[] {
  const source = API_REFERENCE;
  return [
    { name: 'epochCount', type: 'integer', min: 1, source, asOf: '2026-11-01' },
    { name: 'learningRateMultiplier', type: 'number', above: 0, source, asOf: '2026-11-01' },
    { name: 'adapterSize', type: 'word', words: adapterSizes, source: TUNING_PAGE, asOf: PAGES_READ },
  ];
}

function modelFacts(row: ModelRow): ModelFacts {
  return {
    model: row.model,
    ...(row.model === DEFAULT_MODEL ? { isDefault: true } : {}),
    modalities: page(['image', 'audio', 'document'], TUNING_PAGE, 'plain text files go into the prompt'),
    mimeTypes: page(MIME_TYPES, MEDIA_PAGES, 'of the types that Gemini takes, those that a drop can hold'),
    ...rowFacts(),
    ...mediaFacts(row.model),
    maxTrainingFileBytes: page(MAX_TRAINING_FILE_BYTES, TUNING_PAGE, '"1 GB" is taken as 1,000,000,000 bytes'),
    hyperparameters: hyperparameters(row.adapterSizes),
    regions: row.regions === null ? null : page(row.regions, TUNING_PAGE, 'the tuned model is served in us or eu'),
    usdPerMillionTokens:
      row.usdPerMillionTokens === null
        ? null
        : { value: row.usdPerMillionTokens, source: PRICES, asOf: '2026-09-27', note: 'tokens times epochs' },
    epochs: EPOCHS,
    endsOn: row.endsOn === null ? null : endFact(row.endsOn),
  };
}

function rowFacts() {
  return {
    minRows: page(
      MIN_TRAINING_ROWS,
      TUNING_PAGE,
      `no minimum is documented for current models; ${RECOMMENDED_TRAINING_ROWS} rows are recommended as a start`,
    ),
    maxRows: page(MAX_ROWS, TUNING_PAGE),
    maxRowsWithMedia: page(MAX_ROWS_WITH_MEDIA, TUNING_PAGE),
    validation: page(true, TUNING_PAGE),
    maxValidationRows: page(
      MAX_VALIDATION_ROWS,
      TUNING_PAGE,
      `above ${FREE_VALIDATION_ROWS} at most ${MAX_VALIDATION_SHARE * 100}% of the training rows`,
    ),
  };
}

function mediaFacts(model: string) {
  const note = isThirdGeneration(model)
    ? 'the pages on audio and documents name 2.x models; the same is assumed for 3.x'
    : `audio at most ${MAX_AUDIO_SECONDS / 60} minutes, documents at most ${MAX_PAGES} pages together`;
  return {
    maxTokensPerExample: page(MAX_TOKENS_PER_EXAMPLE, TUNING_PAGE, 'longer examples are dropped'),
    maxPerExample: page({ image: MAX_IMAGES, audio: MAX_AUDIO_FILES, document: MAX_DOCUMENTS }, MEDIA_PAGES, note),
    maxBytesPerFile: page(
      { image: MAX_IMAGE_BYTES, audio: MAX_AUDIO_BYTES, document: MAX_DOCUMENT_BYTES },
      MEDIA_PAGES,
      'megabytes are taken as 1,000,000 bytes',
    ),
  };
}

function page<T>(value: T, source: string, note?: string): Fact<T> {
  return { value, source, asOf: PAGES_READ, ...(note === undefined ? {} : { note }) };
}

function endFact(value: string): Fact<string> {
  return {
    value,
    source: 'Google’s announcement of the end of Gemini 2.5, as quoted by gcpstudyhub.com and docs.apiyi.com',
    asOf: '2026-11-12',
    note: '"not before" this day; the exact day is not confirmed, and reports say that the models are offline',
  };
}
