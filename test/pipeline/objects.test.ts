import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/domain/canonical.ts';
import { type Lock, lockSchema } from '../../lib/domain/report.ts';
import { collectObject } from '../../lib/pipeline/collect-object.ts';
import { gatherNeeds, MOST_OBJECTS } from '../../lib/pipeline/plan-needs.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import {
  type ObjectStore,
  type ReadableStore,
  readBytes,
  readJson,
  readJsonLines,
} from '../../lib/storage/object-store.ts';
import { picture } from '../e2e/media.ts';
import { manifestOf, servicesOf } from '../factories.ts';
import { type MemoryRun, type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const OWL = 's3://my-photos/owls/1.png';
const rowOf = (reference: string) => `What is it?,An owl.,${reference}`;

interface Bucket {
  store: ObjectStore;
  /** Keys in the order in which they were read. */
  reads: string[];
  beforeRead: (key: string) => void;
}

let photos: Bucket;
let asked: string[];
beforeEach(() => {
  const store = memoryStore();
  asked = [];
  photos = {
    reads: [],
    beforeRead: () => {},
    store: {
      ...store,
      read: async function* (key, options) {
        photos.reads.push(key);
        photos.beforeRead(key);
        yield* store.read(key, options);
      },
    },
  };
});

/** A drop whose operator lets rows name objects of `my-photos`. */
function worldOf(files: Readonly<Record<string, string | Uint8Array>>, objectBuckets = ['my-photos']) {
  const { operator } = servicesOf();
  return newMemoryWorld(files, {
    operator: { ...operator, objectBuckets },
    objects: async (bucket) => {
      asked.push(bucket);
      return objectBuckets.includes(bucket) ? photos.store : null;
    },
  });
}

async function lockOf({ results }: MemoryWorld, { run }: MemoryRun): Promise<Lock | null> {
  return readJson(results, keys.run('museum', run).lock, (value) => lockSchema.parse(value));
}

async function trainingFile({ results }: MemoryWorld, { run }: MemoryRun): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of results.read(keys.run('museum', run).target('openai', 'train.jsonl'))) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a drop whose rows name objects of buckets', () => {
  it('trains on them, each read once, and locks where they came from', async () => {
    const owl = await picture('png');
    await photos.store.write('owls/1.png', owl);
    await photos.store.write('copies/1.png', owl);
    const chat = {
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: OWL } }] },
        { role: 'assistant', content: 'An owl.' },
      ],
    };
    const world = await worldOf({
      'train.csv': tableOf(12, { more: [rowOf(OWL), rowOf(`"${OWL},s3://my-photos/copies/1.png,owl.png"`)] }),
      'chats.jsonl': `${JSON.stringify(chat)}\n`,
      'owl.png': owl,
    });
    const run = await runInMemory(world);
    expect(run.report).toMatchObject({
      status: 'completed',
      rows: { accepted: 15 },
      media: { references: 5, assets: 1 },
    });
    expect(photos.reads.toSorted()).toEqual(['copies/1.png', 'owls/1.png']);
    const lock = await lockOf(world, run);
    expect(Object.keys(lock?.assets ?? {})).toHaveLength(1);
    expect(lock?.references.map(({ file, origin, name }) => `${file} ${origin} ${name}`)).toEqual([
      `chats.jsonl object ${OWL}`,
      `train.csv object ${OWL}`,
      `train.csv object ${OWL}`,
      'train.csv object s3://my-photos/copies/1.png',
      'train.csv drop owl.png',
    ]);
    expect(await trainingFile(world, run)).toContain(owl.toString('base64'));
  });

  it.each([
    ['nothing is allowed', []],
    ['other buckets are allowed', ['my-photo', 'my-photos-2']],
  ])('is refused where %s: nothing is asked of the bucket', async (_when, buckets) => {
    const { report, findings } = await runInMemory(
      await worldOf({ 'train.csv': tableOf(12, { more: [rowOf(OWL)] }) }, buckets),
    );
    expect(report).toMatchObject({ status: 'rejected', rows: { total: 13, rejected: 1 } });
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'OBJECT_REFERENCE_REFUSED',
        where: { file: 'train.csv', row: 13, line: 14, column: 'files', part: 1 },
        hint: expect.stringContaining('allow the bucket "my-photos"'),
      }),
    );
    expect(asked).toEqual([]);
  });

  it('cannot widen the list by its job spec', async () => {
    const world = await worldOf(
      { 'train.csv': tableOf(12, { more: [rowOf(OWL)] }), 'finedrop.yaml': 'objects: {buckets: [my-photos]}\n' },
      [],
    );
    const { report, findings } = await runInMemory(world);
    expect(report?.status).toBe('rejected');
    expect(findings).toMatchObject([{ code: 'JOB_SPEC_INVALID' }]);
  });

  it('is another run once the bucket is allowed', async () => {
    const files = { 'train.csv': tableOf(12, { more: [rowOf(OWL)] }) };
    const world = await worldOf(files, []);
    expect((await runInMemory(world)).report?.status).toBe('rejected');
    await photos.store.write('owls/1.png', await picture('png'));
    const allowing = { ...world, change: (await worldOf(files)).change };
    expect((await runInMemory(allowing)).report).toMatchObject({ status: 'completed', rows: { accepted: 13 } });
  });

  it('tells of objects that are missing, empty or broken at their rows, and runs again once they are mended', async () => {
    const names = ['gone.png', 'empty.png', 'text.png', 'half.png'];
    const owl = await picture('png');
    await photos.store.write('empty.png', '');
    await photos.store.write('text.png', 'Log in first.');
    await photos.store.write('half.png', owl.subarray(0, owl.length / 2));
    const world = await worldOf({
      'train.csv': tableOf(12, { more: names.map((name) => rowOf(`s3://my-photos/${name}`)) }),
    });
    const first = await runInMemory(world);
    expect(first.report).toMatchObject({ status: 'rejected', rows: { rejected: 4 } });
    expect(first.report?.message).toContain('4 files outside the drop failed for a reason that may pass: run again');
    const errors = first.findings.filter(({ severity }) => severity === 'error');
    expect(
      errors.map(({ code, where, message }) => [code, where.row, message.split(':').slice(0, 2).join(':')]),
    ).toEqual([
      ['OBJECT_MISSING', 13, '"s3://my-photos/gone.png"'],
      ['MEDIA_EMPTY', 14, '"s3://my-photos/empty.png"'],
      ['MEDIA_IS_TEXT', 15, '"s3://my-photos/text.png"'],
      ['MEDIA_TRUNCATED', 16, '"s3://my-photos/half.png"'],
    ]);
    for (const name of names) await photos.store.write(name, owl);
    const second = await runInMemory(world);
    expect(second.report).toMatchObject({ run: first.run, status: 'completed', rows: { accepted: 16 } });
  });

  it.each(['overwritten', 'removed'])('is not disturbed by objects that are %s behind it', async (what) => {
    const owl = await picture('png', 1);
    await photos.store.write('owls/1.png', owl);
    const world = await worldOf({ 'train.csv': tableOf(12, { more: [rowOf(OWL)] }) });
    world.before = async (step) => {
      if (step !== 'convert') return;
      if (what === 'removed') await photos.store.remove('owls/1.png');
      else await photos.store.write('owls/1.png', await picture('png', 2));
    };
    const run = await runInMemory(world);
    expect(run.report?.status).toBe('completed');
    expect(await trainingFile(world, run)).toContain(owl.toString('base64'));
    expect(photos.reads).toEqual(['owls/1.png']);
  });

  it('goes on in another attempt with what it read first', async () => {
    const owl = await picture('png', 1);
    await photos.store.write('owls/1.png', owl);
    const world = await worldOf({ 'train.csv': tableOf(12, { more: [rowOf(OWL)] }) });
    world.before = (step) => {
      if (step === 'convert') throw new Error('out of memory');
    };
    const first = await runInMemory(world);
    expect(first.report?.status).toBe('failed');
    await photos.store.write('owls/1.png', await picture('png', 2));
    // What an attempt that was killed within a batch leaves.
    for await (const { key } of world.results.list(keys.work('museum', first.run).collectedAll))
      await world.results.remove(key);
    world.before = () => {};
    const second = await runInMemory(world);
    expect(second.report?.status).toBe('completed');
    expect(await trainingFile(world, second)).toContain(owl.toString('base64'));
    expect(photos.reads).toEqual(['owls/1.png']);
  });

  it('tries again when the bucket is away for a moment', async () => {
    await photos.store.write('owls/1.png', await picture('png'));
    photos.beforeRead = () => {
      if (photos.reads.length < 3)
        throw new Error('[s3] could not read "owls/1.png": HTTP 503 SlowDown. Try again later.');
    };
    const { report } = await runInMemory(await worldOf({ 'train.csv': tableOf(12, { more: [rowOf(OWL)] }) }));
    expect(report?.status).toBe('completed');
    expect(photos.reads).toHaveLength(3);
  });

  it('fails, and says why, when the bucket stays away', async () => {
    photos.beforeRead = () => {
      throw new Error('[s3] could not read "owls/1.png": HTTP 503 SlowDown. Try again later.');
    };
    const { report } = await runInMemory(await worldOf({ 'train.csv': tableOf(12, { more: [rowOf(OWL)] }) }));
    expect(report).toMatchObject({ status: 'failed', message: expect.stringContaining('HTTP 503 SlowDown') });
  });

  it('reads a thousand objects in batches that one call can take, each shard in few of them', async () => {
    const many = 1000;
    const rows = Array.from({ length: many }, (_, index) => `What is ${index}?,A note.,s3://my-photos/${index}.txt`);
    for (let index = 0; index < many; index += 1) await photos.store.write(`${index}.txt`, `Note ${index}.`);
    const world = await worldOf({ 'train.csv': tableOf(12, { more: rows }) });
    const sizes: number[] = [];
    world.before = (step, event) => {
      const { objects } = (event['item'] ?? {}) as { objects?: string[] };
      if (step === 'collect' && objects !== undefined) sizes.push(objects.length);
    };
    const run = await runInMemory(world, { command: 'check' });
    expect(run.report).toMatchObject({ status: 'completed', media: { assets: many } });
    expect(photos.reads).toHaveLength(many);
    expect(sizes.toSorted((left, right) => right - left)).toEqual([...Array(15).fill(64), 40]);
    const shards = keys.work('museum', run.run).shards;
    const batches: number[][] = [];
    for await (const shard of readJsonLines(world.results, shards, (value) => value as { batches: number[] }))
      batches.push(shard.batches);
    expect(batches.map(({ length }) => length)).toEqual([16, 1]);
  });
});

