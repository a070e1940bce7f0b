import type { Capabilities, Fact, ModelFacts } from '../facts.ts';
import { statedRules } from './rule-facts.ts';
import { CONTINUING_PAGE, DATA_PAGE, MEDIA_PAGES, page, TUNING_PAGE } from './sources.ts';
import * as spec from './spec.ts';

const PRICES = { source: 'a study of tuning costs', asOf: '2026-09-27' };

const EPOCHS: ModelFacts['epochs'] = {
  value: { low: 1, high: 40 },
  source: 'a user’s job of 166 examples on gemini-3.1-flash-lite, for which Google chose 40 epochs',
  asOf: '2026-11-01',
  note: 'Google chooses by the number of rows and publishes no rule: set epochCount when a budget matters',
};

const CONTINUES: Fact<boolean> = {
  value: true,
  source: CONTINUING_PAGE,
  asOf: '2026-11-23',
  note: 'as a new version of the same model, in the region where it was tuned; models tuned before 2025-07-11 cannot go on',
};

/** Everything that finedrop knows of tuning Gemini on Vertex AI, as data. */
export const capabilities: Capabilities = {
  provider: 'vertex',
  title: 'Vertex AI',
  models: spec.MODELS.map(modelFacts),
};

function modelFacts(row: spec.ModelRow): ModelFacts {
  return {
    model: row.model,
    ...(row.model === spec.DEFAULT_MODEL ? { isDefault: true } : {}),
    ...mediaFacts(row.model),
    ...rowFacts(),
    maxTokensPerExample: page(
      spec.MAX_TOKENS_PER_EXAMPLE,
      TUNING_PAGE,
      row.note ?? 'of prompt and answer together; longer examples are dropped',
    ),
    maxTrainingFileBytes: page(
      spec.MAX_TRAINING_FILE_BYTES,
      TUNING_PAGE,
      '"1 GB" may be decimal or binary: 1,000,000,000 bytes hold for both',
    ),
    hyperparameters: spec.hyperparameterFacts(row.model),
    ...placeFacts(row),
    ...priceFacts(row),
    epochs: EPOCHS,
    endsOn: row.endsOn === null ? null : endFact(row.endsOn),
    ...(row.continues ? { continues: CONTINUES } : {}),
    rules: statedRules(row.model),
  };
}

function mediaFacts(model: string) {
  const note = spec.isThirdGeneration(model)
    ? 'the pages on audio and documents name 2.x models; the same is assumed for 3.x'
    : undefined;
  return {
    modalities: page(['image', 'audio', 'document'] as const, TUNING_PAGE),
    mimeTypes: page(spec.MIME_TYPES, MEDIA_PAGES, 'of the types that Gemini takes, those that a drop can hold'),
    adaptedMimeTypes: page(
      ['image/gif', 'text/plain'],
      MEDIA_PAGES,
      'Gemini takes no GIF; no page names text files for tuning, so that their text goes into the prompt',
    ),
    maxPerExample: page(
      { image: spec.MAX_IMAGES, audio: spec.MAX_AUDIO_FILES, document: spec.MAX_DOCUMENTS },
      MEDIA_PAGES,
      note,
    ),
    maxBytesPerFile: page(
      { image: spec.MAX_IMAGE_BYTES, audio: spec.MAX_AUDIO_BYTES, document: spec.MAX_DOCUMENT_BYTES },
      MEDIA_PAGES,
      '"MB" may be decimal or binary: 1,000,000 bytes hold for both; inference takes larger files',
    ),
  };
}

function rowFacts() {
  const { FREE_VALIDATION_ROWS: freeRows, MAX_VALIDATION_SHARE: share } = spec;
  return {
    minRows: page(
      spec.MIN_TRAINING_ROWS,
      TUNING_PAGE,
      'no minimum is documented for these models; 16 belongs to Gemini 1.0',
    ),
    recommendedRows: page(spec.RECOMMENDED_TRAINING_ROWS, DATA_PAGE, 'to begin with'),
    maxRows: page(spec.MAX_ROWS, TUNING_PAGE, 'of text alone; older pages say 1,000,000, for models that are gone'),
    maxRowsWithMedia: page(spec.MAX_ROWS_WITH_MEDIA, TUNING_PAGE),
    validation: page(true, TUNING_PAGE),
    maxValidationRows: page(spec.MAX_VALIDATION_ROWS, TUNING_PAGE, 'a surplus trains'),
    validationShare: page(
      { freeRows, share },
      TUNING_PAGE,
      'the page joins the two rules by "or": both are held, and a surplus trains',
    ),
  };
}

function placeFacts({ regions, servingLocations }: spec.ModelRow) {
  return {
    regions: regions === null ? null : page(regions, TUNING_PAGE, 'the location "global" is refused'),
    ...(servingLocations === null
      ? {}
      : { servingLocations: page(servingLocations, TUNING_PAGE, 'the name of the tuned model’s endpoint says which') }),
  };
}

function priceFacts({ usdPerMillionTokens, tunedPriceFactor }: spec.ModelRow) {
  const note =
    'tokens times epochs; examples that Google drops are free; whether validation tokens are charged is told both ways, and the higher estimate has them';
  return {
    usdPerMillionTokens: usdPerMillionTokens === null ? null : { value: usdPerMillionTokens, ...PRICES, note },
    tunedPriceFactor: { value: tunedPriceFactor, ...PRICES, note: 'no fee for hosting is listed' },
  };
}

function endFact(value: string): Fact<string> {
  return {
    value,
    source: 'Google’s announcement of the end of Gemini 2.5, as quoted by gcpstudyhub.com and docs.apiyi.com',
    asOf: '2026-11-12',
    note: '"not before" this day, the earliest that is named: others say 2026-10-20, and 2026-12-01 for the Gemini API; reports say that the models are offline',
  };
}
