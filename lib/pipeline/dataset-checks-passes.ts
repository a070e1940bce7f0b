import { z } from 'zod';
import type { WorkKeys } from '../storage/keys.ts';
import { addAnswers, answerCountsSchema } from './dataset-checks-answers.ts';
import { type RowFacts, readFacts, rowsOf, type ShardFacts } from './dataset-checks-facts.ts';
import { seenTable } from './dataset-checks-table.ts';
import { SMALL_READS_AT_ONCE } from './limits.ts';
import type { Plan } from './plan.ts';
import { readAhead } from './read-ahead.ts';
import type { Services } from './services.ts';

/** What comparing rows can find. */
export const COMPARED = ['duplicates', 'conflicts', 'leaks', 'mediaLeaks'] as const;
export type Compared = (typeof COMPARED)[number];

/** Of each kind so many are told, the first in the order of the rows; the others are counted. */
export const MOST_TOLD = 100;

const count = z.int().nonnegative();
/** Rows by their number among all accepted ones, from 0. `file`: which of the later row's files it is about. */
const pairSchema = z.strictObject({ later: count, earlier: count, file: count.nullable() });
export type Pair = z.infer<typeof pairSchema>;

const tallySchema = z.strictObject({ count, told: z.array(pairSchema) });
type Tally = z.infer<typeof tallySchema>;
const talliesSchema = z.strictObject({
  duplicates: tallySchema,
  conflicts: tallySchema,
  leaks: tallySchema,
  mediaLeaks: tallySchema,
} satisfies Record<Compared, unknown>);
type Tallies = z.infer<typeof talliesSchema>;

/** What the passes so far have found; `totals` is null before the first. */
export const checksSchema = z.strictObject({
  passes: count,
  totals: z.strictObject({ validation: count, media: count, answers: answerCountsSchema.nullable() }).nullable(),
  tallies: talliesSchema,
});
export type Checks = z.infer<typeof checksSchema>;

/** Before any pass. */
export function noChecks(): Checks {
  return { passes: 0, totals: null, tallies: noTallies() };
}

function noTallies(): Tallies {
  const none = (): Tally => ({ count: 0, told: [] });
  return { duplicates: none(), conflicts: none(), leaks: none(), mediaLeaks: none() };
}

/** One look at every row, at those hashes whose first word leaves this remainder: a share that fits in memory. */
export interface Pass {
  of: 'inputs' | 'wholes' | 'media';
  part: number;
  parts: number;
  /** Distinct hashes at most, as far as chance goes. */
  most: number;
}

/** All passes over a run, as far as is known; rows with the same input must be known before others are judged. */
export function passesOf(plan: Plan, { totals }: Checks, perPass: number): Pass[] {
  const cut = (of: Pass['of'], all: number): Pass[] => {
    const parts = Math.max(1, Math.ceil(all / perPass));
    return Array.from({ length: parts }, (_, part) => ({ of, part, parts, most: Math.ceil(all / parts) }));
  };
  const hasSides = totals !== null && totals.validation > 0 && totals.media > 0;
  return [...cut('inputs', plan.rows), ...cut('wholes', plan.rows), ...(hasSides ? cut('media', totals.media) : [])];
}

interface Passing {
  work: WorkKeys;
  plan: Plan;
  pass: Pass;
  /** A bit for each row that is told to stand on both sides: it is not told again as a duplicate, or by its files. */
  leaked: Uint8Array;
}

/** Makes one pass; `starts` are the numbers of each shard's first row. */
export async function makePass(
  services: Services,
  checks: Checks,
  { work, plan, pass, leaked }: Passing,
): Promise<{ checks: Checks; starts: number[] }> {
  const tallies = noTallies();
  const look = LOOKS[pass.of](pass, { tallies, leaked });
  const starts: number[] = [];
  let totals: NonNullable<Checks['totals']> = { validation: 0, media: 0, answers: [] };
  let row = 0;
  const shards = readAhead(numbers(plan.shards), SMALL_READS_AT_ONCE, (shard) =>
    readFacts(services, work.facts(shard)),
  );
  for await (const facts of shards) {
    if (facts === null) throw new Error('[gate] a shard has no facts to compare.');
    starts.push(row);
    totals = addTotals(totals, facts);
    for (const one of rowsOf(facts)) {
      look(one, facts.words, row);
      row += 1;
    }
  }
  return {
    checks: { passes: checks.passes + 1, totals: checks.totals ?? totals, tallies: add(checks.tallies, tallies) },
    starts,
  };
}

function* numbers(end: number): Generator<number> {
  for (let number = 0; number < end; number += 1) yield number;
}

