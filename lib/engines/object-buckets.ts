import type { ReadableStore } from '../storage/object-store.ts';
import type { OpenStore } from './local-stores.ts';

export interface ObjectBuckets {
  /** The bucket as a store; null = the operator does not allow it. Nothing is opened before it is asked for. */
  open(bucket: string): Promise<ReadableStore | null>;
  close(): Promise<void>;
}

/** The buckets whose objects rows may name, each opened once. */
export function objectBuckets(
  allowed: readonly string[],
  openBucket: (bucket: string) => Promise<OpenStore<ReadableStore>>,
): ObjectBuckets {
  const opened = new Map<string, Promise<OpenStore<ReadableStore>>>();
  return {
    open: async (bucket) => {
      if (!allowed.includes(bucket)) return null;
      const opening = opened.get(bucket) ?? openBucket(bucket);
      opened.set(bucket, opening);
      // What could not be opened is tried anew by the next call.
      opening.catch(() => void opened.delete(bucket));
      return (await opening).store;
    },
    close: async () => {
      for (const opening of opened.values()) await opening.then(({ close }) => close()).catch(() => {});
    },
  };
}
