import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DatasetState } from '../../lib/domain/history.ts';
import { readDecisions, recordDecision } from '../../lib/pipeline/decisions.ts';
import { addState, followedRun, pastOf, readHistory } from '../../lib/pipeline/history.ts';
import { readModels, recordModels } from '../../lib/pipeline/models.ts';
import { folderStore } from '../../lib/storage/folder-store.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { manifestOf, reportOf, servicesOf, targetReportOf } from '../factories.ts';
import { type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const hex = (text: string) => Buffer.from(text.padEnd(8, '.')).toString('hex').slice(0, 16);

function stateOf(name: string, change: Partial<DatasetState> = {}): DatasetState {
  return {
    snapshot: hex(name),
    drop: name,
    run: `run-${name}`,
    at: '2026-11-23T09:00:00.000Z',
    rows: 1,
    newRows: 1,
    goneRows: 0,
    base: [],
    after: null,
    kept: false,
    isWhole: false,
    ...change,
  };
}

const historyOf = (...states: DatasetState[]) => ({ schemaVersion: 1 as const, dataset: 'museum', states });

const STORES: [name: string, open: () => Promise<ObjectStore>][] = [
  ['memory', async () => memoryStore()],
  [
    'a folder',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'finedrop-history-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      return folderStore(folder);
    },
  ],
];
const MANY = Array.from({ length: 25 }, (_, index) => `${index}`);

describe.each(STORES)('the history in %s', (_name, open) => {
  it('loses none of many states that are added at once', async () => {
    const store = await open();
    await Promise.all(MANY.map((name) => addState(store, 'museum', stateOf(name))));
    const { states } = await readHistory(store, 'museum');
    expect(states.map(({ drop }) => drop).sort()).toEqual([...MANY].sort());
  });

  it('adds the same state once, however many do', async () => {
    const store = await open();
    await Promise.all(MANY.map(() => addState(store, 'museum', stateOf('a'))));
    expect((await readHistory(store, 'museum')).states).toHaveLength(1);
  });

  it('loses none of many models and decisions that are noted at once', async () => {
    const store = await open();
    const job = { id: 'job', key: '9c1e'.repeat(10), state: 'succeeded', tunedModel: 'ft:owl', adopted: false };
    const target = targetReportOf({ job: { ...job, providerState: 'succeeded' } as never });
    await Promise.all(
      MANY.map(async (name) => {
        const services = servicesOf({ results: store, holder: { execution: name, host: 'h', pid: 1, startedAt: '1' } });
        const manifest = manifestOf({ run: `run-${name}` });
        await recordModels(services, manifest, { report: reportOf({ targets: [target] }), metrics: [] });
        await recordDecision(services, manifest, { decision: 'submitted', reason: name });
        // Tried again, each changes its own word.
        await recordModels(services, manifest, { report: reportOf({ targets: [target] }), metrics: [] });
        await recordDecision(services, manifest, { decision: 'skipped', reason: name });
      }),
    );
    const { models } = await readModels(store, 'museum');
    expect(models.map(({ run }) => run).sort()).toEqual(MANY.map((name) => `run-${name}`).sort());
    const decisions = await readDecisions(store, 'museum');
    expect(decisions.map(({ reason }) => reason).sort()).toEqual([...MANY].sort());
    expect(new Set(decisions.map(({ decision }) => decision))).toEqual(new Set(['skipped']));
  });
});

