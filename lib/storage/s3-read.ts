/** What is asked for; `ifMatch` pins the object that a broken read began with. */
export interface OpenRange {
  offset: number;
  length: number | undefined;
  ifMatch: string | undefined;
}

export interface OpenedRange {
  etag: string;
  /** How many bytes the body will have. */
  bytes: number;
  body: AsyncIterable<Uint8Array>;
}

interface ReadThrough {
  offset?: number;
  length?: number;
  ifMatch?: string;
  /** The error to throw for a break that cannot be mended. */
  fail(error: unknown): Error;
}

const MAX_BREAKS = 3;

/**
 * Reads a range; where a connection breaks, it reads on from there, but only of the very object that it began with. An archive of
 * gigabytes would else begin anew for one lost packet. `open` answers null where the range begins behind the object's end.
 */
export async function* readThrough(
  open: (range: OpenRange) => Promise<OpenedRange | null>,
  { offset = 0, length, ifMatch, fail }: ReadThrough,
): AsyncGenerator<Uint8Array> {
  let pinned = ifMatch;
  let received = 0;
  for (let breaks = 0; ; breaks += 1) {
    const left = length === undefined ? undefined : length - received;
    const opened = await open({ offset: offset + received, length: left, ifMatch: pinned });
    if (opened === null) return;
    pinned = opened.etag;
    const end = received + opened.bytes;
    try {
      for await (const chunk of opened.body) {
        received += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      // All has come, and something is wrong with it: a checksum.
      if (received >= end || breaks === MAX_BREAKS) throw fail(error);
    }
  }
}
