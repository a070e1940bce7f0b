import { createHash } from 'node:crypto';

/** Canonical JSON: keys sorted by code unit, no white space, `undefined` members left out; equal values give equal bytes. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) throw new TypeError('canonicalJson: undefined is no JSON value');
  return JSON.stringify(inOrder(value));
}

/** Lower-case hex sha256 of text (as UTF-8) or bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Lower-case hex sha256 over the canonical JSON of a value. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** The same value with sorted keys; what is in order already is not copied. A replacer would be called for every member instead, at three times the cost. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return inOrder(value.toJSON());
  if (Array.isArray(value)) return listInOrder(value);
  return recordInOrder(value as Record<string, unknown>);
}

function listInOrder(list: readonly unknown[]): readonly unknown[] {
  let isSame = true;
  const ordered = list.map((member) => {
    const one = inOrder(member);
    if (one !== member) isSame = false;
    return one;
  });
  return isSame ? list : ordered;
}

function recordInOrder(record: Record<string, unknown>): Record<string, unknown> {
  let isSame = true;
  let before = '';
  const members: [string, unknown][] = [];
  for (const key of Object.keys(record)) {
    const member = inOrder(record[key]);
    if (key < before || member !== record[key]) isSame = false;
    before = key;
    members.push([key, member]);
  }
  if (isSame) return record;
  // Object.fromEntries keeps `__proto__` an ordinary own key; integer-like keys come first in every engine alike.
  return Object.fromEntries(members.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)));
}
