import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';

/** An object that is written piece by piece; it stands once `end` has resolved. */
export interface ObjectWriter {
  /** Resolves when the store keeps pace: nothing piles up. */
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<ObjectInfo>;
}

const BUFFERED_BYTES = 1024 * 1024;

/** Turns the store's "give me a stream" round into "take this piece". */
export function objectWriter(store: ObjectStore, key: string): ObjectWriter {
  const stream = new PassThrough({ highWaterMark: BUFFERED_BYTES });
  let failure: { error: unknown } | null = null;
  const written = store.write(key, stream).catch((error: unknown) => {
    failure = { error };
    stream.destroy();
    return null;
  });
  return {
    write: async (chunk) => {
      if (failure !== null) throw (failure as { error: unknown }).error;
      // A failed write closes the stream, which ends the wait as well.
      if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), written]);
    },
    end: async () => {
      stream.end();
      const info = await written;
      if (info === null)
        throw (failure as { error: unknown } | null)?.error ?? new Error(`[storage] "${key}" was not written.`);
      return info;
    },
  };
}
