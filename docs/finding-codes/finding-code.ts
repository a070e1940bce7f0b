import type { Severity } from '../../lib/domain/finding.ts';
import { ROW_CODES, type RowCode } from '../../lib/rows/codes.ts';

/** One code as people read of it: `summary` and `remedy` are a sentence each. */
export interface FindingCode {
  severity: Severity | 'error or warning';
  summary: string;
  remedy: string;
}

export type FindingCodes = Readonly<Record<string, FindingCode>>;

/** Codes of `lib/rows/codes.ts`, which knows their severity and meaning, with what to do about each. */
export function rowCodes(remedies: Readonly<Partial<Record<RowCode, string>>>): FindingCodes {
  const codes = Object.entries(remedies) as [RowCode, string][];
  return Object.fromEntries(codes.map(([code, remedy]) => [code, { ...ROW_CODES[code], remedy }]));
}
