/** The largest answer of an API that is read, in bytes: pages of a list have some megabytes, a result file of 100,000 steps five. */
const MOST_BYTES = 64 * 1024 * 1024;

/** `fetch`, with answers that end in an error where they are larger than any that is documented: memory is not a server's to fill. */
export async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  const { body, status, statusText, headers } = response;
  return body === null ? response : new Response(body.pipeThrough(limit()), { status, statusText, headers });
}

function limit(): TransformStream<Uint8Array, Uint8Array> {
  let left = MOST_BYTES;
  return new TransformStream({
    transform: (chunk, controller) => {
      left -= chunk.length;
      if (left < 0) controller.error(new Error(`the answer has more than ${MOST_BYTES} bytes`));
      else controller.enqueue(chunk);
    },
  });
}
