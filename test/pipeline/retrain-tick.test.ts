import { describe, expect, it } from 'vitest';
import type { DatasetState, ModelRecord } from '../../lib/domain/history.ts';
import { resolveRetrain } from '../../lib/domain/retrain.ts';
import type { Execution } from '../../lib/pipeline/receive.ts';
import { type RetrainServices, retrain } from '../../lib/pipeline/retrain.ts';
import { publishSchedule, readSchedule } from '../../lib/pipeline/schedules.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { manifestOf, servicesOf } from '../factories.ts';

const DAY_MS = 24 * 3600 * 1000;
/** A Monday. */
const START = '2026-11-23T09:00:00.000Z';

interface World {
  results: ObjectStore;
  at: number;
  started: Execution[];
  /** Datasets whose executions cannot be started. */
  broken: Set<string>;
  /** A moment, in days after the start. */
  day(days: number): Date;
}

const newWorld = (): World => ({
  results: memoryStore(),
  at: Date.parse(START),
  started: [],
  broken: new Set(),
  day: (days) => new Date(Date.parse(START) + days * DAY_MS),
});

interface Asking {
  retrain: Parameters<typeof resolveRetrain>[0];
  simulated?: boolean;
  /** When the state was accepted, in days after the start; when it is published, by default. */
  accepted?: number;
  run?: string;
}

/** A run that accepted a state of the dataset has ended. */
function publish(world: World, dataset: string, { retrain: asked, simulated = false, accepted, run }: Asking) {
  const now = () => new Date(world.at);
  const services = servicesOf({ results: world.results, simulated, now });
  const base = manifestOf();
  const spec = { ...base.spec, retrain: resolveRetrain(asked) };
  const manifest = { ...base, dataset, simulated, spec, run: run ?? base.run };
  return publishSchedule(services, manifest, {
    at: (accepted === undefined ? now() : world.day(accepted)).toISOString(),
  });
}

/** One tick on the given day: what it began; a start under a name that was used begins nothing. */
function tick(world: World, days: number, change: Partial<RetrainServices> = {}) {
  world.at = world.day(days).getTime();
  return retrain({
    results: world.results,
    simulated: false,
    provider: async () => null,
    start: async (execution) => {
      if (world.broken.has(execution.input.request.dataset)) throw new Error('Step Functions is away');
      if (world.started.some(({ name }) => name === execution.name)) return 'exists';
      world.started.push(execution);
      return 'started';
    },
    now: () => new Date(world.at),
    log: { info: () => {} },
    ...change,
  });
}

const startedOf = ({ started }: World) => started.map(({ input }) => input.request.dataset);
const WEEKLY = { retrain: { schedule: 'rate(7 days)' } };

describe('retrain', () => {
  it.each([
    [6.999, []],
    [7, ['museum']],
  ])('on day %d of a weekly schedule starts %j', async (days, datasets) => {
    const world = newWorld();
    await publish(world, 'museum', WEEKLY);
    await tick(world, days);
    expect(startedOf(world)).toEqual(datasets);
  });

  it('starts what two ticks find at once, or a tick that is tried again, a single time', async () => {
    const world = newWorld();
    for (const dataset of ['museum', 'owls']) await publish(world, dataset, WEEKLY);
    await Promise.all([tick(world, 7), tick(world, 7)]);
    await tick(world, 7.01);
    expect(startedOf(world).sort()).toEqual(['museum', 'owls']);
  });

  it('finds the name in use where the tick before it died before it could note what it had started', async () => {
    const world = newWorld();
    await publish(world, 'museum', WEEKLY);
    const dies = { ...world.results, write: () => Promise.reject(new Error('the process is gone')) };
    await expect(tick(world, 7, { results: dies })).rejects.toThrow('"museum"');
    expect(await tick(world, 7.01)).toHaveLength(1);
    expect(await tick(world, 7.02)).toEqual([]);
    expect(startedOf(world)).toEqual(['museum']);
  });

  it('makes up for missed occasions once, and keeps the rhythm', async () => {
    const world = newWorld();
    await publish(world, 'museum', WEEKLY);
    for (const days of [36, 36.01, 41.99, 42]) await tick(world, days);
    expect(startedOf(world)).toEqual(['museum', 'museum']);
    expect((await readSchedule(world.results, 'museum'))?.taken.schedule).toBe(world.day(42).toISOString());
  });

  it('passes over what was only simulated, and over what is real where it simulates', async () => {
    const world = newWorld();
    await publish(world, 'played', { ...WEEKLY, simulated: true });
    await publish(world, 'museum', WEEKLY);
    await tick(world, 7);
    expect(startedOf(world)).toEqual(['museum']);
    await tick(world, 7, { simulated: true });
    expect(startedOf(world)).toEqual(['museum', 'played']);
  });

  it('starts the others where one cannot be started or read, says so, and tries that again', async () => {
    const world = newWorld();
    for (const dataset of ['archive', 'museum', 'owls']) await publish(world, dataset, WEEKLY);
    await world.results.write(keys.schedule('broken'), '{"schemaVersion": 2}');
    world.broken.add('museum');
    await expect(tick(world, 7)).rejects.toThrow('"broken", "museum"');
    expect(startedOf(world)).toEqual(['archive', 'owls']);
    world.broken.clear();
    await world.results.remove(keys.schedule('broken'));
    await tick(world, 7.01);
    expect(startedOf(world)).toEqual(['archive', 'owls', 'museum']);
  });

  it('takes no time of a schedule that lies before it was given', async () => {
    const world = newWorld();
    await publish(world, 'museum', { retrain: { schedule: 'cron(0 6 * * MON)' } });
    await tick(world, 7);
    world.at = world.day(10).getTime();
    // A Thursday: the Tuesday before it is over.
    await publish(world, 'museum', { retrain: { schedule: 'cron(0 6 * * TUE)' } });
    await tick(world, 10.01);
    expect(startedOf(world)).toHaveLength(1);
    await tick(world, 15);
    expect(startedOf(world)).toHaveLength(2);
  });

  it.each([
    [2, []],
    [3, ['rows']],
  ])('with %d new rows of the 3 that are asked for: %j', async (newRows, by) => {
    const world = newWorld();
    await publish(world, 'museum', { retrain: { minNewRows: 3 } });
    await remember(world, { snapshot: 'b'.repeat(16), newRows });
    const due = [...(await tick(world, 1)), ...(await tick(world, 1.01))];
    expect(due.map((one) => one.by)).toEqual(by);
  });

  it('counts no rows that the newest training has learnt', async () => {
    const world = newWorld();
    await publish(world, 'museum', { retrain: { minNewRows: 3 } });
    await remember(world, { snapshot: 'a'.repeat(16), newRows: 30 });
    expect(await tick(world, 1)).toEqual([]);
  });
});

