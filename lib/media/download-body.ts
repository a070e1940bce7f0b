import type { Readable } from 'node:stream';
import { type DownloadFailure, DownloadFailureError, failure } from './download-issues.ts';
import type { DownloadLimits } from './download-limits.ts';

type BodyLimits = Pick<DownloadLimits, 'maxBytes' | 'pace' | 'bytesPerSecond'>;

/** Reads a body to its end: never more than `maxBytes`, never slower than the pace. That announced lengths hold is the client's check. */
export async function readBody(
  body: Readable,
  limits: BodyLimits,
): Promise<{ bytes: Buffer } | { failure: DownloadFailure }> {
  const chunks: Buffer[] = [];
  let count = 0;
  let isSlow = false;
  const pace = watchPace(limits, () => {
    isSlow = true;
    body.destroy();
  });
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      count += chunk.length;
      pace.add(chunk.length);
      if (count > limits.maxBytes) return { failure: tooLarge(limits.maxBytes) };
      chunks.push(chunk);
    }
  } catch (error) {
    return { failure: isSlow ? failure('LINK_SLOW') : cutFailure(error) };
  } finally {
    pace.stop();
  }
  return { bytes: Buffer.concat(chunks, count) };
}

/** We cut the body for a reason of ours; otherwise the server or the net did, and what came is not the whole file. */
function cutFailure(error: unknown): DownloadFailure {
  return error instanceof DownloadFailureError ? error.failure : failure('LINK_CUT');
}

/** More bytes than any target could use. */
export function tooLarge(maxBytes: number): DownloadFailure {
  return failure('LINK_TOO_LARGE', { text: `the file is larger than ${maxBytes} bytes` });
}

/** Calls `onSlow` when a stretch of time brought too few bytes: a server that drips keeps a connection open for no cost of its own. */
function watchPace({ pace, bytesPerSecond }: Pick<DownloadLimits, 'pace' | 'bytesPerSecond'>, onSlow: () => void) {
  const needed = (pace / 1000) * bytesPerSecond;
  let came = 0;
  const timer = setInterval(() => {
    if (came < needed) onSlow();
    came = 0;
  }, pace);
  return {
    add: (bytes: number) => {
      came += bytes;
    },
    stop: () => clearInterval(timer),
  };
}
