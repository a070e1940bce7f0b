import type { LimitValue } from '../../domain/limits.ts';
import type { MediaKind } from '../../domain/media.ts';
import type { Capabilities, Fact, LimitFact, ModelFacts } from '../facts.ts';
import { hyperparameterFacts } from './hyperparameters.ts';
import { modelRules } from './model-rules.ts';
import { PRICES } from './prices.ts';
import { AS_OF, SOURCES } from './sources.ts';
import {
  DEFAULT_EPOCHS,
  DEFAULT_MODEL,
  DISPUTED_IMAGE_TYPE,
  type Dialect,
  documentTypes,
  imageTypes,
  MAX_DOCUMENT_BYTES,
  MAX_DOCUMENTS_PER_EXAMPLE,
  MAX_IMAGE_BYTES,
  MAX_IMAGES_PER_EXAMPLE,
  MAX_ROWS,
  MAX_TOKENS_PER_EXAMPLE,
  MODELS,
  type ModelRow,
  TUNING_REGION,
  VALIDATOR_FILE_BYTES,
} from './spec.ts';

const MODALITY_NOTES: Readonly<Record<Dialect, string>> = {
  'nova-1-text': 'text only',
  'nova-1': 'no page documents PDF for training; see the rules on kinds that stand together',
  'nova-2': 'PDF by the guide of Nova 2 and the validator; the page of Bedrock does not name it',
};

const ADAPTED_TYPES: Readonly<Record<Dialect, readonly string[]>> = {
  'nova-1-text': ['text/plain'],
  'nova-1': ['text/plain', 'application/pdf'],
  'nova-2': ['text/plain', 'image/webp', 'application/pdf'],
};

const TYPE_NOTES: Readonly<Record<Dialect, string | undefined>> = {
  'nova-1-text': undefined,
  'nova-1': undefined,
  'nova-2': 'the guide of Nova 2 adds WebP, the page of Bedrock and the validator do not: the stricter holds',
};

/** Everything that finedrop knows of tuning Nova on Bedrock, as data. */
export const capabilities: Capabilities = {
  provider: 'bedrock',
  title: 'Amazon Bedrock',
  models: MODELS.map((row) => ({
    model: row.model,
    ...(row.model === DEFAULT_MODEL ? { isDefault: true } : {}),
    ...mediaFacts(row),
    ...rowFacts(row),
    maxTokensPerExample: fact(MAX_TOKENS_PER_EXAMPLE, SOURCES.dataGuide, '"32k"; Nova has no public tokenizer'),
    hyperparameters: hyperparameterFacts,
    regions: fact([TUNING_REGION], SOURCES.models, 'bucket and job must be in the same Region'),
    usdPerMillionTokens: null,
    ...PRICES[row.model],
    epochs: fact(
      { low: DEFAULT_EPOCHS, high: DEFAULT_EPOCHS },
      SOURCES.hyperparameters,
      row.dialect === 'nova-2'
        ? 'the page names Nova 1 only; its ranges and defaults are assumed for Nova 2 Lite'
        : undefined,
    ),
    endsOn: null,
    continues: fact(true, SOURCES.submission, 'the page says it of custom models that were fine-tuned, and names none'),
    rules: modelRules(row.dialect),
  })),
};

type MediaFacts = Pick<
  ModelFacts,
  'modalities' | 'mimeTypes' | 'adaptedMimeTypes' | 'maxPerExample' | 'imagesCountedIn' | 'maxBytesPerFile'
>;

function mediaFacts({ model, dialect }: ModelRow): MediaFacts {
  const [images, documents] = [imageTypes(model), documentTypes(model)];
  const limits = <T>(image: T, document: T): Partial<Record<MediaKind, T>> => ({
    ...(images.length > 0 ? { image } : {}),
    ...(documents.length > 0 ? { document } : {}),
  });
  const kinds = limits(true, true);
  const source = dialect === 'nova-2' ? SOURCES.nova2Guide : SOURCES.dataGuide;
  return {
    modalities: fact(Object.keys(kinds) as MediaKind[], source, MODALITY_NOTES[dialect]),
    mimeTypes: {
      ...fact([...images, ...documents], dialect === 'nova-2' ? SOURCES.validator : source, TYPE_NOTES[dialect]),
      ...(dialect === 'nova-2' ? looser([...images, DISPUTED_IMAGE_TYPE, ...documents], SOURCES.nova2Guide) : {}),
    },
    adaptedMimeTypes: fact(
      ADAPTED_TYPES[dialect],
      SOURCES.validator,
      'plain text is put into the prompt, WebP becomes PNG for Nova 2; PDF becomes images where adapt: {pdfPages} asks for it',
    ),
    maxPerExample: fact(limits(MAX_IMAGES_PER_EXAMPLE, MAX_DOCUMENTS_PER_EXAMPLE), source),
    ...(images.length > 0 ? { imagesCountedIn: imagesCountedIn(source) } : {}),
    maxBytesPerFile: {
      ...fact(
        limits(MAX_IMAGE_BYTES, MAX_DOCUMENT_BYTES),
        source,
        '"10 MB" is taken as 10,000,000; the validator has 10 * 1024^2',
      ),
      ...(images.length > 0 ? looser(limits(VALIDATOR_FILE_BYTES, VALIDATOR_FILE_BYTES), SOURCES.validator) : {}),
    },
  };
}

function imagesCountedIn(source: string): LimitFact<'example' | 'message'> {
  return {
    ...fact(
      'example',
      source,
      'the guide counts the images of a sample, the validator those of a message: the stricter holds',
    ),
    ...looser('message', SOURCES.validator),
  };
}

type RowFacts = Pick<
  ModelFacts,
  | 'minRows'
  | 'recommendedRows'
  | 'maxRows'
  | 'maxRowsWithMedia'
  | 'maxTrainingFileBytes'
  | 'validation'
  | 'maxValidationRows'
>;

function rowFacts({ dialect, minRows, guideMinRows, recommendedRows, takesValidation }: ModelRow): RowFacts {
  const isNova2 = dialect === 'nova-2';
  return {
    minRows: {
      ...fact(
        minRows,
        isNova2 ? SOURCES.validator : SOURCES.models,
        isNova2 ? 'the guide’s table has 8, AWS’s validator 200: the stricter holds' : undefined,
      ),
      ...(guideMinRows === undefined ? {} : looser(guideMinRows, SOURCES.models)),
    },
    recommendedRows: fact(recommendedRows, isNova2 ? SOURCES.nova2Guide : SOURCES.dataGuide, 'for each task'),
    maxRows: fact(MAX_ROWS, SOURCES.models, 'training and validation rows together, as the validator counts'),
    maxRowsWithMedia: null,
    maxTrainingFileBytes: null,
    validation: fact(
      takesValidation,
      isNova2 ? SOURCES.nova2OnBedrock : SOURCES.models,
      isNova2 ? 'rows for validation train' : undefined,
    ),
    maxValidationRows: null,
  };
}

function fact<T>(value: T, source: string, note?: string): Fact<T> {
  return { value, source, asOf: AS_OF, ...(note === undefined ? {} : { note }) };
}

/** What another source says, as far as which a job spec may go. */
function looser<T extends LimitValue>(value: T, source: string): Required<Pick<LimitFact<T>, 'otherwise'>> {
  return { otherwise: { value, source, asOf: AS_OF } };
}
