import { z } from 'zod';
import type { Location } from '../domain/media.ts';
import { keys } from '../storage/keys.ts';
import { PreconditionFailedError, readJson } from '../storage/object-store.ts';
import type { AcceptedRow } from './accept-rows.ts';
import { inParallel } from './in-parallel.ts';
import { hashNumber, type KnownHashes, readContents } from './known-rows.ts';
import type { Manifest, Past } from './manifest.ts';
import { readAssets } from './read-assets.ts';
import type { KeptLine } from './read-kept.ts';
import { rowContent } from './row-content.ts';
import type { Services } from './services.ts';
import type { Shard } from './shards.ts';
import { CONTENT_DIGITS } from './snapshot-piece.ts';

/** With so many states behind it, one is kept whole, so that those before it need not be read again. */
const MOST_MERGED = 100;
const LOOKED_AT_ONCE = 8;

/** Whether a state is kept with all of its rows, not only with what is new in it. */
export function isKeptWhole({ base }: Past): boolean {
  return base.length >= MOST_MERGED;
}

/** Collects the rows of a shard that outlive the drop, with the bytes of their files; `place` is a row's among the standing ones. What the history holds already is left out. */
export async function collectKept(services: Services, manifest: Manifest, shard: Shard) {
  const { past, files } = manifest;
  const isWhole = isKeptWhole(past);
  const isOwn = files[shard.file]?.format !== 'history';
  const before = isWhole || !isOwn ? null : await contentsBefore(services, manifest);
  const held = before === null ? new Set<number>() : await readHeld(services, manifest, shard);
  const lines: string[] = [];
  const wanted = new Map<string, Location>();
  const add = (accepted: AcceptedRow, place: number): void => {
    const isHeld = held.has(place) && before !== null && holds(before, accepted);
    const line = !(isOwn || isWhole) || isHeld ? null : keptLine(accepted);
    if (line === null) return;
    lines.push(`${JSON.stringify(line)}\n`);
    for (const { asset, at } of accepted.media) wanted.set(asset.sha256, at);
  };
  const end = async (): Promise<string> => {
    await keepMedia(services, manifest, wanted);
    return lines.join('');
  };
  return { add, end };
}

/** Words and names may be those of a row before while a file has other bytes. */
function holds(before: KnownHashes, accepted: AcceptedRow): boolean {
  return before.placeOf(hashNumber(rowContent(accepted).slice(0, CONTENT_DIGITS))) !== -1;
}

async function readHeld({ results }: Services, { dataset, run }: Manifest, { file, key }: Shard): Promise<Set<number>> {
  const number = Number(/(\d+)\.jsonl$/.exec(key)?.[1]);
  const held = await readJson(results, keys.work(dataset, run).rowsHeld(file, number), (value) =>
    z.array(z.int()).parse(value),
  );
  return new Set(held);
}

/** What the state before holds, as long as that is one that later states merge. */
async function contentsBefore(services: Services, { dataset, past }: Manifest): Promise<KnownHashes | null> {
  if (past.after === null || !past.base.includes(past.after)) return null;
  return readContents(services, { dataset, snapshot: past.after });
}

function keptLine({ row, example, media }: AcceptedRow): KeptLine | null {
  if (row.keys === undefined) return null;
  const hashes = new Map(media.map(({ reference, asset }) => [reference.id, asset.sha256]));
  return {
    example,
    references: row.references.map((reference) => ({ ...reference, sha256: hashes.get(reference.id) ?? '' })),
    keys: row.keys,
    ...(row.origin === undefined ? {} : { origin: row.origin }),
  };
}

async function keepMedia(services: Services, manifest: Manifest, wanted: ReadonlyMap<string, Location>): Promise<void> {
  const { results } = services;
  const { media } = keys.history(manifest.dataset);
  const missing = new Map<string, Location>();
  await inParallel(wanted, LOOKED_AT_ONCE, async ([sha256, at]) => {
    if ((await results.head(media(sha256))) === null) missing.set(sha256, at);
  });
  for await (const { sha256, bytes } of readAssets(services, manifest, missing)) {
    try {
      await results.write(media(sha256), bytes, { ifNoneMatch: '*' });
    } catch (error) {
      // Another shard names the same file: equal names are equal bytes here.
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
}
