import { formatCsvRecord, readCsv } from '../../lib/formats/csv.ts';

/** A CSV file of these records. */
export function csv(records: readonly (readonly string[])[]): string {
  return records.map((record) => formatCsvRecord(record)).join('');
}

/** The records of a CSV text. */
export async function csvRecords(text: string): Promise<string[][]> {
  const records: string[][] = [];
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  for await (const batch of readCsv(bytes, { dialect: { delimiter: ',', encoding: 'utf-8', bomBytes: 0 } }))
    records.push(...batch.filter(({ blank }) => !blank).map(({ cells }) => [...cells]));
  return records;
}

/** Rows that every target takes: distinct questions with answers and no file. */
export function plainRows(count: number, word: string = 'owl'): string[][] {
  return Array.from({ length: count }, (_, index) => [
    `What is ${word} ${index + 1}?`,
    `It is ${word} number ${index + 1}.`,
    '',
  ]);
}

export const HEADER: readonly string[] = ['prompt', 'completion', 'files'];
