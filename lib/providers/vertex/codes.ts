import { excerpt } from '../../domain/excerpt.ts';
import type { Issue } from '../../domain/finding.ts';
import type { MediaKind } from '../../domain/media.ts';
import {
  FREE_VALIDATION_ROWS,
  MAX_AUDIO_BYTES,
  MAX_AUDIO_FILES,
  MAX_AUDIO_SECONDS,
  MAX_DOCUMENT_BYTES,
  MAX_DOCUMENTS,
  MAX_DROPPED_SHARE,
  MAX_IMAGE_BYTES,
  MAX_IMAGES,
  MAX_PAGES,
  MAX_ROWS,
  MAX_ROWS_WITH_MEDIA,
  MAX_TOKENS_PER_EXAMPLE,
  MAX_TRAINING_FILE_BYTES,
  MAX_VALIDATION_ROWS,
  MAX_VALIDATION_SHARE,
  MIN_TRAINING_ROWS,
  RECOMMENDED_TRAINING_ROWS,
} from './spec.ts';

const number = (value: number) => value.toLocaleString('en-US');
const DROPPED_PERCENT = MAX_DROPPED_SHARE * 100;

/** How many files of a kind one example may have, how large each may be, and what to say when it is more. */
export const FILE_LIMITS: Readonly<
  Record<MediaKind, { code: string; sizeCode: string; words: string; count: number; bytes: number; hint: string }>
> = {
  image: {
    code: 'TOO_MANY_IMAGES',
    sizeCode: 'IMAGE_TOO_LARGE',
    words: 'images',
    count: MAX_IMAGES,
    bytes: MAX_IMAGE_BYTES,
    hint: 'Save it as JPEG, or with fewer pixels.',
  },
  audio: {
    code: 'TOO_MANY_AUDIO_FILES',
    sizeCode: 'AUDIO_TOO_LARGE',
    words: 'audio files',
    count: MAX_AUDIO_FILES,
    bytes: MAX_AUDIO_BYTES,
    hint: 'Save it with a lower bit rate: 64 kbit/s are enough for speech.',
  },
  document: {
    code: 'TOO_MANY_DOCUMENTS',
    sizeCode: 'DOCUMENT_TOO_LARGE',
    words: 'documents',
    count: MAX_DOCUMENTS,
    bytes: MAX_DOCUMENT_BYTES,
    hint: 'Split it, or save it with smaller pictures.',
  },
};

