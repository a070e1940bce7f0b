import type { HyperparameterFact } from '../facts.ts';

export const VISION_GUIDE = 'developers.openai.com/api/docs/guides/vision-fine-tuning';
export const TUNING_GUIDE = 'platform.openai.com/docs/guides/fine-tuning';
export const API_SPEC = 'github.com/openai/openai-openapi, openapi.json 2.3.0 at f85dbe22';

/** The model a target means by "openai" alone; the only base for which OpenAI documents tuning with images. */
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
/** "512 MB" for a file in one request, and for any file at Azure, in the smaller reading. */
export const MAX_PLAIN_FILE_BYTES = 512_000_000;
export const MAX_SUFFIX_CHARACTERS = 64;
/** "A max of 128 functions are supported" (openai-openapi, `tools` of a chat). */
export const MAX_TOOLS = 128;

const HYPERPARAMETERS_READ = { source: API_SPEC, asOf: '2026-08-21' } as const;

/** The hyperparameters of supervised tuning; the same for every model, and at every service that speaks this API. */
export const hyperparameterFacts: readonly HyperparameterFact[] = [
  { name: 'n_epochs', type: 'integer', min: 1, max: 50, words: ['auto'], ...HYPERPARAMETERS_READ },
  { name: 'batch_size', type: 'integer', min: 1, max: 256, words: ['auto'], ...HYPERPARAMETERS_READ },
  { name: 'learning_rate_multiplier', type: 'number', above: 0, words: ['auto'], ...HYPERPARAMETERS_READ },
];
