/** The model a target means by "bedrock" alone. */
export const DEFAULT_MODEL = 'amazon.nova-lite-v1:0:300k';

/** The only Region where Nova is tuned (custom-model-fine-tuning.html, 2026-11); the bucket must lie there too. */
export const TUNING_REGION = 'us-east-1';

export const MAX_IMAGES_PER_EXAMPLE = 10;
/** The guide says "10 MB", AWS's validator has 10 * 1024^2: what fits the smaller reading fits both. */
export const MAX_IMAGE_BYTES = 10_000_000;
export const VALIDATOR_FILE_BYTES = 10 * 1024 * 1024;
/** Not in the guide, but in AWS's Nova Forge checks. */
export const MIN_IMAGE_SIDE = 25;
/** Documented for inference (8000 x 8000); nothing larger is likely to be decoded for training. */
export const MAX_IMAGE_SIDE = 8000;
/** The guide of Nova 2: one PDF in a sample. */
export const MAX_DOCUMENTS_PER_EXAMPLE = 1;
/** Again "10 MB" there and 10 * 1024^2 in the validator. */
export const MAX_DOCUMENT_BYTES = 10_000_000;
/** "32k": the smaller reading. */
export const MAX_TOKENS_PER_EXAMPLE = 32_000;
/** Training and validation rows together, as AWS's validator counts. */
export const MAX_ROWS = 20_000;
/** What Bedrock trains when `epochCount` is not given. */
export const DEFAULT_EPOCHS = 2;

/** How a model's rows are written: Nova 1 with images, Nova 1 with text alone, Nova 2. */
export type Dialect = 'nova-1' | 'nova-1-text' | 'nova-2';

export interface ModelRow {
  model: string;
  dialect: Dialect;
  minRows: number;
  /** What the guide's table says, where AWS's validator has more. */
  guideMinRows?: number;
  recommendedRows: number;
  takesValidation: boolean;
}

export const MODELS: readonly ModelRow[] = [
  { model: DEFAULT_MODEL, dialect: 'nova-1', minRows: 8, recommendedRows: 100, takesValidation: true },
  { model: 'amazon.nova-pro-v1:0:300k', dialect: 'nova-1', minRows: 8, recommendedRows: 100, takesValidation: true },
  {
    model: 'amazon.nova-2-lite-v1:0:256k',
    dialect: 'nova-2',
    minRows: 200,
    guideMinRows: 8,
    recommendedRows: 200,
    takesValidation: false,
  },
  {
    model: 'amazon.nova-micro-v1:0:128k',
    dialect: 'nova-1-text',
    minRows: 8,
    recommendedRows: 100,
    takesValidation: true,
  },
];

/** MIME types that go into a dataset as they are. The pages on Nova 2 Lite differ about WebP; without it both are satisfied. */
const IMAGE_TYPES: Readonly<Record<Dialect, readonly string[]>> = {
  'nova-1': ['image/jpeg', 'image/png', 'image/gif', 'image/webp'],
  'nova-1-text': [],
  'nova-2': ['image/jpeg', 'image/png', 'image/gif'],
};

/** What the guide of Nova 2 adds to the types that all pages name. */
export const DISPUTED_IMAGE_TYPE = 'image/webp';

/** The image types that a model takes as they are by every page; none for a model that takes text only, or that is not known. */
export function imageTypes(model: string): readonly string[] {
  const row = rowOf(model);
  return row === undefined ? [] : IMAGE_TYPES[row.dialect];
}

/** The types of documents that a model takes as they are; no page documents any for Nova 1. */
export function documentTypes(model: string): readonly string[] {
  return isNova2(model) ? ['application/pdf'] : [];
}

/** Whether a model is of Nova's second generation: flat image tokens, PDF, no validation file. */
export function isNova2(model: string): boolean {
  return rowOf(model)?.dialect === 'nova-2';
}

function rowOf(model: string): ModelRow | undefined {
  return MODELS.find((row) => row.model === model);
}
