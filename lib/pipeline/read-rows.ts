import { canonicalJson, sha256 } from '../domain/canonical.ts';
import type { Split } from '../domain/example.ts';
import { type Finding, findingAt, type Issue } from '../domain/finding.ts';
import { type CsvDialect, readCsv } from '../formats/csv.ts';
import { readJsonValues } from '../formats/jsonl.ts';
import { readXlsx, type XlsxSheet } from '../formats/xlsx.ts';
import { isBlankRow } from '../rows/blank-row.ts';
import { isManyExamples, readChat } from '../rows/chat.ts';
import { rowIssue } from '../rows/codes.ts';
import { type Columns, readColumns } from '../rows/columns.ts';
import type { DropIndex } from '../rows/drop-index.ts';
import { watchDamage } from '../rows/spreadsheet-damage.ts';
import { type ReadRow, type RowContext, readTableRow } from '../rows/table.ts';
import { objectAccess } from './archives.ts';
import { splitOfName } from './drop.ts';
import { faultIssue } from './fault-issue.ts';
import type { FileRow, OpenFile, Position } from './file-rows.ts';
import { type DatasetFile, type Manifest, mergesRows } from './manifest.ts';
import { openKept } from './read-kept.ts';
import type { RowRecord } from './row-record.ts';
import type { Services } from './services.ts';
import { isBlankRecord, readTableHead } from './table-head.ts';

export interface OpenOptions {
  index: DropIndex;
  from: Position | null;
  saveData: (sha256: string, bytes: Uint8Array) => void;
}

/** Opens a pinned dataset file of any format as rows in canonical form. */
export async function openDatasetFile(
  services: Services,
  manifest: Manifest,
  file: DatasetFile,
  options: OpenOptions,
): Promise<OpenFile> {
  const context = rowContext(manifest, file, options);
  if (file.format === 'history') return openKept(services, file);
  if (file.format === 'xlsx') return openWorkbook(services, file, context);
  if (file.format === 'jsonl' || file.format === 'json') return openChats(services, file, context, options.from);
  return openTable(services, file, context, options.from);
}

function rowContext(manifest: Manifest, file: DatasetFile, { index, saveData }: OpenOptions): RowContext {
  return {
    file: file.name,
    index,
    objects: manifest.spec.objects,
    split: file.split,
    links: manifest.spec.links,
    wantsKeys: mergesRows(manifest),
    saveData: (bytes) => {
      const hash = sha256(bytes);
      saveData(hash, bytes);
      return hash;
    },
  };
}

async function openTable(
  services: Services,
  file: DatasetFile,
  context: RowContext,
  from: Position | null,
): Promise<OpenFile> {
  const head = await readTableHead(services, file);
  const read: ReturnType<typeof readColumns> =
    head === null ? { issues: [noHeader(file.name)] } : readColumns(head.header);
  const isFirst = from === null;
  const issues = [
    ...(isFirst ? read.issues : []),
    ...(isFirst && head?.dialect.encoding === 'windows-1252' ? [legacyEncoding(file.name)] : []),
  ];
  const findings = issues.map((issue) =>
    findingAt(issue, { file: file.name, ...(head === null ? {} : { line: head.line }) }),
  );
  const damage = watchDamage();
  const rows =
    head === null || !('columns' in read)
      ? nothing()
      : tableRows(services, file, { ...context, damage }, { head, columns: read.columns, from });
  return { rows, findings: () => [...findings, ...damage.findings(file.name)] };
}

interface TableReading {
  head: { dialect: CsvDialect; offset: number };
  columns: Columns;
  from: Position | null;
}

async function* tableRows(
  services: Services,
  file: DatasetFile,
  context: RowContext,
  { head, columns, from }: TableReading,
): AsyncGenerator<FileRow> {
  const offset = from?.offset ?? 0;
  const source = services.inbox.read(file.key, { offset, ifMatch: file.etag });
  let row = from?.row ?? 1;
  for await (const batch of readCsv(source, {
    dialect: head.dialect,
    ...(from === null ? {} : { from: { offset, line: from.line } }),
  })) {
    for (const record of batch) {
      if (record.offset <= head.offset || isBlankRecord(record)) continue;
      const faults = record.faults.map((fault) => faultIssue(fault, 'error'));
      const read = readTableRow(record.cells, columns, { row, line: record.line, faults }, context);
      const next = { offset: record.offset + record.length, line: record.nextLine, row: row + 1, inArray: false };
      const at = { offset: record.offset, length: record.length };
      yield fileRow(read, { file: file.name, content: canonicalJson(record.cells), at, next });
      row += 1;
    }
  }
}

async function openChats(
  services: Services,
  file: DatasetFile,
  context: RowContext,
  from: Position | null,
): Promise<OpenFile> {
  return { rows: chatRows(services, file, context, from), findings: () => [] };
}

async function* chatRows(
  services: Services,
  file: DatasetFile,
  context: RowContext,
  from: Position | null,
): AsyncGenerator<FileRow> {
  const source = services.inbox.read(file.key, { offset: from?.offset ?? 0, ifMatch: file.etag });
  let row = from?.row ?? 1;
  for await (const value of readJsonValues(source, {
    splitArray: isManyExamples,
    ...(from === null ? {} : { from }),
  })) {
    const faults = [
      ...value.faults.map((fault) => faultIssue(fault, 'error')),
      ...value.warnings.map((warning) => faultIssue(warning, 'warning')),
    ];
    const read = readChat(value.value, { row, line: value.line, faults }, context);
    const next = { ...value.next, row: row + 1 };
    yield fileRow(read, {
      file: file.name,
      content: value.text,
      at: { offset: value.offset, length: value.length },
      next,
    });
    row += 1;
  }
}

