/** A clock that only moves when nobody has anything left to do: hours of waiting take no time. */
export interface VirtualTime {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Runs something later, whoever waits for it or not. */
  later(milliseconds: number, work: () => void): void;
  /** Goes on until nobody sleeps, or until `end`; false = somebody still sleeps then. */
  run(end: number): Promise<boolean>;
}

interface Sleeper {
  due: number;
  wake: () => void;
}

/** Time that begins at `start`. Sleepers that are due at once wake in the order in which they fell asleep. */
export function virtualTime(start: number): VirtualTime {
  let now = start;
  const sleepers: Sleeper[] = [];
  const later = (milliseconds: number, wake: () => void): void => {
    const due = now + Math.max(0, milliseconds);
    let place = sleepers.length;
    // The next to wake stands last.
    while (place > 0 && (sleepers[place - 1]?.due ?? 0) <= due) place -= 1;
    sleepers.splice(place, 0, { due, wake });
  };
  return {
    now: () => now,
    later,
    sleep: (milliseconds) => new Promise<void>((resolve) => later(milliseconds, resolve)),
    run: async (end) => {
      for (;;) {
        await everybodyWaits();
        const next = sleepers.pop();
        if (next === undefined) return true;
        if (next.due > end) return false;
        now = next.due;
        next.wake();
      }
    },
  };
}

/** Promises of a simulated world wait for each other or for its clock, so that a turn of the real loop leaves all of them asleep. */
function everybodyWaits(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
