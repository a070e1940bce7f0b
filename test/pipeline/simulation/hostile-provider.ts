import type { JobState } from '../../../lib/domain/target.ts';
import type { CreateOutcome, ProviderClient } from '../../../lib/providers/provider.ts';
import { fakeProvider } from '../fake-provider.ts';
import {
  type Call,
  type Execution,
  isRough,
  note,
  type SimulatedJob,
  TroubleError,
  through,
  violate,
  type World,
} from './world.ts';

/** The provider counts in seconds, so that two jobs may have been made at once. */
const SECOND = 1000;
const LATEST_ACCEPTANCE_MS = 89_000;
const BEYOND_ACCEPTANCE_MS = 600_000;
const DEADLINE_MS = 59_000;

/** A provider's API as one call reaches it; what it knows of jobs is the world's. */
export function hostileClient(world: World, call: Call): ProviderClient {
  const { random, weather, time } = world;
  const fails = (chance: number) => isRough(world) && random.chance(chance);
  const port = <T>(name: string, apply: () => Promise<T>) => through(world, call, name, apply);
  return {
    ...fakeProvider(time.now).client,
    readMetrics: async () => null,
    removeStaged: async () => {},
    findJobs: (key) =>
      port('findJobs', async () => {
        if (fails(weather.findFails)) throw new TroubleError('the list fails');
        const found = world.jobs.filter((job) => job.key === key && time.now() >= job.listedAt);
        call.found = [...found].sort((left, right) => takenBefore(world, left, right));
        note(world, call.name, `finds [${found.map(({ id }) => id).join(' ')}]`);
        return found.map((job) => ({ id: job.id, createdAt: createdAt(job), state: stateOf(world, job) }));
      }),
    createJob: ({ key }) => {
      checkCreate(world, call);
      return port('createJob', () => create(world, call, key));
    },
    getJob: (id) =>
      port('getJob', async () => {
        if (fails(weather.getFails)) throw new TroubleError('the job cannot be looked at');
        const job = world.jobs.find((one) => one.id === id);
        const state = job === undefined ? null : stateOf(world, job);
        return state === null
          ? null
          : { id, state, providerState: state, tunedModel: null, error: null, progress: null };
      }),
    cancelJob: (id) =>
      port('cancelJob', async () => {
        const isApplied = !fails(weather.cancelFails) || random.chance(0.5);
        if (isApplied) cancel(world, call, id);
        if (fails(weather.cancelFails)) throw new TroubleError('the job cannot be cancelled');
      }),
  };
}

const createdAt = ({ acceptedAt }: SimulatedJob) => new Date(Math.floor(acceptedAt / SECOND) * SECOND).toISOString();

/** The living before the cancelled, then the oldest, then the smallest name. */
function takenBefore(world: World, left: SimulatedJob, right: SimulatedJob): number {
  const isGone = (job: SimulatedJob) => Number(stateOf(world, job) === 'cancelled');
  const age = createdAt(left) < createdAt(right) ? -1 : Number(createdAt(left) > createdAt(right));
  return isGone(left) - isGone(right) || age || (left.id < right.id ? -1 : 1);
}

export function stateOf({ time }: World, { cancelledAt, endsAt }: SimulatedJob): JobState {
  if (cancelledAt !== null) return 'cancelled';
  return time.now() >= endsAt ? 'succeeded' : 'running';
}

function cancel(world: World, call: Call, id: string): void {
  const job = world.jobs.find((one) => one.id === id);
  if (job === undefined || stateOf(world, job) !== 'running') return;
  job.cancelledAt = world.time.now();
  note(world, call.name, `cancels ${id}`);
}

/** What must hold at the moment at which a create is begun. */
function checkCreate(world: World, call: Call): void {
  note(world, call.name, 'creates');
  // Whole milliseconds, as the call's own clock tells them.
  const clock = Math.floor(world.time.now() + call.skew);
  if (call.postBy === null) violate(world, `${call.name} creates without an intent of its own`);
  else if (clock > call.postBy) violate(world, `${call.name} creates after its intent allows`);
  if (world.mayNotCreate.has(call.execution.name)) violate(world, `${call.name} creates though its plan is held`);
  const seen = world.cancelSeen.get(call.run);
  if (call.sawCancel || (seen !== undefined && call.begunAt > seen))
    violate(world, `${call.name} creates after its run was seen to be cancelled`);
}

async function create(world: World, call: Call, key: string): Promise<CreateOutcome> {
  const { random, weather, time } = world;
  const { losesAnswer, isLate, neverCame, refuses, isFull } = weather.create;
  const happens = (chance: number) => isRough(world) && random.chance(chance);
  if (happens(refuses)) return refused(world, call);
  if (happens(isFull)) {
    note(world, call.name, 'the provider is full');
    return { outcome: 'later', afterSeconds: random.between(1, 120), message: 'too many jobs' };
  }
  if (happens(neverCame)) return silent(world, call, 'the create never came');
  if (happens(isLate)) {
    const latest = weather.season === 'beyond' ? BEYOND_ACCEPTANCE_MS : LATEST_ACCEPTANCE_MS;
    time.later(random.between(0, latest), () => void accept(world, call, key));
    return silent(world, call, 'the create is on its way');
  }
  const standing = world.jobs.find((job) => job.key === key);
  if (weather.createIsIdempotent && standing !== undefined && random.chance(0.5))
    return { outcome: 'conflict', message: 'the name exists' };
  const { id } = accept(world, call, key);
  return happens(losesAnswer) ? silent(world, call, 'the answer is lost') : { outcome: 'created', id };
}

function refused(world: World, call: Call): CreateOutcome {
  note(world, call.name, 'the provider refuses');
  return { outcome: 'refused', code: 'invalid_file', message: 'the file is broken' };
}

async function silent(world: World, call: Call, what: string): Promise<CreateOutcome> {
  note(world, call.name, what);
  await world.time.sleep(world.random.between(1000, DEADLINE_MS));
  return { outcome: 'unknown', message: what };
}

function accept(world: World, call: Call, key: string): SimulatedJob {
  const { weather, time, jobs } = world;
  const standing = weather.createIsIdempotent ? jobs.find((job) => job.key === key) : undefined;
  if (standing !== undefined) return standing;
  const job = makeJob(world, { maker: call.execution, key, at: time.now() });
  note(world, call.name, `the provider makes ${job.id}`);
  return job;
}

/** A job that the provider takes at a moment. */
export function makeJob(world: World, { maker, key, at }: { maker: Execution; key: string; at: number }): SimulatedJob {
  const { random, weather, jobs } = world;
  const job: SimulatedJob = {
    // Names that do not follow the order of the jobs.
    id: `job-${random.between(1000, 9999)}-${jobs.length + 1}`,
    key,
    maker,
    acceptedAt: at,
    listedAt: at + random.between(0, weather.listLag * SECOND),
    endsAt: at + world.jobSeconds * SECOND,
    cancelledAt: null,
  };
  jobs.push(job);
  return job;
}
