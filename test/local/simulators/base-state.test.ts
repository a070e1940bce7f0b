import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCollection } from '../../../lib/local/simulators/state.ts';
import { temporaryFolder } from './workbench.ts';

const schema = z.object({ n: z.number() });
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe('openCollection', () => {
  it('keeps documents for the next process', async () => {
    await openCollection(folder.path, 'jobs', schema).put('a', { n: 1 });
    await openCollection(folder.path, 'jobs', schema).put('a', { n: 2 });
    expect(await openCollection(folder.path, 'jobs', schema).get('a')).toEqual({ n: 2 });
    expect(await openCollection(folder.path, 'other', schema).get('a')).toBeNull();
  });

  it('lets only one of many create a document', async () => {
    const collections = Array.from({ length: 8 }, () => openCollection(folder.path, 'jobs', schema));
    const outcomes = await Promise.all(collections.map((collection, n) => collection.create('one', { n })));
    expect(outcomes.filter((created) => created)).toHaveLength(1);
    expect(await collections[0]?.get('one')).toEqual({ n: outcomes.indexOf(true) });
  });

  it('lists what is there and forgets what was deleted', async () => {
    const collection = openCollection(folder.path, 'jobs', schema);
    expect(await collection.list()).toEqual([]);
    await Promise.all([1, 2, 3].map((n) => collection.put(`job-${n}`, { n })));
    await collection.delete('job-2');
    await collection.delete('never-there');
    expect(await collection.list()).toEqual([{ n: 1 }, { n: 3 }]);
  });

  it('leaves no temporary files', async () => {
    const collection = openCollection(folder.path, 'jobs', schema);
    await collection.put('a', { n: 1 });
    await collection.create('a', { n: 2 });
    expect(await readdir(join(folder.path, 'jobs'))).toEqual(['a.json']);
  });

  it('keeps every id inside its folder and apart from all others', async () => {
    const collection = openCollection(folder.path, 'deep/jobs', schema);
    const id = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('../../x', '/etc/x', '..', 'A', 'a', '__proto__', 'a\0b', 'x'.repeat(500)),
    );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(id, { minLength: 1, maxLength: 4 }), async (ids) => {
        await Promise.all(ids.map((one, n) => collection.put(one, { n })));
        for (const [n, one] of ids.entries()) expect(await collection.get(one)).toEqual({ n });
        await Promise.all(ids.map((one) => collection.delete(one)));
        expect(await readdir(folder.path, { recursive: true })).toEqual(['deep', 'deep/jobs']);
      }),
      { seed: 42, numRuns: 15 },
    );
  });

  it('says which document is broken instead of calling it missing', async () => {
    await mkdir(join(folder.path, 'jobs'));
    await writeFile(join(folder.path, 'jobs', 'a.json'), '{"n":"one"}');
    await expect(openCollection(folder.path, 'jobs', schema).get('a')).rejects.toThrow('a.json');
  });
});
