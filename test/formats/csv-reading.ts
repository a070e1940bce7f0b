import {
  type CsvDialect,
  type CsvPosition,
  type CsvRecord,
  type ReadCsvOptions,
  readCsv,
} from '../../lib/formats/csv.ts';

export const COMMA_UTF8: CsvDialect = { encoding: 'utf-8', bomBytes: 0, delimiter: ',' };

export interface ReadAllOptions extends Partial<ReadCsvOptions> {
  /** Sizes of the chunks, used in turn; one chunk by default. */
  chunkSizes?: readonly number[];
}

/** Reads a whole file, from `from` on, as chunks of the given sizes. */
export async function readAll(file: string | Uint8Array, options: ReadAllOptions = {}): Promise<CsvRecord[]> {
  const { chunkSizes = [], dialect = COMMA_UTF8, ...others } = options;
  const bytes = Buffer.from(file).subarray(options.from?.offset ?? 0);
  const records: CsvRecord[] = [];
  for await (const batch of readCsv(chunked(bytes, chunkSizes), { ...others, dialect })) records.push(...batch);
  return records;
}

export async function readCells(file: string | Uint8Array, options: ReadAllOptions = {}): Promise<string[][]> {
  return (await readAll(file, options)).map(({ cells }) => cells);
}

/** `CODE@cell`, in the order in which they were found. */
export function faultsOf(records: readonly CsvRecord[]): string[] {
  return records.flatMap(({ faults }) => faults.map(({ code, cell }) => `${code}@${cell}`));
}

export function positionAfter({ offset, length, nextLine }: CsvRecord): CsvPosition {
  return { offset: offset + length, line: nextLine };
}

/** Each chunk's memory is overwritten once the next one is asked for, as a reader with one buffer would do. */
async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (let turn = 0; from < bytes.length; turn += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[turn % sizes.length] ?? 1);
    const chunk = Buffer.from(bytes.subarray(from, from + size));
    yield chunk;
    chunk.fill('"');
    from += size;
  }
}
