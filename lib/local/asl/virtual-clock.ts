import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { AslClock } from './host.ts';
import { realSleep } from './system-clock.ts';

/** Where simulated time is kept: in memory, or in a folder that simulators share. */
export interface TimeSource {
  now(): Date;
  /** Moves time on; `now` shows it once this settles. */
  advance(ms: number): void | Promise<void>;
}

/** A clock on which waiting costs nothing. */
export interface VirtualClock extends AslClock {
  deadline(ms: number, signal: AbortSignal): Promise<void>;
  busy<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Moves time on by hand; sleeps that became due are woken. */
  advance(ms: number): Promise<void>;
  /** Milliseconds that this clock has moved its source on; to be kept and given to the next process. */
  offset(): number;
}

interface Sleeper {
  due: number;
  order: number;
  /** A time limit: wakes when time has come there, but does not move it. */
  passive: boolean;
  wake(): void;
  fail(error: unknown): void;
}

/** Time that stands still but for sleeps; `offset` (ms) is where an earlier process had come. */
export function virtualClock(start: Date, offset: number = 0): VirtualClock {
  let moved = offset;
  const clock = simulatedClock({
    now: () => new Date(start.getTime() + moved),
    advance: (ms) => {
      moved += ms;
    },
  });
  return { ...clock, offset: () => moved };
}

/**
 * A clock whose sleeps move a time source on: when all work rests, time jumps to the earliest sleep that is due, in order of
 * due times. While work marked `busy` runs, and does not itself sleep on this clock, time stands still.
 */
export function simulatedClock(source: TimeSource): VirtualClock {
  const sleepers = new Set<Sleeper>();
  const inWork = new AsyncLocalStorage<{ sleeping: number }>();
  const state = { busy: 0, moving: false, order: 0, latest: 0, moved: 0 };
  const now = () => {
    state.latest = Math.max(state.latest, source.now().getTime());
    return new Date(state.latest);
  };
  const shift = async (ms: number) => {
    if (ms > 0) await source.advance(ms);
    state.moved += ms;
    wakeFirstDue(sleepers, now().getTime());
  };
  const move = async () => {
    if (state.moving) return;
    state.moving = true;
    try {
      while (await rests(state)) {
        const next = earliest(sleepers);
        if (next === undefined) break;
        await shift(Math.max(0, next.due - now().getTime()));
      }
    } catch (error) {
      for (const sleeper of [...sleepers]) sleeper.fail(error);
    } finally {
      state.moving = false;
    }
  };
  const startMoving = () => {
    void move();
  };
  const add = (ms: number, signal: AbortSignal, passive: boolean) =>
    new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const stop = () => {
        sleepers.delete(sleeper);
        reject(signal.reason);
        startMoving();
      };
      const leave = () => {
        sleepers.delete(sleeper);
        signal.removeEventListener('abort', stop);
      };
      const wake = () => {
        leave();
        resolve();
      };
      const fail = (error: unknown) => {
        leave();
        reject(error);
      };
      state.order += 1;
      const sleeper: Sleeper = { due: now().getTime() + Math.max(0, ms), order: state.order, passive, wake, fail };
      sleepers.add(sleeper);
      signal.addEventListener('abort', stop, { once: true });
      startMoving();
    });
  return {
    now,
    advance: async (ms) => {
      await shift(ms);
      startMoving();
    },
    offset: () => state.moved,
    sleep: (ms, signal) => restWhile(() => add(ms, signal, false), inWork.getStore(), state, startMoving),
    deadline: (ms, signal) => eitherTime((inner) => [add(ms, inner, true), realSleep(ms, inner)], signal),
    busy: (work) => workOn(work, { inWork, state, startMoving }),
  };
}

/** True once the event loop had a turn with no work going on. */
async function rests(state: { busy: number }): Promise<boolean> {
  await eventLoopTurn();
  return state.busy === 0;
}

function earliest(sleepers: ReadonlySet<Sleeper>): Sleeper | undefined {
  let first: Sleeper | undefined;
  for (const sleeper of sleepers) {
    if (!sleeper.passive && (first === undefined || sleeper.due < first.due)) first = sleeper;
  }
  if (first === undefined) return undefined;
  const due = first.due;
  return [...sleepers].filter((sleeper) => sleeper.due <= due).sort(byDue)[0];
}

function wakeFirstDue(sleepers: ReadonlySet<Sleeper>, now: number): void {
  const [next] = [...sleepers].filter(({ due }) => due <= now).sort(byDue);
  next?.wake();
}

function byDue(left: Sleeper, right: Sleeper): number {
  return left.due - right.due || left.order - right.order;
}

/** Work that sleeps is at rest meanwhile. */
async function restWhile(
  sleep: () => Promise<void>,
  work: { sleeping: number } | undefined,
  state: { busy: number },
  startMoving: () => void,
): Promise<void> {
  if (work === undefined) return sleep();
  work.sleeping += 1;
  if (work.sleeping === 1) state.busy -= 1;
  startMoving();
  try {
    await sleep();
  } finally {
    work.sleeping -= 1;
    if (work.sleeping === 0) state.busy += 1;
  }
}

async function workOn<Result>(
  work: () => Promise<Result>,
  clock: { inWork: AsyncLocalStorage<{ sleeping: number }>; state: { busy: number }; startMoving: () => void },
): Promise<Result> {
  clock.state.busy += 1;
  try {
    return await clock.inWork.run({ sleeping: 0 }, work);
  } finally {
    clock.state.busy -= 1;
    clock.startMoving();
  }
}

/** A hung function moves no simulated time, so that real time ends its limit as well. */
async function eitherTime(start: (signal: AbortSignal) => Promise<void>[], outer: AbortSignal): Promise<void> {
  const own = new AbortController();
  const signal = AbortSignal.any([outer, own.signal]);
  const waits = start(signal);
  for (const wait of waits) wait.catch(() => undefined);
  try {
    await Promise.race(waits);
  } finally {
    own.abort();
  }
}
