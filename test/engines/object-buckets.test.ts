import { describe, expect, it } from 'vitest';
import { objectBuckets } from '../../lib/engines/object-buckets.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';

function openings(fail: (times: number) => boolean = () => false) {
  const told: string[] = [];
  const open = async (bucket: string) => {
    told.push(`open ${bucket}`);
    if (fail(told.length)) throw new Error('not now');
    return { store: memoryStore(), close: () => void told.push(`close ${bucket}`) };
  };
  return { told, buckets: objectBuckets(['my-photos', 'my-sounds'], open) };
}

describe('objectBuckets', () => {
  it('opens an allowed bucket when it is first asked for, once, and closes it', async () => {
    const { told, buckets } = openings();
    const [first, second] = await Promise.all([buckets.open('my-photos'), buckets.open('my-photos')]);
    expect(first).not.toBeNull();
    expect(second).toBe(first);
    await buckets.close();
    expect(told).toEqual(['open my-photos', 'close my-photos']);
  });

  it.each(['my-photo', 'MY-PHOTOS', 's3://my-photos', ''])(
    'has no bucket "%s", and opens nothing for it',
    async (name) => {
      const { told, buckets } = openings();
      expect(await buckets.open(name)).toBeNull();
      expect(told).toEqual([]);
    },
  );

  it('tries a bucket again that could not be opened', async () => {
    const { buckets } = openings((times) => times === 1);
    await expect(buckets.open('my-photos')).rejects.toThrow('not now');
    expect(await buckets.open('my-photos')).not.toBeNull();
  });
});
