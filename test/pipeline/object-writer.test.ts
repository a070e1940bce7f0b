import { describe, expect, it } from 'vitest';
import { objectWriter } from '../../lib/pipeline/object-writer.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { type ObjectStore, readBytes } from '../../lib/storage/object-store.ts';

describe('objectWriter', () => {
  it('writes pieces of any size in order, and stands once it has ended', async () => {
    const store = memoryStore();
    const writer = objectWriter(store, 'k');
    const pieces = [
      'é🦉',
      '',
      'A'.repeat(3_000_000),
      'small',
      '🦉'.repeat(400_000),
      ...Array(500).fill('line\n'.repeat(999)),
    ];
    for (const piece of pieces) await writer.write(piece, /^A/.test(piece) ? 'latin1' : 'utf8');
    expect(await store.head('k')).toBeNull();
    const { size } = await writer.end();
    const expected = Buffer.from(pieces.join(''));
    expect(size).toBe(expected.length);
    expect((await readBytes(store, 'k'))?.equals(expected)).toBe(true);
  });

  it('writes an empty object when nothing is written', async () => {
    const store = memoryStore();
    expect(await objectWriter(store, 'k').end()).toMatchObject({ size: 0 });
    expect(await readBytes(store, 'k')).toEqual(Buffer.alloc(0));
  });

  it('lets the writer wait for a store that is slow', async () => {
    let taken = 0;
    const slow: ObjectStore = {
      ...memoryStore(),
      write: async (key, body) => {
        for await (const chunk of body as AsyncIterable<Uint8Array>) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          taken += chunk.length;
        }
        return { key, size: taken, etag: 'x' };
      },
    };
    const writer = objectWriter(slow, 'k');
    let most = 0;
    for (let written = 0; written < 24_000_000; written += 500_000) {
      await writer.write('x'.repeat(500_000));
      most = Math.max(most, written + 500_000 - taken);
    }
    await writer.end();
    expect(taken).toBe(24_000_000);
    expect(most).toBeLessThan(6_000_000);
  });

  it('throws what the store threw, however much is written behind it', async () => {
    const failing: ObjectStore = {
      ...memoryStore(),
      write: async (_key, body) => {
        for await (const _chunk of body as AsyncIterable<Uint8Array>) throw new Error('disk full');
        throw new Error('nothing came');
      },
    };
    const writer = objectWriter(failing, 'k');
    const writing = async () => {
      for (let index = 0; index < 50; index += 1) await writer.write('x'.repeat(500_000));
    };
    await expect(writing()).rejects.toThrow('disk full');
    await expect(writer.end()).rejects.toThrow('disk full');
  });

  it('leaves nothing when it is discarded, and nothing waits', async () => {
    const store = memoryStore();
    const writer = objectWriter(store, 'k');
    await writer.write('half a line');
    await writer.discard();
    expect(await store.head('k')).toBeNull();
    await expect(writer.end()).rejects.toThrow('given up');
  });

  it('stands although it is discarded after its end', async () => {
    const store = memoryStore();
    const writer = objectWriter(store, 'k');
    await writer.write('line\n');
    await writer.end();
    await writer.discard();
    expect((await readBytes(store, 'k'))?.toString()).toBe('line\n');
  });
});
