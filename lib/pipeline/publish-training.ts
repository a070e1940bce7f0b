import type { DroppedRow, LineMapEntry, TargetReport } from '../domain/report.ts';
import type { Checkpoint, JobEvent, NamedLine } from '../domain/training.ts';
import { keys } from '../storage/keys.ts';
import { ObjectMissingError, readJsonLines } from '../storage/object-store.ts';
import type { RunReference } from './manifest.ts';
import type { Services } from './services.ts';
import { readTraining } from './training-record.ts';

/** What a target's job left that belongs into the report: the rows that it names, and how its model is asked. */
export async function trainingReport(
  services: Services,
  reference: RunReference,
  target: string,
): Promise<Pick<TargetReport, 'dropped' | 'use'>> {
  const training = await readTraining(services, reference, target);
  if (training === null) return {};
  const { named, use } = training;
  return {
    ...(named === null
      ? {}
      : { dropped: { count: named.count, rows: await rowsOf(services, reference, target, named.lines) } }),
    ...(use === null ? {} : { use }),
  };
}

/** What `job.json` says besides the report. */
export async function trainingDetails(
  services: Services,
  reference: RunReference,
  target: string,
): Promise<{ checkpoints: Checkpoint[]; events: JobEvent[] }> {
  const { checkpoints = [], events = [] } = (await readTraining(services, reference, target)) ?? {};
  return { checkpoints, events };
}

/** The rows behind lines of the files, by the line map; a line that it does not hold is the provider's mistake, and only counted. */
async function rowsOf(
  { results }: Services,
  { dataset, run }: RunReference,
  target: string,
  lines: readonly NamedLine[],
): Promise<DroppedRow[]> {
  const wanted = new Map(lines.map((line) => [placeOf(line), line]));
  const rows = new Map<string, DroppedRow>();
  const map = readJsonLines(results, keys.run(dataset, run).target(target, 'line-map.jsonl'), trusted);
  try {
    for await (const entry of map) {
      const named = wanted.get(placeOf(entry));
      if (named === undefined) continue;
      rows.set(placeOf(entry), rowOf(entry, named));
      // A map of ten million lines need not be read to its end for one of its first.
      if (rows.size === wanted.size) break;
    }
  } catch (error) {
    if (!(error instanceof ObjectMissingError)) throw error;
  }
  return lines.flatMap((line) => rows.get(placeOf(line)) ?? []);
}

/** Written by this run: ten million entries are not checked again. */
function trusted(value: unknown): LineMapEntry {
  return value as LineMapEntry;
}

function placeOf({ split, line }: Pick<LineMapEntry, 'split' | 'line'>): string {
  return `${split} ${line}`;
}

function rowOf({ file, sheet, row }: LineMapEntry, { split, line, reason }: NamedLine): DroppedRow {
  return { file, ...(sheet === null ? {} : { sheet }), row, split, line, reason };
}
