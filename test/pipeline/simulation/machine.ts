import type { RunStatus } from '../../../lib/domain/run.ts';
import { cancelClaim, claimRun, endClaim, findClaim, isCancelled } from '../../../lib/pipeline/claims.ts';
import { gateSchema } from '../../../lib/pipeline/gate-record.ts';
import { readLedger } from '../../../lib/pipeline/ledger.ts';
import { type JobResult, poll, readJobResult } from '../../../lib/pipeline/poll.ts';
import type { Services } from '../../../lib/pipeline/services.ts';
import { release, reserve } from '../../../lib/pipeline/spend.ts';
import { submit } from '../../../lib/pipeline/submit.ts';
import type { Provider } from '../../../lib/providers/provider.ts';
import { keys } from '../../../lib/storage/keys.ts';
import { readJson } from '../../../lib/storage/object-store.ts';
import { servicesOf } from '../../factories.ts';
import { prepareRun } from '../submission-world.ts';
import { hostileClient } from './hostile-provider.ts';
import { hostileStore } from './hostile-store.ts';
import {
  type Call,
  DATASET,
  type Execution,
  isRough,
  KilledError,
  note,
  TARGET,
  TroubleError,
  USD,
  violate,
  type World,
} from './world.ts';

/** As the state machine retries `submit` and `poll`. */
const RETRIES = 6;
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 600_000;
const MOST_EXECUTIONS = 80;
const LONGEST_LOOP = 2000;

/** How a run ended at last. */
export interface End {
  status: 'succeeded' | 'cancelled' | 'refused' | 'held' | 'failed';
  result: JobResult | null;
  at: number;
}

export interface Run {
  run: string;
  key: string;
  /** The day on which an attempt reserved money last, as the gate passes it on. */
  day: string | null;
  ends: End[];
}

class GaveUpError extends Error {}

/** Lives a run until it has ended: whenever its execution dies or gives up, somebody starts another. */
export async function liveRun(world: World, run: Run): Promise<void> {
  for (let lives = 0; lives < MOST_EXECUTIONS; lives += 1) {
    world.executions += 1;
    const execution: Execution = { name: `execution-${world.executions}`, run: run.run, day: null };
    world.alive.add(execution.name);
    const end = await execute(world, run, execution);
    world.alive.delete(execution.name);
    if (end !== 'again') return;
    await world.time.sleep(world.random.between(20_000, 600_000));
  }
  violate(world, `${run.run} does not end`);
}

/** Somebody cancels a run, as `survey` takes it up. */
export async function cancelRun(world: World, { run }: Run): Promise<void> {
  const reference = { dataset: DATASET, run };
  const services = servicesOf({
    results: world.store,
    isRunning: async ({ holder }) => world.alive.has(holder.execution),
  });
  const before = await findClaim(services, reference);
  if (before !== null && before.status !== 'running') return;
  world.cancelled.add(run);
  await cancelClaim(services, reference);
  note(world, 'somebody', `cancels ${run}`);
}

async function execute(world: World, run: Run, execution: Execution): Promise<'again' | 'ended'> {
  const reference = { dataset: DATASET, run: run.run };
  const claiming = await claimRun(plainServices(world, execution), reference, {
    command: 'run',
    generation: 0,
    ...(world.cancelled.has(run.run) ? { cancel: true } : {}),
  });
  if ('duplicate' in claiming) {
    // An execution that was given up may have ended the run all the same.
    if (claiming.duplicate.status === 'completed') await noteEnd(world, run, execution, 'succeeded');
    return 'ended';
  }
  note(world, execution.name, `begins ${run.run}`);
  await prepareRun(world, run.run, { [TARGET]: { key: run.key, file: `file-${run.key.slice(0, 4)}` } });
  try {
    const status = await carryOut(world, run, execution);
    await task(world, execution, 'publish', async (services) => {
      await endClaim(services, reference, CLAIM_STATUS[status]);
      if (run.day !== null) await release(services, reference, run.day);
    });
    if (status === 'failed') return 'again';
    // Another execution, which took this one for dead, will end the run.
    const claim = await findClaim(plainServices(world, execution), reference);
    if (claim?.holder.execution !== execution.name) return 'ended';
    await noteEnd(world, run, execution, status);
    return 'ended';
  } catch (error) {
    if (!(error instanceof KilledError || error instanceof GaveUpError)) throw error;
    note(world, execution.name, error instanceof KilledError ? 'is dead' : 'gives up');
    return 'again';
  }
}