/** The newest state; what was trained last is the snapshot `aaaa…`. */
async function remember(
  { results }: World,
  { snapshot, newRows }: Pick<DatasetState, 'snapshot' | 'newRows'>,
): Promise<void> {
  const shared = { drop: 'd', run: 'r', at: START };
  const state: DatasetState = {
    ...shared,
    ...{ snapshot, rows: 30, newRows, goneRows: 0, base: [], after: null, kept: false, isWhole: false },
  };
  const model: ModelRecord = {
    ...shared,
    ...{ target: 'openai', provider: 'openai', model: 'm', tunedModel: 'ft:m', job: 'j', key: 'k' },
    ...{ status: 'succeeded', state: 'succeeded', simulated: false, snapshot: 'a'.repeat(16), from: null },
    ...{ without: null, rows: { train: 30, validation: 0 }, cost: null },
    metrics: { trainLoss: null, validLoss: null },
  };
  const head = { schemaVersion: 1, dataset: 'museum', states: [state] };
  const models = { schemaVersion: 1, dataset: 'museum', models: [model], moves: [] };
  await results.write(keys.history('museum').head, JSON.stringify(head));
  await results.write(keys.history('museum').models, JSON.stringify(models));
}

describe('publishSchedule', () => {
  it('keeps what a newer state says when a run ends that has trained for days', async () => {
    const world = newWorld();
    await publish(world, 'museum', { retrain: { schedule: 'rate(1 day)' }, accepted: 2 });
    await publish(world, 'museum', { ...WEEKLY, accepted: 1 });
    await publish(world, 'museum', { retrain: undefined, accepted: 1 });
    expect((await readSchedule(world.results, 'museum'))?.retrain.schedule).toBe('rate(1 day)');
    await publish(world, 'museum', { ...WEEKLY, accepted: 2 });
    expect((await readSchedule(world.results, 'museum'))?.retrain.schedule).toBe('rate(7 days)');
  });

  it('forgets the clock and the occasions of simulations where the first real run ends', async () => {
    const world = newWorld();
    world.at = world.day(400).getTime();
    await publish(world, 'museum', { ...WEEKLY, simulated: true });
    world.at = world.day(1).getTime();
    await publish(world, 'museum', WEEKLY);
    expect(await readSchedule(world.results, 'museum')).toMatchObject({
      simulated: false,
      since: world.day(1).toISOString(),
      taken: { schedule: null },
    });
    await publish(world, 'museum', { ...WEEKLY, simulated: true });
    expect(await readSchedule(world.results, 'museum')).toMatchObject({ simulated: false });
  });

  it('goes on counting from where it began while the schedule stays the same', async () => {
    const world = newWorld();
    await publish(world, 'museum', WEEKLY);
    world.at = world.day(3).getTime();
    await publish(world, 'museum', { retrain: { ...WEEKLY.retrain, minNewRows: 5 } });
    expect(await readSchedule(world.results, 'museum')).toMatchObject({
      since: START,
      accepted: world.day(3).toISOString(),
      retrain: { minNewRows: 5 },
    });
  });

  it('removes the record where nobody wants to be trained again', async () => {
    const world = newWorld();
    await publish(world, 'museum', WEEKLY);
    await publish(world, 'museum', { retrain: undefined });
    expect(await readSchedule(world.results, 'museum')).toBeNull();
  });
});
