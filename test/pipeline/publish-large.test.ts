import { beforeAll, describe, expect, it } from 'vitest';
import { PUBLISHED_SHARDS } from '../../lib/pipeline/limits.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { type MemoryRun, type MemoryWorld, newMemoryWorld, runInMemory } from './memory-run.ts';

const FILES = PUBLISHED_SHARDS + 1;
const ROWS = 'prompt,completion,files\nWhat is owl?,It is an owl.,\n,Nothing was asked.,\n';

/** One shard for each of many small files. */
function manyFiles(): Record<string, string> {
  const files = Array.from({ length: FILES }, (_, index) => [`part-${String(index).padStart(4, '0')}.csv`, ROWS]);
  return { ...Object.fromEntries(files), 'finedrop.yaml': 'policy: {maxRejected: 50%}\n' };
}

let world: MemoryWorld;
let run: MemoryRun;
const parts: unknown[] = [];
const weighed: number[] = [];
beforeAll(async () => {
  world = await newMemoryWorld(manyFiles());
  let dies = false;
  const { results } = world;
  world.before = (step, event) => {
    if (step === 'gate') weighed.push((event['cursor'] as { weighed: number } | null)?.weighed ?? 0);
    if (step === 'publish') parts.push((event['cursor'] as { part: string } | null)?.part ?? null);
    dies = step === 'publish' && parts.length === 1;
  };
  // The first call dies when it has written all that it had to, just before it would have said so.
  world.results = {
    ...results,
    write: async (key, body, options) => {
      const info = await results.write(key, body, options);
      if (dies && key.endsWith('/publish/told.json')) throw new Error('killed');
      return info;
    },
  };
  run = await runInMemory(world, { command: 'convert', targets: ['openai', 'vertex'] });
}, 60_000);

describe('a run of many shards', () => {
  it('is weighed in a call for each target', () => {
    expect(weighed).toEqual([0, 1]);
    expect(run.report?.targets).toMatchObject([
      { name: 'openai', status: 'accepted', rows: { accepted: FILES } },
      { name: 'vertex', status: 'accepted', rows: { accepted: FILES } },
    ]);
  });

  it('is published in a call for each part, and each can be tried again', () => {
    expect(parts).toEqual([null, null, 'media', 'rejected', 'report']);
    expect({ status: run.status, message: run.report?.message }).toMatchObject({ status: 'completed' });
  });

  it('tells of all its files in their order', async () => {
    expect(run.report?.rows).toMatchObject({ total: 2 * FILES, accepted: FILES, rejected: FILES });
    const refused = run.findings.filter(({ severity }) => severity === 'error');
    expect(refused.map(({ where }) => where.file)).toEqual(
      Array.from({ length: FILES }, (_, index) => `part-${String(index).padStart(4, '0')}.csv`),
    );
    expect(run.report?.findings.errors).toBe(FILES);
    const lock = await readBytes(world.results, keys.run('museum', run.run).lock);
    expect(JSON.parse(lock?.toString() ?? '')).toMatchObject({ schemaVersion: 1, references: [] });
    const last = keys.run('museum', run.run).rejected(`part-${String(FILES - 1).padStart(4, '0')}.rejected.csv`);
    expect((await readBytes(world.results, last))?.toString()).toContain('Nothing was asked.');
  });

  it('has one line in the training file for each row that stands', async () => {
    const train = await readBytes(world.results, keys.run('museum', run.run).target('openai', 'train.jsonl'));
    const validation = await readBytes(world.results, keys.run('museum', run.run).target('openai', 'validation.jsonl'));
    const lines = `${train}${validation ?? ''}`.trimEnd().split('\n');
    expect(lines).toHaveLength(FILES);
  });
});
