import type { Split } from '../domain/example.ts';
import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import { rowIssue } from './codes.ts';

const SIDES: ReadonlyMap<string, Split> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['validation', 'validation'],
  ['validate', 'validation'],
  ['valid', 'validation'],
  ['val', 'validation'],
  ['dev', 'validation'],
  ['eval', 'validation'],
  ['evaluation', 'validation'],
]);

/** Reads which side a row says it is on; null when it says nothing. */
export function readSplit(word: string): { split: Split | null } | { issue: Issue } {
  const side = word.trim().toLowerCase();
  if (side === '') return { split: null };
  const split = SIDES.get(side);
  if (split) return { split };
  const hint =
    side === 'test' || side === 'holdout'
      ? 'Rows for a test do not belong in training data: remove the row, or write validation.'
      : `Write train or validation.${didYouMean(side, SIDES.keys())}`;
  return { issue: rowIssue('SPLIT_UNKNOWN', `the split "${excerpt(word)}" is neither train nor validation`, hint) };
}
