import { sha256 } from '../../lib/domain/canonical.ts';
import type { Finding } from '../../lib/domain/finding.ts';
import { type Columns, readColumns } from '../../lib/rows/columns.ts';
import { buildDropIndex, type DropEntry } from '../../lib/rows/drop-index.ts';
import { type ReadRow, type RowContext, readTableRow } from '../../lib/rows/table.ts';

/** The smallest PNG: one transparent pixel. */
export const TINY_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
export const TINY_PNG_URI = `data:image/png;base64,${TINY_PNG}`;
export const TINY_PNG_RECORD = `u:${sha256(Buffer.from(TINY_PNG, 'base64'))}`;

/** Entries of one archive, with records `a0:0`, `a0:1`…; a name before `!` is another archive, without any is loose when it ends `@drop`. */
export function archiveOf(names: readonly string[], container: string = 'media.zip', number: number = 0): DropEntry[] {
  return names.map((name, entry) => ({ record: `a${number}:${entry}`, origin: 'archive', container, name }));
}

export function looseFiles(names: readonly string[]): DropEntry[] {
  return names.map((name) => ({ record: `d:museum/${name}`, origin: 'drop', container: '', name }));
}

export interface SavedData {
  bytes: Buffer;
  mime: string;
}

export function contextOf(
  entries: readonly DropEntry[] = [],
  changes: Partial<RowContext> = {},
): RowContext & { saved: SavedData[] } {
  const saved: SavedData[] = [];
  return {
    file: 'train.csv',
    index: buildDropIndex(entries),
    objects: { buckets: [] },
    saveData: (bytes, mime) => {
      saved.push({ bytes, mime });
      return sha256(bytes);
    },
    split: null,
    links: { allow: true, hosts: null },
    ...changes,
    saved,
  };
}

export function columnsOf(header: string): Columns {
  const read = readColumns(header.split(','));
  if (!('columns' in read)) throw new Error(read.issues.map((issue) => issue.message).join('; '));
  return read.columns;
}

/** Reads row 1 (line 2) of a table with the header `prompt,completion,files` or another one. */
export function readRow(
  cells: readonly string[],
  context: RowContext,
  header: string = 'prompt,completion,files',
): ReadRow {
  return readTableRow(cells, columnsOf(header), { row: 1, line: 2, faults: [] }, context);
}

export function codesOf(row: { findings: readonly Finding[] }): string[] {
  return row.findings.map((finding) => finding.code);
}
