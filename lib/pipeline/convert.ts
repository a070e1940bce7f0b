import { z } from 'zod';
import { keys } from '../storage/keys.ts';
import { readJsonLines } from '../storage/object-store.ts';
import { convertForTarget } from './convert-target.ts';
import { readReplaced } from './fixes.ts';
import { judgeShard } from './judge-shard.ts';
import { readManifest, runReferenceSchema } from './manifest.ts';
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
    const rows = await readRows(services, shard);
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

async function readRows({ results }: Services, shard: Shard): Promise<RowRecord[]> {
  const rows: RowRecord[] = [];
  for await (const row of readJsonLines(results, shard.key, trustRowRecord)) rows.push(row);
  return rows;
}
