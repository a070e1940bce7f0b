import { z } from 'zod';
import type { Origin } from '../domain/media.ts';
import { lockSchema } from '../domain/report.ts';
import { keys } from '../storage/keys.ts';
import { ObjectMissingError, type ReadableStore } from '../storage/object-store.ts';
import { follow, type Place } from './lineage-order.ts';
import { openTypes } from './lineage-types.ts';
import type { RunReference } from './manifest.ts';

/** A file as a row names it. */
export interface NamedFile {
  sha256: string;
  name: string;
  origin: Origin;
  mime: string | null;
}

const referenceSchema = lockSchema.shape.references.element;
const mimeSchema = z.looseObject({ mime: z.string() });
const ASSET = /^"([0-9a-f]{64})": (\{.*\})$/s;

/** The files that a run's rows name, row by row in the order of the drop; none where the run's lock file is gone. */
export function openLock(results: ReadableStore, { dataset, run }: RunReference) {
  const types = openTypes();
  const references = follow(readReferences(results, keys.run(dataset, run).lock, types));
  return {
    filesOf: async (place: Place): Promise<NamedFile[]> =>
      (await references.reach(place)).map(({ sha256, name, origin }) => ({
        sha256,
        name,
        origin,
        mime: types.of(sha256),
      })),
    close: references.close,
  };
}

/** The lock can be larger than memory; it is written with a line for each asset, and behind them one for each reference. */
async function* readReferences(
  results: ReadableStore,
  key: string,
  types: ReturnType<typeof openTypes>,
): AsyncGenerator<z.infer<typeof referenceSchema>> {
  for await (const line of linesOf(results, key)) {
    const text = line.endsWith(',') ? line.slice(0, -1) : line;
    const [, sha256, facts] = ASSET.exec(text) ?? [];
    if (sha256 !== undefined && facts !== undefined) types.add(sha256, mimeSchema.parse(JSON.parse(facts)).mime);
    else if (text.startsWith('{"')) yield referenceSchema.parse(JSON.parse(text));
  }
}

/** By line feeds alone: JSON leaves other line separators in its strings. */
async function* linesOf(store: ReadableStore, key: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  try {
    for await (const chunk of store.read(key)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if (!(error instanceof ObjectMissingError)) throw error;
  }
  if (rest !== '') yield rest;
}
