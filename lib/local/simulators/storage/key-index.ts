import { compareKeys, mergeKeys } from './key-order.ts';

/** Where the newest record of a key lies in the bucket's log, in bytes. */
export interface Place {
  offset: number;
  length: number;
}

/** The keys of one bucket in memory: about a hundred bytes a key, so that 200,000 small objects stay usable. */
export interface KeyIndex {
  get(key: string): Place | undefined;
  set(key: string, place: Place): void;
  remove(key: string): void;
  /** All keys in listing order; sorted when asked for, and then only what is new. */
  sorted(): readonly string[];
}

/** An empty index. */
export function createKeyIndex(): KeyIndex {
  const places = new Map<string, Place>();
  const fresh = new Set<string>();
  let sorted: string[] = [];
  let hasRemovals = false;
  return {
    get: (key) => places.get(key),
    set(key, place) {
      if (!places.has(key)) fresh.add(key);
      places.set(key, place);
    },
    remove(key) {
      hasRemovals = places.delete(key) || hasRemovals;
      fresh.delete(key);
    },
    sorted() {
      if (fresh.size === 0 && !hasRemovals) return sorted;
      sorted = mergeKeys(sorted, [...fresh].sort(compareKeys), (key) => places.has(key));
      fresh.clear();
      hasRemovals = false;
      return sorted;
    },
  };
}
