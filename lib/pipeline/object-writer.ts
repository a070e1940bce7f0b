import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';

/** An object that is written piece by piece; it stands once `end` has resolved. */
export interface ObjectWriter {
  /** Resolves when the store keeps pace: nothing piles up. Throws what the store threw. ASCII such as base64 is quicker as `latin1`. */
  write(text: string, encoding?: 'utf8' | 'latin1'): Promise<void>;
  /** `sha256`: of all bytes, lower-case hex. */
  end(): Promise<ObjectInfo & { sha256: string }>;
  /** Gives up: nothing is written, and nothing stays open. Does nothing after `end`. */
  discard(): Promise<void>;
}

/** Pieces are gathered into blocks: a store takes a few large ones for far less than many small ones. */
const BLOCK_BYTES = 1024 * 1024;
/** Of UTF-8 for one UTF-16 code unit; a pair takes four. */
const MOST_BYTES_PER_UNIT = 3;

/** Turns the store's "give me a stream" round into "take this piece". */
export function objectWriter(store: ObjectStore, key: string): ObjectWriter {
  const stream = new PassThrough({ highWaterMark: BLOCK_BYTES });
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
  const hash = createHash('sha256');
  const hand = async (chunk: Buffer) => {
    hash.update(chunk);
    if (stream.destroyed) return throwIfFailed();
    if (!stream.write(chunk)) await Promise.race([drained(stream), failed]);
  };
  const block = openBlock(hand);
  return {
    write: block.write,
    end: async () => {
      await block.flush();
      stream.end();
      await throwIfFailed();
      return { ...(await written), sha256: hash.digest('hex') };
    },
    discard: async () => {
      if (stream.writableEnded) return;
      stream.destroy(new Error(`[storage] the writing of "${key}" was given up.`));
      await failed;
    },
  };
}

function openBlock(hand: (full: Buffer) => Promise<void>) {
  let block: Buffer | null = null;
  let filled = 0;
  const flush = async () => {
    const full = block?.subarray(0, filled);
    block = null;
    filled = 0;
    if (full !== undefined) await hand(full);
  };
  const write = async (text: string, encoding: 'utf8' | 'latin1' = 'utf8') => {
    const most = encoding === 'utf8' ? text.length * MOST_BYTES_PER_UNIT : text.length;
    if (filled + most > BLOCK_BYTES) await flush();
    if (most > BLOCK_BYTES) return hand(Buffer.from(text, encoding));
    block ??= Buffer.allocUnsafe(BLOCK_BYTES);
    filled += block.write(text, filled, encoding);
  };
  return { write, flush };
}

function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve);
  });
}
