import type { Capabilities, Fact, HyperparameterFact, ModelFacts } from '../provider.ts';

const MODELS_PAGE = 'docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html';
const DATA_GUIDE = 'docs.aws.amazon.com/nova/latest/userguide, fine-tune-prepare-data-understanding';
const NOVA_2_GUIDE = 'docs.aws.amazon.com/nova/latest/nova2-userguide, nova-2-sft-data-prep';
const HYPERPARAMETER_PAGE = 'docs.aws.amazon.com/bedrock/latest/userguide/custom-models-hp.html';
const VALIDATOR = 'github.com/aws-samples/amazon-nova-samples, nova_ft_dataset_validator.py at 1e88f24';
const FORGE_CHECKS = 'Nova Forge SDK, dataset checks';
const AS_OF = '2026-11-01';

/** The model a target means by "bedrock" alone. */
export const DEFAULT_MODEL = 'amazon.nova-lite-v1:0:300k';

/** The only Region where Nova is tuned (custom-model-fine-tuning.html, 2026-11); the bucket must lie there too. */
export const TUNING_REGION = 'us-east-1';

export const MAX_IMAGES_PER_EXAMPLE = 10;
/** The guide says "10 MB", AWS's validator has 10 * 1024^2: what fits the smaller reading fits both. */
export const MAX_IMAGE_BYTES = 10_000_000;
/** Not in the guide, but in AWS's Nova Forge checks. */
export const MIN_IMAGE_SIDE = 25;
/** Documented for inference (8000 x 8000); nothing larger is likely to be decoded for training. */
export const MAX_IMAGE_SIDE = 8000;
/** "32k": the smaller reading. */
export const MAX_TOKENS_PER_EXAMPLE = 32_000;
/** Training and validation rows together, as AWS's validator counts. */
export const MAX_ROWS = 20_000;
export const RECOMMENDED_TRAINING_ROWS = 100;
/** What Bedrock trains when `epochCount` is not given. */
export const DEFAULT_EPOCHS = 2;

type Dialect = 'nova-1' | 'nova-1-text' | 'nova-2';

interface ModelRow {
  model: string;
  dialect: Dialect;
  minRows: number;
  takesValidation: boolean;
  usdPerMillionTokens: number;
  priceNote: string;
  priceSource: string;
}

const UNVERIFIED = 'not verified: AWS publishes training prices in its price list only, which needs an account';

const MODELS: readonly ModelRow[] = [
  {
    model: DEFAULT_MODEL,
    dialect: 'nova-1',
    minRows: 8,
    takesValidation: true,
    usdPerMillionTokens: 2,
    priceSource: 'recalled; consistent with a reference run (300 rows with images, 5 epochs, about 2.1 USD)',
    priceNote: UNVERIFIED,
  },
  {
    model: 'amazon.nova-pro-v1:0:300k',
    dialect: 'nova-1',
    minRows: 8,
    takesValidation: true,
    usdPerMillionTokens: 8,
    priceSource: 'recalled',
    priceNote: UNVERIFIED,
  },
  {
    model: 'amazon.nova-2-lite-v1:0:256k',
    dialect: 'nova-2',
    minRows: 200,
    takesValidation: false,
    usdPerMillionTokens: 3.78,
    priceSource: 'third-party query of the AWS price list, 2026-08-02',
    priceNote: 'read by a third party',
  },
  {
    model: 'amazon.nova-micro-v1:0:128k',
    dialect: 'nova-1-text',
    minRows: 8,
    takesValidation: true,
    usdPerMillionTokens: 1,
    priceSource: 'recalled; "3.8 times cheaper than Nova 2 Lite"',
    priceNote: UNVERIFIED,
  },
];

/** MIME types that go into a dataset as they are. The pages on Nova 2 Lite differ about WebP; without it both are satisfied. */
const IMAGE_TYPES: Readonly<Record<Dialect, readonly string[]>> = {
  'nova-1': ['image/jpeg', 'image/png', 'image/gif', 'image/webp'],
  'nova-1-text': [],
  'nova-2': ['image/jpeg', 'image/png', 'image/gif'],
};

/** The image types that a model takes as they are; none for a model that takes text only, or that is not known. */
export function imageTypes(model: string): readonly string[] {
  const row = rowOf(model);
  return row === undefined ? [] : IMAGE_TYPES[row.dialect];
}

/** Whether a model is of Nova's second generation: flat image tokens, tools documented. */
export function isNova2(model: string): boolean {
  return rowOf(model)?.dialect === 'nova-2';
}

