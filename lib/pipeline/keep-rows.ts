import type { Location } from '../domain/media.ts';
import { keys } from '../storage/keys.ts';
import { PreconditionFailedError } from '../storage/object-store.ts';
import type { AcceptedRow } from './accept-rows.ts';
import { inParallel } from './in-parallel.ts';
import { hashNumber, type KnownHashes, readContents } from './known-rows.ts';
import type { DatasetFile, Manifest, Past } from './manifest.ts';
import { readAssets } from './read-assets.ts';
import type { KeptLine } from './read-kept.ts';
import { rowContent } from './row-content.ts';
import type { Services } from './services.ts';
import { CONTENT_DIGITS } from './snapshot-piece.ts';

/** With so many states behind it, one is kept whole, so that those before it need not be read again. */
const MOST_MERGED = 100;
const LOOKED_AT_ONCE = 8;

/** Whether a state is kept with all of its rows, not only with what is new in it. */
export function isKeptWhole({ base }: Past): boolean {
  return base.length >= MOST_MERGED;
}

/** Collects the rows of a shard that outlive the drop, with the bytes of their files: those that no state before has kept already. */
export async function collectKept(services: Services, manifest: Manifest, file: DatasetFile | undefined) {
  const { past } = manifest;
  const isWhole = isKeptWhole(past);
  const isOwn = file?.format !== 'history';
  const before = isWhole ? null : await contentsBefore(services, manifest);
  const lines: string[] = [];
  const wanted = new Map<string, Location>();
  const add = (accepted: AcceptedRow): void => {
    const isKnown = (before?.placeOf(hashNumber(rowContent(accepted).slice(0, CONTENT_DIGITS))) ?? -1) !== -1;
    const line = !(isOwn || isWhole) || isKnown ? null : keptLine(accepted);
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
