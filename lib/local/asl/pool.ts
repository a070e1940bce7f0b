import type { LinkedAbort } from './abort.ts';

/** All results in order; the first failure stops the others, waits until they have stopped, and is thrown. */
export async function allOrFirstFailure<Result>(
  work: readonly Promise<Result>[],
  siblings: LinkedAbort,
): Promise<Result[]> {
  const failures: unknown[] = [];
  const guarded = work.map((one) =>
    one.catch((error: unknown) => {
      if (failures.length === 0) siblings.abort(error);
      failures.push(error);
      return undefined;
    }),
  );
  const settled = await Promise.all(guarded);
  if (failures.length > 0) throw failures[0];
  return settled.filter((result) => result !== undefined);
}

/** Runs `run` over the items, at most `limit` at a time, pulling each item only when its turn comes. */
export async function forEachConcurrently<Item>(
  items: AsyncIterable<Item>,
  options: { limit: number; siblings: LinkedAbort },
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let ended = false;
  const worker = async (): Promise<null> => {
    while (!ended && !options.siblings.signal.aborted) {
      const next = await iterator.next();
      if (next.done === true) ended = true;
      else await run(next.value);
    }
    return null;
  };
  const workers: Promise<null>[] = [];
  for (let started = 0; started < options.limit && !ended; started += 1) {
    workers.push(worker());
    // Lets a short list end before thousands of workers ask it for more.
    await Promise.resolve();
  }
  try {
    await allOrFirstFailure(workers, options.siblings);
  } finally {
    await iterator.return?.();
  }
}
