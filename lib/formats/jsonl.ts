import { type JsonBytes, readJsonBytes } from './json-encoding.ts';
import { type JsonPosition, type JsonValue, openReader } from './json-reader.ts';
import type { JsonLimits } from './json-scan-state.ts';

export type { JsonPosition, JsonValue };

type Read = JsonValue & { next: JsonPosition };

/** A value over 256 MiB, 32 levels, 256 keys an object or a million parts is a fault (the budgets of hostile input). */
const JSON_LIMITS: JsonLimits = { valueBytes: 256 * 1024 * 1024, depth: 32, keys: 256, values: 1_000_000 };

/**
 * Reads JSON values as they come: one a line, printed over many lines, one after another, or the elements of one outermost array when
 * `splitArray` says so of its first element (which it gets with null for what could not be read). `source` begins at `from.offset`.
 * Faults are values; a broken value costs itself (its line, in JSONL) and nothing is held but one value.
 */
export async function* readJsonValues(
  source: AsyncIterable<Uint8Array>,
  options: { from?: JsonPosition; splitArray: (first: unknown) => boolean; limits?: Partial<JsonLimits> },
): AsyncGenerator<JsonValue & { next: JsonPosition }> {
  const from = options.from ?? { offset: 0, line: 1, inArray: false };
  const bytes = await readJsonBytes(source, from);
  const limits = { ...JSON_LIMITS, ...options.limits };
  const reader = openReader(bytes.chunks, {
    from: { ...from, offset: bytes.start },
    splitArray: options.splitArray,
    limits,
  });
  for (let value = await reader.read(); value !== null; value = await reader.read()) yield inFileOffsets(value, bytes);
}

function inFileOffsets(value: Read, { encoding, toFileOffset }: JsonBytes): Read {
  const end = value.offset + value.length;
  value.offset = toFileOffset(value.offset);
  value.length = toFileOffset(end) - value.offset;
  value.next.offset = toFileOffset(value.next.offset);
  if (encoding !== undefined) value.next.encoding = encoding;
  return value;
}
