import type { ObjectsReader } from '../http.ts';
import { parseObject } from '../json-value.ts';
import { readLines } from '../lines.ts';
import { type LineContent, readLineContent } from './check-line.ts';
import { createTally } from './distribution.ts';
import type { DatasetStats, Outcome, StoredJob } from './documents.ts';
import { inspectMedia, type MediaFacts } from './inspect-media.ts';
import {
  AUDIO_TOKENS_PER_SECOND,
  FREE_VALIDATION_EXAMPLES,
  IMAGE_TOKENS,
  LARGEST_FILE_BYTES,
  MEDIA,
  type MediaKind,
  MODELS,
  MOST_DROPPED_SHARE,
  MOST_MULTIMODAL_EXAMPLES,
  MOST_PAGES_PER_EXAMPLE,
  MOST_TEXT_EXAMPLES,
  MOST_TOKENS_PER_EXAMPLE,
  MOST_VALIDATION_EXAMPLES,
  PAGE_TOKENS,
  type Resolution,
  VALIDATION_SHARE,
} from './rules.ts';

/** 131,072 tokens of text are half a megabyte; a line beyond this is over the limit, whatever is in it. */
const LONGEST_LINE_BYTES = 16 * 1024 ** 2;
const DROPPED_SAMPLE = 100;
const KNOWN_FILES = 20_000;

/** Does what the service does before it trains: reads both files line by line, looks at each file they name, and counts. */
export async function processDataset(objects: ObjectsReader, job: StoredJob): Promise<Outcome> {
  if (job.fault === 'reject-file') return unsound('The training dataset could not be processed (simulated fault).');
  const { trainingDatasetUri, validationDatasetUri } = job.request.supervisedTuningSpec;
  const generation = MODELS.get(job.model)?.generation ?? 3;
  const training = await readDataset({ objects, uri: trainingDatasetUri, name: 'Training', generation });
  if (!training.sound || validationDatasetUri === undefined) return training;
  const validation = await readDataset({ objects, uri: validationDatasetUri, name: 'Validation', generation });
  if (!validation.sound) return validation;
  const fault = checkValidationSize(validation.dataset.examples, training.dataset.examples);
  return fault === null ? training : unsound(fault);
}

function checkValidationSize(validation: number, training: number): string | null {
  if (validation > MOST_VALIDATION_EXAMPLES) {
    return `Validation dataset has ${validation} examples, more than ${MOST_VALIDATION_EXAMPLES}.`;
  }
  if (validation <= FREE_VALIDATION_EXAMPLES || validation <= training * VALIDATION_SHARE) return null;
  return `Validation dataset has ${validation} examples, more than 30% of the ${training} training examples.`;
}

interface DatasetSource {
  objects: ObjectsReader;
  uri: string;
  name: 'Training' | 'Validation';
  generation: 2 | 3;
}

async function readDataset(source: DatasetSource): Promise<Outcome> {
  const match = /^gs:\/\/([^/]+)\/(.+)$/.exec(source.uri);
  const [bucket, key] = [match?.[1] ?? '', match?.[2] ?? ''];
  const facts = await source.objects.head(bucket, key);
  if (facts === null) return unsound(`${source.name} dataset ${source.uri} does not exist any more.`);
  if (facts.size > LARGEST_FILE_BYTES) return unsound(`${source.name} dataset is larger than 1 GB.`);
  const counts = createCounts();
  const inspect = rememberMedia(source.objects);
  for await (const line of readLines(await source.objects.read(bucket, key), LONGEST_LINE_BYTES)) {
    const value = line.text === null ? null : parseObject(line.text);
    const content = value === null ? 'is no JSON object in UTF-8' : readLineContent(value, source.generation);
    if (typeof content === 'string') return unsound(`${source.name} dataset: line ${line.number}: ${content}.`);
    counts.add(content, await weigh(content, source.generation, inspect));
  }
  return counts.judge(source.name);
}

function unsound(message: string): Outcome {
  return { sound: false, message };
}

type Inspect = (uri: string, mimeType: string) => Promise<MediaFacts>;

/** Many examples name the same file; the memory of them is bounded. */
function rememberMedia(objects: ObjectsReader): Inspect {
  const known = new Map<string, MediaFacts>();
  return async (uri, mimeType) => {
    const id = `${mimeType} ${uri}`;
    const facts = known.get(id) ?? (await inspectMedia(objects, uri, mimeType));
    if (known.size >= KNOWN_FILES) known.clear();
    known.set(id, facts);
    return facts;
  };
}

/** `dropped` says why the service would leave the example out. */
interface Weight {
  input: number;
  output: number;
  dropped: string | null;
}

