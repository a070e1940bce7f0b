import type { Finding } from '../../lib/domain/finding.ts';
import { findingSchema } from '../../lib/domain/finding.ts';
import { type Report, reportSchema } from '../../lib/domain/report.ts';
import type { RunStatus } from '../../lib/domain/run.ts';
import { loadMachine } from '../../lib/engines/local-machine.ts';
import { TaskError } from '../../lib/local/asl/errors.ts';
import type { AslHost, ExecutionResult } from '../../lib/local/asl/host.ts';
import { startExecution } from '../../lib/local/asl/start-execution.ts';
import { type VirtualClock, virtualClock } from '../../lib/local/asl/virtual-clock.ts';
import type { Request } from '../../lib/pipeline/manifest.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { STEPS } from '../../lib/pipeline/steps.ts';
import { loadProvider, PROVIDER_NAMES } from '../../lib/providers/registry.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { type ObjectStore, readJson, readJsonLines } from '../../lib/storage/object-store.ts';
import { servicesOf } from '../factories.ts';
import { type FakeProvider, fakeProvider } from './fake-provider.ts';

const START = new Date('2026-11-23T09:00:00Z');

/** Called before each call of a step; it may throw, or change the world. */
type Before = (step: string, event: Record<string, unknown>) => Promise<void> | void;

export interface MemoryWorld {
  inbox: ObjectStore;
  results: ObjectStore;
  clock: VirtualClock;
  /** The one provider behind every target. */
  provider: FakeProvider;
  before: Before;
  executions: number;
  change: Partial<Services>;
}

/** A drop in memory; the real machine, steps and providers' formats run over it, jobs are the fake provider's. */
export async function newMemoryWorld(
  files: Readonly<Record<string, string | Uint8Array>>,
  change: Partial<Services> = {},
): Promise<MemoryWorld> {
  const clock = virtualClock(START);
  const inbox = memoryStore();
  for (const [name, content] of Object.entries(files)) await inbox.write(`museum/${name}`, content);
  const provider = fakeProvider(() => clock.now().getTime());
  return { inbox, results: memoryStore(), clock, provider, before: () => {}, executions: 0, change };
}

export interface MemoryRun {
  result: ExecutionResult;
  outcome: string | undefined;
  run: string;
  report: Report | null;
  status: RunStatus | undefined;
  findings: Finding[];
}

/** Services of a new execution; an earlier one counts as dead. */
export function openServices(world: MemoryWorld): Services {
  world.executions += 1;
  let ids = 0;
  const execution = `execution-${world.executions}`;
  return servicesOf({
    inbox: world.inbox,
    results: world.results,
    provider: loadProvider,
    providerNames: PROVIDER_NAMES,
    settings: () => ({ simulated: true, values: {} }),
    client: async () => world.provider.client,
    holder: { execution, host: 'host', pid: world.executions, startedAt: '1' },
    isRunning: async () => false,
    now: world.clock.now,
    uuid: () => {
      ids += 1;
      return `${execution}-${ids}`;
    },
    ...world.change,
  });
}

/** Runs the drop through the machine to its end. */
export async function runInMemory(world: MemoryWorld, request: Partial<Request> = {}): Promise<MemoryRun> {
  const services = openServices(world);
  const result = await startExecution(await loadMachine(), {
    host: hostOf(world, services),
    name: services.holder.execution,
    input: JSON.parse(
      JSON.stringify({ request: { dataset: 'museum', command: 'run', targets: ['openai'], ...request } }),
    ),
  });
  const output = (result.status === 'SUCCEEDED' ? result.output : {}) as { run?: string; outcome?: string };
  return { result, outcome: output.outcome, ...(await resultsOf(world, output.run ?? '')) };
}

/** What the state machine runs on: this world's steps and stores. */
export function hostOf(world: MemoryWorld, services: Services): AslHost {
  return {
    clock: world.clock,
    random: () => 0.5,
    invoke: (name, payload) => callStep(world, services, { name, payload }),
    readItems: ({ Key }) => readJsonLines(world.results, Key, (value) => value),
    writeObject: async ({ Key }, body) => void (await world.results.write(Key, body)),
  };
}

/** A step's call as an engine makes it: events and answers cross as JSON, errors by name. */
async function callStep(
  world: MemoryWorld,
  services: Services,
  { name, payload }: { name: string; payload: unknown },
): Promise<unknown> {
  try {
    await world.before(name, payload as Record<string, unknown>);
    return await STEPS.get(name)?.run(payload, services);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new TaskError(error.name, error.message, error.stack?.split('\n').slice(0, 10));
  }
}

async function resultsOf({ results }: MemoryWorld, run: string) {
  const report = await readJson(results, keys.run('museum', run).report, (value) => reportSchema.parse(value));
  const findings: Finding[] = [];
  if ((await results.head(keys.run('museum', run).findings)) !== null) {
    for await (const finding of readJsonLines(results, keys.run('museum', run).findings, (value) =>
      findingSchema.parse(value),
    ))
      findings.push(finding);
  }
  return { run, report, status: report?.status, findings };
}

/** Every key below a prefix. */
export async function keysBelow(store: ObjectStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}

/** A table of sound rows, distinct by `word`, behind its header. */
export function tableOf(count: number, { word = 'owl', more = [] }: { word?: string; more?: readonly string[] } = {}) {
  const rows = Array.from(
    { length: count },
    (_, index) => `What is ${word} ${index + 1}?,It is ${word} ${index + 1}.,`,
  );
  return `prompt,completion,files\n${[...rows, ...more].join('\n')}\n`;
}
