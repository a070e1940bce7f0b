import type { Random } from './random.ts';

/**
 * `bounded`: everything goes wrong that the protocol's times allow for, so that nothing may ever be paid twice.
 * `beyond`: processes sleep within a create, lists lag for minutes, clocks jump, the ledger gets lost; then a second job may be made, and
 * must be found and cancelled.
 */
export type Season = 'bounded' | 'beyond';

/** How much goes wrong in one history. Each is a chance for each call, unless it says otherwise. */
export interface Weather {
  season: Season;
  createIsIdempotent: boolean;
  /** Whether a death takes the state machine along (a process on somebody's machine), or a call that the machine then repeats. */
  diesWhole: boolean;
  kill: number;
  /** A call takes up to twenty minutes. */
  pause: number;
  /** A call takes as long, and the machine repeats its step meanwhile. */
  abandoned: number;
  /** A write fails, or is applied without an answer. */
  storeFails: number;
  /** A conditional write that was given up is applied up to a minute later. */
  lateWrite: number;
  conflict: number;
  findFails: number;
  getFails: number;
  cancelFails: number;
  /** What becomes of a create; what is left of 1 is a job and its answer. */
  create: { losesAnswer: number; isLate: number; neverCame: number; refuses: number; isFull: number };
  /** Seconds until a job is in lists, at most. */
  listLag: number;
  /** Milliseconds that a call's clock is off, at most, either way. */
  skew: number;
  /** An attempt's plan is held: somebody has lowered the budget. */
  held: number;
  /** A living execution is held for dead by whoever asks. */
  misjudged: number;
}

const BOUNDED_LAG_SECONDS = 60;
const BEYOND_LAG_SECONDS = 600;
/** Two clocks are then at most five seconds apart. */
const BOUNDED_SKEW_MS = 2500;
const BEYOND_SKEW_MS = 60_000;

/** Draws a history's weather: each trouble is absent in many, so that those that it would drown get their turn. */
export function weatherOf(random: Random, season: Season): Weather {
  const rate = (often: number) => random.pick([0, 0, often / 4, often]);
  const isBeyond = season === 'beyond';
  const lag = isBeyond ? BEYOND_LAG_SECONDS : BOUNDED_LAG_SECONDS;
  const skew = isBeyond ? BEYOND_SKEW_MS : BOUNDED_SKEW_MS;
  return {
    season,
    createIsIdempotent: random.chance(1 / 3),
    diesWhole: random.chance(0.4),
    kill: rate(0.12),
    pause: rate(0.06),
    abandoned: rate(0.06),
    storeFails: rate(0.16),
    lateWrite: rate(0.16),
    conflict: rate(0.1),
    // Some outages of a list last.
    findFails: random.pick([0, 0, 0.1, 0.3, 0.9]),
    getFails: rate(0.3),
    cancelFails: rate(0.4),
    create: {
      losesAnswer: rate(0.5),
      isLate: rate(0.6),
      neverCame: rate(0.3),
      refuses: rate(0.15),
      isFull: rate(0.3),
    },
    listLag: random.pick([0, lag / 2, lag, lag]),
    skew: random.pick([0, skew]),
    misjudged: rate(0.5),
    // Beyond the bounds the last run must end with the job that is left.
    held: isBeyond ? 0 : rate(0.4),
  };
}
