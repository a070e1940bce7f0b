import type { Split } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import { withoutSecrets } from '../domain/secrets.ts';
import { LONGEST_SAID, MOST_NAMED_LINES, type NamedLine, type NamedLines } from '../domain/training.ts';

/** Longer messages name nothing that matters behind this. */
const READ_CHARACTERS = 4000;

/**
 * "Example 12 message contains", "line 3 is not", "Examples 3, 7 and 12 were skipped", "example(s) at lines 4, 5": nobody documents the
 * wording, so that it is read by what all of them share, a word for a line and the numbers right behind it.
 */
const NAMED =
  /\b(?:example|line|row|record|sample)s?\b(?:\(s\))?(?: (?:at|on|in) lines?)?[ ]?(?:#|no\.|number|index)?:? ?(\d{1,9}(?:(?:, ?| and |, and )\d{1,9}){0,999})\b/gi;

/** Training or validation lines that a provider's sentence names; none for a sentence about the whole. Numbers are taken to count from 1. */
export function linesNamedIn(message: string, split: Split | null = null): NamedLine[] {
  const read = message.slice(0, READ_CHARACTERS);
  const side = split ?? (/\bvalidation\b/i.test(read) && !/\btraining\b/i.test(read) ? 'validation' : 'train');
  const reason = saidBy(message);
  const numbers = [...read.matchAll(NAMED)].flatMap(([, list]) => (list ?? '').match(/\d+/g) ?? []).map(Number);
  return [...new Set(numbers)].filter((line) => line > 0).map((line) => ({ split: side, line, reason }));
}

/** Each line once, in the order of the files; `count` is what the provider counts, where it does. */
export function namedLines(lines: readonly NamedLine[], count = 0): NamedLines | null {
  const byPlace = new Map<string, NamedLine>();
  for (const line of lines) {
    const place = `${line.split} ${line.line}`;
    if (!byPlace.has(place)) byPlace.set(place, line);
  }
  const once = [...byPlace.values()].sort(
    (left, right) => (left.split < right.split ? -1 : left.split > right.split ? 1 : 0) || left.line - right.line,
  );
  const all = Math.max(count, once.length);
  return all === 0 ? null : { count: all, lines: once.slice(0, MOST_NAMED_LINES) };
}

/** What a provider says, at a length that people read and without what looks like a key. */
export function saidBy(message: string): string {
  return excerpt(withoutSecrets(message.slice(0, READ_CHARACTERS)), LONGEST_SAID);
}
