import { excerpt } from '../domain/excerpt.ts';
import { type Finding, findingAt, type Issue } from '../domain/finding.ts';
import type { Lock } from '../domain/report.ts';
import { keys, type WorkKeys } from '../storage/keys.ts';
import { readJsonLines } from '../storage/object-store.ts';
import { checkBalance } from './dataset-checks-answers.ts';
import { HASH_WORDS, mediaWords, type RowFacts, readFacts, rowsOf } from './dataset-checks-facts.ts';
import { type Checks, COMPARED, type Compared, MOST_TOLD, type Pair } from './dataset-checks-passes.ts';
import type { Manifest } from './manifest.ts';
import type { Services } from './services.ts';
import { readShards } from './shards.ts';

export interface ToldFinding {
  /** The shard at whose rows it stands; null = it is about no row. */
  shard: number | null;
  finding: Finding;
}

interface Told {
  checks: Checks;
  /** The numbers of each shard's first row. */
  starts: readonly number[];
}

/** Findings of what the passes have found: each at the later row, and naming the earlier. */
export async function tellChecks(
  services: Services,
  manifest: Manifest,
  { checks, starts }: Told,
): Promise<ToldFinding[]> {
  const places = await readPlaces(services, manifest, { checks, starts });
  const told: ToldFinding[] = [];
  for (const kind of COMPARED) {
    for (const pair of checks.tallies[kind].told) {
      const later = placeOf(places, pair.later);
      const issue = await issueOf(services, manifest, kind, { pair, later, earlier: placeOf(places, pair.earlier) });
      const { file, sheet, row, line } = later;
      const where = { file, row, ...(sheet === undefined ? {} : { sheet }), ...(line === 0 ? {} : { line }) };
      told.push({ shard: later.shard, finding: findingAt(issue, where) });
    }
  }
  const general = [...COMPARED.flatMap((kind) => restOf(kind, checks)), checkBalance(checks.totals?.answers ?? null)];
  for (const issue of general) if (issue !== null) told.push({ shard: null, finding: findingAt(issue, {}) });
  return told;
}

interface Place extends RowFacts {
  shard: number;
  file: string;
  words: Uint32Array;
}

function placeOf(places: ReadonlyMap<number, Place>, row: number): Place {
  const place = places.get(row);
  if (place === undefined) throw new Error(`[gate] row number ${row} is in no shard.`);
  return place;
}

/** Where the rows stand that are spoken of: a few hundred at most, each shard read once. */
async function readPlaces(
  services: Services,
  manifest: Manifest,
  { checks, starts }: Told,
): Promise<Map<number, Place>> {
  const wanted = new Map<number, Set<number>>();
  for (const row of COMPARED.flatMap((kind) =>
    checks.tallies[kind].told.flatMap(({ later, earlier }) => [later, earlier]),
  )) {
    const shard = shardOf(starts, row);
    wanted.set(shard, (wanted.get(shard) ?? new Set()).add(row));
  }
  const places = new Map<number, Place>();
  const work = keys.work(manifest.dataset, manifest.run);
  if (wanted.size === 0) return places;
  for await (const { shard, file } of readShards(services, manifest)) {
    const rows = wanted.get(shard);
    const facts = rows === undefined ? null : await readFacts(services, work.facts(shard));
    if (facts === null) continue;
    let number = starts[shard] ?? 0;
    for (const row of rowsOf(facts)) {
      const name = manifest.files[file]?.name ?? '';
      if (rows?.has(number) === true) places.set(number, { ...row, shard, file: name, words: facts.words });
      number += 1;
    }
  }
  return places;
}

/** The last shard that begins at or before the row; empty ones begin where the next does. */
function shardOf(starts: readonly number[], row: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= row) low = middle;
    else high = middle;
  }
  return low;
}

interface Compare {
  pair: Pair;
  later: Place;
  earlier: Place;
}

async function issueOf(
  services: Services,
  manifest: Manifest,
  kind: Compared,
  { pair, later, earlier }: Compare,
): Promise<Issue> {
  const there = nameOf(earlier);
  const side = earlier.isValidation ? 'validation' : 'training';
  switch (kind) {
    case 'duplicates':
      return {
        code: 'ROW_DUPLICATE',
        severity: 'info',
        message: `the same input and answer stand in ${there}`,
        hint: 'Remove one of the two, unless it is meant to weigh twice.',
      };
    case 'conflicts':
      return {
        code: 'ANSWERS_CONFLICT',
        severity: 'warning',
        message: `the same input has another answer in ${there}`,
        hint: 'Decide which of the answers the model should learn, or say in the input what makes the difference.',
      };
    case 'leaks':
      return {
        code: 'VALIDATION_LEAK',
        severity: 'warning',
        message: `the same input stands in the ${side} data: ${there}`,
        hint: 'Keep it on one side: what a model was trained on tells nothing when it validates.',
      };
    case 'mediaLeaks':
      return {
        code: 'VALIDATION_LEAK_MEDIA',
        severity: 'warning',
        message: `${await fileName(services, manifest, later, pair.file ?? 0)} stands in the ${side} data as well: ${there}`,
        hint: 'Keep all rows of a file on one side, by a "split" column or a validation file.',
      };
  }
}

function nameOf({ file, sheet, row }: Place): string {
  return `row ${row} of "${excerpt(file)}"${sheet === undefined ? '' : `, sheet "${excerpt(sheet)}"`}`;
}

/** The name by which the row calls the file. */
async function fileName(services: Services, manifest: Manifest, place: Place, file: number): Promise<string> {
  const at = place.media[file] ?? 0;
  const words = place.words.subarray(at, at + HASH_WORDS);
  for await (const reference of readReferences(services, keys.work(manifest.dataset, manifest.run), place.shard)) {
    if (reference.row !== place.row || reference.sheet !== place.sheet) continue;
    if (mediaWords(manifest.run, reference.sha256).every((word, index) => word === words[index]))
      return `the file "${excerpt(reference.name)}"`;
  }
  return 'a file of the row';
}

/** Written by `convert` in the same run. */
function readReferences(
  { results }: Services,
  work: WorkKeys,
  shard: number,
): AsyncGenerator<Lock['references'][number]> {
  return readJsonLines(
    results,
    work.converted('.rows', shard, 'references.jsonl'),
    (value) => value as Lock['references'][number],
  );
}

const RESTS: Readonly<Record<Compared, string>> = {
  duplicates: 'rows stand in the dataset already',
  conflicts: 'rows have an input that has another answer elsewhere',
  leaks: 'rows have an input that stands in the training and in the validation data',
  mediaLeaks: 'files stand in the training and in the validation data',
};

function restOf(kind: Compared, { tallies }: Checks): Issue[] {
  const rest = tallies[kind].count - tallies[kind].told.length;
  if (rest === 0) return [];
  const message = `${rest.toLocaleString('en-US')} more ${RESTS[kind]}; the first ${MOST_TOLD} are listed`;
  return [{ code: 'COMPARISONS_CUT', severity: 'info', message }];
}
