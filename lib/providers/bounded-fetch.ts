/** `fetch`, with answers that end in an error where they are larger than any that is documented: memory is not a server's to fill. */
export function fetchUpTo(mostBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const { body, status, statusText, headers } = response;
    return body === null ? response : new Response(body.pipeThrough(limit(mostBytes)), { status, statusText, headers });
  };
}

function limit(mostBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let left = mostBytes;
  return new TransformStream({
    transform: (chunk, controller) => {
      left -= chunk.length;
      if (left < 0) controller.error(new Error(`the answer has more than ${mostBytes} bytes`));
      else controller.enqueue(chunk);
    },
  });
}
