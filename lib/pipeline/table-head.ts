import { type CsvDialect, type CsvRecord, detectCsvDialect, isSeparatorLine, readCsv } from '../formats/csv.ts';
import { isBlankRow } from '../rows/blank-row.ts';
import { readBytes } from '../storage/object-store.ts';
import type { DatasetFile } from './manifest.ts';
import type { Services } from './services.ts';

const HEAD_BYTES = 256 * 1024;

/** The header and dialect of a delimited file, from its head. */
export async function readTableHead(
  services: Services,
  file: DatasetFile,
): Promise<{ dialect: CsvDialect; header: string[]; line: number; offset: number } | null> {
  const head = await readBytes(services.inbox, file.key, { length: HEAD_BYTES, ifMatch: file.etag });
  const dialect = detectCsvDialect(head ?? new Uint8Array(), { name: file.name, isWhole: file.size <= HEAD_BYTES });
  for await (const batch of readCsv(services.inbox.read(file.key, { ifMatch: file.etag }), { dialect })) {
    const first = batch.find((record) => !isBlankRecord(record) && !isSeparator(record));
    if (first !== undefined) return { dialect, header: first.cells, line: first.line, offset: first.offset };
  }
  return null;
}

/** A record that could not be read has no cells, and is no blank one. */
export function isBlankRecord({ cells, faults }: CsvRecord): boolean {
  return faults.length === 0 && isBlankRow(cells);
}

function isSeparator({ line, cells }: CsvRecord): boolean {
  return line === 1 && isSeparatorLine(cells);
}
