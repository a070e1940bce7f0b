import type { LinkedAbort } from './abort.ts';

/** All results in order; the first failure stops the others, waits until they have stopped, and is thrown. */
export async function allOrFirstFailure<Result>(
  work: readonly Promise<Result>[],
  siblings: LinkedAbort,
): Promise<Result[]> {
  const group = failureGroup(siblings);
  const settled = await Promise.all(work.map(group.guard));
  group.throwFirst();
  return settled.filter((result) => result !== undefined);
}

/** Notes failures as they come, so that none is ever without a handler. */
function failureGroup(siblings: LinkedAbort) {
  const failures: unknown[] = [];
  return {
    guard: <Result>(one: Promise<Result>): Promise<Result | undefined> =>
      one.catch((error: unknown) => {
        if (failures.length === 0) siblings.abort(error);
        failures.push(error);
        return undefined;
      }),
    throwFirst: () => {
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Runs `run` over the items, at most `limit` at a time, pulling each item only when its turn comes. */
export async function forEachConcurrently<Item>(
  items: AsyncIterable<Item>,
  options: { limit: number; siblings: LinkedAbort },
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let ended = false;
  const group = failureGroup(options.siblings);
  const worker = async (): Promise<void> => {
    while (!ended && !options.siblings.signal.aborted) {
      const next = await iterator.next();
      if (next.done === true) ended = true;
      else await run(next.value);
    }
  };
  const workers: Promise<void>[] = [];
  for (let started = 0; started < options.limit && !ended; started += 1) {
    workers.push(group.guard(worker()));
    // Lets a short list end before thousands of workers ask it for more.
    await Promise.resolve();
  }
  try {
    await Promise.all(workers);
    group.throwFirst();
  } finally {
    await iterator.return?.();
  }
}
