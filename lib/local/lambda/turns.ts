/** Runs work when it is its turn: a fixed number at once, in the order of asking. */
export type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Turns for `atOnce` pieces of work; none is lost when one fails. */
export function createTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
