import { type JsonPosition, type JsonValue, readJsonValues } from '../../lib/formats/jsonl.ts';

/** A value as the reader yields it. */
export type Read = JsonValue & { next: JsonPosition };
type Options = Partial<Parameters<typeof readJsonValues>[1]>;

/** Splits arrays unless their first element has a role, as chats do. */
export const isNoMessage = (first: unknown): boolean =>
  !(typeof first === 'object' && first !== null && 'role' in first);

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Reads a whole text; `sizes` are those of the chunks, in turn. */
export async function readAll(input: string | Uint8Array, options: Options = {}, sizes = [65_536]): Promise<Read[]> {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  const source = inChunks(bytes.subarray(options.from?.offset ?? 0), sizes);
  const values: Read[] = [];
  for await (const value of readJsonValues(source, { splitArray: isNoMessage, ...options })) values.push(value);
  return values;
}

/** What came out, short: values as they are, faults and warnings by code. */
export async function brief(input: string | Uint8Array, options: Options = {}): Promise<unknown[]> {
  const values = await readAll(input, options);
  return values.map(({ value, faults, warnings }) => {
    if (faults.length > 0) return faults.map((fault) => fault.code).join();
    return warnings.length === 0 ? value : [value, ...warnings.map((warning) => warning.code)];
  });
}
