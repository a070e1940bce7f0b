import { readCsv } from '../formats/csv.ts';
import { decodeText, detectTextEncoding } from '../formats/text-encoding.ts';
import { readXlsx } from '../formats/xlsx.ts';
import {
  type RejectedChat,
  type RejectedRecord,
  type RejectedSheet,
  rejectedChats,
  rejectedTable,
  rejectedWorkbook,
} from '../report/rejected.ts';
import { keys } from '../storage/keys.ts';
import { readBytes, readJsonLines } from '../storage/object-store.ts';
import { objectAccess } from './archives.ts';
import { ROWS } from './convert.ts';
import { type RejectedRow, rejectedRowSchema } from './judge-shard.ts';
import { SMALL_READS_AT_ONCE } from './limits.ts';
import type { DatasetFile, Manifest } from './manifest.ts';
import { readAhead } from './read-ahead.ts';
import type { Services } from './services.ts';
import { readShards } from './shards.ts';
import { readTableHead } from './table-head.ts';

/** Refused rows lie close together as a rule: one read brings all within such a stretch. */
const STRETCH_BYTES = 8 * 1024 * 1024;
/** A shard's refused rows are a few hundred kilobytes. */
const SHARDS_READ_AT_ONCE = 4;
/** Enough of a file to tell its encoding. */
const ENCODING_HEAD_BYTES = 64 * 1024;

/** Writes each file's refused rows in the format they came in, so that they can be mended and dropped back. */
export async function publishRejected(services: Services, manifest: Manifest): Promise<string[]> {
  const written: string[] = [];
  for (const [name, sources] of await groupByOutput(services, manifest)) {
    const key = keys.run(manifest.dataset, manifest.run).rejected(name);
    await services.results.write(key, await content(services, sources));
    written.push(name);
  }
  await removeOthers(services, manifest, new Set(written));
  return written;
}

/** What an earlier attempt refused may have passed since: a link that failed can be there again. */
async function removeOthers({ results }: Services, manifest: Manifest, written: ReadonlySet<string>): Promise<void> {
  const folder = keys.run(manifest.dataset, manifest.run).rejected('');
  for await (const { key } of results.list(folder))
    if (!written.has(key.slice(folder.length))) await results.remove(key);
}

/** `train.csv`, `train.rejected.csv` and copies such as `train.rejected-2.csv` all give `train.rejected.csv`. */
export function rejectedName(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = name.slice(dot) === '.json' ? '.jsonl' : name.slice(dot);
  return `${name.slice(0, dot).replace(/\.rejected(?:[-_ ]?\(?\d+\)?)?$/, '')}.rejected${extension}`;
}

interface Source {
  file: DatasetFile;
  rows: () => AsyncGenerator<RejectedRow>;
}

async function groupByOutput(services: Services, manifest: Manifest): Promise<Map<string, Source[]>> {
  const refused = new Map<number, string[]>();
  const work = keys.work(manifest.dataset, manifest.run);
  const looked = readAhead(readShards(services, manifest), SMALL_READS_AT_ONCE, async ({ shard, file }) => {
    const key = work.converted(ROWS, shard, 'rejected.jsonl');
    return { file, key, size: (await services.results.head(key))?.size ?? 0 };
  });
  for await (const { file, key, size } of looked) {
    if (size === 0) continue;
    const parts = refused.get(file) ?? [];
    parts.push(key);
    refused.set(file, parts);
  }
  const groups = new Map<string, Source[]>();
  for (const [number, parts] of refused) {
    const file = manifest.files[number];
    // Rows of the history are in no file that anybody could mend.
    if (file === undefined || file.format === 'history') continue;
    const rows = async function* () {
      for await (const ofShard of readAhead(parts, SHARDS_READ_AT_ONCE, (part) => readRejected(services, part)))
        yield* ofShard;
    };
    const name = rejectedName(file.name);
    groups.set(name, [...(groups.get(name) ?? []), { file, rows }]);
  }
  return groups;
}

