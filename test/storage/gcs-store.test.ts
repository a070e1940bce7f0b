import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Content, ContentStore } from '../../lib/storage/gcs-store.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { objectStoreContract } from '../contracts/object-store.ts';
import { type GcsFixture, startGcs } from './gcs-fixture.ts';

let gcs: GcsFixture;
beforeAll(async () => {
  gcs = await startGcs();
});
afterAll(() => gcs.close());

const REFUSED_NAME = 'Cloud Storage takes no line breaks in names';
objectStoreContract('gcsStore', async () => ({ store: gcs.store(), close: async () => {} }), {
  refused: { 'line\nbreak\ttab.txt': REFUSED_NAME },
});

const CHUNK = 8 * 1024 * 1024;
const contentOf = (bytes: Buffer): Content => ({
  bytes: bytes.length,
  read: async function* () {
    for (let at = 0; at < bytes.length; at += 1_000_003) yield bytes.subarray(at, at + 1_000_003);
  },
});
const options = { contentType: 'image/png' };

describe('write', () => {
  it.each([
    ['one chunk', CHUNK],
    ['a byte more', CHUNK + 1],
    ['two chunks', 2 * CHUNK],
  ])('keeps %s whole, as bytes and as a stream', async (_what, size) => {
    const store = gcs.store();
    const bytes = Buffer.alloc(size, 'finedrop ');
    expect(await store.write('bytes', bytes)).toMatchObject({ size });
    expect(await store.write('stream', contentOf(bytes).read())).toMatchObject({ size });
    expect((await readBytes(store, 'stream'))?.equals(bytes)).toBe(true);
    expect((await readBytes(store, 'bytes', { offset: size - 9 }))?.equals(bytes.subarray(size - 9))).toBe(true);
  });
});

describe('concatenate', () => {
  it('joins more objects than one request takes, and leaves no trace of its rounds', async () => {
    const store = gcs.store();
    const keys = Array.from({ length: 70 }, (_, index) => `part-${String(index).padStart(2, '0')}`);
    for (const key of keys) await store.write(key, `${key}\n`);
    await store.concatenate('whole.jsonl', keys, { ifNoneMatch: '*' });
    expect(String(await readBytes(store, 'whole.jsonl'))).toBe(keys.map((key) => `${key}\n`).join(''));
    const found: string[] = [];
    for await (const { key } of store.list('')) found.push(key);
    expect(found).toEqual([...keys, 'whole.jsonl']);
  });
});

describe('writeContent', () => {
  it.each([
    ['small', 1000],
    ['large', CHUNK + 5],
  ])('brings %s content once, and leaves what stands', async (_what, size) => {
    const store = gcs.store();
    const content = contentOf(Buffer.alloc(size, 7));
    await store.writeContent('k.png', content, options);
    const first = await store.head('k.png');
    await store.writeContent('k.png', content, options);
    expect(await store.head('k.png')).toEqual(first);
    expect(first?.size).toBe(size);
  });

  it('puts right what has the same size but other bytes', async () => {
    const store = gcs.store();
    await store.write('k.png', 'wrong');
    await store.writeContent('k.png', contentOf(Buffer.from('right')), options);
    expect(String(await readBytes(store, 'k.png'))).toBe('right');
  });

  it('agrees with another who brings the same at the same time', async () => {
    const store = gcs.store();
    const content = contentOf(Buffer.from('the same'));
    await Promise.all(Array.from({ length: 8 }, () => store.writeContent('k.png', content, options)));
    expect(String(await readBytes(store, 'k.png'))).toBe('the same');
  });

  it('fails when another brings something else at the same time, rather than name bytes wrongly', async () => {
    const store = gcs.store();
    const slow: Content = {
      bytes: 5,
      read: async function* () {
        await store.write('k.png', 'other');
        yield Buffer.from('bytes');
      },
    };
    await expect(store.writeContent('k.png', slow, options)).rejects.toThrow('another writer was first');
  });
});

describe('a service that fails now and then', () => {
  const withFaults = async (rules: object[], run: (store: ContentStore) => Promise<void>) => {
    const faulty = await startGcs(rules);
    try {
      await run(faulty.store());
    } finally {
      await faulty.close();
    }
  };

  it('is asked again where a condition makes that safe', async () => {
    await withFaults([{ operation: 'objects.insert', action: 'error', status: 503 }], async (store) => {
      await store.writeContent('k.png', contentOf(Buffer.from('bytes')), options);
      expect(String(await readBytes(store, 'k.png'))).toBe('bytes');
    });
  });

  it('is not asked again where it is not', async () => {
    await withFaults([{ operation: 'objects.insert', action: 'error', status: 503 }], async (store) => {
      await expect(store.write('k', 'bytes')).rejects.toThrow();
      expect(await store.head('k')).toBeNull();
    });
  });

  it('does not lose an upload whose answer was lost', async () => {
    await withFaults([{ operation: 'objects.insert', action: 'accept-then-timeout', ms: 10 }], async (store) => {
      await store.writeContent('k.png', contentOf(Buffer.from('bytes')), options);
      expect(String(await readBytes(store, 'k.png'))).toBe('bytes');
    });
  });

  it('says what refused the caller', async () => {
    const rules = [{ operation: 'objects.get', action: 'error', status: 403, times: 9 }];
    await withFaults(rules, async (store) => {
      await expect(store.head('k')).rejects.toMatchObject({ code: 403 });
    });
  });
});

describe('gcsStore', () => {
  it('goes where the settings say, whatever the process’s STORAGE_EMULATOR_HOST', async () => {
    const before = process.env['STORAGE_EMULATOR_HOST'];
    process.env['STORAGE_EMULATOR_HOST'] = 'http://127.0.0.1:9';
    try {
      const store = gcs.store();
      await store.write('k', 'here');
      expect(await store.head('k')).toMatchObject({ size: 4 });
    } finally {
      if (before === undefined) delete process.env['STORAGE_EMULATOR_HOST'];
      else process.env['STORAGE_EMULATOR_HOST'] = before;
    }
  });
});
