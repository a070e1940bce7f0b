import { excerpt } from '../domain/excerpt.ts';
import { didYouMean } from '../domain/nearest-name.ts';
import { type FoundModel, readWanted, searchModels, type Wanted } from '../pipeline/lineage-search.ts';
import { knownDatasets, type TracedModel, traceNamed } from '../pipeline/lineage-trace.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ResultsPlace } from './local-models.ts';
import { openResults } from './local-stores.ts';
import { UsageError } from './usage-error.ts';

export type { LineageRow } from '../pipeline/lineage.ts';
export type { FoundModel } from '../pipeline/lineage-search.ts';
export type { TracedModel } from '../pipeline/lineage-trace.ts';

/** What was asked, and what came of it: all rows of named models, or the models that hold a hash. Rows are read from the store as they are asked for. */
export type Lineage =
  | { query: string; kind: 'model'; models: readonly TracedModel[] }
  | { query: string; kind: Wanted['kind']; models: AsyncIterable<FoundModel> };

/** Tells where a model came from, or where a row or file went; `tell` reads it while the results are open. A name of which nothing is known is a usage error. */
export async function traceLocal<Told>(
  { out, results: bucket, query }: ResultsPlace & { query: string },
  tell: (lineage: Lineage) => Promise<Told>,
): Promise<Told> {
  const { store: results, close } = await openResults(out, bucket);
  try {
    const named = await traceNamed(results, query);
    // Runs and content hashes look alike.
    if (named.length > 0) return await tell({ query, kind: 'model', models: named });
    const wanted = readWanted(query);
    if (wanted === null) throw await nothingKnown(results, query);
    return await tell({ query: wanted.hash, kind: wanted.kind, models: searchModels(results, wanted) });
  } finally {
    close();
  }
}

async function nothingKnown(results: ObjectStore, query: string): Promise<UsageError> {
  const names: string[] = [];
  for await (const { dataset, records } of knownDatasets(results)) {
    if (dataset === query)
      return new UsageError(
        `"${excerpt(query)}" is a dataset: finedrop models ${query} lists its models, and any of them can be named here.`,
      );
    names.push(
      ...records.flatMap(({ tunedModel, job, run }) => [...(tunedModel === null ? [] : [tunedModel]), job, run]),
    );
  }
  return new UsageError(
    `nothing is known of "${excerpt(query, 200)}" here.${didYouMean(query, names)} ` +
      'Name a tuned model, a job or a run of these results (--out DIR, --results s3://bucket), the sha256 of a file, an example such as e_3f0c9a1d5b7e2c48, or the 16 digits of a row’s content.',
  );
}
