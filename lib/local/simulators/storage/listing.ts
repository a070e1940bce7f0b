import { compareKeys, partitionPoint } from './key-order.ts';

/** A place in a listing: behind this key, or (`whole`) behind every key that begins with it. */
export interface Cursor {
  after: string;
  whole: boolean;
}

export interface ListQuery {
  prefix?: string;
  delimiter?: string;
  /** The first key that may appear (inclusive) and the first that may not. */
  from?: string;
  before?: string;
  cursor?: Cursor;
  /** Keys and prefixes together. */
  limit: number;
}

/** `next` is null on the last page. Keys and prefixes are sorted by UTF-8 bytes. */
export interface KeyPage {
  keys: string[];
  prefixes: string[];
  next: Cursor | null;
}

/** One page of a sorted key list, rolled up at the delimiter; costs the page's size, not the list's. */
export function listKeys(sorted: readonly string[], query: ListQuery): KeyPage {
  const prefix = query.prefix ?? '';
  const page: KeyPage = { keys: [], prefixes: [], next: null };
  let position = partitionPoint(sorted, (key) => isBeforeStart(key, query, prefix));
  let last: Cursor | null = null;
  while (position < sorted.length) {
    const key = sorted[position] ?? '';
    if (!key.startsWith(prefix) || (query.before !== undefined && compareKeys(key, query.before) >= 0)) break;
    if (page.keys.length + page.prefixes.length >= query.limit) return { ...page, next: last };
    const rolled = rollUp(key, prefix, query.delimiter);
    if (rolled === null) {
      page.keys.push(key);
      position += 1;
    } else {
      page.prefixes.push(rolled);
      position = partitionPoint(sorted, (other) => compareKeys(other, rolled) < 0 || other.startsWith(rolled));
    }
    last = { after: rolled ?? key, whole: rolled !== null };
  }
  return page;
}

function isBeforeStart(key: string, query: ListQuery, prefix: string): boolean {
  if (compareKeys(key, prefix) < 0) return true;
  if (query.from !== undefined && compareKeys(key, query.from) < 0) return true;
  if (query.cursor === undefined) return false;
  const { after, whole } = query.cursor;
  return compareKeys(key, after) <= 0 || (whole && key.startsWith(after));
}

function rollUp(key: string, prefix: string, delimiter: string | undefined): string | null {
  if (delimiter === undefined || delimiter === '') return null;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? null : key.slice(0, end + delimiter.length);
}

/** A cursor as the opaque token that clients send back. */
export function formatCursor(cursor: Cursor): string {
  return Buffer.from(`${cursor.whole ? 'p' : 'k'}${cursor.after}`, 'utf8').toString('base64url');
}

/** The cursor of a token that `formatCursor` made; null for anything else. */
export function parseCursor(token: string): Cursor | null {
  if (!/^[A-Za-z0-9_-]+$/.test(token)) return null;
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (text[0] !== 'p' && text[0] !== 'k') return null;
  return { after: text.slice(1), whole: text[0] === 'p' };
}
