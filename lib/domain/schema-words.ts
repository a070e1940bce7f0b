import type { z } from 'zod';

type ZodIssue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  array: 'write a list',
  object: 'write keys and their values below it',
  record: 'write keys and their values below it',
  string: 'write a text',
  boolean: 'write true or false',
  number: 'write a number',
  int: 'write a whole number',
};

/** What to write instead, as the end of a sentence; the schema's own words where it has some for the place. */
export function whatToWrite(issue: ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.message;
    case 'too_small':
      return bound(issue, `${issue.minimum} or more`, `at least ${counted(issue.origin, issue.minimum)}`);
    case 'too_big':
      return bound(issue, `${issue.maximum} or less`, `at most ${counted(issue.origin, issue.maximum)}`);
    case 'invalid_value':
      return `write ${issue.values.map(String).join(' or ')}`;
    default:
      return issue.message;
  }
}

/** Messages of a schema begin in lower case; zod's own speak of what was expected. */
function bound({ message, origin }: { message: string; origin: string }, number: string, count: string): string {
  if (!/^Too (?:small|big)/.test(message)) return message;
  return `write ${origin === 'number' || origin === 'int' ? number : count}`;
}

function counted(origin: string, count: number | bigint): string {
  const unit = origin === 'array' ? ['entry', 'entries'] : ['character', 'characters'];
  return `${count} ${Number(count) === 1 ? unit[0] : unit[1]}`;
}
