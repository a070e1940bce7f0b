import { describe, expect, it } from 'vitest';
import type { DatasetState, ModelRecord } from '../../lib/domain/history.ts';
import { type ResolvedRetrain, resolveRetrain } from '../../lib/domain/retrain.ts';
import { type RetrainServices, retrain } from '../../lib/pipeline/retrain.ts';
import { publishSchedule, readSchedule, renewSchedule, takeOccasion } from '../../lib/pipeline/schedules.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { manifestOf, servicesOf } from '../factories.ts';
import { newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const SET = '2026-11-23T09:00:00.000Z';

interface World {
  results: ObjectStore;
  started: string[];
  /** Executions that exist, however often they are started. */
  names: Set<string>;
  at(time: string): Promise<string[]>;
}

/** A dataset whose settings were accepted at `SET`, and ticks at moments to come. */
async function worldOf(settings: Partial<ResolvedRetrain>, change: Partial<RetrainServices> = {}): Promise<World> {
  const results = memoryStore();
  await publish(results, settings);
  const names = new Set<string>();
  const started: string[] = [];
  const at = async (time: string) => {
    const due = await retrain({
      results,
      simulated: true,
      provider: async () => null,
      start: async ({ name }) => {
        if (names.has(name)) return 'exists';
        names.add(name);
        started.push(name);
        return 'started';
      },
      now: () => new Date(time),
      log: { info: () => {} },
      ...change,
    });
    return due.map(({ by }) => by);
  };
  return { results, started, names, at };
}

function publish(
  results: ObjectStore,
  settings: Partial<ResolvedRetrain>,
  {
    at = SET,
    simulated = true,
    command = 'run' as const,
  }: { at?: string; simulated?: boolean; command?: 'run' | 'check' } = {},
): Promise<void> {
  const services = servicesOf({ results, simulated, now: () => new Date(at) });
  const { spec } = manifestOf();
  const retrainSettings = { ...resolveRetrain(undefined), ...settings };
  return publishSchedule(
    services,
    manifestOf({ command, run: `run-${at}`, spec: { ...spec, retrain: retrainSettings } }),
    { at },
  );
}

const state = (change: Partial<DatasetState>): DatasetState => ({
  snapshot: 'a'.repeat(16),
  drop: 'd',
  run: 'r',
  at: SET,
  rows: 100,
  newRows: 0,
  goneRows: 0,
  base: [],
  after: null,
  kept: false,
  isWhole: false,
  ...change,
});

async function writeStates(results: ObjectStore, ...states: DatasetState[]): Promise<void> {
  await results.write(keys.history('museum').head, JSON.stringify({ schemaVersion: 1, dataset: 'museum', states }));
}

async function writeTrained(results: ObjectStore, snapshot: string): Promise<void> {
  const model: ModelRecord = {
    target: 'openai',
    provider: 'openai',
    model: 'gpt-4o-2024-08-06',
    tunedModel: 'ft:owl',
    run: 'r',
    job: 'job',
    key: 'k',
    status: 'succeeded',
    state: 'succeeded',
    simulated: true,
    snapshot,
    drop: 'd',
    from: null,
    without: null,
    rows: { train: 1, validation: 0 },
    cost: null,
    metrics: { trainLoss: null, validLoss: null },
    at: SET,
  };
  await results.write(
    keys.history('museum').models,
    JSON.stringify({ schemaVersion: 1, dataset: 'museum', models: [model], moves: [] }),
  );
}

describe('retrain', () => {
  it.each([
    ['before it is due', '2026-11-30T08:59:59.000Z', []],
    ['as soon as it is due', '2026-11-30T09:00:00.000Z', ['schedule']],
    ['months later, once', '2027-03-01T00:00:00.000Z', ['schedule']],
  ])('starts a dataset %s', async (_name, time, wanted) => {
    const world = await worldOf({ schedule: 'rate(7 days)' });
    expect(await world.at(time)).toEqual(wanted);
    expect(await world.at(time)).toEqual([]);
    expect(world.started).toHaveLength(wanted.length);
  });

  it('goes on in step behind occasions that were missed', async () => {
    const world = await worldOf({ schedule: 'rate(7 days)' });
    const times = ['2026-12-20T00:00:00.000Z', '2026-12-21T08:00:00.000Z', '2026-12-21T09:00:00.000Z'];
    const due: string[][] = [];
    for (const time of times) due.push(await world.at(time));
    expect(due).toEqual([['schedule'], [], ['schedule']]);
  });

  it('starts one execution however many ticks meet', async () => {
    const world = await worldOf({ schedule: 'rate(7 days)' });
    await Promise.all(Array.from({ length: 10 }, () => world.at('2026-12-01T00:00:00.000Z')));
    expect(world.started).toHaveLength(1);
  });

  it('starts nothing anew where a tick died before it noted what it had started', async () => {
    const world = await worldOf({ schedule: 'rate(7 days)' });
    const before = await readSchedule(world.results, 'museum');
    await world.at('2026-12-01T00:00:00.000Z');
    await world.results.write(keys.schedule('museum'), JSON.stringify(before));
    expect(await world.at('2026-12-01T00:15:00.000Z')).toEqual(['schedule']);
    expect(world.started).toHaveLength(1);
    expect(await world.at('2026-12-01T00:30:00.000Z')).toEqual([]);
  });

  it('leaves an occasion that could not be started to the next tick, and others to theirs', async () => {
    let isBroken = true;
    const names: string[] = [];
    const world = await worldOf(
      { schedule: 'rate(7 days)' },
      {
        start: async ({ name }) => {
          if (isBroken) throw new Error('no answer');
          names.push(name);
          return 'started';
        },
      },
    );
    await world.results.write(`${keys.schedules}broken.json`, '{}');
    await expect(world.at('2026-12-01T00:00:00.000Z')).rejects.toThrow('"broken", "museum"');
    isBroken = false;
    await world.results.remove(`${keys.schedules}broken.json`);
    expect(await world.at('2026-12-01T00:15:00.000Z')).toEqual(['schedule']);
    expect(names).toHaveLength(1);
  });

  it.each([
    [99, []],
    [100, ['rows']],
  ])('starts a dataset with %i new rows of 100', async (newRows, wanted) => {
    const world = await worldOf({ minNewRows: 100 });
    await writeStates(world.results, state({ newRows }));
    await writeTrained(world.results, 'b'.repeat(16));
    expect(await world.at(SET)).toEqual(wanted);
    expect(await world.at(SET)).toEqual([]);
  });

  it('starts nothing for rows that were trained already', async () => {
    const world = await worldOf({ minNewRows: 100 });
    await writeStates(world.results, state({ newRows: 500 }));
    await writeTrained(world.results, 'a'.repeat(16));
    expect(await world.at(SET)).toEqual([]);
  });

  it('starts a state that comes back after others once more', async () => {
    const world = await worldOf({ minNewRows: 100 });
    const first = state({ newRows: 500 });
    await writeStates(world.results, first);
    expect(await world.at(SET)).toEqual(['rows']);
    const other = state({ snapshot: 'b'.repeat(16), newRows: 500, at: '2026-11-24T09:00:00.000Z' });
    await writeStates(world.results, first, other);
    expect(await world.at(SET)).toEqual(['rows']);
    await writeTrained(world.results, other.snapshot);
    await writeStates(world.results, first, other, { ...first, at: '2026-11-25T09:00:00.000Z' });
    expect(await world.at(SET)).toEqual(['rows']);
    expect(world.started).toHaveLength(3);
  });

  it.each([
    ['31 days before', '2026-12-01T00:00:00.000Z', 3, []],
    ['30 days before', '2026-12-02T00:00:00.000Z', 3, ['retirement']],
    ['30 days before, where nothing is new', '2026-12-02T00:00:00.000Z', 0, []],
    ['on the day', '2027-01-01T00:00:00.000Z', 3, []],
  ])('trains what is new a last time: %s the base model ends', async (_name, time, newRows, wanted) => {
    const endsOn = { value: '2027-01-01', source: 'https://example.org', checked: '2026-11-01' };
    const models = [{ model: 'gpt-4o-2024-08-06', endsOn }];
    const provider = async () => ({ capabilities: { models } }) as never;
    const world = await worldOf({ minNewRows: 1000 }, { provider });
    await writeStates(world.results, state({ newRows }));
    await writeTrained(world.results, 'b'.repeat(16));
    expect(await world.at(time)).toEqual(wanted);
    expect(await world.at(time)).toEqual([]);
  });

  it('passes over datasets of the other world', async () => {
    const world = await worldOf({ schedule: 'rate(7 days)' }, { simulated: false });
    expect(await world.at('2026-12-01T00:00:00.000Z')).toEqual([]);
  });
});

describe('publishSchedule', () => {
  const LATER = '2026-11-26T09:00:00.000Z';

  it('counts from when the schedule was set, as long as it is the same', async () => {
    const { results } = await worldOf({ schedule: 'rate(7 days)' });
    await takeOccasion(results, 'museum', { rows: 'x' });
    await publish(results, { schedule: 'rate(7 days)', minNewRows: 5 }, { at: LATER });
    expect(await readSchedule(results, 'museum')).toMatchObject({ since: SET, accepted: LATER, taken: { rows: 'x' } });
    await publish(results, { schedule: 'rate(8 days)' }, { at: LATER });
    expect(await readSchedule(results, 'museum')).toMatchObject({ since: LATER, taken: { rows: 'x' } });
    await publish(results, { schedule: 'rate(8 days)', zone: 'Europe/Berlin' }, { at: '2026-11-27T09:00:00.000Z' });
    expect(await readSchedule(results, 'museum')).toMatchObject({ since: '2026-11-27T09:00:00.000Z' });
  });

  it('is gone with the setting', async () => {
    const { results } = await worldOf({ schedule: 'rate(7 days)' });
    await publish(results, {}, { at: LATER });
    expect(await readSchedule(results, 'museum')).toBe(null);
  });

  it('is what the newest accepted state says, whichever run ends last', async () => {
    const { results } = await worldOf({});
    await publish(results, { schedule: 'rate(2 days)' }, { at: LATER });
    await publish(results, { schedule: 'rate(9 days)' });
    await publish(results, {});
    expect(await readSchedule(results, 'museum')).toMatchObject({ retrain: { schedule: 'rate(2 days)' } });
  });

  it('keeps what is only simulated off a real one, and lets that begin anew', async () => {
    const { results } = await worldOf({ schedule: 'rate(7 days)' });
    await publish(results, { schedule: 'rate(7 days)' }, { at: LATER, simulated: false });
    const real = await readSchedule(results, 'museum');
    expect(real).toMatchObject({ simulated: false, since: LATER });
    await publish(results, { schedule: 'rate(1 day)' }, { at: '2026-11-27T09:00:00.000Z' });
    await publish(results, {}, { at: '2026-11-27T09:00:00.000Z' });
    expect(await readSchedule(results, 'museum')).toEqual(real);
  });

  it('names the newest run that trained, not one that only looked', async () => {
    const { results } = await worldOf({ minNewRows: 5 });
    await publish(results, { minNewRows: 5 }, { at: LATER, command: 'check' });
    expect(await readSchedule(results, 'museum')).toMatchObject({ run: `run-${SET}`, accepted: LATER });
  });

  it('loses no occasion that was taken while it was written', async () => {
    const { results } = await worldOf({ schedule: 'rate(7 days)' });
    await Promise.all([
      publish(results, { schedule: 'rate(7 days)', minNewRows: 5 }, { at: LATER }),
      takeOccasion(results, 'museum', { rows: 'x' }),
      takeOccasion(results, 'museum', { retirement: 'y' }),
      takeOccasion(results, 'museum', { schedule: LATER }),
    ]);
    expect(await readSchedule(results, 'museum')).toMatchObject({
      retrain: { minNewRows: 5 },
      taken: { rows: 'x', retirement: 'y', schedule: LATER },
    });
  });
});

describe('renewSchedule', () => {
  it('writes only what is said otherwise', async () => {
    const { results } = await worldOf({ schedule: 'rate(7 days)' });
    const before = await results.head(keys.schedule('museum'));
    const services = servicesOf({ results, now: () => new Date('2026-11-27T09:00:00.000Z') });
    const { spec } = manifestOf();
    const given = (schedule: string | null) =>
      manifestOf({ spec: { ...spec, retrain: { ...resolveRetrain(undefined), schedule } } });
    await renewSchedule(services, given('rate(7 days)'));
    expect(await results.head(keys.schedule('museum'))).toEqual(before);
    await renewSchedule(services, given('rate(1 day)'));
    expect(await readSchedule(results, 'museum')).toMatchObject({ retrain: { schedule: 'rate(1 day)' } });
    await renewSchedule(services, given(null));
    expect(await readSchedule(results, 'museum')).toBe(null);
  });

  it('lets a job spec that lies elsewhere change the schedule of a drop that was run already', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(12) });
    const spec = (days: number) => ({
      name: 'x.yaml',
      text: `targets: [openai]\nretrain: {schedule: rate(${days} days)}\n`,
    });
    await runInMemory(world, { targets: undefined, spec: spec(7) });
    const { outcome } = await runInMemory(world, { targets: undefined, spec: spec(9) });
    expect(outcome).toBe('duplicate');
    expect(await readSchedule(world.results, 'museum')).toMatchObject({ retrain: { schedule: 'rate(9 days)' } });
  });
});
