import type { ModelRecord } from '../domain/history.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { currentRecords } from './current-models.ts';
import { readHistory } from './history.ts';
import { readLatest } from './latest.ts';
import { type LineageRow, lostSources, noRows, readLineage, type Traced } from './lineage.ts';
import { listDatasets, readModels } from './models.ts';

/** A model, or a job that gave none, with the rows that are asked about. */
export interface TracedModel {
  dataset: string;
  record: ModelRecord;
  isCurrent: boolean;
  /** Runs that found the same job, and paid nothing. */
  alsoFoundBy: string[];
  /** In the order of the drop; to be read before the next model is asked for. */
  rows: AsyncIterable<LineageRow>;
  /** Why the rows cannot be told; null = they can. */
  problem: string | null;
  /** The models that training went on from, nearest first. */
  from: TracedModel[];
  /** The first tuned model of that chain of which nothing is known here. */
  unknownFrom: string | null;
}

/** What is known of one dataset's models. */
export interface KnownDataset {
  dataset: string;
  records: readonly ModelRecord[];
  current: ReadonlySet<ModelRecord>;
  states: Traced['states'];
}

/** The models of every dataset in the results, one dataset at a time. */
export async function* knownDatasets(results: ObjectStore): AsyncGenerator<KnownDataset> {
  for await (const dataset of listDatasets(results)) {
    const models = await readModels(results, dataset);
    const current = currentRecords(models, await readLatest(results, dataset));
    const { states } = await readHistory(results, dataset);
    yield { dataset, records: models.models, current, states };
  }
}

/** The models that a tuned model, a job, a job key or a run names, with all their rows and those of the models they went on from. */
export async function traceNamed(results: ObjectStore, name: string): Promise<TracedModel[]> {
  const found: TracedModel[] = [];
  for await (const known of knownDatasets(results)) {
    const meant = known.records.filter(({ run, job, key, tunedModel }) => [run, job, key, tunedModel].includes(name));
    for (const same of sameJobs(meant)) {
      const chain = chainOf(known.records, same[0]);
      const from: TracedModel[] = [];
      for (const ancestors of chain.known) from.push(await traced(results, known, ancestors));
      found.push({ ...(await traced(results, known, same)), from, unknownFrom: chain.unknown });
    }
  }
  return found;
}

type Records = [ModelRecord, ...ModelRecord[]];

/** Records of one job at one target, oldest first: later runs of the same data find it again. */
function sameJobs(records: readonly ModelRecord[]): Records[] {
  const jobs = new Map<string, Records>();
  for (const record of records) {
    const name = JSON.stringify([record.target, record.job]);
    const standing = jobs.get(name);
    if (standing === undefined) jobs.set(name, [record]);
    else standing.push(record);
  }
  return [...jobs.values()];
}

/** Every model that training went on from, nearest first, as far as they are known. */
export function chainOf(
  records: readonly ModelRecord[],
  { from }: Pick<ModelRecord, 'from'>,
): { known: Records[]; unknown: string | null } {
  const chain: Records[] = [];
  const seen = new Set<string>();
  for (let next = from; next !== null && !seen.has(next); next = chain.at(-1)?.[0].from ?? null) {
    const tunedModel = next;
    seen.add(tunedModel);
    const [makers] = sameJobs(records.filter((record) => record.tunedModel === tunedModel));
    if (makers === undefined) return { known: chain, unknown: tunedModel };
    chain.push(makers);
  }
  return { known: chain, unknown: null };
}

/** The oldest record whose files stand is taken: it is the one that paid, as a rule, and all have the same lines. */
async function traced(results: ObjectStore, known: KnownDataset, records: Records): Promise<TracedModel> {
  let record = records[0];
  let problem: string | null = null;
  for (const candidate of records) {
    const lost = await lostSources(results, { ...known, record: candidate });
    if (candidate === records[0]) problem = lost;
    if (lost !== null) continue;
    [record, problem] = [candidate, null];
    break;
  }
  return {
    dataset: known.dataset,
    record,
    isCurrent: records.some((one) => known.current.has(one)),
    alsoFoundBy: records.filter((one) => one !== record).map(({ run }) => run),
    rows: problem === null ? readLineage(results, { ...known, record }) : noRows(),
    problem,
    from: [],
    unknownFrom: null,
  };
}
