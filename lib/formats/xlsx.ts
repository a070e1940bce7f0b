import { bufferAccess, type RandomAccess, readBuffer } from './random-access.ts';
import { refuseWorkbook, XlsxError, type XlsxFault } from './xlsx-faults.ts';
import { readNumberKinds } from './xlsx-formats.ts';
import { METADATA_BYTES, openPackage } from './xlsx-package.ts';
import { LAST_ROW, readSheetRows, type XlsxContext, type XlsxRow } from './xlsx-sheet.ts';
import { readSharedStrings } from './xlsx-strings.ts';

export { XlsxError, type XlsxFault } from './xlsx-faults.ts';
export type { XlsxRow } from './xlsx-sheet.ts';
export { type WriteSheet, writeXlsx } from './xlsx-write.ts';

/** How much of a workbook is read; sizes in bytes after unpacking, rows and columns of one sheet that hold a value. */
export interface XlsxLimits {
  partBytes: number;
  stringsBytes: number;
  rows: number;
  columns: number;
}

const XLSX_LIMITS: Readonly<XlsxLimits> = {
  partBytes: 1024 ** 3,
  stringsBytes: 512 * 1024 ** 2,
  rows: LAST_ROW,
  columns: 64,
};

/** A sheet with its rows in memory; those of a hidden sheet are not read and `rows` is empty. */
export interface XlsxSheet {
  name: string;
  hidden: boolean;
  rows: XlsxRow[];
}

/** A sheet whose rows are read while they are asked for: `rows()` throws XlsxError where the sheet is damaged. */
export interface XlsxSheetStream {
  name: string;
  hidden: boolean;
  rows(): AsyncGenerator<XlsxRow, void, void>;
}

/** A workbook, or with `fault` why there is none. */
export interface XlsxWorkbook<Sheet> {
  sheets: Sheet[];
  fault: XlsxFault | null;
  warnings: XlsxFault[];
}

/** Opens a workbook: cells are texts as a person reads them, whatever their type, formulas by their last saved value. */
export async function openXlsx(
  source: RandomAccess,
  limits: Partial<XlsxLimits> = {},
): Promise<XlsxWorkbook<XlsxSheetStream>> {
  const all = { ...XLSX_LIMITS, ...limits };
  try {
    const near = await bringNear(source);
    await refuseOtherKind(near);
    const { sheets, warnings, read, ...book } = await openPackage(near);
    const strings =
      book.strings === null ? [] : await readSharedStrings(book.strings, read(book.strings, all.stringsBytes));
    const kinds = book.styles === null ? [] : await readNumberKinds(book.styles, read(book.styles, METADATA_BYTES));
    const context: XlsxContext = { ...all, strings, kinds, from1904: book.from1904 };
    const streams = sheets.map(({ name, hidden, part }) => ({
      name,
      hidden,
      rows: () => sheetRows(name, readSheetRows(part, read(part, all.partBytes), context)),
    }));
    return { sheets: streams, fault: null, warnings };
  } catch (error) {
    if (error instanceof XlsxError) return { sheets: [], fault: error.fault, warnings: [] };
    throw error;
  }
}

/** `openXlsx` with all rows of the visible sheets in memory; one damaged sheet refuses the workbook. */
export async function readXlsx(
  source: RandomAccess,
  limits: Partial<XlsxLimits> = {},
): Promise<XlsxWorkbook<XlsxSheet>> {
  const { sheets, fault, warnings } = await openXlsx(source, limits);
  const read: XlsxSheet[] = [];
  try {
    for (const { name, hidden, rows } of sheets) {
      const sheet: XlsxSheet = { name, hidden, rows: [] };
      if (!hidden) for await (const row of rows()) sheet.rows.push(row);
      read.push(sheet);
    }
    return { sheets: read, fault, warnings };
  } catch (error) {
    if (error instanceof XlsxError) return { sheets: [], fault: error.fault, warnings };
    throw error;
  }
}

/** Most workbooks are small, and one read from storage is faster than the twenty that their parts would take. */
const NEAR_BYTES = 16 * 1024 * 1024;

async function bringNear(source: RandomAccess): Promise<RandomAccess> {
  return source.size > NEAR_BYTES ? source : bufferAccess(await source.readAt(0, source.size));
}

/** Faults from inside a sheet say which sheet it is. */
async function* sheetRows(sheet: string, rows: AsyncGenerator<XlsxRow>): AsyncGenerator<XlsxRow, void, void> {
  try {
    yield* rows;
  } catch (error) {
    if (error instanceof XlsxError) throw new XlsxError({ ...error.fault, sheet });
    throw error;
  }
}

const OLE_MAGIC = 'd0cf11e0';
const OLE_DIRECTORY_BYTES = 4096;

async function refuseOtherKind(source: RandomAccess): Promise<void> {
  const head = await readBuffer(source, 0, Math.min(512, source.size));
  if (head.toString('latin1', 0, 2) === 'PK') return;
  if (head.toString('hex', 0, 4) === OLE_MAGIC) return refuseOle(source, head);
  refuseWorkbook(
    'XLSX_STRUCTURE',
    'this is not an Excel workbook, whatever its name says',
    'Save it as .xlsx, or name it .csv if it is text.',
  );
}

/** Old .xls files and workbooks with a password are both OLE containers; the directory says which (MS-CFB 2.2, 2.6). */
async function refuseOle(source: RandomAccess, head: Buffer): Promise<never> {
  const whole = head.length === 512;
  const sector = whole && head.readUInt16LE(30) === 12 ? 4096 : 512;
  const start = whole ? (head.readUInt32LE(48) + 1) * sector : 0;
  const length = Math.max(0, Math.min(OLE_DIRECTORY_BYTES, source.size - start));
  const directory = length === 0 ? head : await readBuffer(source, start, length);
  if (directory.includes(Buffer.from('EncryptedPackage', 'utf16le'))) {
    refuseWorkbook('XLSX_ENCRYPTED', 'the workbook is protected by a password', 'Save it without one.');
  }
  return refuseWorkbook('XLS_LEGACY', 'this is a workbook of Excel 97-2003 (.xls)', 'Save it as .xlsx or .csv.');
}