describe('addState', () => {
  it('adds a state that comes back after another', async () => {
    const store = memoryStore();
    for (const state of [stateOf('a'), stateOf('b'), stateOf('a', { run: 'run-a-again' })])
      await addState(store, 'museum', state);
    expect((await readHistory(store, 'museum')).states.map(({ drop }) => drop)).toEqual(['a', 'b', 'a']);
  });

  it('does not put a state before newer data when its step is tried again late', async () => {
    const store = memoryStore();
    for (const state of [stateOf('a'), stateOf('b'), stateOf('a')]) await addState(store, 'museum', state);
    expect((await readHistory(store, 'museum')).states.map(({ drop }) => drop)).toEqual(['a', 'b']);
  });

  it('leaves out the oldest of more than 2,000, but none that later runs merge', async () => {
    const store = memoryStore();
    const states = Array.from({ length: 2000 }, (_, index) => stateOf(`${index}`, { kept: index < 1 || index > 2 }));
    const first = states[0] ?? stateOf('0');
    const kept = states.map((state, index) => ({
      ...state,
      kept: true,
      isWhole: index === 3,
      base: index === 3 ? [first.snapshot] : [],
    }));
    await store.write('.finedrop/history/museum/head.json', JSON.stringify(historyOf(...kept)));
    await addState(store, 'museum', stateOf('newest', { kept: true }));
    const { states: left } = await readHistory(store, 'museum');
    expect(left.map(({ drop }) => drop)).toEqual([...kept.slice(1).map(({ drop }) => drop), 'newest']);
  });
});

describe('pastOf', () => {
  const a = stateOf('a', { kept: true });
  const b = stateOf('b', { kept: true, after: a.snapshot, base: [a.snapshot] });
  const replaced = stateOf('c', { after: b.snapshot });

  it.each([
    ['the first drop', historyOf(), 'a', { after: null, base: [] }],
    ['the drop that is the newest state already', historyOf(a, b), 'b', { after: a.snapshot, base: [a.snapshot] }],
    ['new data', historyOf(a, b), 'd', { after: b.snapshot, base: [a.snapshot, b.snapshot] }],
    ['data that comes back', historyOf(a, b), 'a', { after: b.snapshot, base: [a.snapshot, b.snapshot] }],
    [
      'data behind a state that came back',
      historyOf(a, b, a),
      'd',
      { after: a.snapshot, base: [b.snapshot, a.snapshot] },
    ],
    [
      'data behind a state that is kept whole',
      historyOf(a, { ...b, isWhole: true }),
      'd',
      { after: b.snapshot, base: [b.snapshot] },
    ],
    [
      'data behind a state without append: what was gone there stays away',
      historyOf(a, b, replaced),
      'd',
      { after: replaced.snapshot, base: [] },
    ],
    [
      'the data of a state without append',
      historyOf(a, b, replaced),
      'c',
      { after: b.snapshot, base: [a.snapshot, b.snapshot] },
    ],
  ])('tells of %s what it comes after, and what it merges', (_name, history, drop, wanted) => {
    expect(pastOf(history, { drop, mode: 'append' })).toEqual({ drop, mode: 'append', ...wanted });
  });

  it('merges nothing without append', () => {
    expect(pastOf(historyOf(a, b), { drop: 'd', mode: 'replace' }).base).toEqual([]);
  });
});

describe('followedRun', () => {
  it('tells apart states that were the same more than once', () => {
    const [a, b] = [stateOf('a'), stateOf('b', { after: hex('a') })];
    const again = stateOf('a', { after: hex('b'), run: 'run-a-again' });
    const of = (history: ReturnType<typeof historyOf>, drop: string) =>
      followedRun(history, pastOf(history, { drop, mode: 'replace' }));
    expect(of(historyOf(), 'a')).toBe(null);
    expect(of(historyOf(a), 'a')).toBe(null);
    expect(of(historyOf(a), 'b')).toBe('run-a');
    expect(of(historyOf(a, b), 'b')).toBe('run-a');
    expect(of(historyOf(a, b, again), 'b')).toBe('run-a-again');
  });
});

const DROPS = { first: tableOf(12), second: tableOf(14) };

async function put(world: MemoryWorld, drop: keyof typeof DROPS): Promise<void> {
  await world.inbox.write('museum/train.csv', DROPS[drop]);
}

