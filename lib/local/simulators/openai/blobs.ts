import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The bytes of uploaded files and parts, one file each, beside the documents that describe them. */
export interface Blobs {
  /** Streams to disk; null, and nothing kept, when there are more than `limit` bytes (the source is read to its end). */
  receive(source: AsyncIterable<Buffer>, limit: number): Promise<{ token: string; bytes: number } | null>;
  /** Gives received bytes their name. */
  keep(token: string, id: string): Promise<void>;
  /** Drops received bytes that nobody wants. */
  discard(token: string): Promise<void>;
  read(id: string): AsyncIterable<Uint8Array>;
  /** Joins parts, in order, under a new name; returns the md5 in hex, and keeps nothing when `accept` refuses it. */
  join(partIds: string[], id: string, accept: (md5: string) => boolean): Promise<boolean>;
  remove(id: string): Promise<void>;
}

export function openBlobs(stateDir: string): Blobs {
  const folder = join(stateDir, 'openai', 'blobs');
  const pathOf = (id: string) => join(folder, id);
  const discard = (token: string) => rm(pathOf(token), { force: true });
  return {
    async receive(source, limit) {
      await mkdir(folder, { recursive: true });
      const token = `.incoming-${randomUUID()}`;
      const counted = countUpTo(source, limit);
      try {
        // Open before the body is read: a stream that opens by itself could still make the file after it was discarded.
        const file = await open(pathOf(token), 'wx');
        await pipeline(counted.pieces, file.createWriteStream());
      } catch (error) {
        await discard(token);
        throw error;
      }
      if (counted.total() <= limit) return { token, bytes: counted.total() };
      await discard(token);
      return null;
    },
    keep: (token, id) => rename(pathOf(token), pathOf(id)),
    discard,
    read: (id) => createReadStream(pathOf(id)),
    async join(partIds, id, accept) {
      const token = `.incoming-${randomUUID()}`;
      const md5 = createHash('md5');
      await pipeline(
        async function* () {
          for (const partId of partIds) {
            for await (const piece of createReadStream(pathOf(partId)) as AsyncIterable<Buffer>) {
              md5.update(piece);
              yield piece;
            }
          }
        },
        createWriteStream(pathOf(token)),
      );
      const accepted = accept(md5.digest('hex'));
      await (accepted ? rename(pathOf(token), pathOf(id)) : discard(token));
      return accepted;
    },
    remove: (id) => rm(pathOf(id), { force: true }),
  };
}

/** Passes at most `limit` bytes on but reads to the end: a client that is cut off mid-send may never see the refusal. */
function countUpTo(source: AsyncIterable<Buffer>, limit: number) {
  let total = 0;
  const pieces = async function* () {
    for await (const piece of source) {
      total += piece.length;
      if (total <= limit) yield piece;
    }
  };
  return { pieces, total: () => total };
}
