import { beforeEach, describe, expect, it } from 'vitest';
import type { Content, ContentStore } from '../../lib/storage/gcs-store.ts';
import { PreconditionFailedError, readBytes } from '../../lib/storage/object-store.ts';

const CHUNK = 8 * 1024 * 1024;
const contentType = 'image/png';

/** What the store promises beyond its port, or does in ways of Cloud Storage; `open` gives an empty store each time. */
export function gcsStoreContract(name: string, open: () => Promise<ContentStore>): void {
  describe(`${name} and its service`, () => {
    let opened: ContentStore;
    beforeEach(async () => {
      opened = await open();
    });
    const store = () => opened;
    describe('write', () => writing(store));
    describe('concatenate', () => concatenating(store));
    describe('writeContent', () => writingContent(store));
  });
}

function writing(store: () => ContentStore): void {
  it.each([
    ['one chunk', CHUNK],
    ['a byte more', CHUNK + 1],
    ['two chunks', 2 * CHUNK],
  ])('keeps %s whole, as bytes and as a stream', async (_what, size) => {
    const bytes = Buffer.alloc(size, 'finedrop ');
    expect(await store().write('bytes', bytes)).toMatchObject({ size });
    expect(await store().write('stream', contentOf(bytes).read())).toMatchObject({ size });
    expect((await readBytes(store(), 'stream'))?.equals(bytes)).toBe(true);
    expect((await readBytes(store(), 'bytes', { offset: size - 9 }))?.equals(bytes.subarray(size - 9))).toBe(true);
  });

  it('holds conditions on what is sent in chunks', async () => {
    const first = await store().write('large', contentOf(Buffer.alloc(CHUNK + 1, 1)).read(), { ifNoneMatch: '*' });
    const late = store().write('large', contentOf(Buffer.alloc(CHUNK + 1, 2)).read(), { ifNoneMatch: '*' });
    await expect(late).rejects.toBeInstanceOf(PreconditionFailedError);
    const second = await store().write('large', contentOf(Buffer.alloc(CHUNK + 1, 3)).read(), { ifMatch: first.etag });
    expect(await store().head('large')).toEqual(second);
  });

  it('says that another writer came first also where it came between two chunks', async () => {
    async function* interrupted() {
      yield Buffer.alloc(CHUNK + 1, 1);
      await store().write('k', 'other');
      yield Buffer.alloc(CHUNK, 2);
    }
    const late = store().write('k', interrupted(), { ifNoneMatch: '*' });
    await expect(late).rejects.toBeInstanceOf(PreconditionFailedError);
    expect(String(await readBytes(store(), 'k'))).toBe('other');
  });
}

function concatenating(store: () => ContentStore): void {
  it('joins more objects than one request takes, and leaves no trace of its rounds', async () => {
    const keys = Array.from({ length: 70 }, (_, index) => `part-${String(index).padStart(2, '0')}`);
    for (const key of keys) await store().write(key, `${key}\n`);
    await store().concatenate('whole.jsonl', keys, { ifNoneMatch: '*' });
    expect(String(await readBytes(store(), 'whole.jsonl'))).toBe(keys.map((key) => `${key}\n`).join(''));
    const found: string[] = [];
    for await (const { key } of store().list('')) found.push(key);
    expect(found).toEqual([...keys, 'whole.jsonl']);
  });
}

function writingContent(store: () => ContentStore): void {
  it.each([
    ['small', 1000],
    ['large', CHUNK + 5],
  ])('brings %s content once, and leaves what stands', async (_what, size) => {
    const content = contentOf(Buffer.alloc(size, 7));
    await store().writeContent('k.png', content, { contentType });
    const first = await store().head('k.png');
    await store().writeContent('k.png', content, { contentType });
    expect(await store().head('k.png')).toEqual(first);
    expect(first?.size).toBe(size);
  });

  it('puts right what has the same size but other bytes', async () => {
    await store().write('k.png', 'wrong');
    await store().writeContent('k.png', contentOf(Buffer.from('right')), { contentType });
    expect(String(await readBytes(store(), 'k.png'))).toBe('right');
  });

  it('agrees with another who brings the same at the same time', async () => {
    const content = contentOf(Buffer.from('the same'));
    await Promise.all(Array.from({ length: 8 }, () => store().writeContent('k.png', content, { contentType })));
    expect(String(await readBytes(store(), 'k.png'))).toBe('the same');
  });

  it('fails when another brings something else at the same time, rather than name bytes wrongly', async () => {
    const slow: Content = {
      bytes: 5,
      read: async function* () {
        await store().write('k.png', 'other');
        yield Buffer.from('bytes');
      },
    };
    await expect(store().writeContent('k.png', slow, { contentType })).rejects.toThrow('another writer was first');
  });
}

function contentOf(bytes: Buffer): Content {
  return {
    bytes: bytes.length,
    read: async function* () {
      for (let at = 0; at < bytes.length; at += 1_000_003) yield bytes.subarray(at, at + 1_000_003);
    },
  };
}
