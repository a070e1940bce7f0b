import type { Example, Split } from '../domain/example.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readBytes } from '../storage/object-store.ts';
import type { Manifest } from './manifest.ts';
import type { Services } from './services.ts';

const HASH_BYTES = 8;
const HEX = 16;
const SIDE_BIT = 1n;

/** Hashes of 64 bits, sorted: eight bytes a row, where a Set of texts would take a hundred. */
export interface KnownHashes {
  /** Where the hash is among them, or -1; equal hashes have one place. */
  placeOf(hash: bigint): number;
  /** How many places there are. */
  places: number;
  /** How many different ones. */
  count: number;
}

/** Sixteen hex digits as a number. */
export function hashNumber(hex: string): bigint {
  return BigInt(`0x${hex}`);
}

/** The bytes that stand for a hash in an object of the history. */
export function hashBytes(hashes: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(hashes.length * HASH_BYTES);
  for (const [index, hash] of hashes.entries()) bytes.writeBigUInt64BE(hash, index * HASH_BYTES);
  return bytes;
}

/** What `sides.bin` says of a row: its example by 63 bits, and its side. */
export function sideHash(example: string, split: Split): bigint {
  const hash = hashNumber(example.slice('e_'.length, 'e_'.length + HEX));
  return split === 'validation' ? hash | SIDE_BIT : hash & ~SIDE_BIT;
}

/** The contents of a state's rows; null where there is no such state. */
export async function readContents(
  { results }: Pick<Services, 'results'>,
  { dataset, snapshot }: { dataset: string; snapshot: string },
): Promise<KnownHashes | null> {
  return readHashes(results, keys.history(dataset).contents(snapshot));
}

/** The side that a row had in the state before this one; null = it was not in it. */
export async function readKnownSides(
  { results }: Pick<Services, 'results'>,
  { dataset, past }: Pick<Manifest, 'dataset' | 'past'>,
): Promise<(example: Pick<Example, 'id'>) => Split | null> {
  const known = past.after === null ? null : await readHashes(results, keys.history(dataset).sides(past.after));
  if (known === null) return () => null;
  return ({ id }) => {
    if (known.placeOf(sideHash(id, 'train')) !== -1) return 'train';
    return known.placeOf(sideHash(id, 'validation')) === -1 ? null : 'validation';
  };
}

/** A million rows are a thousand shards, each of which asks for the hashes of a whole state: 8 MB to read, and most of a second to sort. */
const LAST_READ = new WeakMap<ObjectStore, Map<string, Promise<KnownHashes | null>>>();
const HELD_AT_ONCE = 3;

/** A snapshot's objects never change, for it is called by what they hold. */
async function readHashes(results: ObjectStore, key: string): Promise<KnownHashes | null> {
  const held = LAST_READ.get(results) ?? new Map<string, Promise<KnownHashes | null>>();
  LAST_READ.set(results, held);
  const reading =
    held.get(key) ?? readBytes(results, key).then((bytes) => (bytes === null ? null : sortedHashes(bytes)));
  held.delete(key);
  held.set(key, reading);
  for (const oldest of [...held.keys()].slice(0, -HELD_AT_ONCE)) held.delete(oldest);
  const isThere = await reading.then(
    (known) => known !== null,
    () => false,
  );
  // What is not there yet, or could not be read, may be there next time.
  if (!isThere) held.delete(key);
  return reading;
}

function sortedHashes(bytes: Buffer): KnownHashes {
  const all = new BigUint64Array(bytes.length / HASH_BYTES);
  for (let index = 0; index < all.length; index += 1) all[index] = bytes.readBigUInt64BE(index * HASH_BYTES);
  all.sort();
  let count = 0;
  for (let index = 0; index < all.length; index += 1) if (index === 0 || all[index] !== all[index - 1]) count += 1;
  return { placeOf: (hash) => placeIn(all, hash), places: all.length, count };
}

/** The first place of a hash in a sorted list, or -1. */
function placeIn(sorted: BigUint64Array, hash: bigint): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0n) < hash) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === hash ? low : -1;
}
