import { HASH_WORDS } from './dataset-checks-facts.ts';

/** Where hashes were seen first: for each distinct one a few numbers, 0 until they are set. */
export interface SeenTable {
  /** The place of a hash in `values`; it is entered if it is new. */
  placeOf(words: Uint32Array, at: number): number;
  values: Uint32Array;
}

/** Half empty, so that looking on from an occupied place stays short. */
const ROOM = 2;
/** What a pass holds is a share by chance: of few hashes it may be far more than its part. */
const ROOM_FOR_CHANCE = 1024;

/**
 * A table for at most `most` hashes, with `columns` numbers each. A Map of as many texts would take ten times the memory: a million
 * hashes are 50 MB here. The last word tells the place, as those that fall into one pass share the remainder of their first.
 */
export function seenTable(most: number, columns: number): SeenTable {
  const capacity = 2 ** Math.ceil(Math.log2(most * ROOM + ROOM_FOR_CHANCE));
  const hashes = new Uint32Array(capacity * HASH_WORDS);
  const isUsed = new Uint8Array(capacity);
  const values = new Uint32Array(capacity * columns);
  let used = 0;
  const isAt = (place: number, words: Uint32Array, at: number): boolean => {
    for (let word = 0; word < HASH_WORDS; word += 1)
      if (hashes[place * HASH_WORDS + word] !== words[at + word]) return false;
    return true;
  };
  const placeOf = (words: Uint32Array, at: number): number => {
    let place = (words[at + HASH_WORDS - 1] ?? 0) & (capacity - 1);
    while (isUsed[place] === 1) {
      if (isAt(place, words, at)) return place * columns;
      place = (place + 1) & (capacity - 1);
    }
    used += 1;
    if (used === capacity) throw new Error('[gate] more rows were compared than were planned.');
    isUsed[place] = 1;
    hashes.set(words.subarray(at, at + HASH_WORDS), place * HASH_WORDS);
    return place * columns;
  };
  return { placeOf, values };
}
