import { excerpt } from '../../domain/excerpt.ts';
import type { Issue } from '../../domain/finding.ts';
import type { Profile } from './profiles.ts';
import {
  MAX_IMAGE_BYTES,
  MAX_ROWS_WITH_IMAGES,
  MAX_TOKENS_PER_EXAMPLE,
  MAX_TOOLS,
  MIN_TRAINING_ROWS,
  RECOMMENDED_TRAINING_ROWS,
} from './spec.ts';

const number = (value: number) => value.toLocaleString('en-US');
const namesOf = (models: readonly { model: string }[]) => models.map(({ model }) => model).join(' or ');

/** Everything that OpenAI's side says about rows and data: one entry a code, so that messages and docs have one home. */
export const issues = {
  kindUnsupported: (kind: string): Issue => ({
    code: 'MODALITY_UNSUPPORTED',
    severity: 'error',
    message: `OpenAI fine-tuning takes no ${kind}, only text and images`,
    hint: KIND_HINTS[kind] ?? 'Leave the file out for this target.',
  }),
  imagesUnsupported: (model: string, { models }: Profile): Issue => ({
    code: 'MODALITY_UNSUPPORTED',
    severity: 'error',
    message: `${model} takes no images in training, only text`,
    hint: `Use ${namesOf(models.filter(({ takesImages }) => takesImages))} for rows with images.`,
  }),
  imageTypeUnsupported: (mime: string): Issue => ({
    code: 'IMAGE_TYPE_UNSUPPORTED',
    severity: 'error',
    message: `OpenAI takes no images of type ${excerpt(mime)}`,
    hint: 'Save the image as PNG, JPEG or WebP.',
  }),
  tooManyImages: (count: number, { title, maxImagesPerExample }: Profile): Issue => ({
    code: 'TOO_MANY_IMAGES',
    severity: 'error',
    message: `the row has ${number(count)} images; ${title} takes at most ${maxImagesPerExample.value} in one example`,
    hint: 'Split the row into several, or leave images out.',
  }),
  imageTooLarge: (name: string, bytes: number): Issue => ({
    code: 'IMAGE_TOO_LARGE',
    severity: 'error',
    message: `"${excerpt(name)}" has ${number(bytes)} bytes; OpenAI takes at most ${number(MAX_IMAGE_BYTES)} in one image`,
    hint: 'Save it as JPEG, or with fewer pixels: more than 2048 on the longer side are not looked at anyway.',
  }),
  specialToken: (token: string, place: string): Issue => ({
    code: 'SPECIAL_TOKEN',
    severity: 'error',
    message: `${place} contains "${token}", a control token of the model: OpenAI refuses the whole file for it`,
    hint: 'Take it out, or put a space inside it.',
  }),
  tooManyTokens: (tokens: number, limit: number): Issue => ({
    code: 'TOKENS_OVER_LIMIT',
    severity: 'error',
    message: `the row has about ${number(tokens)} tokens; OpenAI cuts everything after ${number(limit)}, so the answer would be lost`,
    hint: 'Shorten the texts, use fewer images, or give images the detail "low".',
  }),
  textTooLong: (name: string, bytes: number): Issue => ({
    code: 'TOKENS_OVER_LIMIT',
    severity: 'error',
    message: `the text of "${excerpt(name)}" (${number(bytes)} bytes) is longer than the ${number(MAX_TOKENS_PER_EXAMPLE)} tokens of one example`,
    hint: 'Keep the passage that the answer needs.',
  }),
  role: (message: string, hint: string): Issue => ({ code: 'EXAMPLE_ROLE', severity: 'error', message, hint }),
  toolCall: (message: string, hint: string): Issue => ({ code: 'TOOL_CALL', severity: 'error', message, hint }),
  functionName: (name: string): Issue => ({
    code: 'FUNCTION_NAME',
    severity: 'error',
    message: `"${excerpt(name)}" is no function name that OpenAI takes`,
    hint: 'Use 1 to 64 letters, digits, "_" and "-".',
  }),
  tooManyTools: (count: number): Issue => ({
    code: 'TOO_MANY_TOOLS',
    severity: 'error',
    message: `the chat declares ${number(count)} tools; OpenAI takes at most ${MAX_TOOLS}`,
    hint: 'Keep those that the chat calls, and those it could be mistaken for.',
  }),
  participantName: (name: string, place: string): Issue => ({
    code: 'PARTICIPANT_NAME',
    severity: 'error',
    message: `"${excerpt(name)}", the name in ${place}, is none that OpenAI takes`,
    hint: 'Use 1 to 64 letters, digits, "_" and "-", or say in the text who speaks.',
  }),
  tooFewRows: (rows: number): Issue => ({
    code: 'TOO_FEW_ROWS',
    severity: 'error',
    message: `${number(rows)} training rows are left for OpenAI; it takes no file with fewer than ${MIN_TRAINING_ROWS}`,
    hint: 'Add rows, or mend those that the findings of this target name.',
  }),
  fewRows: (rows: number): Issue => ({
    code: 'FEW_ROWS',
    severity: 'info',
    message: `OpenAI advises ${RECOMMENDED_TRAINING_ROWS} to 100 training rows to begin with; there are ${number(rows)}`,
  }),
  tooManyImageRows: (rows: number): Issue => ({
    code: 'TOO_MANY_ROWS',
    severity: 'error',
    message: `${number(rows)} rows have images; OpenAI takes at most ${number(MAX_ROWS_WITH_IMAGES)} such rows in a file`,
    hint: 'Rows without images do not count; leave out the others that teach least.',
  }),
  fileTooLarge: (split: string, bytes: number, { title, most }: { title: string; most: number }): Issue => ({
    code: 'TRAINING_FILE_TOO_LARGE',
    severity: 'error',
    message: `the ${split} file has ${number(bytes)} bytes; ${title} takes at most ${number(most)}`,
    hint: 'Use smaller images (base64 adds a third to their size) or fewer rows.',
  }),
  screening: (): Issue => ({
    code: 'IMAGES_SCREENED',
    severity: 'info',
    message:
      'OpenAI leaves images with people, faces, children or CAPTCHAs out of the training, and does not say which',
  }),
  hyperparameterUnknown: (name: string, hint: string): Issue => ({
    code: 'HYPERPARAMETER_UNKNOWN',
    severity: 'error',
    message: `"${excerpt(name)}" is no hyperparameter of OpenAI`,
    hint,
  }),
  hyperparameterRange: (name: string, value: string | number, expected: string): Issue => ({
    code: 'HYPERPARAMETER_RANGE',
    severity: 'error',
    message: `${name} is ${typeof value === 'string' ? `"${excerpt(value)}"` : value}; OpenAI takes ${expected}`,
  }),
  suffixLength: (characters: number, most: number): Issue => ({
    code: 'SUFFIX_LENGTH',
    severity: 'error',
    message: `the suffix has ${number(characters)} characters; OpenAI takes 1 to ${most}`,
    hint: 'Shorten it.',
  }),
} as const;

const KIND_HINTS: Readonly<Record<string, string>> = {
  audio: 'Transcribe the recording, or train these rows at a provider that takes audio.',
  document:
    'Save the text as .txt or the pages as images (adapt: {pdfPages: 5} does that), or train these rows at a provider that takes PDF.',
};
