import type { Example } from '../domain/example.ts';
import type { RowKeys } from '../rows/row-keys.ts';

/** What tells which of the drop's rows the history holds as they are, so that they need not be kept again. */
export interface Holding {
  /** Keys of the drop's own rows, and those that several of them have. */
  own: Set<string>;
  doubles: Set<string>;
  /** Keys of the rows of newer kept states, and what those states took out; the drop left aside. */
  newer: Set<string>;
  out: Set<string>;
  /** By key of an own row: the row that would stand without the drop; null = several. */
  standing: Map<string, string | null>;
}

/** A row by its keys, and all else that must be equal for it to be the same row. */
export type HeldLine = RowKeys & { example: Example['id']; split: Example['split'] };

export function newHolding(): Holding {
  return { own: new Set(), doubles: new Set(), newer: new Set(), out: new Set(), standing: new Map() };
}

/** Notes a row of the drop. */
export function noteOwn({ own, doubles }: Holding, replacing: readonly string[]): void {
  for (const key of replacing) {
    if (own.has(key)) doubles.add(key);
    own.add(key);
  }
}

/** Notes a row of an earlier state, if it would stand where the drop is left aside; states are told newest first, after the drop. */
export function noteBefore(
  { own, newer, out, standing }: Holding,
  line: HeldLine,
  { replacing, takenOut }: { replacing: readonly string[]; takenOut: readonly string[] },
): void {
  if (takenOut.some((key) => out.has(key)) || replacing.some((key) => newer.has(key))) return;
  for (const key of replacing) if (own.has(key)) standing.set(key, standing.has(key) ? null : identityOf(line));
}

/**
 * Whether leaving a row of the drop out of what is kept changes no later merge: the history's only row of its keys is the same, and no
 * other row of the drop has one of them. Else what it has replaced, or stood beside, would come back without it.
 */
export function isHeld({ doubles, standing }: Holding, line: HeldLine, replacing: readonly string[]): boolean {
  const identity = identityOf(line);
  return replacing.every((key) => !doubles.has(key) && standing.get(key) === identity);
}

function identityOf({ example, split, id }: HeldLine): string {
  return `${example} ${split ?? '-'} ${id ?? ''}`;
}
