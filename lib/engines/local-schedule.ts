import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '../domain/history.ts';
import { readSchedule as parseSchedule } from '../domain/schedule.ts';
import { openSimulatedClock, type SimulatedClock } from '../local/simulators/clock.ts';
import { simulatorEnvironment } from '../local/simulators/environment.ts';
import { occasionFor } from '../pipeline/retrain.ts';
import { listSchedules, type ScheduleRecord, takeOccasion } from '../pipeline/schedules.ts';
import type { Provider } from '../providers/provider.ts';
import { loadProvider } from '../providers/registry.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readAsked } from './local-asked.ts';
import type { LocalOptions } from './local-options.ts';
import { lastDecision, trainAgain } from './local-retrain.ts';
import { openResults } from './local-stores.ts';
import { UsageError } from './usage-error.ts';

export interface ScheduleOptions extends Pick<LocalOptions, 'out' | 'results' | 'progress' | 'log' | 'signal'> {
  /** Look once, and end. */
  once?: boolean;
  /** Simulated datasets: so many days go by, each occasion at its time. */
  days?: number;
  /** Told of each dataset that was due. */
  onDecision: (told: ScheduledDecision) => void;
}

export type ScheduledDecision = Pick<Decision, 'at' | 'by' | 'decision' | 'reason' | 'run'> & { dataset: string };

const LOOK_EVERY_MS = 15 * 60_000;
const DAY_MS = 24 * 3600 * 1000;

/** Trains what is due, as the stack's tick does; of datasets whose runs were made on this machine. Without `once` and `days` it goes on until it is stopped. */
export async function scheduleLocal(options: ScheduleOptions): Promise<void> {
  const { store: results, close } = await openResults(options.out, options.results);
  try {
    const clock = await openSimulatedClock(join(options.out, '.finedrop', 'simulators'));
    const ticking: Ticking = { results, options, clock };
    if (options.days !== undefined) return await playDays(ticking, options.days);
    await tick(ticking);
    while (options.once !== true) {
      const isStopped = await sleep(LOOK_EVERY_MS, false, signalOf(options)).catch(() => true);
      if (isStopped) return;
      await tick(ticking);
    }
  } finally {
    close();
  }
}

interface Ticking {
  results: ObjectStore;
  options: ScheduleOptions;
  clock: SimulatedClock;
}

/** Simulated time goes from one occasion to the next, with a look at least once a day for what has no time of its own. */
async function playDays(ticking: Ticking, days: number): Promise<void> {
  const { clock, results, options } = ticking;
  const end = clock.now().getTime() + days * DAY_MS;
  await tick(ticking);
  for (let now = clock.now().getTime(); now < end; now = clock.now().getTime()) {
    if (options.signal?.aborted === true) throw new UsageError('stopped.');
    const due = await nextTime(results, new Date(now));
    await clock.advance(Math.max(0, Math.min(due ?? end, now + DAY_MS, end) - now));
    await tick(ticking);
  }
}

async function nextTime(results: ObjectStore, after: Date): Promise<number | null> {
  let next: number | null = null;
  for await (const { retrain, since, simulated } of listSchedules(results, () => {})) {
    if (!simulated || retrain.schedule === null) continue;
    const read = parseSchedule(retrain.schedule, { anchor: new Date(since), zone: retrain.zone });
    const time = 'problem' in read ? null : (read.schedule.next(after)?.getTime() ?? null);
    if (time !== null && (next === null || time < next)) next = time;
  }
  return next;
}

async function tick(ticking: Ticking): Promise<void> {
  // One dataset that cannot be trained, or looked at, does not keep the others from it; its occasion stays for the next look.
  const tell = (dataset: string, error: unknown, now: Date) => {
    const reason = error instanceof Error ? error.message : String(error);
    const at = now.toISOString();
    ticking.options.onDecision({ dataset, at, by: 'schedule', decision: 'refused', reason, run: null });
  };
  for await (const record of listSchedules(ticking.results, (dataset, error) => tell(dataset, error, new Date()))) {
    try {
      await attend(ticking, record);
    } catch (error) {
      if (ticking.options.signal?.aborted === true) throw error;
      tell(record.dataset, error, timeOf(ticking, record)());
    }
  }
}

/** By whose clock a dataset is due. */
function timeOf({ clock }: Ticking, { simulated }: ScheduleRecord): () => Date {
  return simulated ? clock.now : () => new Date();
}

/** Looks at one dataset. What the drop holds now is noted first where the number of its new rows decides. */
async function attend(ticking: Ticking, record: ScheduleRecord): Promise<void> {
  const { results, options } = ticking;
  const { dataset, run, simulated } = record;
  const asked = await readAsked(results, { dataset, run });
  if (asked === null) return;
  const now = timeOf(ticking, record);
  const services = { results, now, provider: providerFacts(simulated) };
  const first = await occasionFor(services, record);
  const looksAtRows = record.retrain.minNewRows !== null || record.retrain.beforeModelEnds > 0;
  if (first === null && looksAtRows) await trainAgain(options, asked, { by: 'rows', command: 'check' });
  const occasion = first ?? (looksAtRows ? await occasionFor(services, record) : null);
  if (occasion === null) return;
  const at = now().toISOString();
  await trainAgain(options, asked, { by: occasion.by });
  await takeOccasion(results, dataset, occasion.taken);
  const told = await lastDecision(results, dataset);
  options.onDecision({ dataset, at, by: occasion.by, ...told });
}

/** Opens providers of a world for what they tell of their models; none of their services is asked. */
export function providerFacts(simulated: boolean): (name: string) => Promise<Provider | null> {
  const environment = simulated ? simulatorEnvironment(NOWHERE, process.env) : process.env;
  return (name) => loadProvider(name, environment);
}

const NOWHERE = { openai: '', vertex: '', gcs: '', bedrock: '', s3: '' };

function signalOf({ signal }: ScheduleOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
