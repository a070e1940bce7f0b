import { PassThrough } from 'node:stream';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';

/** An object that is written piece by piece; it stands once `end` has resolved. */
export interface ObjectWriter {
  /** Resolves when the store keeps pace: nothing piles up. Throws what the store threw. */
  write(chunk: Uint8Array | string, encoding?: 'utf8' | 'latin1'): Promise<void>;
  end(): Promise<ObjectInfo>;
  /** Gives up: nothing is written, and nothing stays open. Does nothing after `end`. */
  discard(): Promise<void>;
}

const BUFFERED_BYTES = 1024 * 1024;

/** Turns the store's "give me a stream" round into "take this piece". */
export function objectWriter(store: ObjectStore, key: string): ObjectWriter {
  const stream = new PassThrough({ highWaterMark: BUFFERED_BYTES });
  // A store that fails closes the stream; what it threw is told by `written`.
  stream.on('error', () => {});
  const written = store.write(key, stream);
  const failed = written.then(
    () => null,
    (error: unknown) => {
      stream.destroy();
      return { error };
    },
  );
  const throwIfFailed = async () => {
    const failure = await failed;
    if (failure !== null) throw failure.error;
  };
  return {
    write: async (chunk, encoding = 'utf8') => {
      if (stream.destroyed) return throwIfFailed();
      if (!stream.write(chunk, encoding)) await Promise.race([drained(stream), failed]);
    },
    end: async () => {
      stream.end();
      await throwIfFailed();
      return written;
    },
    discard: async () => {
      if (stream.writableEnded) return;
      stream.destroy(new Error(`[storage] the writing of "${key}" was given up.`));
      await failed;
    },
  };
}

function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve);
  });
}
