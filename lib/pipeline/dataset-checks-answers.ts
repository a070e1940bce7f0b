import { z } from 'zod';
import type { Message } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';

/** A row counts as one of a few classes while its answer is no longer than this. */
const LONGEST_CLASS = 64;
const MOST_CLASSES = 20;
/** Fewer rows for each class than this say nothing. */
const ROWS_PER_CLASS = 10;
/** A class that is so many times as common as another is learned before it. */
const UNEVEN = 10;

export const answerCountsSchema = z.array(z.tuple([z.string(), z.int().positive()]));
/** How often each answer is given, in the order of the answers. */
export type AnswerCounts = z.infer<typeof answerCountsSchema>;

/** Counts answers for as long as they are few and short; null from then on. */
export function answerCounts() {
  let counts: Map<string, number> | null = new Map();
  return {
    add: (message: Message | undefined): void => {
      const answer = shortAnswer(message);
      counts?.set(answer ?? '', (counts.get(answer ?? '') ?? 0) + 1);
      if (answer === null || (counts !== null && counts.size > MOST_CLASSES)) counts = null;
    },
    all: (): AnswerCounts | null => (counts === null ? null : inOrder(counts)),
  };
}

function shortAnswer(message: Message | undefined): string | null {
  if (message === undefined || message.toolCalls !== undefined) return null;
  let length = 0;
  for (const part of message.parts) length += 'text' in part ? part.text.length : Number.POSITIVE_INFINITY;
  if (length > LONGEST_CLASS) return null;
  return message.parts
    .map((part) => ('text' in part ? part.text : ''))
    .join(' ')
    .trim();
}

function inOrder(counts: ReadonlyMap<string, number>): AnswerCounts {
  return [...counts].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
}

/** The answers of two shards together; null where they are no few classes. */
export function addAnswers(left: AnswerCounts | null, right: AnswerCounts | null): AnswerCounts | null {
  if (left === null || right === null) return null;
  const sum = new Map(left);
  for (const [answer, times] of right) sum.set(answer, (sum.get(answer) ?? 0) + times);
  return sum.size > MOST_CLASSES ? null : inOrder(sum);
}

/** What is worth saying of a dataset whose answers are a few classes. */
export function checkBalance(counts: AnswerCounts | null): Issue | null {
  if (counts === null) return null;
  const rows = counts.reduce((sum, [, times]) => sum + times, 0);
  if (rows < Math.max(counts.length, 2) * ROWS_PER_CLASS) return null;
  const [most, ...others] = [...counts].sort(([, left], [, right]) => right - left);
  const least = others.at(-1);
  if (most === undefined) return null;
  if (least === undefined)
    return uneven(`all ${many(rows)} rows have the same answer, "${excerpt(most[0])}": there is nothing to tell apart`);
  if (most[1] <= least[1] * UNEVEN) return null;
  const times = (count: number) => `${many(count)} time${count === 1 ? '' : 's'}`;
  return uneven(
    `the answers of ${many(rows)} rows are ${counts.length} classes of very uneven size: "${excerpt(most[0])}" stands ${times(most[1])}, "${excerpt(least[0])}" ${times(least[1])}`,
  );
}

function uneven(message: string): Issue {
  const hint = 'Add rows of the rare answers, or take out some of the common ones, unless life is as uneven.';
  return { code: 'ANSWERS_UNEVEN', severity: 'info', message, hint };
}

function many(count: number): string {
  return count.toLocaleString('en-US');
}
