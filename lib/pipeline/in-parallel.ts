/** Works through a stream with at most `limit` pieces at once; the first failure stops the reading and is thrown. */
export async function inParallel<T>(
  source: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | null = null;
  for await (const one of source) {
    if (failure !== null) break;
    const task = work(one).catch((error: unknown) => {
      failure ??= { error };
    });
    const tracked: Promise<void> = task.then(() => {
      running.delete(tracked);
    });
    running.add(tracked);
    if (running.size >= limit) await Promise.race(running);
  }
  await Promise.all(running);
  if (failure !== null) throw (failure as { error: unknown }).error;
}
