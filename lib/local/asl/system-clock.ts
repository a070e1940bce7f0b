import type { AslClock } from './host.ts';

/** Timers hold at most 2^31 - 1 ms; longer sleeps are cut into pieces. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Real time; an aborted sleep rejects at once and leaves no timer. */
export function systemClock(): AslClock {
  return { now: () => new Date(), sleep: realSleep };
}

/** Sleeps in real time; rejects with the signal's reason when it aborts. */
export async function realSleep(ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= LONGEST_TIMER) await timer(Math.min(left, LONGEST_TIMER), signal);
}

function timer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(handle);
      reject(signal.reason);
    };
    const handle = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
