import { formatCsvRecord } from '../formats/csv.ts';
import { writeXlsx } from '../formats/xlsx.ts';
import { columnsOf, headerWith, placeCells, type RejectedRecord, rowWith } from './rejected-columns.ts';

export { type RejectedChat, rejectedChats } from './rejected-chats.ts';
export type { RejectedRecord } from './rejected-columns.ts';

/** A table's header and its refused rows; `records` can be called again, and gives the same each time. */
export interface RejectedSource {
  header: readonly string[];
  delimiter: ',' | ';' | '\t';
  records: () => AsyncIterable<RejectedRecord>;
}

/** A sheet's header and its refused rows; sheets of one name become one. */
export interface RejectedSheet {
  sheet: string;
  header: readonly string[];
  records: readonly RejectedRecord[];
}

/**
 * Writes the refused rows of one or several tables as one: the first one's columns and delimiter, cells verbatim, in UTF-8.
 * The records are read twice, because only they tell whether a column for surplus cells is needed.
 */
export async function* rejectedTable(sources: readonly RejectedSource[]): AsyncGenerator<Uint8Array> {
  const columns = columnsOf(sources.map(({ header }) => header));
  const delimiter = sources[0]?.delimiter ?? ',';
  const rows = async function* () {
    for (const [source, { records }] of sources.entries()) {
      for await (const record of records())
        yield { record, placed: placeCells(record, { columns, source, delimiter }) };
    }
  };
  const hasRest = await anyRest(rows());
  let text = formatHeader(headerWith(columns, { hasRest }), delimiter);
  for await (const { record, placed } of rows()) {
    text += formatCsvRecord(rowWith(placed, record, { hasRest }), delimiter);
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

const CHUNK_CHARACTERS = 64 * 1024;

async function anyRest(rows: AsyncIterable<{ placed: { rest: string } }>): Promise<boolean> {
  for await (const { placed } of rows) if (placed.rest !== '') return true;
  return false;
}

/** The header tells a reader the delimiter, so that another delimiter within a name must stand in quotes. */
function formatHeader(names: readonly string[], delimiter: string): string {
  const cells = names.map((name) =>
    /[,;\t]/.test(name) ? `"${name.replaceAll('"', '""')}"` : formatCsvRecord([name]).slice(0, -'\r\n'.length),
  );
  return `${cells.join(delimiter)}\r\n`;
}

/** Writes the refused rows of workbooks, sheet by sheet; equal input gives equal bytes. */
export function rejectedWorkbook(sheets: readonly RejectedSheet[]): Promise<Uint8Array> {
  const names = [...new Set(sheets.map(({ sheet }) => sheet))];
  return writeXlsx(names.map((name) => ({ name, rows: sheetRows(sheets.filter(({ sheet }) => sheet === name)) })));
}

function sheetRows(sources: readonly RejectedSheet[]): string[][] {
  const columns = columnsOf(sources.map(({ header }) => header));
  const rows = sources.flatMap(({ records }, source) =>
    records.map((record) => ({ record, placed: placeCells(record, { columns, source, delimiter: ',' }) })),
  );
  const hasRest = rows.some(({ placed }) => placed.rest !== '');
  return [headerWith(columns, { hasRest }), ...rows.map(({ record, placed }) => rowWith(placed, record, { hasRest }))];
}
