import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from './atomic-file.ts';
import { withLock } from './lock.ts';

/** Simulated time: the machine's clock plus all advances that any process made in the same state folder. */
export interface SimulatedClock {
  now(): Date;
  /** Moves time on for every process that shares the folder; settles once that is on disk. */
  advance(ms: number): Promise<void>;
}

/** `offset`: milliseconds ahead of the machine's clock, or behind it for a rehearsal of another day; `floor`: a time that was already shown, never to be undercut. */
const clockFile = z.object({ offset: z.number(), floor: z.number().min(0) });
type ClockState = z.infer<typeof clockFile>;

/** Opens the clock of a state folder; `now` sees what other processes advanced meanwhile, and never runs backwards. */
export async function openSimulatedClock(stateDir: string): Promise<SimulatedClock> {
  await mkdir(stateDir, { recursive: true });
  const path = join(stateDir, 'clock.json');
  let latest = 0;
  const now = () => {
    latest = Math.max(latest, timeOf(readState(path)));
    return new Date(latest);
  };
  const advance = async (ms: number) => {
    if (!(ms >= 0)) throw new RangeError(`[clock] cannot advance by ${ms} ms: simulated time only moves forward.`);
    await withLock(`${path}.lock`, async () => {
      const state = readState(path);
      const floor = Math.max(timeOf(state), latest) + ms;
      await replaceFile(path, JSON.stringify({ offset: state.offset + ms, floor }));
    });
  };
  // The floor of an earlier process holds even where the machine's clock was set back between the two.
  await advance(0);
  return { now, advance };
}

function timeOf(state: ClockState): number {
  return Math.max(Date.now() + state.offset, state.floor);
}

/** Read at each look (some microseconds), so that an advance in one process is seen at once by a simulator in another. */
function readState(path: string): ClockState {
  try {
    return clockFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return { offset: 0, floor: 0 };
    throw new Error(`[clock] cannot read "${path}". Delete the simulators' folder to start anew.`, { cause });
  }
}