/** The least training rows that a model's job starts with. */
export function minRows(model: string): number {
  return rowOf(model)?.minRows ?? MODELS[0]?.minRows ?? 0;
}

function rowOf(model: string): ModelRow | undefined {
  return MODELS.find((row) => row.model === model);
}

/** The hyperparameters of supervised tuning; they travel as strings. There is no batch size for Nova. */
export const hyperparameterFacts: readonly HyperparameterFact[] = [
  { name: 'epochCount', type: 'integer', min: 1, max: 5, source: HYPERPARAMETER_PAGE, asOf: AS_OF },
  { name: 'learningRate', type: 'number', min: 1e-6, max: 1e-4, source: HYPERPARAMETER_PAGE, asOf: AS_OF },
  { name: 'learningRateWarmupSteps', type: 'integer', min: 0, max: 100, source: HYPERPARAMETER_PAGE, asOf: AS_OF },
];

/** Everything that finedrop knows of tuning Nova on Bedrock, as data. */
export const capabilities: Capabilities = {
  provider: 'bedrock',
  title: 'Amazon Bedrock',
  models: MODELS.map(modelFacts),
};

function modelFacts(row: ModelRow): ModelFacts {
  const types = IMAGE_TYPES[row.dialect];
  const images = types.length > 0;
  return {
    model: row.model,
    ...(row.model === DEFAULT_MODEL ? { isDefault: true } : {}),
    modalities: fact(images ? ['image'] : [], DATA_GUIDE, modalityNote(row.dialect)),
    mimeTypes: fact(types, row.dialect === 'nova-2' ? VALIDATOR : DATA_GUIDE, typeNote(row.dialect)),
    minRows: fact(row.minRows, row.dialect === 'nova-2' ? VALIDATOR : MODELS_PAGE, minRowsNote(row.dialect)),
    maxRows: fact(MAX_ROWS, MODELS_PAGE, 'training and validation rows together'),
    maxRowsWithMedia: null,
    maxTokensPerExample: fact(MAX_TOKENS_PER_EXAMPLE, DATA_GUIDE, '"32k"; Nova has no public tokenizer'),
    maxPerExample: fact(
      images ? { image: MAX_IMAGES_PER_EXAMPLE } : {},
      DATA_GUIDE,
      'the validator counts a message’s images, the guide a sample’s: the stricter holds',
    ),
    maxBytesPerFile: fact(
      images ? { image: MAX_IMAGE_BYTES } : {},
      DATA_GUIDE,
      `"10 MB" is taken as 10,000,000; the validator has 10 * 1024^2. Sides from ${MIN_IMAGE_SIDE} pixels (${FORGE_CHECKS})`,
    ),
    maxTrainingFileBytes: null,
    validation: fact(row.takesValidation, row.takesValidation ? MODELS_PAGE : NOVA_2_GUIDE),
    maxValidationRows: null,
    hyperparameters: hyperparameterFacts,
    regions: fact([TUNING_REGION], MODELS_PAGE, 'bucket and job must be in the same Region'),
    usdPerMillionTokens: {
      value: row.usdPerMillionTokens,
      source: row.priceSource,
      asOf: AS_OF,
      note: `${row.priceNote}; storage of the model costs 1.95 USD a month besides`,
    },
    epochs: fact(
      { low: DEFAULT_EPOCHS, high: DEFAULT_EPOCHS },
      HYPERPARAMETER_PAGE,
      row.dialect === 'nova-2' ? 'the page names Nova 1 only; its default is assumed for Nova 2 Lite' : undefined,
    ),
    endsOn: null,
  };
}

function fact<T>(value: T, source: string, note?: string): Fact<T> {
  return { value, source, asOf: AS_OF, ...(note === undefined ? {} : { note }) };
}

function modalityNote(dialect: Dialect): string {
  if (dialect === 'nova-1-text') return 'text only';
  return dialect === 'nova-1'
    ? 'video is taken too, but no drop holds one; no page documents PDF or audio for training'
    : 'PDF only in datasets where every row has one (one each): finedrop does not make such datasets yet';
}

function typeNote(dialect: Dialect): string | undefined {
  return dialect === 'nova-2' ? 'the guide of Nova 2 adds WebP, the Bedrock page and the validator do not' : undefined;
}

function minRowsNote(dialect: Dialect): string | undefined {
  return dialect === 'nova-2' ? 'the guide’s table has 8, AWS’s validator 200: the stricter holds' : undefined;
}
