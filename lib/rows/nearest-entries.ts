import { nearestNames } from '../domain/nearest-name.ts';
import { baseName, foldName } from './entry-name.ts';

// Comparing a missing name with 200,000 others takes a third of a second, and a table may name as many files that are not there.
const COMPARED_WITH_ALL = 100;
const NEIGHBOURS = 20;
const LONGEST_NAME = 255;

/** Finds names near to a wanted one, best first. The answer depends on the names alone, never on what was asked before. */
export function nearestFinder(names: readonly string[]): (wanted: string, limit: number) => string[] {
  if (names.length <= COMPARED_WITH_ALL) return (wanted, limit) => nearestOf(wanted, names, limit);
  const forward = sortedBy(names, (name) => foldName(baseName(name)));
  const backward = sortedBy(names, (name) => reversed(foldName(baseName(name))));
  return (wanted, limit) => {
    const key = foldName(baseName(wanted.slice(-LONGEST_NAME)));
    const candidates = new Set([...neighbours(forward, key), ...neighbours(backward, reversed(key))]);
    return nearestOf(wanted, [...candidates], limit);
  };
}

interface Keyed {
  key: string;
  name: string;
}

function nearestOf(wanted: string, names: readonly string[], limit: number): string[] {
  if (wanted.length > LONGEST_NAME) return [];
  const byBase = new Map<string, string>();
  for (const name of names) if (!byBase.has(baseName(name))) byBase.set(baseName(name), name);
  return nearestNames(baseName(wanted), byBase.keys(), limit).map((base) => byBase.get(base) ?? base);
}

function sortedBy(names: readonly string[], keyOf: (name: string) => string): Keyed[] {
  const keyed = names.map((name) => ({ key: keyOf(name), name }));
  return keyed.sort((left, right) => compare(left.key, right.key) || compare(left.name, right.name));
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function neighbours(sorted: readonly Keyed[], key: string): string[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return sorted.slice(Math.max(0, low - NEIGHBOURS), low + NEIGHBOURS).map(({ name }) => name);
}

function reversed(text: string): string {
  return Array.from(text).reverse().join('');
}