async function readRejected({ results }: Services, key: string): Promise<RejectedRow[]> {
  const rows: RejectedRow[] = [];
  for await (const row of readJsonLines(results, key, (value) => rejectedRowSchema.parse(value))) rows.push(row);
  return rows;
}

async function content(
  services: Services,
  sources: readonly Source[],
): Promise<AsyncIterable<Uint8Array> | Uint8Array> {
  const format = sources[0]?.file.format;
  if (format === 'xlsx') return rejectedWorkbook(await workbookRecords(services, sources));
  if (format === 'csv' || format === 'tsv')
    return rejectedTable(await Promise.all(sources.map((source) => tableSource(services, source))));
  return rejectedChats(chatRecords(services, sources));
}

async function tableSource(services: Services, source: Source) {
  const head = await readTableHead(services, source.file);
  const delimiter = head?.dialect.delimiter ?? ',';
  const records = async function* (): AsyncGenerator<RejectedRecord> {
    if (head === null) return;
    const dialect = { ...head.dialect, bomBytes: 0 };
    for await (const { row, bytes } of quoted(services, source)) {
      for await (const [record] of readCsv(once(bytes), { dialect })) {
        if (record !== undefined) yield { cells: record.cells, fixes: row.fixes, error: row.error };
        break;
      }
    }
  };
  return { header: head?.header ?? [], delimiter, records };
}

async function* chatRecords(services: Services, sources: readonly Source[]): AsyncGenerator<RejectedChat> {
  for (const source of sources) {
    const { key, etag, size } = source.file;
    const head = await readBytes(services.inbox, key, { length: ENCODING_HEAD_BYTES, ifMatch: etag });
    const { encoding } = detectTextEncoding(head ?? Buffer.alloc(0), { isWhole: size <= ENCODING_HEAD_BYTES });
    for await (const { row, bytes } of quoted(services, source)) {
      yield { text: decodeText(bytes, encoding), fixes: row.fixes, error: row.error };
    }
  }
}

/** Sheet by sheet of each workbook: two workbooks may have sheets of one name with other columns. */
async function workbookRecords(services: Services, sources: readonly Source[]): Promise<RejectedSheet[]> {
  const quotedSheets: RejectedSheet[] = [];
  for (const { file, rows } of sources) {
    const { sheets } = await readXlsx(objectAccess(services.inbox, file));
    const refused = new Map<string, RejectedRow[]>();
    for await (const row of rows()) {
      const ofSheet = refused.get(row.sheet ?? '') ?? [];
      ofSheet.push(row);
      refused.set(row.sheet ?? '', ofSheet);
    }
    for (const { name, rows: lines } of sheets) {
      const ofSheet = refused.get(name);
      if (ofSheet === undefined) continue;
      const cellsAt = new Map(lines.map(({ row, cells }) => [row, cells]));
      const records = ofSheet.map(({ line, fixes, error }) => ({ cells: cellsAt.get(line ?? 0) ?? [], fixes, error }));
      quotedSheets.push({ sheet: name, header: lines[0]?.cells ?? [], records });
    }
  }
  return quotedSheets;
}

/** Each refused row with its bytes, neighbours brought by one read. */
async function* quoted(
  services: Services,
  { file, rows }: Source,
): AsyncGenerator<{ row: RejectedRow; bytes: Uint8Array }> {
  let stretch: RejectedRow[] = [];
  const bring = async function* () {
    const first = stretch[0]?.at?.offset ?? 0;
    const last = stretch.at(-1)?.at;
    const end = last == null ? first : last.offset + last.length;
    const bytes = await readBytes(services.inbox, file.key, { offset: first, length: end - first, ifMatch: file.etag });
    for (const row of stretch) {
      if (bytes !== null && row.at !== null)
        yield { row, bytes: bytes.subarray(row.at.offset - first, row.at.offset - first + row.at.length) };
    }
    stretch = [];
  };
  for await (const row of rows()) {
    const first = stretch[0]?.at?.offset;
    const end = row.at === null ? 0 : row.at.offset + row.at.length;
    if (first !== undefined && end - first > STRETCH_BYTES) yield* bring();
    stretch.push(row);
  }
  if (stretch.length > 0) yield* bring();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
