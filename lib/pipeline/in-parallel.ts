/** Works through a stream with at most `limit` pieces at once; the first failure stops the reading and is thrown once all has come to rest. */
export async function inParallel<T>(
  source: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const start = async (one: T) => {
    try {
      await work(one);
    } catch (error) {
      failures.push(error);
    }
  };
  try {
    for await (const one of source) {
      const task: Promise<void> = start(one).then(() => {
        running.delete(task);
      });
      running.add(task);
      if (running.size >= limit) await Promise.race(running);
      if (failures.length > 0) break;
    }
  } catch (error) {
    failures.push(error);
  }
  // Nothing may go on behind a step that has ended.
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