async function weigh(content: LineContent, generation: 2 | 3, inspect: Inspect): Promise<Weight> {
  const amounts: Record<MediaKind, number[]> = { image: [], audio: [], document: [] };
  let media = 0;
  for (const file of content.files) {
    const facts = await inspect(file.uri, file.mimeType);
    if (!facts.sound) return { input: 0, output: 0, dropped: facts.reason };
    amounts[facts.kind].push(facts.amount);
    media += mediaTokens(facts, generation, file.resolution ?? content.resolution);
  }
  const input = Math.ceil(content.inputTokens) + media;
  const output = Math.ceil(content.outputTokens);
  return { input, output, dropped: findExcess(amounts, input + output) };
}

function findExcess(amounts: Record<MediaKind, number[]>, tokens: number): string | null {
  for (const [kind, { word, mostPerExample }] of Object.entries(MEDIA)) {
    const count = amounts[kind as MediaKind].length;
    if (count > mostPerExample) return `Too many ${word}: ${count}, at most ${mostPerExample} per example`;
  }
  const pages = amounts.document.reduce((sum, count) => sum + count, 0);
  if (pages > MOST_PAGES_PER_EXAMPLE) return `Too many pages: ${pages}, at most ${MOST_PAGES_PER_EXAMPLE} per example`;
  if (tokens <= MOST_TOKENS_PER_EXAMPLE) return null;
  return `Too many tokens: ${tokens}, at most ${MOST_TOKENS_PER_EXAMPLE} per example`;
}

const RESOLUTIONS: readonly Resolution[] = ['LOW', 'MEDIUM', 'HIGH', 'ULTRA_HIGH'];

function mediaTokens(facts: Extract<MediaFacts, { sound: true }>, generation: 2 | 3, asked: string | null): number {
  const resolution = RESOLUTIONS.find((word) => asked === `MEDIA_RESOLUTION_${word}`);
  if (facts.kind === 'image') return IMAGE_TOKENS[generation][resolution ?? 'HIGH'];
  if (facts.kind === 'document') return facts.amount * PAGE_TOKENS[generation][resolution ?? 'UNSET'];
  return facts.amount * AUDIO_TOKENS_PER_SECOND[generation];
}

function createCounts() {
  const tallies = { input: createTally(), output: createTally(), messages: createTally() };
  const droppedSample: DatasetStats['droppedSample'] = [];
  let [examples, multimodal, dropped, characters, tokens] = [0, 0, 0, 0, 0];
  let sample: DatasetStats['sample'] = [];
  return {
    add(content: LineContent, weight: Weight): void {
      examples += 1;
      if (content.files.length > 0) multimodal += 1;
      if (weight.dropped !== null) {
        dropped += 1;
        if (droppedSample.length < DROPPED_SAMPLE) droppedSample.push({ index: examples, reason: weight.dropped });
        return;
      }
      characters += content.inputCharacters + content.outputCharacters;
      tokens += weight.input + weight.output;
      tallies.input.add(weight.input);
      tallies.output.add(weight.output);
      tallies.messages.add(content.contents.length);
      if (sample.length === 0) sample = content.contents.slice(0, 2);
    },
    judge(name: string): Outcome {
      const fault = judgeCounts({ name, examples, multimodal, dropped, first: droppedSample[0] });
      if (fault !== null) return unsound(fault);
      const inputTokens = tallies.input.result();
      const outputTokens = tallies.output.result();
      const counted = { examples, characters, tokens, inputTokens, outputTokens, messages: tallies.messages.result() };
      return { sound: true, dataset: { ...counted, sample, dropped, droppedSample } };
    },
  };
}

interface Counted {
  name: string;
  examples: number;
  multimodal: number;
  dropped: number;
  first: DatasetStats['droppedSample'][number] | undefined;
}

function judgeCounts({ name, examples, multimodal, dropped, first }: Counted): string | null {
  if (examples === 0) return `${name} dataset has no examples.`;
  if (examples > MOST_TEXT_EXAMPLES) return `${name} dataset has more than ${MOST_TEXT_EXAMPLES} examples.`;
  if (multimodal > 0 && examples > MOST_MULTIMODAL_EXAMPLES) {
    return `${name} dataset has ${examples} examples, more than ${MOST_MULTIMODAL_EXAMPLES} with media.`;
  }
  if (dropped <= examples * MOST_DROPPED_SHARE) return null;
  const example = first === undefined ? '' : ` Example ${first.index}: ${first.reason}.`;
  return `${name} dataset: ${dropped} of ${examples} examples are invalid, more than 10%.${example}`;
}
