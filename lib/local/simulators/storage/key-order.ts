/**
 * Object stores list keys in the order of their UTF-8 bytes. JavaScript compares UTF-16 units, which differs in one place
 * only: surrogates (astral characters) sort below U+E000-U+FFFF there and above them in UTF-8.
 */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rankOfUnit(a) - rankOfUnit(b);
  }
  return left.length - right.length;
}

function rankOfUnit(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The first position whose key does not satisfy `isBefore`, which must hold for a leading part of the sorted keys only. */
export function partitionPoint(keys: readonly string[], isBefore: (key: string) => boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(keys[middle] ?? '')) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Merges two sorted lists into one without duplicates; keys that `isKept` refuses are left out. */
export function mergeKeys(
  left: readonly string[],
  right: readonly string[],
  isKept: (key: string) => boolean,
): string[] {
  const merged: string[] = [];
  let a = 0;
  let b = 0;
  while (a < left.length || b < right.length) {
    const next = takeSmaller(left[a], right[b]);
    if (next === left[a]) a += 1;
    if (next === right[b]) b += 1;
    if (isKept(next)) merged.push(next);
  }
  return merged;
}

function takeSmaller(left: string | undefined, right: string | undefined): string {
  if (left === undefined) return right ?? '';
  if (right === undefined) return left;
  return compareKeys(left, right) <= 0 ? left : right;
}