async function noteEnd(world: World, run: Run, execution: Execution, status: End['status']): Promise<void> {
  const reference = { dataset: DATASET, run: run.run };
  const result = await readJobResult(plainServices(world, execution), reference, TARGET);
  run.ends.push({ status, result, at: world.time.now() });
  note(world, execution.name, `ends ${run.run}: ${status}${result === null ? '' : ` ${result.id}`}`);
}

const CLAIM_STATUS: Readonly<Record<End['status'], RunStatus>> = {
  succeeded: 'completed',
  cancelled: 'cancelled',
  refused: 'failed',
  held: 'held',
  failed: 'failed',
};

/** The steps from the gate on; `failed` = a step gave up, and somebody runs it again. */
async function carryOut(world: World, run: Run, execution: Execution): Promise<End['status']> {
  const event = { dataset: DATASET, run: run.run, target: TARGET, execution: execution.name };
  try {
    const held = await task(world, execution, 'gate', (services) => judge(world, services, { run, execution }));
    if (held === 'held' || held === 'cancelled') return held;
    if (held !== null) await allowNothing(world, run, execution);
    const { submitted } = await loop(world, execution, 'submit', (services, cursor) =>
      submit.run({ ...event, cursor }, services),
    );
    if (submitted !== true && held === 'look, held') return 'held';
    if (submitted !== true) return world.cancelSeen.has(run.run) ? 'cancelled' : 'refused';
    await loop(world, execution, 'poll', (services, cursor) => poll.run({ ...event, cursor }, services));
  } catch (error) {
    if (error instanceof GaveUpError) return 'failed';
    throw error;
  }
  const result = await readJobResult(plainServices(world, execution), event, TARGET);
  return result?.state === 'succeeded' || result?.state === 'cancelled' ? result.state : 'failed';
}

/** `look` = no job is begun, one that an earlier attempt may have made is looked for. */
type Judged = 'cancelled' | 'held' | 'look, cancelled' | 'look, held' | null;

/** What the gate does about a job's money: nothing where there is a job, or where none will be. */
async function judge(
  world: World,
  services: Services,
  { run, execution }: { run: Run; execution: Execution },
): Promise<Judged> {
  const reference = { dataset: DATASET, run: run.run };
  const entry = (await readLedger(services, run.key))?.entry;
  if (entry?.state === 'submitted') return null;
  const orLook = async <Why extends 'cancelled' | 'held'>(why: Why): Promise<Why | `look, ${Why}`> =>
    (await readLedger(services, run.key))?.entry.state === 'intent' ? `look, ${why}` : why;
  if (await isCancelled(services, reference)) return orLook('cancelled');
  if (world.random.chance(world.weather.held)) return orLook('held');
  const expenses = [{ key: run.key, target: TARGET, usd: USD[run.key] ?? 0 }];
  const reserved = await reserve(services, reference, { expenses, limit: world.limit });
  if (!('day' in reserved)) return orLook('held');
  execution.day = reserved.day;
  run.day = reserved.day;
  return null;
}

/** The plan as the gate leaves it where nothing may be begun. */
async function allowNothing(world: World, { run }: Run, { name }: Execution): Promise<void> {
  world.mayNotCreate.add(name);
  note(world, name, 'may only look for a job');
  const { gate } = keys.work(DATASET, run);
  const decided = await readJson(world.store, gate, (value) => gateSchema.parse(value));
  const targets = decided?.targets.map((target) => ({ ...target, mayCreate: false }));
  await world.store.write(gate, JSON.stringify({ ...decided, targets }));
}

