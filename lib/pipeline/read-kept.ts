import { z } from 'zod';
import { exampleSchema } from '../domain/example.ts';
import { rowOriginSchema } from '../domain/history.ts';
import { mediaReferenceSchema } from '../domain/media.ts';
import { keys } from '../storage/keys.ts';
import { readJsonLines } from '../storage/object-store.ts';
import type { FileRow, OpenFile } from './file-rows.ts';
import type { DatasetFile } from './manifest.ts';
import { rowKeysSchema } from './row-record.ts';
import type { Services } from './services.ts';

/** A row that is kept for later states, or word that one was taken out. A line of `kept.jsonl`. */
export const keptLineSchema = z.union([
  z.strictObject({
    example: exampleSchema,
    references: z.array(mediaReferenceSchema.extend({ sha256: z.string() })),
    keys: rowKeysSchema,
    /** Of a row that was kept before; else it stood where its example says. */
    origin: rowOriginSchema.optional(),
  }),
  z.strictObject({ retired: z.union([z.strictObject({ id: z.string() }), z.strictObject({ prompt: z.string() })]) }),
]);
export type KeptLine = z.infer<typeof keptLineSchema>;

const KEPT_RECORD = 'h:';

/** The key of the asset record of a file that the history keeps. */
export function keptRecord(sha256: string): string {
  return `${KEPT_RECORD}${sha256}`;
}

/** The sha256 behind the key of the asset record of a kept file; null = another kind of record. */
export function keptOfRecord(record: string): string | null {
  return record.startsWith(KEPT_RECORD) ? record.slice(KEPT_RECORD.length) : null;
}

/** The rows of an earlier state, as a dataset file among the drop's own. */
export async function openKept({ results }: Services, file: DatasetFile): Promise<OpenFile> {
  return { rows: keptRows({ results }, file), findings: () => [] };
}

async function* keptRows({ results }: Pick<Services, 'results'>, file: DatasetFile): AsyncGenerator<FileRow> {
  // Written by finedrop: a million lines are not checked again.
  const lines = readJsonLines(results, file.key, (value) => value as KeptLine);
  let row = 1;
  for await (const line of lines) {
    if ('retired' in line) continue;
    const { example, references, keys: rowKeys, origin } = line;
    const { file: from, sheet, row: number } = example.source;
    const stood = { snapshot: snapshotOf(file), file: from, ...(sheet === undefined ? {} : { sheet }), row: number };
    yield {
      record: {
        row,
        at: null,
        identity: `${file.name}:${row}:${rowKeys.input}`,
        fixes: null,
        example: { ...example, source: { file: file.name, row } },
        references: references.map(({ sha256, ...reference }) => ({ ...reference, record: keptRecord(sha256) })),
        findings: [],
        ...(rowKeys.id === undefined ? {} : { id: rowKeys.id }),
        keys: rowKeys,
        origin: origin ?? stood,
      },
      links: [],
      missing: [],
      next: null,
    };
    row += 1;
  }
}

/** The file that stands for an earlier state among those of the drop; null = it is gone. */
export async function keptFile(
  { results }: Pick<Services, 'results'>,
  { dataset, snapshot }: { dataset: string; snapshot: string },
): Promise<DatasetFile | null> {
  const key = keys.history(dataset).kept(snapshot);
  const info = await results.head(key);
  if (info === null) return null;
  return { key, name: `history/${snapshot}.jsonl`, size: info.size, etag: info.etag, format: 'history', split: null };
}

function snapshotOf({ name }: DatasetFile): string {
  return name.slice('history/'.length, -'.jsonl'.length);
}
