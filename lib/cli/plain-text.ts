import { excerpt } from '../domain/excerpt.ts';

const LONGEST_LINE = 10_000;

/** Text for a terminal: names and messages that come from a drop or a provider must not move its cursor or colour its lines. */
export function plainText(text: string): string {
  return text
    .split('\n')
    .map((line) => excerpt(line, LONGEST_LINE))
    .join('\n');
}
