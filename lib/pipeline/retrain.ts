import { sha256 } from '../domain/canonical.ts';
import type { DatasetState } from '../domain/history.ts';
import { readSchedule as parseSchedule } from '../domain/schedule.ts';
import type { Provider } from '../providers/provider.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { executionPrefix } from './execution-name.ts';
import { readHistory } from './history.ts';
import type { Request } from './manifest.ts';
import { lastTrained, readModels } from './models.ts';
import type { Execution } from './receive.ts';
import { listSchedules, type ScheduleRecord, takeOccasion } from './schedules.ts';
import type { Log } from './services.ts';

/** All that a tick may do: read who is due, and start executions. */
export interface RetrainServices {
  results: ObjectStore;
  /** Datasets of this world alone: what was only simulated is nothing for a stack, whose jobs are real. */
  simulated: boolean;
  provider(name: string): Promise<Pick<Provider, 'capabilities'> | null>;
  /** `exists`: another tick has started it. */
  start(execution: Execution): Promise<'started' | 'exists'>;
  now(): Date;
  log: Log;
}

/** A training that is due, and the occasion for it. */
export interface Due {
  dataset: string;
  by: NonNullable<Request['retrain']>['by'];
  /** In a sentence. */
  why: string;
  execution: Execution;
}

/**
 * One tick: starts a run for each dataset that is due. Ticks that meet, or one that is tried again, start each run once. Throws, when all
 * others were looked at, where one could not be started.
 */
export async function retrain(services: RetrainServices): Promise<Due[]> {
  const { results, simulated, log } = services;
  const started: Due[] = [];
  const failed: string[] = [];
  // One dataset that cannot be started does not keep the others from it.
  const fail = (dataset: string, error: unknown) => {
    log.info('could not be retrained', { dataset, error: error instanceof Error ? error.message : String(error) });
    failed.push(dataset);
  };
  for await (const record of listSchedules(results, fail)) {
    if (record.simulated !== simulated) continue;
    try {
      const occasion = await occasionFor(services, record);
      if (occasion !== null) started.push(await begin(services, record, occasion));
    } catch (error) {
      fail(record.dataset, error);
    }
  }
  if (failed.length > 0) throw new Error(`[retrain] could not be looked at or started: "${failed.join('", "')}".`);
  return started;
}

/** Why a dataset is to be trained now. */
export interface Occasion {
  by: Due['by'];
  why: string;
  /** What makes the execution's name: the same occasion is the same execution. */
  slot: string;
  taken: Partial<ScheduleRecord['taken']>;
}

/** Started first, and noted then: a tick that dies in between leaves the occasion to the next, which finds the name in use. */
async function begin(services: RetrainServices, { dataset }: ScheduleRecord, occasion: Occasion): Promise<Due> {
  const due = dueFor(dataset, occasion);
  const { execution, by, why } = due;
  const outcome = await services.start(execution);
  await takeOccasion(services.results, dataset, occasion.taken);
  services.log.info(outcome, { dataset, execution: execution.name, by, why });
  return due;
}

/** What an occasion begins: the same execution whoever asks, and however often. */
export function dueFor(dataset: string, { by, why, slot }: Occasion): Due {
  const name = `${executionPrefix(dataset)}-${by}-${sha256(slot).slice(0, 16)}`;
  return { dataset, by, why, execution: { name, input: { request: { dataset, command: 'run', retrain: { by } } } } };
}

/** Whether a dataset is due, and by what: its time has come, enough rows are new, or its base model ends soon. */
export async function occasionFor(
  services: Pick<RetrainServices, 'results' | 'provider' | 'now'>,
  record: ScheduleRecord,
): Promise<Occasion | null> {
  const now = services.now();
  return byTime(record, now) ?? (await byRows(services.results, record)) ?? byRetirement(services, record, now);
}

/** However many occasions were missed, one run makes up for them. */
function byTime({ retrain: { schedule, zone }, since, taken }: ScheduleRecord, now: Date): Occasion | null {
  if (schedule === null) return null;
  const read = parseSchedule(schedule, { anchor: new Date(since), zone });
  if ('problem' in read) return null;
  // Times before a schedule was given are none of its own.
  const after = taken.schedule !== null && taken.schedule > since ? taken.schedule : since;
  const slot = read.schedule.next(new Date(after));
  if (slot === null || slot > now) return null;
  const at = slot.toISOString();
  return { by: 'schedule', why: `${schedule} was due at ${at}`, slot: at, taken: { schedule: now.toISOString() } };
}

async function byRows(results: ObjectStore, record: ScheduleRecord): Promise<Occasion | null> {
  const { retrain, taken } = record;
  const { minNewRows } = retrain;
  const newest = minNewRows === null ? null : await untrainedState(results, record);
  if (minNewRows === null || newest === null) return null;
  // A state that comes back after others is an occasion of its own.
  const slot = `${newest.snapshot} ${newest.at}`;
  if (newest.newRows < minNewRows || slot === taken.rows) return null;
  const why = `${newest.newRows} rows are new, and retrain.minNewRows is ${minNewRows}`;
  return { by: 'rows', why, slot, taken: { rows: slot } };
}

/** The newest state, unless it is what was trained last. */
async function untrainedState(
  results: ObjectStore,
  { dataset, simulated }: ScheduleRecord,
): Promise<DatasetState | null> {
  const newest = (await readHistory(results, dataset)).states.at(-1);
  const trained = lastTrained(await readModels(results, dataset), simulated);
  return newest === undefined || newest.snapshot === trained?.snapshot ? null : newest;
}

const DAY_MS = 24 * 3600 * 1000;

/** What is new since the last training is trained once more while the base model can be. */
async function byRetirement(
  { results, provider: open }: Pick<RetrainServices, 'results' | 'provider'>,
  record: ScheduleRecord,
  now: Date,
): Promise<Occasion | null> {
  const { retrain, targets, taken } = record;
  const { beforeModelEnds } = retrain;
  const newest = beforeModelEnds === 0 ? null : await untrainedState(results, record);
  if (newest === null || newest.newRows + newest.goneRows === 0) return null;
  for (const { provider: name, model } of targets) {
    const facts = (await open(name))?.capabilities.models.find((candidate) => candidate.model === model);
    const end = facts?.endsOn?.value;
    if (end === undefined || taken.retirement === `${model} ${end}`) continue;
    const days = Math.ceil((Date.parse(end) - now.getTime()) / DAY_MS);
    if (days <= 0 || days > beforeModelEnds) continue;
    const why = `${model} takes no new jobs from ${end}, ${days} days from now, and rows have changed since its last training`;
    return { by: 'retirement', why, slot: `${model} ${end}`, taken: { retirement: `${model} ${end}` } };
  }
  return null;
}
