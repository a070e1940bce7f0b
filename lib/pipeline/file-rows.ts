import { z } from 'zod';
import type { Finding } from '../domain/finding.ts';
import type { ReadRow } from '../rows/table.ts';
import type { RowRecord } from './row-record.ts';

/** Where a call of `normalize` goes on: a record's boundary in the file, and the number of the next data row. */
export const positionSchema = z.strictObject({
  offset: z.int(),
  line: z.int(),
  row: z.int(),
  inArray: z.boolean(),
  /** Told by files in UTF-16: the middle of one does not show it. */
  encoding: z.enum(['utf-16le', 'utf-16be']).optional(),
});
export type Position = z.infer<typeof positionSchema>;

export interface FileRow {
  record: RowRecord;
  links: ReadRow['links'];
  missing: string[];
  /** Where reading goes on behind this row; null in files that are read in one go. */
  next: Position | null;
}

export interface OpenFile {
  rows: AsyncGenerator<FileRow>;
  /** What is to say of the file as a whole; complete once `rows` has ended. */
  findings(): Finding[];
}
