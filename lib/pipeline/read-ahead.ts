/** Reads for each piece of a stream, at most `limit` at once, and gives the answers in the stream's order. */
export async function* readAhead<T, R>(
  source: AsyncIterable<T> | Iterable<T>,
  limit: number,
  read: (one: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const one of source) {
      const task = read(one);
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      task.catch(() => {});
      running.push(task);
      if (running.length >= limit) yield await (running.shift() as Promise<R>);
    }
    for (let next = running.shift(); next !== undefined; next = running.shift()) yield await next;
  } finally {
    // Nothing may go on behind a step that has ended.
    await Promise.allSettled(running);
  }
}
