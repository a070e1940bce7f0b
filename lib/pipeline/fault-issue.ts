import type { Issue, Severity } from '../domain/finding.ts';
import type { Fault } from '../formats/fault.ts';

/** What a format reader says, as an issue; what else its faults carry (cell, entry, sheet) is for the place, not for the words. */
export function faultIssue({ code, message, hint }: Fault, severity: Severity): Issue {
  return { code, severity, message, ...(hint === undefined ? {} : { hint }) };
}