interface Answer {
  done: boolean;
  submitted?: boolean;
  waitSeconds: number;
  cursor: unknown;
}

async function loop(
  world: World,
  execution: Execution,
  step: string,
  run: (services: Services, cursor: unknown) => Promise<unknown>,
): Promise<Answer> {
  let cursor: unknown = null;
  for (let round = 0; round < LONGEST_LOOP; round += 1) {
    const before = cursor;
    const answer = await task(world, execution, step, async (services) => asJson(await run(services, before)));
    if (answer.done) return answer;
    await world.time.sleep(answer.waitSeconds * 1000);
    cursor = answer.cursor;
  }
  throw new Error(`${step} does not end`);
}

/** Answers cross between functions as JSON. */
const asJson = (value: unknown): Answer => JSON.parse(JSON.stringify(value)) as Answer;

/** A task of the state machine: what fails is called again with the same input, and given up after a while. */
async function task<T>(
  world: World,
  execution: Execution,
  step: string,
  work: (services: Services) => Promise<T>,
): Promise<T> {
  for (let failures = 0; failures <= RETRIES; failures += 1) {
    try {
      return await invoke(world, execution, step, work);
    } catch (error) {
      learn(world, execution, step, error);
      const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
      if (failures < RETRIES) await world.time.sleep(world.random.next() * longest);
    }
  }
  throw new GaveUpError(step);
}

/** What the machine learns of a call that failed; where the machine dies with its calls, it learns nothing more. */
function learn(world: World, execution: Execution, step: string, error: unknown): void {
  if (!isExpected(error)) violate(world, `${execution.name} ${step}: ${String(error)}`);
  if (error instanceof KilledError && world.weather.diesWhole) throw error;
  note(world, execution.name, `${step} failed: ${error instanceof Error ? error.message : error}`);
}

/** Another execution of the same run was refused, and took the files away: the next one stages them anew. */
function isExpected(error: unknown): boolean {
  return error instanceof TroubleError || (error instanceof Error && error.message.endsWith('has not been staged.'));
}

async function invoke<T>(
  world: World,
  execution: Execution,
  step: string,
  work: (services: Services) => Promise<T>,
): Promise<T> {
  world.calls += 1;
  const { skew } = world.weather;
  let end: Call['end'] = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    end = reject;
  });
  const call: Call = {
    name: `${execution.name} ${step}-${world.calls}`,
    step,
    run: execution.run,
    execution,
    begunAt: world.time.now(),
    skew: isRough(world) ? world.random.between(-skew, skew) : 0,
    end,
    sawCancel: false,
    found: [],
    postBy: null,
  };
  return await Promise.race([work(servicesFor(world, call)), ended]);
}

function servicesFor(world: World, call: Call): Services {
  let ids = 0;
  const facts = { name: TARGET, createIsIdempotent: world.weather.createIsIdempotent };
  const services = servicesOf({
    ...plainServices(world, call.execution),
    results: hostileStore(world, call),
    provider: async () => facts as Provider,
    client: async () => hostileClient(world, call),
    now: () => new Date(world.time.now() + call.skew),
    uuid: () => {
      ids += 1;
      return `${call.name}-${ids}`;
    },
  });
  return world.removal?.(services, call) ?? services;
}

function plainServices(world: World, { name }: Execution): Services {
  return servicesOf({
    results: world.store,
    now: () => new Date(world.time.now()),
    holder: { execution: name, host: 'host', pid: 1, startedAt: '1' },
    isRunning: async ({ holder }) =>
      world.alive.has(holder.execution) && !(isRough(world) && world.random.chance(world.weather.misjudged)),
  });
}