async function openWorkbook(services: Services, file: DatasetFile, context: RowContext): Promise<OpenFile> {
  const { sheets, fault, warnings } = await readXlsx(objectAccess(services.inbox, file));
  const findings = [
    ...(fault === null ? [] : [findingAt(faultIssue(fault, 'error'), { file: file.name, ...given(fault.sheet) })]),
    ...warnings.map((warning) =>
      findingAt(faultIssue(warning, 'warning'), { file: file.name, ...given(warning.sheet) }),
    ),
  ];
  const readable = sheets.filter((sheet) => !sheet.hidden && sheet.rows.length > 0);
  for (const sheet of sheets) if (sheet.hidden) findings.push(hiddenSheet(file.name, sheet.name));
  const tables = readable.map((sheet) => ({ sheet, header: readColumns(sheet.rows[0]?.cells ?? []) }));
  const known = tables.flatMap(({ sheet, header }) =>
    'columns' in header ? [{ sheet, columns: header.columns, issues: header.issues }] : [],
  );
  if (fault === null) findings.push(...headerFindings(file.name, tables, known.length));
  const damage = watchDamage();
  return {
    rows: workbookRows(file, { ...context, damage }, known),
    findings: () => [...findings, ...damage.findings(file.name)],
  };
}

type Header = ReturnType<typeof readColumns>;

/** A sheet without a known header is passed over with a warning; when no sheet has one, each header's errors are told. */
function headerFindings(
  file: string,
  tables: readonly { sheet: XlsxSheet; header: Header }[],
  known: number,
): Finding[] {
  if (tables.length === 0) return [findingAt(noHeader(file), { file })];
  return tables.flatMap(({ sheet, header }) => {
    const isPassedOver = !('columns' in header) && known > 0;
    const issues = isPassedOver ? header.issues.filter(isError).map(passedOver) : header.issues;
    return issues.map((issue) => findingAt(issue, { file, sheet: sheet.name }));
  });
}

function isError({ severity }: Issue): boolean {
  return severity === 'error';
}

function passedOver(issue: Issue): Issue {
  return { ...issue, severity: 'warning', message: `sheet passed over: ${issue.message}` };
}

async function* workbookRows(
  file: DatasetFile,
  context: RowContext,
  tables: readonly { sheet: XlsxSheet; columns: Columns }[],
): AsyncGenerator<FileRow> {
  for (const { sheet, columns } of tables) {
    const split: Split | null = file.split ?? splitOfName(sheet.name);
    let row = 1;
    for (const { row: line, cells } of sheet.rows.slice(1)) {
      if (isBlankRow(cells)) continue;
      // A workbook does not store empty cells at a row's end: a short row is a whole one.
      const padded = [...cells, ...Array<string>(Math.max(0, columns.header.length - cells.length)).fill('')];
      const read = readTableRow(padded, columns, { row, line, sheet: sheet.name, faults: [] }, { ...context, split });
      yield fileRow(read, { file: `${file.name}!${sheet.name}`, content: canonicalJson(padded), at: null, next: null });
      row += 1;
    }
  }
}

interface Quoted {
  file: string;
  content: string;
  at: RowRecord['at'];
  next: Position | null;
}

function fileRow(read: ReadRow, { file, content, at, next }: Quoted): FileRow {
  const { row, line, sheet, example, references, findings, fixes, links, missing, id, keys } = read;
  const record: RowRecord = {
    row,
    ...(line === undefined ? {} : { line }),
    ...(sheet === undefined ? {} : { sheet }),
    at,
    identity: `${file}:${row}:${sha256(content).slice(0, 12)}`,
    fixes,
    example,
    references,
    findings,
    ...(id === undefined ? {} : { id }),
    ...(keys === undefined ? {} : { keys }),
  };
  return { record, links, missing, next };
}

async function* nothing(): AsyncGenerator<FileRow> {}

function given(sheet: string | undefined): { sheet?: string } {
  return sheet === undefined ? {} : { sheet };
}

function noHeader(file: string): Issue {
  const hint = 'Its first row must name the columns: prompt, completion, and files where rows have media.';
  return rowIssue('TABLE_HEADER_EMPTY', `"${file}" has no header row`, hint);
}

function legacyEncoding(file: string): Issue {
  return {
    code: 'ENCODING_WINDOWS_1252',
    severity: 'warning',
    message: `"${file}" is not UTF-8; it was read as Windows-1252`,
    hint: 'Save it as UTF-8 (in Excel: "CSV UTF-8"), so that no letter depends on a guess.',
  };
}

function hiddenSheet(file: string, sheet: string): Finding {
  return findingAt(
    {
      code: 'SHEET_HIDDEN',
      severity: 'warning',
      message: `the hidden sheet "${sheet}" was passed over`,
      hint: 'Unhide it if its rows are meant to train.',
    },
    { file, sheet },
  );
}