/** Everything that Vertex AI's side says about rows and data: one entry a code, so that messages and docs have one home. */
export const issues = {
  typeUnsupported: (kind: MediaKind, mime: string): Issue => ({
    code: kind === 'image' ? 'IMAGE_TYPE_UNSUPPORTED' : 'MODALITY_UNSUPPORTED',
    severity: 'error',
    message: `Vertex AI takes no ${excerpt(mime)} files in training`,
    hint: 'Images may be PNG, JPEG or WebP, audio MP3, documents PDF or plain text.',
  }),
  tooManyFiles: (kind: MediaKind, count: number): Issue => ({
    code: FILE_LIMITS[kind].code,
    severity: 'error',
    message: `the row has ${number(count)} ${FILE_LIMITS[kind].words}; Vertex AI takes at most ${FILE_LIMITS[kind].count} in one example`,
    hint: 'Split the row into several, or leave files out.',
  }),
  fileTooLarge: (kind: MediaKind, name: string, bytes: number): Issue => ({
    code: FILE_LIMITS[kind].sizeCode,
    severity: 'error',
    message: `"${excerpt(name)}" has ${number(bytes)} bytes; Vertex AI takes at most ${number(FILE_LIMITS[kind].bytes)} in one file`,
    hint: FILE_LIMITS[kind].hint,
  }),
  audioTooLong: (name: string, seconds: number): Issue => ({
    code: 'AUDIO_TOO_LONG',
    severity: 'error',
    message: `"${excerpt(name)}" lasts ${number(Math.ceil(seconds / 60))} minutes; Vertex AI takes at most ${MAX_AUDIO_SECONDS / 60} in one example`,
    hint: 'Cut it, and give each piece a row of its own.',
  }),
  tooManyPages: (pages: number): Issue => ({
    code: 'TOO_MANY_PAGES',
    severity: 'error',
    message: `the row’s documents have ${number(pages)} pages; Vertex AI takes at most ${MAX_PAGES} in one example`,
    hint: 'Keep the pages that the answer needs.',
  }),
  tooManyTokens: (tokens: number): Issue => ({
    code: 'TOKENS_OVER_LIMIT',
    severity: 'error',
    message: `the row has about ${number(tokens)} tokens; Vertex AI leaves examples of more than ${number(MAX_TOKENS_PER_EXAMPLE)} out`,
    hint: 'Shorten the texts, use fewer files, or set adapt: {mediaResolution: low}.',
  }),
  nearTokenLimit: (tokens: number): Issue => ({
    code: 'TOKENS_OVER_LIMIT',
    severity: 'warning',
    message: `the row has about ${number(tokens)} tokens; if Google counts more than ${number(MAX_TOKENS_PER_EXAMPLE)}, Vertex AI leaves it out, and fails a job of which it leaves more than ${DROPPED_PERCENT}% out`,
    hint: 'Shorten the texts, use fewer files or pages, or set adapt: {mediaResolution: low}.',
  }),
  textTooLong: (name: string, bytes: number): Issue => ({
    code: 'TOKENS_OVER_LIMIT',
    severity: 'error',
    message: `the text of "${excerpt(name)}" (${number(bytes)} bytes) is longer than the ${number(MAX_TOKENS_PER_EXAMPLE)} tokens of one example`,
    hint: 'Keep the passage that the answer needs.',
  }),
  role: (message: string, hint: string): Issue => ({ code: 'EXAMPLE_ROLE', severity: 'error', message, hint }),
  toolCall: (message: string, hint: string): Issue => ({ code: 'TOOL_CALL', severity: 'error', message, hint }),
  weight: (): Issue => ({
    code: 'WEIGHT_UNSUPPORTED',
    severity: 'error',
    message: 'an assistant turn has the weight 0, but Vertex AI learns every assistant turn: it has no weights',
    hint: 'End the chat before that turn, or leave the turn out.',
  }),
  functionName: (name: string): Issue => ({
    code: 'FUNCTION_NAME',
    severity: 'error',
    message: `"${excerpt(name)}" is no function name that Vertex AI takes`,
    hint: 'Begin with a letter or _ and use letters, digits, _, . and -, at most 64.',
  }),
  functionArguments: (name: string): Issue => ({
    code: 'TOOL_CALL',
    severity: 'error',
    message: `the arguments of a call of "${excerpt(name)}" are no JSON object`,
    hint: 'Write them as {"name": value}.',
  }),

  hyperparameterUnknown: (name: string, hint: string): Issue => ({
    code: 'HYPERPARAMETER_UNKNOWN',
    severity: 'error',
    message: `Vertex AI has no hyperparameter "${excerpt(name)}"`,
    hint,
  }),
  hyperparameterRange: (
    name: string,
    value: string | number,
    { expected, hint }: { expected: string; hint: string | undefined },
  ): Issue => ({
    code: 'HYPERPARAMETER_RANGE',
    severity: 'error',
    message: `${name} is ${excerpt(JSON.stringify(value))}; Vertex AI takes ${expected}`,
    ...(hint === undefined ? {} : { hint }),
  }),
  adaptValue: (value: unknown, model: string, known: readonly string[]): Issue => ({
    code: 'ADAPT_OPTION_VALUE',
    severity: 'error',
    message: `mediaResolution cannot be ${excerpt(JSON.stringify(value) ?? 'undefined')} for ${model}`,
    hint: `Write one of ${known.join(', ')}, and ask the tuned model with the same resolution.`,
  }),
  region: (model: string, location: string, regions: readonly string[] | null): Issue => ({
    code: 'TARGET_REGION',
    severity: 'error',
    message: `${model} is not tuned in the location "${excerpt(location)}"`,
    hint: `Set GOOGLE_CLOUD_LOCATION to ${regions === null ? 'a region, such as us-central1' : regions.join(' or ')}.`,
  }),

  tooFewRows: (rows: number): Issue => ({
    code: 'TOO_FEW_ROWS',
    severity: 'error',
    message: `there are ${rows} rows to train with; Vertex AI needs at least ${MIN_TRAINING_ROWS}`,
    hint: 'Add rows, or mark fewer as validation.',
  }),
  fewRows: (rows: number): Issue => ({
    code: 'FEW_ROWS',
    severity: 'info',
    message: `there are ${rows} rows to train with; Google recommends at least ${RECOMMENDED_TRAINING_ROWS} to begin with`,
  }),
  manyLeftOut: (excluded: number, all: number): Issue => ({
    code: 'MANY_LEFT_OUT',
    severity: 'warning',
    message: `${number(excluded)} of ${number(all)} rows are left out here; as they were, Vertex AI would have failed the whole job, for it was to drop more than ${DROPPED_PERCENT}% of the examples`,
    hint: 'The job trains the other rows. See the findings of this target for what to mend in each.',
  }),
  tooManyRows: (rows: number, withMedia: boolean): Issue => ({
    code: 'TOO_MANY_ROWS',
    severity: 'error',
    message: `there are ${number(rows)} rows to train with; Vertex AI takes at most ${
      withMedia ? `${number(MAX_ROWS_WITH_MEDIA)} where rows have files` : number(MAX_ROWS)
    }`,
    hint: withMedia ? 'Use fewer rows, or train the rows without files as a dataset of their own.' : 'Use fewer rows.',
  }),
  tooManyValidationRows: (rows: number, most: number): Issue => ({
    code: 'VALIDATION_TOO_LARGE',
    severity: 'error',
    message: `there are ${number(rows)} validation rows; Vertex AI takes at most ${number(most)} here (${number(MAX_VALIDATION_ROWS)}, and above ${number(FREE_VALIDATION_ROWS)} no more than ${MAX_VALIDATION_SHARE * 100}% of the training rows)`,
    hint: 'Mark fewer rows as validation.',
  }),
  fileOverLimit: (split: string, bytes: number): Issue => ({
    code: 'TRAINING_FILE_TOO_LARGE',
    severity: 'error',
    message: `the ${split} file would have ${number(bytes)} bytes; Vertex AI takes at most ${number(MAX_TRAINING_FILE_BYTES)}`,
    hint: 'Use fewer rows or shorter texts.',
  }),
} as const;