function addTotals(sum: NonNullable<Checks['totals']>, { validation, media, answers }: ShardFacts) {
  return {
    validation: sum.validation + validation,
    media: sum.media + media,
    answers: addAnswers(sum.answers, answers),
  };
}

function add(left: Tallies, right: Tallies): Tallies {
  const sum = noTallies();
  for (const kind of COMPARED) {
    const told = [...left[kind].told, ...right[kind].told];
    told.sort((one, other) => one.later - other.later || (one.file ?? 0) - (other.file ?? 0));
    sum[kind] = { count: left[kind].count + right[kind].count, told: told.slice(0, MOST_TOLD) };
  }
  return sum;
}

interface Finds {
  tallies: Tallies;
  leaked: Uint8Array;
}

type Look = (row: RowFacts, words: Uint32Array, number: number) => void;

const LOOKS: Readonly<Record<Pass['of'], (pass: Pass, finds: Finds) => Look>> = {
  inputs: lookAtInputs,
  wholes: lookAtWholes,
  media: lookAtMedia,
};

/** The first rows of a hash on each side (numbers from 1, as 0 is none); of an input, then two words of the first row's whole hash. */
const FIRST = { train: 0, validation: 1, whole: 2 } as const;
const WHOLE_WORDS = 2;

function lookAtInputs(pass: Pass, { tallies, leaked }: Finds): Look {
  const { placeOf, values } = seenTable(pass.most, FIRST.whole + WHOLE_WORDS);
  return (row, words, number) => {
    if (!isIn(pass, words, row.input)) return;
    const place = placeOf(words, row.input);
    const { own, other } = sidesOf(place, row);
    const [before, across] = [at(values, own), at(values, other)];
    const whole = place + FIRST.whole;
    const [first, second] = [at(words, row.whole), at(words, row.whole + 1)];
    if (before === 0 && across === 0) values.set([first, second], whole);
    else if (at(values, whole) !== first || at(values, whole + 1) !== second)
      note(tallies.conflicts, { later: number, earlier: firstOf(before, across) - 1, file: null });
    if (across !== 0) {
      note(tallies.leaks, { later: number, earlier: across - 1, file: null });
      leaked[number >> 3] = at(leaked, number >> 3) | (1 << (number & 7));
    }
    if (before === 0) values[own] = number + 1;
  };
}

function sidesOf(place: number, { isValidation }: RowFacts): { own: number; other: number } {
  const [train, validation] = [place + FIRST.train, place + FIRST.validation];
  return isValidation ? { own: validation, other: train } : { own: train, other: validation };
}

function firstOf(before: number, across: number): number {
  return before === 0 || across === 0 ? before + across : Math.min(before, across);
}

function at(numbers: Uint32Array | Uint8Array, index: number): number {
  return numbers[index] ?? 0;
}

function lookAtWholes(pass: Pass, { tallies, leaked }: Finds): Look {
  const { placeOf, values } = seenTable(pass.most, 1);
  return (row, words, number) => {
    if (!isIn(pass, words, row.whole)) return;
    const place = placeOf(words, row.whole);
    const first = at(values, place);
    if (first === 0) values[place] = number + 1;
    else if (!isLeaked(leaked, number)) note(tallies.duplicates, { later: number, earlier: first - 1, file: null });
  };
}

/** A file is told once, where it first stands on the other side: a picture may have a thousand rows on each. */
function lookAtMedia(pass: Pass, { tallies, leaked }: Finds): Look {
  const TOLD = 2;
  const { placeOf, values } = seenTable(pass.most, TOLD + 1);
  const look = (row: RowFacts, place: number, { number, file }: { number: number; file: number }): void => {
    const { own, other } = sidesOf(place, row);
    if (at(values, own) === 0) values[own] = number + 1;
    const across = at(values, other);
    if (across === 0 || at(values, place + TOLD) !== 0 || isLeaked(leaked, number)) return;
    values[place + TOLD] = 1;
    note(tallies.mediaLeaks, { later: number, earlier: across - 1, file });
  };
  return (row, words, number) => {
    for (const [file, hash] of row.media.entries())
      if (isIn(pass, words, hash)) look(row, placeOf(words, hash), { number, file });
  };
}

function isIn({ part, parts }: Pass, words: Uint32Array, hash: number): boolean {
  return at(words, hash) % parts === part;
}

function isLeaked(leaked: Uint8Array, number: number): boolean {
  return (at(leaked, number >> 3) & (1 << (number & 7))) !== 0;
}

function note(tally: Tally, pair: Pair): void {
  tally.count += 1;
  if (tally.told.length < MOST_TOLD) tally.told.push(pair);
}
