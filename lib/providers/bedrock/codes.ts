import { excerpt } from '../../domain/excerpt.ts';
import type { Issue } from '../../domain/finding.ts';
import {
  DEFAULT_MODEL,
  MAX_DOCUMENTS_PER_EXAMPLE,
  MAX_IMAGE_SIDE,
  MAX_IMAGES_PER_EXAMPLE,
  MAX_ROWS,
  MAX_TOKENS_PER_EXAMPLE,
  MIN_IMAGE_SIDE,
  TUNING_REGION,
} from './spec.ts';

const number = (value: number) => value.toLocaleString('en-US');

/** Everything that Bedrock's side says about rows and data: one entry a code, so that messages and docs have one home. */
export const issues = {
  kindUnsupported: (kind: string): Issue => ({
    code: 'MODALITY_UNSUPPORTED',
    severity: 'error',
    message: `this Nova model takes no ${KIND_NAMES[kind] ?? excerpt(kind)} in training`,
    hint: KIND_HINTS[kind] ?? 'Leave the file out for this target.',
  }),
  imagesUnsupported: (model: string): Issue => ({
    code: 'MODALITY_UNSUPPORTED',
    severity: 'error',
    message: `${model} takes no images in training, only text`,
    hint: `Use ${DEFAULT_MODEL} for rows with images.`,
  }),
  imageTypeUnsupported: (mime: string): Issue => ({
    code: 'IMAGE_TYPE_UNSUPPORTED',
    severity: 'error',
    message: `Bedrock takes no images of type ${excerpt(mime)}`,
    hint: 'Save the image as PNG or JPEG.',
  }),
  tooManyImages: (count: number, isByTurn: boolean): Issue => ({
    code: 'TOO_MANY_IMAGES',
    severity: 'error',
    message: `${isByTurn ? 'a turn of the row' : 'the row'} has ${number(count)} images; Bedrock takes at most ${MAX_IMAGES_PER_EXAMPLE} in one ${isByTurn ? 'turn' : 'example'}`,
    hint: 'Split the row into several, or leave images out.',
  }),
  imageTooLarge: (name: string, bytes: number, most: number): Issue => ({
    code: 'IMAGE_TOO_LARGE',
    severity: 'error',
    message: `"${excerpt(name)}" has ${number(bytes)} bytes; Bedrock takes at most ${number(most)} in one image`,
    hint: 'Save it as JPEG, or with fewer pixels.',
  }),
  imageTooSmall: (width: number, height: number): Issue => ({
    code: 'IMAGE_TOO_SMALL',
    severity: 'error',
    message: `the image measures ${width} x ${height} pixels; Nova needs ${MIN_IMAGE_SIDE} on each side at least`,
    hint: 'Use a larger picture, or put it on a larger canvas.',
  }),
  imageTooWide: (width: number, height: number): Issue => ({
    code: 'IMAGE_TOO_LARGE',
    severity: 'error',
    message: `the image measures ${width} x ${height} pixels; Nova takes ${number(MAX_IMAGE_SIDE)} on each side at most`,
    hint: 'Scale it down.',
  }),
  tooManyDocuments: (count: number): Issue => ({
    code: 'TOO_MANY_DOCUMENTS',
    severity: 'error',
    message: `the row has ${number(count)} PDF files; Nova takes ${MAX_DOCUMENTS_PER_EXAMPLE} in one example`,
    hint: 'Split the row into several, or join the files.',
  }),
  documentTooLarge: (name: string, bytes: number, most: number): Issue => ({
    code: 'DOCUMENT_TOO_LARGE',
    severity: 'error',
    message: `"${excerpt(name)}" has ${number(bytes)} bytes; Nova takes at most ${number(most)} in one PDF`,
    hint: 'Split it, or save it with smaller pictures.',
  }),
  documentsRefused: (name: string): Issue => ({
    code: 'MODALITY_UNSUPPORTED',
    severity: 'error',
    message: `"${excerpt(name)}" is a PDF, and adapt: {documents: refuse} leaves such rows out`,
    hint: 'Train these rows as a drop of their own.',
  }),
  mixedMedia: (where: string): Issue => ({
    code: 'MIXED_MEDIA',
    severity: 'error',
    message: `${where} holds images and PDF files; Nova takes one kind of media in a dataset`,
    hint: 'Make images of the pages with adapt: {pdfPages: 5}, leave rows with PDF out with adapt: {documents: refuse}, or train them as a drop of their own.',
  }),
  documentsDisputed: (): Issue => ({
    code: 'DOCUMENTS_DISPUTED',
    severity: 'warning',
    message:
      'AWS’s pages differ on PDF for Nova 2: its guide takes them, the page of Bedrock names text, images and video',
    hint: 'If the job fails, make images of the pages with adapt: {pdfPages: 5} for this target.',
  }),
  mediaUri: (uri: string): Issue => ({
    code: 'MEDIA_ADDRESS',
    severity: 'error',
    message: `the file would be named "${excerpt(uri)}" in the line, which Nova does not take`,
    hint: 'Choose a bucket and folder of letters, digits, "_", "-" and ".", with single slashes between.',
  }),
  bucketName: (bucket: string): Issue => ({
    code: 'TARGET_SETTINGS',
    severity: 'error',
    message: `the setting FINEDROP_BEDROCK_BUCKET is "${excerpt(bucket)}", which is no name of an S3 bucket`,
    hint: `Set it to a bucket in ${TUNING_REGION}, by its name alone: 3 to 63 lower-case letters, digits, "-" and ".".`,
  }),
  roleName: (role: string): Issue => ({
    code: 'TARGET_SETTINGS',
    severity: 'error',
    message: `the setting FINEDROP_BEDROCK_ROLE_ARN is "${excerpt(role)}", which is no role`,
    hint: 'Set it to one like arn:aws:iam::123456789012:role/tuning that Bedrock may assume.',
  }),
  reservedWord: (word: string, place: string, instead: string): Issue => ({
    code: 'RESERVED_WORD',
    severity: 'error',
    message: `${place} contains "${excerpt(word)}", which Nova reserves in any case and inside of words: it would make the whole job fail`,
    hint: `Write "${excerpt(instead)}" instead, or set adapt: {reservedWords: rewrite} for this target.`,
  }),
  tooManyTokens: (tokens: number): Issue => ({
    code: 'TOKENS_OVER_LIMIT',
    severity: 'error',
    message: `the row has ${number(tokens)} tokens or more, however they are counted; Nova takes ${number(MAX_TOKENS_PER_EXAMPLE)} in one example`,
    hint: 'Shorten the texts, or use fewer images.',
  }),
  maybeTooManyTokens: (tokens: number): Issue => ({
    code: 'TOKENS_OVER_LIMIT',
    severity: 'warning',
    message: `the row may have up to ${number(tokens)} tokens; Nova takes ${number(MAX_TOKENS_PER_EXAMPLE)} and has no public tokenizer to count them`,
    hint: 'If the job fails with "Maximum input token count", shorten this row.',
  }),
  textTooLong: (bytes: number): Issue => ({
    code: 'TOKENS_OVER_LIMIT',
    severity: 'error',
    message: `the text of the file (${number(bytes)} bytes) is longer than the ${number(MAX_TOKENS_PER_EXAMPLE)} tokens of one example`,
    hint: 'Keep the passage that the answer needs.',
  }),
  role: (message: string, hint: string): Issue => ({ code: 'EXAMPLE_ROLE', severity: 'error', message, hint }),
  functionName: (name: string): Issue => ({
    code: 'FUNCTION_NAME',
    severity: 'error',
    message: `"${excerpt(name)}" is no tool name that Bedrock takes`,
    hint: 'Use 1 to 64 letters, digits, "_" and "-".',
  }),
  toolCall: (message: string, hint: string): Issue => ({ code: 'TOOL_CALL', severity: 'error', message, hint }),
  toolsUndocumented: (model: string): Issue => ({
    code: 'TOOLS_UNDOCUMENTED',
    severity: 'warning',
    message: `AWS documents training with tools for Nova 2 only; ${model} may refuse this row`,
    hint: 'AWS’s own validator lets it pass; leave the row out if the job fails.',
  }),
  toolsDisputed: (): Issue => ({
    code: 'TOOLS_UNDOCUMENTED',
    severity: 'warning',
    message: 'AWS’s pages differ on training Nova 2 with tools: that of Bedrock says that they may make the job fail',
    hint: 'The guide of Nova 2 and AWS’s validator take the row; leave it out if the job fails.',
  }),
  toolDescription: (name: string): Issue => ({
    code: 'TOOL_DESCRIPTION',
    severity: 'warning',
    message: `the tool "${excerpt(name)}" has no description, which Bedrock wants: its name stands in for it`,
    hint: 'Describe in a sentence what the tool is for.',
  }),
  nameDropped: (name: string): Issue => ({
    code: 'NAME_DROPPED',
    severity: 'info',
    message: `Nova’s format has no names of speakers: "${excerpt(name)}" is left out`,
    hint: 'Write the name into the text if it matters.',
  }),
  weightIgnored: (): Issue => ({
    code: 'WEIGHT_IGNORED',
    severity: 'warning',
    message: 'Nova knows no weights: an assistant turn with the weight 0 is in the line like any other',
    hint: 'End the chat before that turn, or train this row at another provider.',
  }),
  tooFewRows: (rows: number, least: number): Issue => ({
    code: 'TOO_FEW_ROWS',
    severity: 'error',
    message: `${number(rows)} training rows are left for Bedrock; this model needs ${number(least)} at least`,
    hint: 'Add rows, or mend those that the findings of this target name.',
  }),
  fewRows: (rows: number, advised: number): Issue => ({
    code: 'FEW_ROWS',
    severity: 'info',
    message: `AWS advises ${number(advised)} training rows or more for a task; there are ${number(rows)}`,
  }),
  tooManyRows: (rows: number): Issue => ({
    code: 'TOO_MANY_ROWS',
    severity: 'error',
    message: `there are ${number(rows)} training and validation rows; Bedrock takes ${number(MAX_ROWS)} together`,
    hint: 'Leave out the rows that teach least.',
  }),
  mixedModalities: (textOnly: number, withMedia: number): Issue => ({
    code: 'MIXED_MODALITIES',
    severity: 'warning',
    message: `${number(textOnly)} rows have text only beside ${number(withMedia)} with files; AWS describes datasets of one kind and does not say whether this is taken`,
    hint: 'If the job is refused, train the rows without files as a drop of their own.',
  }),
  hyperparameterUnknown: (name: string, hint: string): Issue => ({
    code: 'HYPERPARAMETER_UNKNOWN',
    severity: 'error',
    message: `"${excerpt(name)}" is no hyperparameter of Nova`,
    hint,
  }),
  hyperparameterRange: (name: string, value: string | number, expected: string): Issue => ({
    code: 'HYPERPARAMETER_RANGE',
    severity: 'error',
    message: `${name} is ${typeof value === 'string' ? `"${excerpt(value)}"` : value}; Bedrock takes ${expected}`,
  }),
  suffixCharacters: (suffix: string): Issue => ({
    code: 'SUFFIX_CHARACTERS',
    severity: 'error',
    message: `the suffix "${excerpt(suffix)}" cannot be part of a model’s name on Bedrock`,
    hint: 'Use letters and digits, with single "-" or "_" between them.',
  }),
} as const;

const KIND_NAMES: Readonly<Record<string, string>> = { audio: 'audio', document: 'PDF', image: 'images' };

const KIND_HINTS: Readonly<Record<string, string>> = {
  audio: 'Transcribe the recording, or train these rows at a provider that takes audio.',
  document:
    'Save the text as .txt or the pages as images (adapt: {pdfPages: 5} does that), or train these rows at a provider that takes PDF.',
};
