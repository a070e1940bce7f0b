import { describe, expect, it } from 'vitest';
import { gate } from '../../lib/pipeline/gate.ts';
import type { Plan } from '../../lib/pipeline/plan.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { manifestOf, servicesOf } from '../factories.ts';

const SHARDS = 20_001;

describe('gate', () => {
  it('makes one pass a call over more shards than a call reads, before any target is weighed', async () => {
    const manifest = manifestOf();
    const { dataset, run } = manifest;
    const work = keys.work(dataset, run);
    const stored = memoryStore();
    const plan: Plan = { rows: SHARDS, shards: SHARDS, batches: 0, links: 0, splits: false, validation: 0, fixes: 0 };
    await stored.write(work.manifest, JSON.stringify(manifest));
    await stored.write(work.plan, JSON.stringify(plan));
    const empty = Buffer.from('{"rows":0,"validation":0,"media":0,"sheets":[],"answers":[]}\n');
    let read = 0;
    const results = {
      ...stored,
      read: async function* (key: string) {
        read += key.endsWith('.facts') ? 1 : 0;
        yield key.endsWith('.facts') ? empty : ((await readBytes(stored, key)) ?? empty);
      },
    };
    const services = servicesOf({ results });
    const first = await gate.run({ dataset, run, cursor: null }, services);
    expect(first).toEqual({ done: false, cursor: { weighed: 0, compared: 1 } });
    expect(read).toBe(SHARDS);
    expect(await stored.head(work.checks(1))).not.toBeNull();
    expect(await stored.head(work.datasetFindings)).toBeNull();
    // The second pass is the last one, as no row has a file: then the targets' turn comes, whose counts this test does not give.
    const second = gate.run({ dataset, run, cursor: { weighed: 0, compared: 1 } }, services);
    await expect(second).rejects.toThrow();
    expect(await stored.head(work.datasetFindings)).not.toBeNull();
  });
});
