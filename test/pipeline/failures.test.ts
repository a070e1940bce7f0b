import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { picture } from '../e2e/media.ts';
import { type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const KEY = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789';

async function museum() {
  return newMemoryWorld({
    'train.csv': tableOf(12, { more: ['What is it?,An owl.,owl.png'] }),
    'owl.png': await picture('png'),
  });
}

/** Results whose writes of some keys fail. */
function failing(world: MemoryWorld, keys: RegExp, message: string): ObjectStore {
  const store = memoryStore();
  const write: ObjectStore['write'] = async (key, body, options) => {
    if (keys.test(key)) throw new Error(message);
    return store.write(key, body, options);
  };
  world.results = { ...store, write };
  return store;
}

describe('a step that fails for good', () => {
  it.each([
    [/\/rows\//, 'Normalize failed: [disk] the disk is full'],
    [/\/plan\.json$/, 'Collect failed: [disk] the disk is full'],
    [/\/collect\/0+\.jsonl$/, 'Collect failed: [disk] the disk is full'],
    [/\/convert\/openai\//, 'Convert failed: [disk] the disk is full'],
    [/\/gate\.json$/, 'Gate failed: [disk] the disk is full'],
  ])('fails the run with its own words (%s)', async (keys, message) => {
    const world = await museum();
    failing(world, keys, '[disk] the disk is full');
    const { report } = await runInMemory(world);
    expect(report).toMatchObject({ status: 'failed', message, targets: [] });
  });

  it('says a long reason whole, and no stack', async () => {
    const world = await museum();
    failing(world, /\/gate\.json$/, `[disk] "quoted" ${'long '.repeat(150)}end`);
    const { report } = await runInMemory(world);
    expect(report?.message).toBe(`Gate failed: [disk] "quoted" ${'long '.repeat(150)}end`);
  });

  it('fails its target alone, with its own words', async () => {
    const world = await museum();
    world.provider.client.stageMedia = async () => {
      throw new Error('[vertex] the bucket is closed');
    };
    const { report } = await runInMemory(world, { targets: ['openai', 'vertex'] });
    expect(report).toMatchObject({
      status: 'partial',
      targets: [
        { name: 'openai', status: 'succeeded' },
        { name: 'vertex', status: 'failed', message: 'Stage failed: [vertex] the bucket is closed' },
      ],
    });
  });

  it('does not pass on a key that a provider quoted', async () => {
    const world = await museum();
    world.provider.client.stageFile = async () => {
      throw new Error(`[openai] HTTP 401 Incorrect API key provided: ${KEY}. Authorization: Bearer ${KEY}`);
    };
    const { report } = await runInMemory(world);
    expect(report?.targets[0]?.message).toContain('Incorrect API key provided');
    for await (const { key } of world.results.list('')) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of world.results.read(key)) chunks.push(chunk);
      expect(Buffer.concat(chunks).includes(KEY), key).toBe(false);
    }
  });
});
