/** A part of an object, in bytes. */
export interface ByteRange {
  offset: number;
  length: number;
}

/** One range of a `Range` header; null (several, none, or unreadable) means the whole object, as RFC 9110 has it. */
export function parseByteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  const [, first, last] = match;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  const offset = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return offset >= size || end <= offset ? 'unsatisfiable' : { offset, length: end - offset };
}
