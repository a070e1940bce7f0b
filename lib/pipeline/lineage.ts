import type { Split } from '../domain/example.ts';
import type { DatasetState, ModelRecord } from '../domain/history.ts';
import type { Origin } from '../domain/media.ts';
import { type LineMapEntry, lineMapEntrySchema } from '../domain/report.ts';
import { keys } from '../storage/keys.ts';
import { type ObjectStore, readJsonLines } from '../storage/object-store.ts';
import { type NamedFile, openLock } from './lineage-lock.ts';
import { follow } from './lineage-order.ts';
import { readSnapshot } from './snapshot.ts';

/** A row that a model has learned, as it stands in the model's training or validation file. */
export interface LineageRow {
  split: Split;
  /** Of the file of its split, from 1. */
  line: number;
  file: string;
  sheet: string | null;
  row: number;
  /** In the text of the dataset file, where it is one. */
  sourceLine: number | null;
  example: string;
  /** By words and files. */
  content: string;
  adjustments: string[];
  /** Where it was dropped: of a row that only the history held, an earlier drop. `drop` is null where the history is too short to tell. */
  from: { drop: string | null; run: string | null; file: string; sheet: string | null; row: number };
  files: LineageFile[];
}

/** `name`, `origin` and `mime` are null where the run's lock file is gone. */
export interface LineageFile {
  sha256: string;
  name: string | null;
  origin: Origin | null;
  mime: string | null;
}

/** A model's place in the results, and the accepted states of its dataset. */
export interface Traced {
  dataset: string;
  record: Pick<ModelRecord, 'run' | 'target' | 'snapshot' | 'drop'>;
  states: readonly DatasetState[];
}

/** Why the rows of a model cannot be told; null = they can. */
export async function lostSources(results: ObjectStore, { dataset, record }: Traced): Promise<string | null> {
  const { run, target, snapshot } = record;
  const map = mapKey(dataset, { run, target });
  if ((await results.head(map)) === null) return `its line map "${map}" is gone`;
  if (snapshot === null) return 'the history holds no state of the dataset that it was made of';
  const rows = keys.history(dataset).rows(snapshot);
  return (await results.head(rows)) === null ? `the state of the dataset "${rows}" is gone` : null;
}

/** The rows that made a model, in the order of the drop. Three files of the same order are read beside each other: nothing but the files' types is held. */
export async function* readLineage(results: ObjectStore, traced: Traced): AsyncGenerator<LineageRow> {
  const { dataset, record } = traced;
  const snapshot = follow(readSnapshot({ results }, { dataset, snapshot: record.snapshot ?? '' }));
  const lock = openLock(results, { dataset, run: record.run });
  const dropOf = dropsBySnapshot(traced);
  try {
    const map = readJsonLines(results, mapKey(dataset, record), (value) => lineMapEntrySchema.parse(value));
    for await (const entry of map) {
      const [known] = await snapshot.reach(entry);
      if (known === undefined) throw new Error(`[lineage] ${notFitting(dataset, record, entry)}`);
      const named = known.assets.length === 0 ? [] : await lock.filesOf(entry);
      const { file, sheet = null, row } = known.origin ?? known;
      yield {
        ...placeOf(entry),
        content: known.content,
        from: { ...dropOf(known.origin?.snapshot), file, sheet, row },
        files: filesOf(known.assets, named),
      };
    }
  } finally {
    await snapshot.close();
    await lock.close();
  }
}

/** Where rows are asked for, and there are none to tell. */
export async function* noRows(): AsyncGenerator<never> {}

function mapKey(dataset: string, { run, target }: Pick<ModelRecord, 'run' | 'target'>): string {
  return keys.run(dataset, run).target(target, 'line-map.jsonl');
}

/** To leave such a row out would be to say that the model never saw it. */
function notFitting(dataset: string, { run, target }: Traced['record'], { file, row }: LineMapEntry): string {
  return `row ${row} of "${file}" is in the line map of ${target} in run ${run} of "${dataset}", and not in the state of the dataset that it was made of. One of both was changed.`;
}

function placeOf({ split, line, file, sheet, row, sourceLine, example, adjustments = [] }: LineMapEntry) {
  return { split, line, file, sheet, row, sourceLine, example, adjustments };
}

function dropsBySnapshot({ record, states }: Traced) {
  // Of a state that came back the first counts: its rows were dropped then.
  const bySnapshot = new Map(states.toReversed().map((state) => [state.snapshot, state]));
  return (snapshot: string | undefined): { drop: string | null; run: string | null } => {
    if (snapshot === undefined) return { drop: record.drop, run: record.run };
    const state = bySnapshot.get(snapshot);
    return { drop: state?.drop ?? null, run: state?.run ?? null };
  };
}

function filesOf(assets: readonly string[], named: readonly NamedFile[]): LineageFile[] {
  return assets.flatMap((sha256): LineageFile[] => {
    const own = named.filter((file) => file.sha256 === sha256);
    // A row may name the same bytes twice, by two names.
    return own.length === 0 ? [{ sha256, name: null, origin: null, mime: null }] : own;
  });
}
