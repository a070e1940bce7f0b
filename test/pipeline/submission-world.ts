import { expect } from 'vitest';
import type { Claim } from '../../lib/domain/run.ts';
import type { Gate } from '../../lib/pipeline/gate-record.ts';
import { gateSchema } from '../../lib/pipeline/gate-record.ts';
import { type LedgerEntry, ledgerEntrySchema } from '../../lib/pipeline/ledger.ts';
import { manifestSchema } from '../../lib/pipeline/manifest.ts';
import { type JobResult, poll, readJobResult } from '../../lib/pipeline/poll.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { stagedFilesSchema } from '../../lib/pipeline/stage.ts';
import { submit } from '../../lib/pipeline/submit.ts';
import type { Provider, ProviderClient } from '../../lib/providers/provider.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { type ObjectStore, readJson } from '../../lib/storage/object-store.ts';
import { gateTargetOf, manifestOf, NO_LIMITS, runTargetOf, servicesOf } from '../factories.ts';
import { type FakeProvider, fakeProvider } from './fake-provider.ts';

export const KEY = '9c1e'.repeat(10);
export const START = Date.parse('2026-11-23T09:00:00Z');
const LONGEST_LOOP = 5000;
/** A step's states in the machine: the call five, choice and wait two each. */
export const EVENTS_A_ROUND = 9;

/** Called around each call of a port; it may throw, wait, or move time. `apply` is the call itself. */
export type Around = <T>(port: string, apply: () => Promise<T>) => Promise<T>;

export interface World {
  store: ObjectStore;
  provider: FakeProvider;
  /** Milliseconds since 1970. */
  clock: { now: number };
  /** Every entry that the ledger held, in order, with when it was written. */
  ledger: { at: number; entry: LedgerEntry }[];
  /** When each create was called; it may arrive later. */
  sent: number[];
  around: Around;
  executions: number;
}

export function newWorld(): World {
  const clock = { now: START };
  const provider = fakeProvider(() => clock.now);
  return {
    store: memoryStore(),
    provider,
    clock,
    ledger: [],
    sent: [],
    around: (_port, apply) => apply(),
    executions: 0,
  };
}

/** What the steps before `submit` leave in the results: manifest, gate, and staged files of one target or several. */
export async function prepareRun(
  { store }: Pick<World, 'store'>,
  run: string,
  targets: Readonly<Record<string, { key: string; file: string }>> = { openai: { key: KEY, file: 'file-1' } },
): Promise<void> {
  const work = keys.work('museum', run);
  const names = Object.keys(targets);
  const manifest = manifestOf({ run, targets: names.map((name) => runTargetOf({ name })) });
  const gate: Gate = {
    rows: { accepted: 26, rejected: 2, references: 31, train: 26, validation: 0 },
    targets: Object.entries(targets).map(([name, { key }]) => gateTargetOf({ name, key })),
    findings: [],
    ...NO_LIMITS,
  };
  await store.write(work.manifest, JSON.stringify(manifestSchema.parse(manifest)));
  await store.write(work.gate, JSON.stringify(gateSchema.parse(gate)));
  for (const [name, { file }] of Object.entries(targets)) {
    const train = { split: 'train' as const, reference: file, bytes: 40_000 };
    await store.write(work.staged(name), JSON.stringify(stagedFilesSchema.parse({ train, validation: null })));
  }
}

/** One execution's services: its calls of store and provider go through `world.around`. */
export function openExecution(world: World): Services {
  world.executions += 1;
  const execution = `execution-${world.executions}`;
  const facts = { name: 'openai', createIsIdempotent: world.provider.isIdempotent };
  let ids = 0;
  return servicesOf({
    results: watchedStore(world),
    provider: async () => facts as Provider,
    client: async () => watchedClient(world),
    holder: { execution, host: 'host', pid: world.executions, startedAt: '1' },
    now: () => new Date(world.clock.now),
    uuid: () => {
      ids += 1;
      return `${execution}-${ids}`;
    },
  });
}

/** A write of the ledger is noted when it is applied, whatever its caller learns of it. */
function watchedStore(world: World): ObjectStore {
  const { store } = world;
  return {
    list: (prefix) => store.list(prefix),
    head: (key) => world.around('head', () => store.head(key)),
    read: async function* (key, options) {
      const chunks = await world.around('read', async () => {
        const all: Uint8Array[] = [];
        for await (const chunk of store.read(key, options)) all.push(chunk);
        return all;
      });
      yield* chunks;
    },
    write: (key, body, options) =>
      world.around(key === keys.ledger(KEY) ? 'write-ledger' : 'write', async () => {
        const info = await store.write(key, body, options);
        const entry = key === keys.ledger(KEY) ? ledgerEntrySchema.parse(JSON.parse(String(body))) : null;
        if (entry !== null) world.ledger.push({ at: world.clock.now, entry });
        return info;
      }),
    remove: (key) => world.around('remove', () => store.remove(key)),
    concatenate: (key, parts, options) => store.concatenate(key, parts, options),
  };
}

function watchedClient(world: World): ProviderClient {
  const { client } = world.provider;
  return {
    ...client,
    findJobs: (key) => world.around('findJobs', () => client.findJobs(key)),
    createJob: (request, options) => {
      world.sent.push(world.clock.now);
      return world.around('createJob', () => client.createJob(request, options));
    },
    getJob: (id) => world.around('getJob', () => client.getJob(id)),
    cancelJob: (id) => world.around('cancelJob', () => client.cancelJob(id)),
    readMetrics: (id) => world.around('readMetrics', () => client.readMetrics(id)),
    removeStaged: (files) => world.around('removeStaged', () => client.removeStaged(files)),
  };
}

