import { describe, expect, it } from 'vitest';
import { loadMachine } from '../../lib/engines/local-machine.ts';
import { TaskError } from '../../lib/local/asl/errors.ts';
import type { AslHost, ExecutionResult } from '../../lib/local/asl/host.ts';
import type { Json, JsonObject } from '../../lib/local/asl/json.ts';
import { LARGEST_PAYLOAD } from '../../lib/local/asl/limits.ts';
import { startExecution } from '../../lib/local/asl/start-execution.ts';
import { type VirtualClock, virtualClock } from '../../lib/local/asl/virtual-clock.ts';
import { keys } from '../../lib/storage/keys.ts';

const DATASET = 'x'.repeat(200);
const RUN = '3f0c9a1d5b7e2c48';
const work = keys.work(DATASET, RUN);

type Answers = Record<string, (payload: JsonObject) => unknown>;
type Items = Record<string, () => Iterable<unknown>>;

interface World {
  host: AslHost;
  clock: VirtualClock;
  calls: { name: string; at: number }[];
  written: Map<string, string>;
  largest: number;
}

/** The deployed machine with functions that answer as the steps do at their largest. */
function worldOf(answers: Answers, items: Items): World {
  const clock = virtualClock(new Date('2026-11-23T09:00:00Z'));
  const world: World = { clock, calls: [], written: new Map(), largest: 0, host: {} as AslHost };
  world.host = {
    clock,
    random: () => 0.5,
    invoke: async (name, payload) => {
      world.calls.push({ name, at: clock.now().getTime() });
      world.largest = Math.max(world.largest, Buffer.byteLength(JSON.stringify(payload)));
      return answers[name]?.(payload as JsonObject) ?? {};
    },
    readItems: async function* ({ Key }) {
      yield* items[Key]?.() ?? [];
    },
    writeObject: async ({ Key }, body) => void world.written.set(Key, body),
  };
  return world;
}

async function runMachine(world: World): Promise<ExecutionResult> {
  const input = { request: { dataset: DATASET, command: 'run' } } as Json;
  return startExecution(await loadMachine(), { host: world.host, name: 'museum-1', input });
}

const count = (world: World, name: string) => world.calls.filter((call) => call.name === name).length;

/** What the plan answers; numbers say how much there is. */
const planOf = (change: JsonObject = {}) => ({
  outcome: 'go',
  batches: 0,
  links: 0,
  collectItems: work.collectItems,
  linkItems: work.linkItems,
  convertItems: work.convertItems,
  linkPolicy: { hosts: null },
  verify: 'decode',
  ...change,
});

const usual = (change: Answers = {}): Answers => ({
  survey: () => ({ outcome: 'go', dataset: DATASET, run: RUN, files: [0] }),
  normalize: ({ file }) => ({ dataset: DATASET, run: RUN, file, done: true, cursor: null }),
  collect: (payload) => ('phase' in payload ? planOf() : { batch: 0 }),
  gate: () => ({ done: true, cursor: null, outcome: 'end', targets: [] }),
  publish: () => ({ done: true, cursor: null, dataset: DATASET, run: RUN, status: 'completed', report: 'report.json' }),
  ...change,
});

function* numbered<T>(length: number, make: (index: number) => T): Generator<T> {
  for (let index = 0; index < length; index += 1) yield make(index);
}

