import { z } from 'zod';
import { locationSchema } from '../domain/media.ts';

/** A media file that a target's lines name, and that must be staged. */
export const stagedMediaSchema = z.strictObject({
  name: z.string(),
  mime: z.string(),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
  at: locationSchema,
});
export type StagedMedia = z.infer<typeof stagedMediaSchema>;

/** Files that one call stages: few enough, and small enough together, for its time and memory; one line of the item file. */
export const mediaBatchSchema = z.strictObject({ media: z.array(stagedMediaSchema) });

const FILES_PER_BATCH = 100;
/** Half a minute at 10 MB/s; the largest file that a provider takes is 100 MB. */
const BYTES_PER_BATCH = 256 * 1024 * 1024;
/** Of what a state may carry: names of archive entries of 1,024 bytes must fit too. */
const TEXT_PER_BATCH = 128 * 1024;

/** Cuts a stream of files into batches. */
export async function* mediaBatches(all: AsyncIterable<StagedMedia>): AsyncGenerator<StagedMedia[]> {
  let batch: StagedMedia[] = [];
  let bytes = 0;
  let length = 0;
  for await (const media of all) {
    const text = Buffer.byteLength(JSON.stringify(media)) + 1;
    const isFull =
      batch.length >= FILES_PER_BATCH || bytes + media.bytes > BYTES_PER_BATCH || length + text > TEXT_PER_BATCH;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = 0;
      length = 0;
    }
    batch.push(media);
    bytes += media.bytes;
    length += text;
  }
  if (batch.length > 0) yield batch;
}
