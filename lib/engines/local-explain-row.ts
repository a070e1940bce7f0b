import { excerpt } from '../domain/excerpt.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import type { DatasetFile, Manifest } from '../pipeline/manifest.ts';
import { type RowRecord, trustRowRecord } from '../pipeline/row-record.ts';
import type { Services } from '../pipeline/services.ts';
import { readShards, type Shard } from '../pipeline/shards.ts';
import { readJsonLines } from '../storage/object-store.ts';
import { UsageError } from './usage-error.ts';

/** What the user wrote before the last colon, and the number behind it. */
export interface RowName {
  place: string;
  row: number;
}

export interface FoundRow {
  file: string;
  shard: Shard;
  record: RowRecord;
}

const EXAMPLE = '--row train.csv:17, or --row book.xlsx/Sheet1:3 where a workbook has several sheets';

/** Reads `<file>[/<sheet>]:<row>`; a sheet's name holds no colon. */
export function readRowName(text: string): RowName {
  const [, place, number] = /^(.+):([1-9]\d{0,8})$/s.exec(text) ?? [];
  if (place === undefined || number === undefined)
    throw new UsageError(`"${excerpt(text)}" names no row. Write ${EXAMPLE}.`);
  return { place, row: Number(number) };
}

/** The row as it was read. A name that fits nothing is a usage error that says what there is. */
export async function findRow(services: Services, manifest: Manifest, { place, row }: RowName): Promise<FoundRow> {
  const { file, sheet } = findFile(manifest.files, place);
  const shards = await shardsOf(services, manifest, manifest.files.indexOf(file));
  return file.format === 'xlsx'
    ? findInWorkbook(services, { file, shards, sheet, row })
    : findInFile(services, { file, shards, row });
}

function findFile(files: readonly DatasetFile[], place: string): { file: DatasetFile; sheet: string | null } {
  const exact = files.find(({ name }) => name === place);
  if (exact !== undefined) return { file: exact, sheet: null };
  for (const file of files) {
    const rest = place.startsWith(file.name) ? place.slice(file.name.length) : '';
    if (file.format === 'xlsx' && /^[/!]./s.test(rest)) return { file, sheet: rest.slice(1) };
  }
  const names = files.map(({ name }) => name);
  const near = didYouMean(place, names);
  const shown = names.slice(0, 10).map((name) => `"${excerpt(name)}"`);
  const others = names.length > shown.length ? ', …' : '';
  throw new UsageError(`the drop has no dataset file "${excerpt(place)}".${near} It has ${shown.join(', ')}${others}.`);
}

async function shardsOf(services: Services, manifest: Manifest, file: number): Promise<Shard[]> {
  const shards: Shard[] = [];
  for await (const shard of readShards(services, manifest)) if (shard.file === file) shards.push(shard);
  return shards;
}

interface Finding {
  file: DatasetFile;
  shards: readonly Shard[];
  row: number;
}

/** Rows are numbered through the file: the shard follows from how many are in each. */
async function findInFile(services: Services, { file, shards, row }: Finding): Promise<FoundRow> {
  let before = 0;
  for (const shard of shards) {
    if (row <= before + shard.rows) {
      for await (const record of rowsOf(services, shard))
        if (record.row === row) return { file: file.name, shard, record };
    }
    before += shard.rows;
  }
  throw noRow(`"${excerpt(file.name)}"`, before, row);
}

/** Rows are numbered through each sheet, and a shard may hold several. */
async function findInWorkbook(
  services: Services,
  { file, shards, sheet, row }: Finding & { sheet: string | null },
): Promise<FoundRow> {
  const counts = new Map<string, number>();
  const found = new Map<string, FoundRow>();
  for (const shard of shards) {
    for await (const record of rowsOf(services, shard)) {
      const name = record.sheet ?? '';
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (record.row === row) found.set(name, { file: file.name, shard, record });
    }
  }
  const chosen = chooseSheet(file.name, sheet, [...counts.keys()]);
  const there = found.get(chosen);
  if (there !== undefined) return there;
  throw noRow(`sheet "${excerpt(chosen)}" of "${excerpt(file.name)}"`, counts.get(chosen) ?? 0, row);
}

function chooseSheet(file: string, sheet: string | null, sheets: readonly string[]): string {
  const [first = '', ...others] = sheets;
  if (sheet !== null && !sheets.includes(sheet)) throw noSheet(file, sheet, sheets);
  if (sheet !== null || others.length === 0) return sheet ?? first;
  const example = excerpt(`${file}/${first}`);
  throw new UsageError(
    `"${excerpt(file)}" has several sheets with rows: name one, as in --row "${example}:1". They are ${listed(sheets)}.`,
  );
}

function noSheet(file: string, sheet: string, sheets: readonly string[]): UsageError {
  const near = didYouMean(sheet, sheets);
  return new UsageError(
    `"${excerpt(file)}" has no sheet "${excerpt(sheet)}" with rows.${near} It has ${listed(sheets) || 'none'}.`,
  );
}

function noRow(place: string, rows: number, row: number): UsageError {
  const many = rows === 1 ? 'one row' : `${rows.toLocaleString('en-US')} rows`;
  return new UsageError(`${place} has ${many}: there is no row ${row}. The first row below the header is 1.`);
}

function listed(sheets: readonly string[]): string {
  return sheets.map((name) => `"${excerpt(name)}"`).join(', ');
}

function rowsOf({ results }: Services, { key }: Shard): AsyncGenerator<RowRecord> {
  return readJsonLines(results, key, trustRowRecord);
}
