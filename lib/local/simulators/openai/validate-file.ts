import { parseObject } from '../json-value.ts';
import { readLines } from '../lines.ts';
import { readExample } from './check-example.ts';
import type { Verdict } from './documents.ts';
import { MAXIMUM_EXAMPLES_WITH_IMAGES, MAXIMUM_LINE_BYTES, MINIMUM_EXAMPLES } from './rules.ts';

export interface ValidationOptions {
  param: 'training_file' | 'validation_file';
  /** Whether the base model was documented for vision tuning. */
  vision: boolean;
  /** 10 unless told. */
  imagesPerExample?: number;
}

/** High detail and a middle size: 85 + 4 tiles of 170 tokens. */
const TOKENS_PER_IMAGE = 765;
const CHARACTERS_PER_TOKEN = 4;

/** Reads a training or validation file to its first fault, one line in memory; `tokens` is a rough count of one epoch. */
export async function validateFile(bytes: AsyncIterable<Uint8Array>, options: ValidationOptions): Promise<Verdict> {
  let examples = 0;
  let withImages = 0;
  let tokens = 0;
  for await (const line of readLines(bytes, MAXIMUM_LINE_BYTES)) {
    const example = line.text === null ? null : parseObject(line.text);
    if (example === null) return invalid(notADictionary(line.number), options);
    const reading = readExample(example, options.imagesPerExample);
    examples += 1;
    if (reading.fault !== null) return invalid(`Invalid file format. Example ${examples} ${reading.fault}`, options);
    if (reading.images > 0 && !options.vision) return invalid(noVision(examples), options);
    withImages += reading.images > 0 ? 1 : 0;
    tokens += Math.ceil(reading.characters / CHARACTERS_PER_TOKEN) + reading.images * TOKENS_PER_IMAGE;
  }
  const fault = checkCounts(examples, withImages, options);
  return fault ?? { valid: true, examples, tokens };
}

function notADictionary(line: number): string {
  return `Expected file to have JSONL format, where every line is a JSON dictionary. Line ${line} is not a dictionary.`;
}

function noVision(example: number): string {
  return `Invalid file format. Example ${example} contains images, but the model does not support fine-tuning with images`;
}

function checkCounts(examples: number, withImages: number, options: ValidationOptions): Verdict | null {
  const isTraining = options.param === 'training_file';
  const least = isTraining ? MINIMUM_EXAMPLES : 1;
  const name = isTraining ? 'Training' : 'Validation';
  if (examples < least) {
    const message = `${name} file has ${examples} example(s), but must have at least ${least} examples`;
    return { valid: false, code: 'invalid_n_examples', message, param: options.param };
  }
  if (withImages <= MAXIMUM_EXAMPLES_WITH_IMAGES) return null;
  const message = `${name} file has ${withImages} examples with images, but must have at most ${MAXIMUM_EXAMPLES_WITH_IMAGES}`;
  return { valid: false, code: 'invalid_n_examples', message, param: options.param };
}

function invalid(message: string, options: ValidationOptions): Verdict {
  return { valid: false, code: 'invalid_file_format', message, param: options.param };
}
