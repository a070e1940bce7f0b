import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Message, Split } from '../domain/example.ts';
import { readBytes } from '../storage/object-store.ts';
import type { AcceptedRow } from './accept-rows.ts';
import { type AnswerCounts, answerCounts, answerCountsSchema } from './dataset-checks-answers.ts';
import type { Services } from './services.ts';

/**
 * What comparing all rows with each other needs of a shard: a header line of JSON, and for each accepted row some words of 32 bits, little-endian:
 * row, line (0 = none), sheet (0 = none), side, how many files, then four words each of the hash of its input, of its input and answer, and of each file.
 */
const FIXED_WORDS = 13;
const WORD_BYTES = 4;
export const HASH_WORDS = 4;
const WORD = { row: 0, line: 1, sheet: 2, side: 3, media: 4, input: 5, whole: 9 } as const;

const headerSchema = z.strictObject({
  rows: z.int().nonnegative(),
  validation: z.int().nonnegative(),
  media: z.int().nonnegative(),
  sheets: z.array(z.string()),
  answers: answerCountsSchema.nullable(),
});

/** Collects a shard's facts; hashes are mixed with `run`, so that nobody can write rows whose hashes all begin alike. */
export function collectFacts(run: string) {
  const words: number[] = [];
  const sheets: string[] = [];
  const answers = answerCounts();
  const counts = { rows: 0, validation: 0, media: 0 };
  const sheetNumber = (sheet: string | undefined): number => {
    if (sheet === undefined) return 0;
    if (!sheets.includes(sheet)) sheets.push(sheet);
    return sheets.indexOf(sheet) + 1;
  };
  return {
    add: ({ row, example, media }: AcceptedRow, side: Split): void => {
      const files = new Set(media.map(({ asset }) => asset.sha256));
      const content = new Map(media.map(({ reference, asset }) => [reference.id, asset.sha256]));
      const said = example.messages.map((message) => saidBy(message, content));
      const tools = example.tools ?? null;
      const input = digestOf(`${run}${JSON.stringify([tools, said.slice(0, -1)])}`);
      const whole = digestOf(`${run}${JSON.stringify([tools, said])}`);
      counts.rows += 1;
      counts.validation += side === 'validation' ? 1 : 0;
      counts.media += files.size;
      words.push(row.row, row.line ?? 0, sheetNumber(row.sheet), side === 'validation' ? 1 : 0, files.size);
      words.push(...wordsOf(input), ...wordsOf(whole));
      for (const sha256 of files) words.push(...mediaWords(run, sha256));
      answers.add(example.messages.at(-1));
    },
    end: (): AsyncIterable<Uint8Array> => {
      const header = { ...counts, sheets, answers: answers.all() };
      return chunks(Buffer.from(`${JSON.stringify(header)}\n`), Buffer.from(Uint32Array.from(words).buffer));
    },
  };
}

async function* chunks(...all: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all;
}

/** What a message says, with files by their content; space at the ends and how much of it stands between words is not meant. */
function saidBy(message: Message, content: ReadonlyMap<string, string>): unknown[] {
  const { role, parts, name = null, weight = null, toolCalls = null, toolCallId = null } = message;
  const said = parts.map((part) => ('text' in part ? plainWords(part.text) : { media: content.get(part.media) ?? '' }));
  return [role, name, weight, toolCalls, toolCallId, said];
}

/** What replacing would change: looking first costs a tenth of replacing, and most texts are plain. */
const ODD_SPACE = /\s\s|[^\S ]|^ | $/;

/** A text in the form in which it is compared. */
function plainWords(text: string): string {
  const composed = text.normalize('NFC');
  return ODD_SPACE.test(composed) ? composed.replace(/\s+/g, ' ').trim() : composed;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function wordsOf(digest: Buffer): number[] {
  const words: number[] = [];
  for (let at = 0; at < HASH_WORDS * WORD_BYTES; at += WORD_BYTES) words.push(digest.readUInt32LE(at));
  return words;
}

/** The words by which the facts know a file. */
export function mediaWords(run: string, sha256: string): number[] {
  return wordsOf(digestOf(`${run}${sha256}`));
}

/** The facts of a shard, as written. */
export interface ShardFacts {
  rows: number;
  validation: number;
  media: number;
  answers: AnswerCounts | null;
  words: Uint32Array;
  sheets: readonly string[];
}

/** One row's facts: where it stands, and at which words its hashes begin. */
export interface RowFacts {
  row: number;
  line: number;
  sheet: string | undefined;
  isValidation: boolean;
  input: number;
  whole: number;
  media: number[];
}

/** Reads the facts of a shard; null = they were never written. */
export async function readFacts({ results }: Services, key: string): Promise<ShardFacts | null> {
  const bytes = await readBytes(results, key);
  if (bytes === null) return null;
  const end = bytes.indexOf(0x0a);
  const header = headerSchema.parse(JSON.parse(bytes.toString('utf8', 0, end)));
  // A copy: words may only begin at every fourth byte of the memory that holds them.
  const words = new Uint32Array(Uint8Array.from(bytes.subarray(end + 1)).buffer);
  return { ...header, words };
}

/** The rows of a shard in their order. */
export function* rowsOf({ words, sheets }: ShardFacts): Generator<RowFacts> {
  for (let at = 0; at < words.length; ) {
    const start = at;
    const files = words[start + WORD.media] ?? 0;
    at += FIXED_WORDS + files * HASH_WORDS;
    yield {
      row: words[start + WORD.row] ?? 0,
      line: words[start + WORD.line] ?? 0,
      sheet: sheets[(words[start + WORD.sheet] ?? 0) - 1],
      isValidation: words[start + WORD.side] === 1,
      input: start + WORD.input,
      whole: start + WORD.whole,
      media: Array.from({ length: files }, (_, file) => start + FIXED_WORDS + file * HASH_WORDS),
    };
  }
}
