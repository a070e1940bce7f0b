import type { Bucket, File, GetFilesOptions } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GcsFixture, onlyNew, startGcs, textOf } from './gcs-fixture.ts';

let gcs: GcsFixture;
let bucket: Bucket;
beforeAll(async () => {
  gcs = await startGcs();
  bucket = gcs.bucket;
});
afterAll(() => gcs.close());

describe('objects.get', () => {
  it('reads ranges and tells the hashes of the whole', async () => {
    const file = bucket.file('ten');
    await file.save('0123456789', { resumable: false });
    expect(await textOf(file, { start: 2, end: 4 })).toBe('234');
    const answer = await gcs.send('/storage/v1/b/museum/o/ten?alt=media', { headers: { range: 'bytes=-3' } });
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
      206,
      '789',
      'bytes 7-9/10',
    ]);
    expect(answer.headers.get('x-goog-hash')).toContain(`md5=${file.metadata.md5Hash}`);
    expect((await gcs.send('/storage/v1/b/museum/o/ten?alt=media', { headers: { range: 'bytes=10-' } })).status).toBe(
      416,
    );
  });

  it('says in Google’s shape that there is nothing, or not that generation', async () => {
    const answer = await gcs.send('/storage/v1/b/museum/o/nothing');
    const message = 'No such object: museum/nothing';
    const errors = [{ message, domain: 'global', reason: 'notFound' }];
    expect([answer.status, await answer.json()]).toEqual([404, { error: { code: 404, message, errors } }]);
    await bucket.file('there').save('x', { resumable: false });
    expect((await gcs.send('/storage/v1/b/museum/o/there?generation=12')).status).toBe(404);
  });

  it.each(['/storage/v1/b/museum/o/ten', '/storage/v1/b/museum/o', '/download/storage/v1/b/museum/o/ten'])(
    'wants a bearer token at %s',
    async (path) => {
      const answer = await fetch(`${gcs.url}${path}`);
      expect([answer.status, ((await answer.json()) as { error: { message: string } }).error.message]).toEqual([
        401,
        expect.stringContaining('useAuthWithCustomEndpoint'),
      ]);
    },
  );
});

describe('objects.list', () => {
  it('pages, rolls up and starts at an offset', async () => {
    const listed = gcs.storage.bucket('listed');
    for (const name of ['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/d'])
      await listed.file(name).save('x', { resumable: false });
    const names: string[] = [];
    let query: object | null = {};
    while (query !== null) {
      const options: GetFilesOptions = { prefix: 'l/', maxResults: 2, autoPaginate: false, ...query };
      const [files, next]: [File[], object | null, unknown] = await listed.getFiles(options);
      expect(files.length).toBeLessThanOrEqual(2);
      names.push(...files.map((file) => file.name));
      query = next;
    }
    expect(names).toEqual(['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/d']);
    const [rolled, , answer] = await listed.getFiles({ prefix: 'l/', delimiter: '/', autoPaginate: false });
    expect(rolled.map((file) => file.name)).toEqual(['l/b', 'l/d']);
    expect(answer).toMatchObject({ prefixes: ['l/a/', 'l/c/'] });
    const [offset] = await listed.getFiles({ startOffset: 'l/b', endOffset: 'l/d' });
    expect(offset.map((file) => file.name)).toEqual(['l/b', 'l/c/1']);
  });
});

describe('objects.patch and objects.delete', () => {
  it('change fields, remove a key by null, and count metagenerations', async () => {
    const file = bucket.file('patched');
    await file.save('x', { resumable: false, metadata: { metadata: { keep: '1', go: '2' } } });
    const [facts] = await file.setMetadata({ contentType: 'text/csv', metadata: { go: null, come: '3' } });
    expect(facts).toMatchObject({ contentType: 'text/csv', metadata: { keep: '1', come: '3' }, metageneration: '2' });
    expect(facts.metadata).not.toHaveProperty('go');
  });

  it('delete the generation that was meant only', async () => {
    const file = bucket.file('deleted');
    await file.save('x', { resumable: false });
    await expect(file.delete({ ifGenerationMatch: 1 })).rejects.toMatchObject({ code: 412 });
    await file.delete({ ifGenerationMatch: Number(file.metadata.generation) });
    await expect(file.delete()).rejects.toMatchObject({ code: 404 });
  });
});

describe('objects.rewrite and objects.compose', () => {
  it('copy within and between buckets, once under a condition', async () => {
    const file = bucket.file('original');
    await file.save('text', { resumable: false, contentType: 'text/plain' });
    for (const target of [bucket.file('copy'), gcs.storage.bucket('other').file('copy')]) {
      await file.copy(target, onlyNew);
      await expect(file.copy(target, onlyNew)).rejects.toMatchObject({ code: 412 });
      expect(await textOf(target)).toBe('text');
    }
  });

  it('join up to 32 objects with a CRC that the client accepts', async () => {
    const names = [...Array(32)].map((_, index) => `shard ${index}`);
    for (const name of names) await bucket.file(name).save(`${name}\n`, { resumable: false });
    const joined = bucket.file('joined.jsonl');
    await bucket.combine(names, joined, { ifGenerationMatch: 0 });
    const [read] = await joined.download({ validation: 'crc32c' });
    expect(read.toString()).toBe(names.map((name) => `${name}\n`).join(''));
    const [facts] = await joined.getMetadata();
    expect(facts).toMatchObject({ componentCount: 32 });
    expect(facts).not.toHaveProperty('md5Hash');
    await expect(bucket.combine([...names, 'joined.jsonl'], bucket.file('33'))).rejects.toMatchObject({ code: 400 });
    await expect(bucket.combine(['missing', 'joined.jsonl'], bucket.file('x'))).rejects.toMatchObject({ code: 404 });
  });
});

describe('buckets', () => {
  it('are made on first use, or where they are created', async () => {
    const storage = gcs.storage;
    expect((await storage.bucket('asked').getMetadata())[0]).toMatchObject({ location: 'US-CENTRAL1' });
    await storage.createBucket('made', { location: 'EU' });
    const [made] = await storage.bucket('made').getMetadata();
    expect(made).toMatchObject({ location: 'EU', locationType: 'multi-region' });
    await expect(storage.createBucket('made')).rejects.toMatchObject({ code: 409 });
  });

  it('answer on the paths of STORAGE_EMULATOR_HOST too', async () => {
    await bucket.file('emulated').save('x', { resumable: false });
    const answer = await fetch(`${gcs.url}/b/museum/o/emulated`);
    expect(await answer.json()).toMatchObject({ name: 'emulated' });
  });
});
