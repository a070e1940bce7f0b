import type { ModelRecord } from '../domain/history.ts';
import { keys } from '../storage/keys.ts';
import { ObjectMissingError, type ObjectStore, type ReadableStore } from '../storage/object-store.ts';
import { type LineageRow, lostSources, noRows, readLineage, type Traced } from './lineage.ts';
import { chainOf, knownDatasets } from './lineage-trace.ts';

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
    const mayHold = probe(results, known.dataset, wanted.hash);
    const descent = openDescent(known.records);
    for (const record of known.records) {
      const own = (await mayHold(record.snapshot)) ? await findIn(results, { ...known, record }, wanted) : NOWHERE;
      const verdict = descent.judge(record, own);
      if (verdict === null) continue;
      const rows = own.first === null ? noRows() : withFirst(own.first, own.rest);
      yield { dataset: known.dataset, record, isCurrent: known.current.has(record), ...verdict, rows };
    }
  }
}

/** What is in a model is in all that training made of it. Models come oldest first, so that each stands behind those that it went on from. */
function openDescent(records: readonly ModelRecord[]) {
  const holding = new Set<string>();
  const doubtful = new Set<string>();
  return {
    judge: (record: ModelRecord, own: Own): Pick<FoundModel, 'through' | 'problem'> | null => {
      const ancestors = chainOf(records, record).known.flatMap(([{ tunedModel }]) => tunedModel ?? []);
      const through = ancestors.filter((tunedModel) => holding.has(tunedModel));
      const isIn = own.first !== null || through.length > 0;
      const problem = isIn ? null : (own.problem ?? doubtOf(ancestors.find((tunedModel) => doubtful.has(tunedModel))));
      if (!isIn && problem === null) return null;
      if (record.tunedModel !== null) (isIn ? holding : doubtful).add(record.tunedModel);
      return { through, problem };
    },
  };
}

function doubtOf(ancestor: string | undefined): string | null {
  return ancestor === undefined ? null : `it went on from ${ancestor}, of which nobody can say it either`;
}

interface Own {
  first: LineageRow | null;
  rest: AsyncIterable<LineageRow>;
  problem: string | null;
}

const NOWHERE: Own = { first: null, rest: noRows(), problem: null };

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
