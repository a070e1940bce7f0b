import { hashOf } from '../domain/canonical.ts';
import { type DatasetState, type SnapshotRow, snapshotRowSchema } from '../domain/history.ts';
import { keys } from '../storage/keys.ts';
import { readBytes, readJson, readJsonLines } from '../storage/object-store.ts';
import { ROWS } from './convert.ts';
import { addState } from './history.ts';
import { rowsSummarySchema } from './judge-shard.ts';
import { isKeptWhole } from './keep-rows.ts';
import { hashBytes, hashNumber, type KnownHashes, readContents, sideHash } from './known-rows.ts';
import { SMALL_READS_AT_ONCE } from './limits.ts';
import type { Manifest } from './manifest.ts';
import { lastTrained, readModels } from './models.ts';
import { objectWriter } from './object-writer.ts';
import type { Plan } from './plan.ts';
import { readAhead } from './read-ahead.ts';
import { readRetiredRows } from './read-retired.ts';
import type { Services } from './services.ts';

/** Records the state of the dataset that this run has accepted, and what is new in it since the last training. */
export async function recordState(services: Services, manifest: Manifest, plan: Plan): Promise<void> {
  const { dataset, run, past } = manifest;
  const snapshot = await nameOf(services, manifest, plan);
  const { rows, newRows, goneRows } = await writeSnapshot(services, manifest, { plan, snapshot });
  if (past.mode === 'append') await writeKept(services, manifest, { plan, snapshot });
  const state: DatasetState = {
    snapshot,
    drop: past.drop,
    run,
    at: services.now().toISOString(),
    rows,
    newRows,
    goneRows,
    base: past.base,
    after: past.after,
    kept: past.mode === 'append',
    isWhole: isKeptWhole(past),
  };
  await services.results.write(keys.work(dataset, run).state, JSON.stringify(state));
  await addState(services.results, dataset, state);
}

/** The rows of a recorded state, in their order. */
export function readSnapshot(
  { results }: Pick<Services, 'results'>,
  { dataset, snapshot }: { dataset: string; snapshot: string },
): AsyncGenerator<SnapshotRow> {
  return readJsonLines(results, keys.history(dataset).rows(snapshot), (value) => snapshotRowSchema.parse(value));
}

/** Equal rows from equal places, after equal states, are one snapshot. */
async function nameOf(services: Services, manifest: Manifest, { shards }: Plan): Promise<string> {
  const { results } = services;
  const { dataset, run, past } = manifest;
  const work = keys.work(dataset, run);
  const pieces: string[] = [];
  const read = readAhead(numbers(shards), SMALL_READS_AT_ONCE, (shard) =>
    readJson(results, work.converted(ROWS, shard, 'summary.json'), (value) => rowsSummarySchema.parse(value)),
  );
  for await (const summary of read) pieces.push(summary?.snapshot ?? '');
  const retired = past.mode === 'append' ? await retiredLines(services, manifest) : [];
  return hashOf({ pieces, mode: past.mode, base: past.base, retired }).slice(0, 16);
}

/** What outlives the drop: first what was taken out, then the rows. */
async function writeKept(
  services: Services,
  manifest: Manifest,
  { plan, snapshot }: { plan: Plan; snapshot: string },
): Promise<void> {
  const { results } = services;
  const { dataset, run } = manifest;
  const work = keys.work(dataset, run);
  const writer = objectWriter(results, keys.history(dataset).kept(snapshot));
  try {
    for (const line of await retiredLines(services, manifest)) await writer.write(line);
    const pieces = readAhead(numbers(plan.shards), PIECES_READ_AT_ONCE, (shard) =>
      readBytes(results, work.converted(ROWS, shard, 'kept.jsonl')),
    );
    for await (const piece of pieces) await writer.write(piece?.toString('utf8') ?? '');
    await writer.end();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

async function retiredLines(services: Services, manifest: Manifest): Promise<string[]> {
  const lines: string[] = [];
  for (const [number, { retires }] of manifest.files.entries()) {
    if (retires !== true) continue;
    for await (const { retired } of readRetiredRows(services, manifest, number))
      lines.push(`${JSON.stringify({ retired })}\n`);
  }
  return lines;
}

interface Counts {
  rows: number;
  newRows: number;
  goneRows: number;
}

async function writeSnapshot(
  services: Services,
  manifest: Manifest,
  { plan, snapshot }: { plan: Plan; snapshot: string },
): Promise<Counts> {
  const { results } = services;
  const { dataset, run } = manifest;
  const history = keys.history(dataset);
  const work = keys.work(dataset, run);
  const writers = {
    rows: objectWriter(results, history.rows(snapshot)),
    sides: objectWriter(results, history.sides(snapshot)),
    contents: objectWriter(results, history.contents(snapshot)),
  };
  const trained = await trainedContents(services, manifest);
  const difference = countDifference(trained);
  let rows = 0;
  try {
    const pieces = readAhead(numbers(plan.shards), PIECES_READ_AT_ONCE, (shard) =>
      readBytes(results, work.converted(ROWS, shard, 'snapshot.jsonl')),
    );
    for await (const piece of pieces) {
      if (piece === null) throw new Error('[gate] what a shard gives to the snapshot is missing. Run again.');
      const text = piece.toString('utf8');
      const lines = text.split('\n').filter((line) => line !== '');
      // Written by this run: they are not checked again.
      const ofShard = lines.map((line) => JSON.parse(line) as SnapshotRow);
      const contents = ofShard.map(({ content }) => hashNumber(content));
      await writers.rows.write(text);
      await writers.sides.write(bytesText(ofShard.map(({ example, split }) => sideHash(example, split))), 'latin1');
      await writers.contents.write(bytesText(contents), 'latin1');
      difference.add(contents);
      rows += ofShard.length;
    }
    await Promise.all(Object.values(writers).map((writer) => writer.end()));
  } catch (error) {
    await Promise.all(Object.values(writers).map((writer) => writer.discard()));
    throw error;
  }
  return { rows, ...difference.counts() };
}

/** A shard's piece has up to a megabyte. */
const PIECES_READ_AT_ONCE = 8;

function bytesText(hashes: readonly bigint[]): string {
  return hashBytes(hashes).toString('latin1');
}

/** What the newest training was made of; null where nothing was trained yet. */
async function trainedContents(services: Services, { dataset }: Manifest): Promise<KnownHashes | null> {
  const snapshot = lastTrained(await readModels(services.results, dataset), services.simulated)?.snapshot ?? null;
  return snapshot === null ? null : readContents(services, { dataset, snapshot });
}

/** Counts rows that the training had not, and those that it had and that are gone; rows that stand twice count once as gone. */
function countDifference(trained: KnownHashes | null) {
  const isSeen = new Uint8Array(trained?.places ?? 0);
  let seen = 0;
  let newRows = 0;
  return {
    add: (contents: readonly bigint[]): void => {
      for (const content of contents) {
        const place = trained?.placeOf(content) ?? -1;
        if (place === -1) newRows += 1;
        else if (isSeen[place] === 0) {
          isSeen[place] = 1;
          seen += 1;
        }
      }
    },
    counts: () => ({ newRows, goneRows: (trained?.count ?? 0) - seen }),
  };
}

function* numbers(count: number): Generator<number> {
  for (let number = 0; number < count; number += 1) yield number;
}
