import type { Capabilities, Fact, HyperparameterFact, ModelFacts } from '../provider.ts';

const VISION_GUIDE = 'developers.openai.com/api/docs/guides/vision-fine-tuning';
const TUNING_GUIDE = 'platform.openai.com/docs/guides/fine-tuning';
const API_SPEC = 'github.com/openai/openai-openapi, openapi.json 2.3.0 at f85dbe22';
const DEPRECATIONS = 'platform.openai.com/docs/deprecations, as quoted in the trade press 2026-07 to 2026-11';
const PRICES = 'openai.com/api/pricing, archived copies';

/** The model a target means by "openai" alone; the only base for which tuning with images is documented. */
export const DEFAULT_MODEL = 'gpt-4o-2024-08-06';

/** Image types that go into a line as they are; anything else that can be decoded is re-encoded. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;

/** Of the decoded bytes. The guide says "10 MB" and leaves MB or MiB, raw or base64 open: this is the reading that holds for all but base64. */
export const MAX_IMAGE_BYTES = 10_000_000;
export const MAX_IMAGES_PER_EXAMPLE = 10;
export const MAX_TOKENS_PER_EXAMPLE = 65_536;
export const MIN_TRAINING_ROWS = 10;
export const RECOMMENDED_TRAINING_ROWS = 50;
export const MAX_ROWS_WITH_IMAGES = 50_000;
/** "8 GB" for the Uploads API, in the smaller reading. */
export const MAX_TRAINING_FILE_BYTES = 8_000_000_000;
export const MAX_SUFFIX_CHARACTERS = 64;

const HYPERPARAMETERS: readonly HyperparameterFact[] = [
  { name: 'n_epochs', type: 'integer', min: 1, max: 50, words: ['auto'], source: API_SPEC, asOf: '2026-08-21' },
  { name: 'batch_size', type: 'integer', min: 1, max: 256, words: ['auto'], source: API_SPEC, asOf: '2026-08-21' },
  {
    name: 'learning_rate_multiplier',
    type: 'number',
    above: 0,
    words: ['auto'],
    source: API_SPEC,
    asOf: '2026-08-21',
  },
];

const EPOCHS: ModelFacts['epochs'] = {
  value: { low: 1, high: 10 },
  source: 'github.com/openai/openai-cookbook, examples/Chat_finetuning_data_prep.ipynb at 2e652704',
  asOf: '2026-11-01',
  note: 'by the number of rows: three, but enough to see 100 examples and not more than 25,000; OpenAI itself publishes no rule',
};

interface ModelRow {
  model: string;
  takesImages: boolean;
  usdPerMillionTokens: number;
  endsOn: string;
  endNote?: string;
}

const MODELS: readonly ModelRow[] = [
  { model: DEFAULT_MODEL, takesImages: true, usdPerMillionTokens: 25, endsOn: '2027-01-06' },
  { model: 'gpt-4o-mini-2024-07-18', takesImages: false, usdPerMillionTokens: 3, endsOn: '2027-01-06' },
  { model: 'gpt-4.1-2025-04-14', takesImages: false, usdPerMillionTokens: 25, endsOn: '2027-01-06' },
  { model: 'gpt-4.1-mini-2025-04-14', takesImages: false, usdPerMillionTokens: 5, endsOn: '2027-01-06' },
  {
    model: 'gpt-4.1-nano-2025-04-14',
    takesImages: false,
    usdPerMillionTokens: 1.5,
    endsOn: '2026-10-23',
    endNote: 'shut down on that day',
  },
];

/** Everything that finedrop knows of OpenAI's fine-tuning, as data. */
export const capabilities: Capabilities = { provider: 'openai', title: 'OpenAI', models: MODELS.map(modelFacts) };

/** Whether a model is known to take images in training; an unknown model is not. */
export function takesImages(model: string): boolean {
  return MODELS.some((row) => row.model === model && row.takesImages);
}

/** The hyperparameters of supervised tuning; the same for every model. */
export const hyperparameterFacts: readonly HyperparameterFact[] = HYPERPARAMETERS;

function modelFacts(row: ModelRow): ModelFacts {
  const images = row.takesImages;
  return {
    model: row.model,
    ...(row.model === DEFAULT_MODEL ? { isDefault: true } : {}),
    modalities: images ? visionFact(['image']) : textOnly([]),
    mimeTypes: images ? visionFact(IMAGE_TYPES) : textOnly([]),
    minRows: { value: MIN_TRAINING_ROWS, source: TUNING_GUIDE, asOf: '2026-06-27' },
    maxRows: null,
    maxRowsWithMedia: images ? visionFact(MAX_ROWS_WITH_IMAGES) : null,
    maxTokensPerExample: tokenFact(row.model),
    maxPerExample: images ? visionFact({ image: MAX_IMAGES_PER_EXAMPLE }) : textOnly({}),
    maxBytesPerFile: images
      ? visionFact({ image: MAX_IMAGE_BYTES }, '"10 MB" is taken as 10,000,000 decoded bytes')
      : textOnly({}),
    maxTrainingFileBytes: {
      value: MAX_TRAINING_FILE_BYTES,
      source: API_SPEC,
      asOf: '2026-08-21',
      note: '"8 GB" through the Uploads API; 512 MB in one request',
    },
    validation: { value: true, source: API_SPEC, asOf: '2026-08-21' },
    maxValidationRows: null,
    hyperparameters: HYPERPARAMETERS,
    regions: null,
    usdPerMillionTokens: {
      value: row.usdPerMillionTokens,
      source: PRICES,
      asOf: '2026-06-30',
      note: 'validation tokens are free; the current price page no longer lists training',
    },
    epochs: EPOCHS,
    endsOn: {
      value: row.endsOn,
      source: DEPRECATIONS,
      asOf: '2026-11-10',
      note: row.endNote ?? 'accounts that never tuned, or did not use a tuned model lately, are closed out already',
    },
  };
}

function visionFact<T>(value: T, note?: string): Fact<T> {
  return { value, source: VISION_GUIDE, asOf: '2026-06-27', ...(note === undefined ? {} : { note }) };
}

function textOnly<T>(value: T): Fact<T> {
  return {
    value,
    source: VISION_GUIDE,
    asOf: '2026-06-27',
    note: `text only here: the guide documents images for ${DEFAULT_MODEL} alone`,
  };
}

function tokenFact(model: string): Fact<number> {
  const isDocumented = model.startsWith('gpt-4o');
  return {
    value: MAX_TOKENS_PER_EXAMPLE,
    source: TUNING_GUIDE,
    asOf: '2025-03-01',
    note: isDocumented
      ? 'longer examples are cut at the end without a word, which removes the answer'
      : 'not published for this family; the limit of gpt-4o is assumed',
  };
}