describe('collectObject', () => {
  it('gives two calls that read different bytes at once the same record, whose bytes stand', async () => {
    const contents = ['First note.', 'Second note.'];
    let reading = 0;
    let release = () => {};
    const bothRead = new Promise<void>((resolve) => {
      release = resolve;
    });
    const store: ReadableStore = {
      ...memoryStore(),
      read: async function* () {
        const content = contents[reading] ?? '';
        reading += 1;
        if (reading === contents.length) release();
        await bothRead;
        yield Buffer.from(content);
      },
    };
    const services = servicesOf({ objects: async () => store });
    const wish = { uri: 's3://my-photos/note.txt', maxBytes: 100 };
    const records = await Promise.all(contents.map(() => collectObject(services, manifestOf(), wish)));
    expect(records[0]).toEqual(records[1]);
    const at = records[0]?.at;
    const bytes = at != null && 'key' in at ? await readBytes(services.results, at.key) : null;
    expect(sha256(bytes ?? '')).toBe(records[0]?.asset?.sha256);
  });
});

describe('gatherNeeds', () => {
  it('refuses more different objects than are read for one run, and keeps no more of them', async () => {
    const services = servicesOf();
    const manifest = manifestOf({
      files: [{ key: 'museum/train.csv', name: 'train.csv', size: 1, etag: 'e', format: 'csv', split: null }],
    });
    const work = keys.work(manifest.dataset, manifest.run);
    const half = MOST_OBJECTS / 2;
    for (const shard of [0, 1, 2]) {
      const from = [0, half, half + 10][shard] ?? 0;
      const records = Array.from({ length: half }, (_, index) => `o:s3://abc/${from + index}`);
      const needs = { rows: 1, marked: 0, records, links: [], fixes: [], missing: [] };
      await services.results.write(work.rowsNeeds(0, shard), JSON.stringify(needs));
    }
    const gathered = await gatherNeeds(services, manifest, work);
    expect(gathered.records.size).toBe(MOST_OBJECTS + 1);
    expect(gathered.findings).toMatchObject([{ code: 'OBJECTS_TOO_MANY', severity: 'error' }]);
  });
});