interface Answer {
  done: boolean;
  submitted?: boolean;
  waitSeconds: number;
  cursor: unknown;
}

export interface LoopOptions {
  run?: string;
  target?: string;
  /** Waits on the world's clock unless the test has a clock of its own. */
  sleep?: (seconds: number) => Promise<void>;
  /** Errors after which the machine calls again, with the same cursor. */
  retries?: (error: unknown) => boolean;
}

/** `submit` until it is done, as the state machine loops; the waits that it asked for. */
export async function submitLoop(
  world: World,
  services: Services,
  { run = 'run-1', target = 'openai', ...options }: LoopOptions = {},
): Promise<{ submitted: boolean; waits: number[] }> {
  const { answer, waits } = await loop(world, options, (cursor) =>
    submit.run({ dataset: 'museum', run, target, cursor }, services),
  );
  return { submitted: answer.submitted === true, waits };
}

/** `poll` until it is done; the waits between, and the result. */
export async function pollLoop(
  world: World,
  services: Services,
  { run = 'run-1', target = 'openai', ...options }: LoopOptions = {},
): Promise<{ result: JobResult | null; waits: number[] }> {
  const { waits } = await loop(world, options, (cursor) =>
    poll.run({ dataset: 'museum', run, target, cursor }, services),
  );
  const plain = servicesOf({ results: world.store });
  return { result: await readJobResult(plain, { dataset: 'museum', run }, target), waits };
}

async function loop(
  world: World,
  { sleep, retries }: Pick<LoopOptions, 'sleep' | 'retries'>,
  call: (cursor: unknown) => Promise<unknown>,
): Promise<{ answer: Answer; waits: number[] }> {
  const waits: number[] = [];
  let cursor: unknown = null;
  for (let round = 0; round < LONGEST_LOOP; round += 1) {
    const answer = await call(cursor).then(asJson, (error: unknown) => {
      if (retries?.(error) === true) return null;
      throw error;
    });
    if (answer === null) {
      world.clock.now += 1000;
      continue;
    }
    if (answer.done) return { answer, waits };
    expect(Number.isInteger(answer.waitSeconds) && answer.waitSeconds >= 1).toBe(true);
    waits.push(answer.waitSeconds);
    if (sleep === undefined) world.clock.now += answer.waitSeconds * 1000;
    else await sleep(answer.waitSeconds);
    cursor = answer.cursor;
  }
  throw new Error('the loop does not end');
}

/** Answers cross between functions as JSON. */
function asJson(value: unknown): Answer {
  return JSON.parse(JSON.stringify(value)) as Answer;
}

/** An execution that dies where it calls the provider; the call is sent, or is not. */
export async function dieAtCreate(world: World, { sent = false } = {}): Promise<void> {
  world.around = async (port, apply) => {
    if (port !== 'createJob') return apply();
    if (sent) await apply();
    throw new Error('killed');
  };
  await expect(submitLoop(world, openExecution(world))).rejects.toThrow('killed');
  world.around = (_port, apply) => apply();
}

/** Somebody cancels the run, as its claim tells it. */
export async function cancelRun({ store }: Pick<World, 'store'>, run = 'run-1'): Promise<void> {
  const claim: Claim = {
    ...{ run, command: 'run', generation: 0, attempt: 1, status: 'running', cancel: true },
    ...{ holder: { execution: 'execution-1', host: 'host', pid: 1, startedAt: '1' }, startedAt: '1' },
  };
  await store.write(keys.claim('museum', run), JSON.stringify(claim));
}

/** The ledger as it stands. */
export function ledgerNow({ store }: World): Promise<LedgerEntry | null> {
  return readJson(store, keys.ledger(KEY), (value) => ledgerEntrySchema.parse(value));
}

/** What holds in every history, however often and wherever processes died. */
export function checkHistory(world: World): void {
  for (const at of world.sent) {
    const standing = world.ledger.findLast((written) => written.at <= at)?.entry;
    const written = world.ledger.filter((one) => one.at <= at && one.entry.state === 'intent');
    expect(written.length, 'every create is preceded by its intent').toBeGreaterThan(0);
    expect(standing, 'a create happens while an intent stands').toBeDefined();
    const postBy = Math.max(...written.map(({ entry }) => Date.parse(entry.postBy)));
    expect(at, 'no create is sent after its intent allows').toBeLessThanOrEqual(postBy);
  }
  const states = world.ledger.map(({ entry }) => entry.state);
  const submitted = states.indexOf('submitted');
  if (submitted !== -1) expect(states.slice(submitted), 'submitted is the end').toEqual(['submitted']);
  const attempts = world.ledger.map(({ entry }) => entry.attempt);
  expect(attempts, 'attempts only grow').toEqual([...attempts].sort((left, right) => left - right));
}

/** Exactly one job that lives (or has succeeded), and it is the one that ledger and result name. */
export async function expectOneJob(world: World, result: JobResult | null): Promise<void> {
  const live = world.provider.live(KEY);
  expect(live.map(({ id }) => id)).toHaveLength(1);
  const entry = await ledgerNow(world);
  expect(entry).toMatchObject({ state: 'submitted', job: live[0]?.id });
  expect(result).toMatchObject({ id: live[0]?.id, state: 'succeeded', lost: false });
}
