import { z } from 'zod';

const VALUE_HINT = 'write a number, a word, a list of words, or numbers by kind such as {image: 10485760}';
/** No limit has more parts than this; the rest would be a stranger's. */
const MOST_PARTS = 50;

const limitValueSchema = z.union(
  [
    z.number(),
    z.string(),
    z.array(z.string()).max(MOST_PARTS),
    z
      .record(z.string(), z.number())
      .refine((parts) => Object.keys(parts).length <= MOST_PARTS, `write at most ${MOST_PARTS} parts`),
  ],
  VALUE_HINT,
);
export type LimitParts = Readonly<Partial<Record<string, number>>>;
export type LimitValue = number | string | readonly string[] | LimitParts;

/** Limits by the names of a model's facts. Which of them can be set, and to what, is the business of the provider's data. */
export const limitsSchema = z
  .record(z.string(), limitValueSchema)
  .refine((limits) => Object.keys(limits).length <= MOST_PARTS, `write at most ${MOST_PARTS} limits`);

/** Whether a limit is a list of words. */
export function isList(value: LimitValue): value is readonly string[] {
  return Array.isArray(value);
}

/** Whether a limit has a number for each kind. */
export function isParts(value: LimitValue): value is LimitParts {
  return typeof value === 'object' && !isList(value);
}

/** A limit as a job spec in YAML writes it: `{image: 10485760}`. */
export function limitText(value: LimitValue): string {
  if (isList(value)) return `[${value.join(', ')}]`;
  if (!isParts(value)) return String(value);
  const parts = Object.entries(value).map(([kind, part]) => `${kind}: ${part}`);
  return `{${parts.join(', ')}}`;
}
