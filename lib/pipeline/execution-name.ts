import { sha256 } from '../domain/canonical.ts';

const LONGEST_SLUG = 40;

/** How an execution's name begins: two datasets whose slugs are the same are told apart by their hashes. At most 49 of the 80 characters of a name. */
export function executionPrefix(dataset: string): string {
  return `${safeName(dataset).slice(0, LONGEST_SLUG)}-${sha256(dataset).slice(0, 8)}`;
}

/** A text with what no name of an execution may hold replaced. */
export function safeName(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]+/g, '-');
}
