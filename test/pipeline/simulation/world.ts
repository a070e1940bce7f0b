import type { Services } from '../../../lib/pipeline/services.ts';
import { memoryStore } from '../../../lib/storage/memory-store.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { type Random, randomOf } from './random.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';
import { type Season, type Weather, weatherOf } from './weather.ts';

export const DATASET = 'museum';
export const TARGET = 'openai';
export const KEY = '9c1e'.repeat(10);
export const OTHER_KEY = 'b0a7'.repeat(10);
/** What a job of each key may cost, in dollars. */
export const USD: Readonly<Record<string, number>> = { [KEY]: 6, [OTHER_KEY]: 7 };
export const DAY_LIMIT = 10;

const MINUTE = 60_000;
const MORNING = Date.parse('2026-11-23T09:00:00Z');
const BEFORE_MIDNIGHT = Date.parse('2026-11-23T23:57:00Z');
/** From then on nothing goes wrong any more, so that every run can end. */
const CALM_AFTER = 60 * MINUTE;

/** One call of a step, by one execution; it may outlive what the machine knows of it. */
export interface Call {
  /** `execution-2 submit-7`. */
  name: string;
  step: string;
  run: string;
  execution: Execution;
  begunAt: number;
  /** Milliseconds that its clock is off. */
  skew: number;
  /** What the machine learns instead of an answer. */
  end: (error: Error) => void;
  sawCancel: boolean;
  /** What its last look showed, the job that should be taken first. */
  found: readonly SimulatedJob[];
  /** By its own clock: until when the intent that it wrote last allows a create. */
  postBy: number | null;
}

export interface Execution {
  name: string;
  run: string;
  /** The day on which it reserved its money. */
  day: string | null;
}

export interface SimulatedJob {
  id: string;
  key: string;
  /** The execution whose create made it. */
  maker: Execution;
  acceptedAt: number;
  listedAt: number;
  endsAt: number;
  cancelledAt: number | null;
}

/** Removes an element of the protocol from the services of a call. */
export type Removal = (services: Services, call: Call) => Services;

export interface World {
  random: Random;
  weather: Weather;
  time: VirtualTime;
  calmAt: number;
  store: ObjectStore;
  jobs: SimulatedJob[];
  /** Dollars that the jobs of a day may cost; null = no limit. */
  limit: number | null;
  jobSeconds: number;
  alive: Set<string>;
  executions: number;
  calls: number;
  /** Runs that somebody cancelled. */
  cancelled: Set<string>;
  /** Executions whose plan allows no new job. */
  mayNotCreate: Set<string>;
  /** When a call first read that its run is cancelled. */
  cancelSeen: Map<string, number>;
  removal: Removal | null;
  /** What happened, in order; and what must never happen. */
  log: (readonly [at: number, who: string, what: string])[];
  violations: string[];
}

/** A world as its seed makes it. */
export function newWorld(seed: number, season: Season, removal: Removal | null): World {
  const random = randomOf(seed);
  const start = random.chance(0.2) ? BEFORE_MIDNIGHT : MORNING;
  return {
    random,
    weather: weatherOf(random, season),
    time: virtualTime(start),
    calmAt: start + CALM_AFTER,
    store: memoryStore(),
    jobs: [],
    limit: random.chance(0.5) && season === 'bounded' ? DAY_LIMIT : null,
    jobSeconds: season === 'beyond' ? (2 * CALM_AFTER) / 1000 : random.pick([200, 200, 1800]),
    alive: new Set(),
    executions: 0,
    calls: 0,
    cancelled: new Set(),
    mayNotCreate: new Set(),
    cancelSeen: new Map(),
    removal,
    log: [],
    violations: [],
  };
}

export function note({ log, time }: Pick<World, 'log' | 'time'>, who: string, what: string): void {
  log.push([time.now(), who, what]);
}

export function violate(world: World, what: string): void {
  note(world, 'VIOLATION', what);
  world.violations.push(what);
}

export function isRough({ time, calmAt }: World): boolean {
  return time.now() < calmAt;
}

/** Trouble that the world made: a call that meets it is tried again. */
export class TroubleError extends Error {}
/** The process is gone. */
export class KilledError extends TroubleError {}

const SLOW = 0.1;
const PAUSE_MS = 20 * MINUTE;

/** One call of a port: it takes time, and its process may die, sleep, or be given up before it and after it. */
export async function through<T>(world: World, call: Call, port: string, apply: () => Promise<T>): Promise<T> {
  // The way there takes its time, or the way back. A create is sent at once, unless times are bad: the fence has just been passed.
  const isSlowThere = world.random.chance(0.5) && (port !== 'createJob' || world.weather.season === 'beyond');
  await trouble(world, call, `before ${port}`);
  if (isSlowThere) await pauseOrGo(world, call, port);
  const answer = await apply();
  await trouble(world, call, `after ${port}`);
  if (!isSlowThere) await pauseOrGo(world, call, port);
  return answer;
}

async function trouble(world: World, call: Call, where: string): Promise<void> {
  if (!isRough(world) || !world.random.chance(world.weather.kill)) return;
  note(world, call.name, `is killed ${where}`);
  call.end(new KilledError('killed'));
  await new Promise(() => {});
}

async function pauseOrGo(world: World, call: Call, port: string): Promise<void> {
  const { random, weather, time } = world;
  if (isRough(world)) {
    const isAbandoned = random.chance(weather.abandoned);
    const isPaused = random.chance(weather.pause);
    // A poll that was given up may write what it saw over what a later one saw: that is no matter of payment.
    if (isAbandoned && !weather.diesWhole && call.step !== 'poll') {
      note(world, call.name, `is given up at ${port}, and goes on later`);
      call.end(new TroubleError('timed out'));
    }
    if (isAbandoned || isPaused) return time.sleep(random.between(10_000, PAUSE_MS));
  }
  return time.sleep(random.chance(SLOW) ? random.between(500, 8000) : random.between(1, 200));
}