describe('the state machine with ten million rows and a million media files', () => {
  const SHARDS = 10_000;
  const BATCHES = 4000;
  const LINKS = 10_000;
  const TARGETS = 20;
  const key = (path: string) => `.finedrop/work/${DATASET}/${RUN}/${path}`;

  it('carries none of it: every input and output stays below 256 KiB, every history below 25,000 events', async () => {
    const world = worldOf(
      usual({
        survey: () => ({ outcome: 'go', dataset: DATASET, run: RUN, files: [...numbered(SHARDS, (file) => file)] }),
        collect: (payload) => ('phase' in payload ? planOf({ batches: BATCHES, links: LINKS }) : { batch: 1 }),
        gate: () => ({
          done: true,
          cursor: null,
          outcome: 'go',
          targets: [
            ...numbered(TARGETS, (target) => ({
              name: `target-${target}-${'x'.repeat(100)}`,
              media: target === 0 ? 1_000_000 : 0,
              mediaItems: work.mediaItems(`target-${target}-${'x'.repeat(100)}`),
              mayCreate: true,
            })),
          ],
        }),
        stage: (payload) =>
          payload['phase'] === 'media' ? { media: 100 } : { done: true, staged: true, cursor: null },
        submit: () => {
          throw new TaskError('Error', 'y'.repeat(5000));
        },
      }),
      {
        // The largest that planning writes: 128 KiB of entries.
        [work.collectItems]: () =>
          numbered(BATCHES, (batch) => ({ batch, archive: 0, entries: batch < 9 ? ['z'.repeat(128 * 1024)] : [] })),
        [work.linkItems]: () =>
          numbered(LINKS, (link) => ({ record: `l:${link}`, url: `https://x/${'u'.repeat(2000)}` })),
        [work.convertItems]: () =>
          numbered(SHARDS, (shard) => ({
            target: null,
            shard: {
              shard,
              file: 0,
              key: key('rows/000000/000000.jsonl'),
              rows: 1000,
              batches: shard < 9 ? [...numbered(BATCHES, (b) => b)] : [],
            },
          })),
        [work.mediaItems(`target-0-${'x'.repeat(100)}`)]: () =>
          numbered(SHARDS, (batch) => ({ media: batch < 9 ? ['z'.repeat(128 * 1024)] : [] })),
      },
    );
    const result = await runMachine(world);
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { status: 'completed' } });
    expect({ normalize: count(world, 'normalize'), convert: count(world, 'convert') }).toEqual({
      normalize: SHARDS,
      convert: SHARDS,
    });
    expect(world.largest).toBeLessThan(LARGEST_PAYLOAD - 32 * 1024);
    const folders = [...world.written.keys()].map((name) => name.slice(work.mapResults.length).split('/')[0]);
    expect([...new Set(folders)].sort()).toEqual(['collect', 'convert', 'fetch', 'normalize', 'stage']);
    expect([...world.written.keys()].every((name) => name.startsWith(work.mapResults))).toBe(true);
  }, 30_000);
});

describe('the state machine’s patience', () => {
  const failing = (error: string, times: number) => {
    let failures = 0;
    const world = worldOf(
      usual({
        gate: () => {
          failures += 1;
          if (failures <= times) throw new TaskError(error, 'no');
          return { done: true, cursor: null, outcome: 'end', targets: [] };
        },
      }),
      {},
    );
    return world;
  };
  const called = async (world: World, name: string) => {
    const result = await runMachine(world);
    const times = world.calls.filter((call) => call.name === name).map(({ at }) => at);
    return { result, waits: times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1000) };
  };

  it.each([
    ['Lambda’s own throttling, for minutes', 'Lambda.TooManyRequestsException', 12],
    ['a store that asks to slow down, which the function throws', 'Error', 5],
    ['a function that was killed', 'Lambda.Unknown', 3],
    ['a function that took too long', 'States.Timeout', 3],
  ])('waits longer each time, and not twice the same for two callers: %s', async (_what, error, times) => {
    const world = failing(error, times);
    const { result, waits } = await called(world, 'gate');
    expect(result.status).toBe('SUCCEEDED');
    // Full jitter, of which this host always draws the middle: 1, 2, 4 … and never over half a minute.
    expect(waits).toEqual(Array.from({ length: times }, (_, index) => Math.min(30, 2 ** index)));
  });

  it.each([
    ['a drop that has changed', 'ObjectChangedError'],
    ['an event that no step knows', 'EventError'],
  ])('is none with %s', async (_what, error) => {
    const world = failing(error, 99);
    const { result, waits } = await called(world, 'gate');
    expect({ status: result.status, waits, published: count(world, 'publish') }).toEqual({
      status: 'SUCCEEDED',
      waits: [],
      published: 1,
    });
  });

  it('is none with an answer of more than 256 KiB, which would be as large the next time', async () => {
    const world = worldOf(usual({ gate: () => ({ outcome: 'x'.repeat(LARGEST_PAYLOAD) }) }), {});
    const { result, waits } = await called(world, 'gate');
    expect({ result, waits }).toMatchObject({ result: { error: 'States.DataLimitExceeded' }, waits: [] });
  });

  it('has every child of a Map wait likewise, and the run go on', async () => {
    const turned = new Set<unknown>();
    const world = worldOf(
      usual({
        survey: () => ({ outcome: 'go', dataset: DATASET, run: RUN, files: [0, 1, 2] }),
        normalize: ({ file }) => {
          if (turned.has(file)) return { done: true };
          turned.add(file);
          throw new TaskError('Lambda.TooManyRequestsException', 'Rate Exceeded.');
        },
      }),
      {},
    );
    expect((await runMachine(world)).status).toBe('SUCCEEDED');
    expect(count(world, 'normalize')).toBe(6);
  });
});
