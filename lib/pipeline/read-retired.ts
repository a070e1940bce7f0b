import { type Finding, findingAt, type Where } from '../domain/finding.ts';
import { type CsvRecord, readCsv } from '../formats/csv.ts';
import { readXlsx } from '../formats/xlsx.ts';
import { isBlankRow } from '../rows/blank-row.ts';
import { rowIssue } from '../rows/codes.ts';
import { type RetireColumns, type Retired, readRetireColumns, readRetired } from '../rows/retire.ts';
import { keys } from '../storage/keys.ts';
import { readJsonLines } from '../storage/object-store.ts';
import { objectAccess } from './archives.ts';
import { faultIssue } from './fault-issue.ts';
import type { DatasetFile, RunReference } from './manifest.ts';
import type { Services } from './services.ts';
import { isBlankRecord, readTableHead } from './table-head.ts';

/** A row to take out, and where the drop says so. */
export interface RetiredRow {
  file: string;
  sheet?: string;
  row: number;
  line: number;
  retired: Retired;
}

/** More than anybody asks for at once, and what planning can hold. */
const MOST_RETIRED = 100_000;
/** A hostile list may be wrong in each of a hundred thousand rows. */
const MOST_TOLD = 100;

/** Reads a list of rows to take out into the run's work; what cannot be read of it is told, since a row that stays by mistake is trained on. */
export async function readRetireFile(
  services: Services,
  { dataset, run }: RunReference,
  { file, number }: { file: DatasetFile; number: number },
): Promise<Finding[]> {
  const found: RetiredRow[] = [];
  const findings: Finding[] = [];
  const read = file.format === 'xlsx' ? retiredInWorkbook(services, file) : retiredInTable(services, file);
  for await (const one of read) {
    if ('code' in one) {
      if (findings.length < MOST_TOLD || one.severity === 'error') findings.push(one);
      // What is wrong refuses the list, whatever follows.
      if (findings.length > MOST_TOLD) break;
    } else if (found.length < MOST_RETIRED) found.push(one);
    else {
      findings.push(tooMany(file.name));
      break;
    }
  }
  const text = found.map((one) => `${JSON.stringify(one)}\n`).join('');
  await services.results.write(keys.work(dataset, run).retired(number), text);
  return findings;
}

/** The rows to take out that a file of the drop lists. */
export function readRetiredRows(
  { results }: Pick<Services, 'results'>,
  { dataset, run }: RunReference,
  number: number,
): AsyncGenerator<RetiredRow> {
  return readJsonLines(results, keys.work(dataset, run).retired(number), (value) => value as RetiredRow);
}

async function* retiredInTable(services: Services, file: DatasetFile): AsyncGenerator<RetiredRow | Finding> {
  const head = await readTableHead(services, file);
  if (head === null) return;
  const read = readRetireColumns(head.header);
  if ('issue' in read) {
    yield findingAt(read.issue, { file: file.name, line: head.line });
    return;
  }
  let row = 1;
  for await (const record of recordsBehind(services, file, head)) {
    yield* retiredOf(record, { file: file.name, row, columns: read.columns });
    row += 1;
  }
}

/** The data records of a table, blank ones left out. */
async function* recordsBehind(
  services: Services,
  { key, etag }: DatasetFile,
  { dialect, offset }: NonNullable<Awaited<ReturnType<typeof readTableHead>>>,
): AsyncGenerator<CsvRecord> {
  for await (const batch of readCsv(services.inbox.read(key, { ifMatch: etag }), { dialect }))
    for (const record of batch) if (record.offset > offset && !isBlankRecord(record)) yield record;
}

function* retiredOf(
  { cells, faults, line }: CsvRecord,
  { file, row, columns }: { file: string; row: number; columns: RetireColumns },
): Generator<RetiredRow | Finding> {
  for (const fault of faults) yield findingAt(faultIssue(fault, 'error'), { file, row, line });
  if (faults.length > 0) return;
  const retired = readRetired(cells, columns);
  yield retired === null ? namesNothing({ file, row, line }) : { file, row, line, retired };
}

async function* retiredInWorkbook(services: Services, file: DatasetFile): AsyncGenerator<RetiredRow | Finding> {
  const { sheets, fault } = await readXlsx(objectAccess(services.inbox, file));
  if (fault !== null) yield findingAt(faultIssue(fault, 'error'), { file: file.name });
  for (const { name: sheet, hidden, rows } of sheets) {
    if (hidden || rows.length === 0) continue;
    const read = readRetireColumns(rows[0]?.cells ?? []);
    if ('issue' in read) {
      yield findingAt(read.issue, { file: file.name, sheet });
      continue;
    }
    const filled = rows.slice(1).filter(({ cells }) => !isBlankRow(cells));
    for (const [index, { row: line, cells }] of filled.entries()) {
      const where = { file: file.name, sheet, row: index + 1, line };
      const retired = readRetired(cells, read.columns);
      yield retired === null ? namesNothing(where) : { ...where, retired };
    }
  }
}

function namesNothing(where: Where): Finding {
  const message = 'the row names neither an id nor a prompt';
  const hint = 'Write which row is to be taken out, or empty the whole line.';
  return findingAt({ code: 'RETIRE_UNKNOWN', severity: 'warning', message, hint }, where);
}

function tooMany(file: string): Finding {
  const message = `the list names more than ${MOST_RETIRED.toLocaleString('en-US')} rows to take out`;
  return findingAt(rowIssue('RETIRE_TOO_MANY', message, 'Leave these rows out of the dataset files instead.'), {
    file,
  });
}
