import { z } from 'zod';
import { keys } from '../storage/keys.ts';
import { readJson, readJsonLines } from '../storage/object-store.ts';
import { convertForTarget } from './convert-target.ts';
import { readReplaced } from './fixes.ts';
import { judgeShard } from './judge-shard.ts';
import { type Manifest, mergesRows, readManifest, runReferenceSchema } from './manifest.ts';
import { readAssetRecords } from './read-assets.ts';
import { type RowRecord, trustRowRecord } from './row-record.ts';
import type { Services } from './services.ts';
import { type Shard, shardSchema } from './shards.ts';
import { step } from './step.ts';

const convertEventSchema = runReferenceSchema.extend({
  /** null = what holds for every target: which rows are accepted, and why others are not. */
  item: z.strictObject({ target: z.string().nullable(), shard: shardSchema }),
});

/** Makes one shard's share of the results: its verdicts (`target: null`), or one target's training lines. */
export const convert = step(
  'convert',
  convertEventSchema,
  async ({ dataset, run, item: { target, shard } }, services) => {
    const done = keys.work(dataset, run).converted(target ?? ROWS, shard.shard, 'summary.json');
    if ((await services.results.head(done)) !== null) return { shard: shard.shard, target };
    const manifest = await readManifest(services, { dataset, run });
    const rows = await readStanding(services, manifest, shard);
    const records = await readAssetRecords(services, manifest, shard, rows);
    const replaced = await readReplaced(services, manifest);
    const context = { file: manifest.files[shard.file]?.name ?? '', fileNumber: shard.file, records, replaced };
    if (target === null) await judgeShard(services, manifest, { shard, rows, context });
    else await convertForTarget(services, manifest, { shard, rows, context, target });
    services.progress.add('convert', { rows: rows.length });
    return { shard: shard.shard, target };
  },
);

/** The folder of what holds for every target, beside the targets' own. A dot keeps it apart: no target's name begins with one. */
export const ROWS = '.rows';

/** The rows of a shard but for those that newer ones replace, or that a list takes out. */
async function readStanding(services: Services, manifest: Manifest, shard: Shard): Promise<RowRecord[]> {
  const passed = mergesRows(manifest) ? await readPassed(services, manifest, shard) : new Set<number>();
  const rows: RowRecord[] = [];
  let index = 0;
  for await (const row of readJsonLines(services.results, shard.key, trustRowRecord)) {
    if (!passed.has(index)) rows.push(row);
    index += 1;
  }
  return rows;
}

async function readPassed(
  { results }: Services,
  { dataset, run }: Manifest,
  { file, key }: Shard,
): Promise<Set<number>> {
  const number = Number(/(\d+)\.jsonl$/.exec(key)?.[1]);
  const passed = await readJson(results, keys.work(dataset, run).rowsPassed(file, number), (value) =>
    z.array(z.int()).parse(value),
  );
  return new Set(passed);
}
