import { createHash } from 'node:crypto';
import type { Json } from './json.ts';

/** `$range` gives at most this many items, as States.ArrayRange did (Amazon States Language, appendix B). */
const LONGEST_RANGE = 1000;
/** Algorithms of `$hash` (Step Functions developer guide, "Transforming data with JSONata"). */
const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** What Step Functions adds to JSONata and needs nothing from outside: name, JSONata signature, implementation. */
export const PURE_FUNCTIONS = [
  { name: 'partition', signature: '<an:a>', implementation: partition },
  { name: 'range', signature: '<nnn:a>', implementation: range },
  { name: 'hash', signature: '<ss:s>', implementation: hash },
  { name: 'parse', signature: '<s:x>', implementation: parse },
] as const;

function partition(items: Json[] | undefined, size: number | undefined): Json[][] | undefined {
  if (items === undefined || size === undefined) return undefined;
  if (!Number.isInteger(size) || size < 1) throw new Error(`$partition needs a whole size of 1 or more, not ${size}.`);
  const chunks: Json[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}

function range(first: number | undefined, last: number | undefined, step: number | undefined): number[] | undefined {
  if (first === undefined || last === undefined || step === undefined) return undefined;
  if (![first, last, step].every(Number.isInteger) || step === 0) {
    throw new Error('$range needs three whole numbers, and a step that is not 0.');
  }
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > LONGEST_RANGE) throw new Error(`$range gives at most ${LONGEST_RANGE} items; this one has ${length}.`);
  return Array.from({ length }, (_, index) => first + index * step);
}

function hash(data: string | undefined, algorithm: string | undefined): string | undefined {
  if (data === undefined || algorithm === undefined) return undefined;
  const name = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined;
  if (name === undefined) throw new Error(`$hash knows ${Object.keys(HASHES).join(', ')}, not ${algorithm}.`);
  return createHash(name).update(data).digest('hex');
}

function parse(text: string | undefined): Json | undefined {
  return text === undefined ? undefined : JSON.parse(text);
}

const MULTIPLIER = 0x5deece66dn;
const MASK = (1n << 48n) - 1n;

/** `$random(seed)`: Java's generator, bit for bit (measured on AWS: seed 42 gives 0.7275636800328681; floci-io/floci#2662). */
export function seededRandom(seed: number): number {
  let state = (BigInt(Math.trunc(seed)) ^ MULTIPLIER) & MASK;
  const next = (bits: bigint) => {
    state = (state * MULTIPLIER + 0xbn) & MASK;
    return state >> (48n - bits);
  };
  return Number((next(26n) << 27n) + next(27n)) / 2 ** 53;
}

/** A version 4 UUID from any source of numbers in [0, 1). */
export function uuidFrom(random: () => number): string {
  const bytes = Array.from({ length: 16 }, () => Math.floor(random() * 256) & 255);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
