import type { Severity } from '../../lib/domain/finding.ts';
import { ROW_CODES, type RowCode } from '../../lib/rows/codes.ts';

/** One code as people read of it: `summary` and `remedy` are a sentence each; `example` is such a finding in one line, as test/findings makes it. */
export interface FindingCode {
  severity: Severity | 'error or warning';
  summary: string;
  remedy: string;
  example: string;
}

export type FindingCodes = Readonly<Record<string, FindingCode>>;
type RowWords = Pick<FindingCode, 'remedy' | 'example'>;

/** Codes of `lib/rows/codes.ts`, which knows their severity and meaning, with what to do about each, and an example. */
export function rowCodes(words: Readonly<Partial<Record<RowCode, RowWords>>>): FindingCodes {
  const codes = Object.entries(words) as [RowCode, RowWords][];
  return Object.fromEntries(codes.map(([code, own]) => [code, { ...ROW_CODES[code], ...own }]));
}
