import type { ModelRecord } from '../domain/history.ts';
import { keys } from '../storage/keys.ts';
import { ObjectMissingError, type ObjectStore, type ReadableStore } from '../storage/object-store.ts';
import { type LineageRow, lostSources, readLineage, type Traced } from './lineage.ts';
import { chainOf, type KnownDataset, knownDatasets } from './lineage-trace.ts';

/** What is looked for: a file by its sha256, an example by its id, or a row by the hash of its content. */
export interface Wanted {
  kind: 'file' | 'example' | 'content';
  hash: string;
}

/** A model, or a job, that was given what is looked for. */
export interface FoundModel {
  dataset: string;
  record: ModelRecord;
  isCurrent: boolean;
  /** Tuned models with it that training went on from, nearest first. */
  through: string[];
  /** The rows that hold it themselves, to be read before the next model is asked for; none where it is in the model only through others. */
  rows: AsyncIterable<LineageRow>;
  /** Why nobody can say whether it is in the model; null = it is. */
  problem: string | null;
}

const WANTED: readonly [Wanted['kind'], RegExp][] = [
  ['file', /^[0-9a-f]{64}$/],
  ['example', /^e_[0-9a-f]{16}$/],
  ['content', /^[0-9a-f]{16}$/],
];

/** What a text looks for; null = it is neither a sha256, nor an example's id, nor a content hash. */
export function readWanted(text: string): Wanted | null {
  const hash = text.toLowerCase();
  const [kind] = WANTED.find(([, pattern]) => pattern.test(hash)) ?? [];
  return kind === undefined ? null : { kind, hash };
}

/** Every model of every dataset that contains it, oldest first within a dataset: a row that a target has left out is in no model of it. */
export async function* searchModels(results: ObjectStore, wanted: Wanted): AsyncGenerator<FoundModel> {
  for await (const known of knownDatasets(results)) {
    const holds = probe(results, known.dataset, wanted.hash);
    const holding = new Set<string>();
    for (const record of known.records) {
      const through = chainOf(known.records, record).known.flatMap(([{ tunedModel }]) =>
        tunedModel !== null && holding.has(tunedModel) ? [tunedModel] : [],
      );
      const own = (await holds(record.snapshot)) ? await findIn(results, { ...known, record }, wanted) : NOWHERE;
      if (own.first === null && own.problem === null && through.length === 0) continue;
      if (record.tunedModel !== null) holding.add(record.tunedModel);
      yield found(known, record, { own, through });
    }
  }
}

interface Own {
  first: LineageRow | null;
  rest: AsyncIterable<LineageRow>;
  problem: string | null;
}

const NOWHERE: Own = { first: null, rest: nothing(), problem: null };

function found(
  { dataset, current }: KnownDataset,
  record: ModelRecord,
  { own, through }: { own: Own; through: string[] },
): FoundModel {
  return {
    dataset,
    record,
    isCurrent: current.has(record),
    through,
    rows: own.first === null ? nothing() : withFirst(own.first, own.rest),
    // It is in a model that went on from one with it, whatever is known of its own rows.
    problem: through.length > 0 ? null : own.problem,
  };
}

async function findIn(results: ObjectStore, traced: Traced, wanted: Wanted): Promise<Own> {
  const problem = await lostSources(results, traced);
  if (problem !== null) return { ...NOWHERE, problem };
  const rest = matching(readLineage(results, traced), wanted);
  const first = await rest.next();
  return first.done === true ? NOWHERE : { first: first.value, rest, problem: null };
}

async function* matching(rows: AsyncIterable<LineageRow>, { kind, hash }: Wanted): AsyncGenerator<LineageRow> {
  for await (const row of rows) {
    const isMeant = kind === 'file' ? row.files.some(({ sha256 }) => sha256 === hash) : row[kind] === hash;
    if (isMeant) yield row;
  }
}

/** Whether the state of a dataset may hold a hash: its bytes are looked through once, far quicker than its rows are read. A state that is gone may. */
function probe(results: ObjectStore, dataset: string, hash: string) {
  const known = new Map<string, boolean>();
  return async (snapshot: string | null): Promise<boolean> => {
    if (snapshot === null) return true;
    const before = known.get(snapshot);
    if (before !== undefined) return before;
    const holds = await holdsText(results, keys.history(dataset).rows(snapshot), hash);
    known.set(snapshot, holds);
    return holds;
  };
}

async function holdsText(store: ReadableStore, key: string, text: string): Promise<boolean> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of store.read(key)) {
      const bytes = Buffer.concat([rest, chunk]);
      if (bytes.includes(text, 0, 'latin1')) return true;
      rest = bytes.subarray(Math.max(0, bytes.length - text.length + 1));
    }
    return false;
  } catch (error) {
    if (error instanceof ObjectMissingError) return true;
    throw error;
  }
}

async function* withFirst(first: LineageRow, rest: AsyncIterable<LineageRow>): AsyncGenerator<LineageRow> {
  yield first;
  yield* rest;
}

async function* nothing(): AsyncGenerator<never> {}
