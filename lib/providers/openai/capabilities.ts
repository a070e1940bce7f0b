import type { Capabilities, Fact, ModelFacts } from '../facts.ts';
import type { ModelRow, Profile } from './profiles.ts';
import { RULES } from './rule-facts.ts';
import {
  API_SPEC,
  hyperparameterFacts,
  IMAGE_TYPES,
  MAX_IMAGE_BYTES,
  MAX_ROWS_WITH_IMAGES,
  MAX_TOKENS_PER_EXAMPLE,
  MIN_TRAINING_ROWS,
  RECOMMENDED_TRAINING_ROWS,
  TUNING_GUIDE,
  VISION_GUIDE,
} from './spec.ts';

const TUNING_READ = { source: TUNING_GUIDE, asOf: '2026-06-27' } as const;
const VISION_READ = { source: VISION_GUIDE, asOf: '2026-06-27' } as const;
const SPEC_READ = { source: API_SPEC, asOf: '2026-08-21' } as const;
const PRICES_READ = { source: 'openai.com/api/pricing, archived copies', asOf: '2026-06-30' } as const;

const EPOCHS: ModelFacts['epochs'] = {
  value: { low: 1, high: 10 },
  source: 'github.com/openai/openai-cookbook, examples/Chat_finetuning_data_prep.ipynb at 2e652704',
  asOf: '2026-11-01',
  note: 'by the number of rows: three, but enough to see 100 examples and not more than 25,000; OpenAI itself publishes no rule',
};

/** Everything that finedrop knows of tuning at one of the services that speak OpenAI's API, as data. */
export function capabilitiesOf(profile: Profile): Capabilities {
  return {
    provider: 'openai',
    title: profile.title,
    profile: profile.name,
    models: profile.models.map((row) => modelFacts(row, profile)),
  };
}

function modelFacts(row: ModelRow, profile: Profile): ModelFacts {
  return {
    model: row.model,
    ...(row.model === profile.defaultModel ? { isDefault: true } : {}),
    ...mediaFacts(row, profile),
    ...sizeFacts(row, profile),
    validation: { value: true, ...SPEC_READ },
    maxValidationRows: null,
    hyperparameters: hyperparameterFacts,
    regions: null,
    ...priceFacts(row),
    epochs: EPOCHS,
    ...endFacts(row, profile),
    ...(profile.continues === null ? {} : { continues: profile.continues }),
    rules: RULES,
  };
}

type MediaFacts = Pick<
  ModelFacts,
  'modalities' | 'mimeTypes' | 'adaptedMimeTypes' | 'maxRowsWithMedia' | 'maxPerExample' | 'maxBytesPerFile'
>;

function mediaFacts({ takesImages }: ModelRow, { models, maxImagesPerExample }: Profile): MediaFacts {
  const adapted = ['text/plain', ...(takesImages ? ['image/gif'] : [])];
  const adaptedMimeTypes = { value: adapted, ...VISION_READ, note: 'text goes into the prompt, a GIF becomes a PNG' };
  if (!takesImages) {
    const able = models.filter((row) => row.takesImages).map(({ model }) => model);
    const none = { ...VISION_READ, note: `text only here: images are documented for ${able.join(' and ')} alone` };
    return {
      modalities: { value: [], ...none },
      mimeTypes: { value: [], ...none },
      adaptedMimeTypes,
      maxRowsWithMedia: null,
      maxPerExample: { value: {}, ...none },
      maxBytesPerFile: { value: {}, ...none },
    };
  }
  const { value, ...read } = maxImagesPerExample;
  return {
    modalities: { value: ['image'], ...VISION_READ },
    mimeTypes: { value: IMAGE_TYPES, ...VISION_READ },
    adaptedMimeTypes,
    maxRowsWithMedia: { value: MAX_ROWS_WITH_IMAGES, ...VISION_READ, note: 'rows without images do not count' },
    maxPerExample: { value: { image: value }, ...read },
    maxBytesPerFile: {
      value: { image: MAX_IMAGE_BYTES },
      ...VISION_READ,
      note: '"10 MB" is taken as 10,000,000 decoded bytes',
    },
  };
}

type SizeFacts = Pick<
  ModelFacts,
  'minRows' | 'recommendedRows' | 'maxRows' | 'maxTokensPerExample' | 'maxTrainingFileBytes'
>;

function sizeFacts({ model, maxTokens }: ModelRow, { maxTrainingFileBytes }: Profile): SizeFacts {
  return {
    minRows: { value: MIN_TRAINING_ROWS, ...TUNING_READ },
    recommendedRows: { value: RECOMMENDED_TRAINING_ROWS, ...TUNING_READ, note: '50 to 100 to begin with' },
    maxRows: null,
    maxTokensPerExample: tokenFact(model, maxTokens),
    maxTrainingFileBytes,
  };
}

function tokenFact(model: string, value: number): Fact<number> {
  const isDocumented = model.startsWith('gpt-4o') || value !== MAX_TOKENS_PER_EXAMPLE;
  const note = isDocumented
    ? 'longer examples are cut at the end without a word, which removes the answer'
    : 'not published for this family; the limit of gpt-4o is assumed';
  return { value, source: TUNING_GUIDE, asOf: '2025-03-01', note };
}

type PriceFacts = Pick<ModelFacts, 'usdPerMillionTokens' | 'usdPerMillionTunedTokens'>;

function priceFacts({ trainingPrice, tunedPrices }: ModelRow): PriceFacts {
  const note = 'validation tokens are free; the current price page no longer lists training';
  return {
    usdPerMillionTokens: trainingPrice === null ? null : { value: trainingPrice, ...PRICES_READ, note },
    ...(tunedPrices === null ? {} : { usdPerMillionTunedTokens: { value: tunedPrices, ...PRICES_READ } }),
  };
}

type EndFacts = Pick<ModelFacts, 'endsOn' | 'tunedModelEndsOn'>;

function endFacts({ endsOn, tunedEndsOn }: ModelRow, { ends }: Profile): EndFacts {
  if (ends === null) return { endsOn: null };
  return {
    endsOn: endsOn === null ? null : { value: endsOn, ...ends },
    ...(tunedEndsOn === null ? {} : { tunedModelEndsOn: { value: tunedEndsOn, source: ends.source, asOf: ends.asOf } }),
  };
}