describe('a drop that changes, and changes back', () => {
  it('is a new run each time, pays for nothing twice, and its model is current each time', async () => {
    const world = await newMemoryWorld({});
    const runs: string[] = [];
    const current: unknown[] = [];
    for (const drop of ['first', 'second', 'first', 'second', 'first'] as const) {
      await put(world, drop);
      const { run, status } = await runInMemory(world);
      expect(status).toBe('completed');
      runs.push(run);
      const { models } = await readModels(world.results, 'museum');
      current.push(models.at(-1)?.tunedModel);
    }
    expect(new Set(runs).size).toBe(5);
    expect(current).toEqual([current[0], current[1], current[0], current[1], current[0]]);
    expect(current[0]).not.toBe(current[1]);
    expect((await readHistory(world.results, 'museum')).states.map(({ rows }) => rows)).toEqual([12, 14, 12, 14, 12]);
    expect(world.provider.jobs).toHaveLength(2);
  });

  it('is the same run while it is the same, also when another job spec looks at it in between', async () => {
    const world = await newMemoryWorld({});
    await put(world, 'first');
    await runInMemory(world);
    await put(world, 'second');
    const first = await runInMemory(world);
    const other = await runInMemory(world, { again: true });
    const second = await runInMemory(world);
    expect(other.run).not.toBe(first.run);
    expect([second.run, second.outcome]).toEqual([first.run, 'duplicate']);
    expect((await readHistory(world.results, 'museum')).states).toHaveLength(2);
  });
});

describe('recordState', () => {
  it('counts what is new and gone since the last training', async () => {
    const world = await newMemoryWorld({ 'finedrop.yaml': 'targets: [openai]\nretrain: {minNewRows: 100}\n' });
    await put(world, 'first');
    await runInMemory(world, { targets: undefined });
    await put(world, 'second');
    await runInMemory(world, { targets: undefined, command: 'check', retrain: { by: 'rows' } });
    await world.inbox.write('museum/train.csv', tableOf(5));
    await runInMemory(world, { targets: undefined, command: 'check', retrain: { by: 'rows' } });
    const { states } = await readHistory(world.results, 'museum');
    expect(states.map(({ newRows, goneRows }) => [newRows, goneRows])).toEqual([
      [12, 0],
      [2, 0],
      [0, 7],
    ]);
  });

  it('records nothing of a drop that is only looked at, or refused', async () => {
    const world = await newMemoryWorld({});
    await put(world, 'first');
    await runInMemory(world, { command: 'check' });
    await world.inbox.write('museum/train.csv', 'prompt,completion\nWhat is it?,\n');
    await runInMemory(world);
    expect((await readHistory(world.results, 'museum')).states).toEqual([]);
  });

  it('makes the same state of a check that waits and of the training that follows', async () => {
    const spec = 'targets: [openai]\nretrain: {minNewRows: 100, history: append}\n';
    const world = await newMemoryWorld({ 'finedrop.yaml': spec });
    await put(world, 'first');
    await runInMemory(world, { targets: undefined });
    await put(world, 'second');
    await runInMemory(world, { targets: undefined, command: 'check', retrain: { by: 'rows' } });
    const before = await readHistory(world.results, 'museum');
    await runInMemory(world, { targets: undefined, retrain: { by: 'rows' } });
    expect(await readHistory(world.results, 'museum')).toEqual(before);
    const { models } = await readModels(world.results, 'museum');
    expect(models.map(({ snapshot }) => snapshot)).toEqual(before.states.map(({ snapshot }) => snapshot));
  });

  it.each(['state.json', 'head.json', 'sides.bin'])('goes on after a crash at writing %s', async (name) => {
    const world = await newMemoryWorld({});
    await put(world, 'first');
    const whole = world.results.write;
    let isBroken = true;
    world.results.write = async (key, body, options) => {
      if (isBroken && key.endsWith(name)) throw new Error('the machine is gone.');
      return whole(key, body, options);
    };
    expect((await runInMemory(world)).status).not.toBe('completed');
    isBroken = false;
    expect((await runInMemory(world)).status).toBe('completed');
    expect((await readHistory(world.results, 'museum')).states).toHaveLength(1);
    expect(world.provider.jobs).toHaveLength(1);
  });
});
