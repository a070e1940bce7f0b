import type { JobState } from '../../lib/domain/target.ts';
import type { CreateJobRequest, CreateOutcome, JobSnapshot, ProviderClient } from '../../lib/providers/provider.ts';

const SECOND = 1000;

/** What becomes of one create: what the provider does, and what its caller learns. */
export type CreatePlan =
  | { does: 'creates' }
  /** The answer is lost; the job exists `afterSeconds` later, or never (null). */
  | { does: 'loses-the-answer'; afterSeconds: number | null }
  | { does: 'refuses' }
  | { does: 'is-full'; afterSeconds: number };

export interface FakeJob {
  id: string;
  key: string;
  /** From here on the job exists; lists show it `listLag` later. */
  acceptedAt: number;
  endsAt: number;
  cancelledAt: number | null;
}

export interface FakeProvider {
  client: ProviderClient;
  jobs: FakeJob[];
  staged: Set<string>;
  removed: string[];
  creates: { at: number; key: string }[];
  cancelled: string[];
  /** Decides each create by its number, from 0; the provider creates unless told otherwise. */
  plan: (create: number) => CreatePlan;
  /** Seconds until a job that exists is in lists. */
  listLag: number;
  /** Seconds that a job runs. */
  jobSeconds: number;
  /** A create that is repeated with the same key answers with the job that exists. */
  isIdempotent: boolean;
  /** What `getJob` says instead, when it says anything else than the job's life. */
  sight: ((id: string) => JobSnapshot | null) | null;
  listFails: boolean;
  /** Jobs with the key that are neither cancelled nor failed. */
  live(key: string): FakeJob[];
}

/** A provider with lists that lag, answers that get lost, and a memory of all that was asked of it. */
export function fakeProvider(now: () => number): FakeProvider {
  const fake: FakeProvider = {
    jobs: [],
    staged: new Set(),
    removed: [],
    creates: [],
    cancelled: [],
    plan: () => ({ does: 'creates' }),
    listLag: 60,
    jobSeconds: 3600,
    isIdempotent: false,
    sight: null,
    listFails: false,
    live: (key) => fake.jobs.filter((job) => job.key === key && job.cancelledAt === null),
    client: {} as ProviderClient,
  };
  fake.client = {
    stageMedia: async () => {},
    stageFile: async (split, { identity, bytes }) => ({ split, reference: identity, bytes }),
    findJobs: async (key) => {
      if (fake.listFails) throw new Error('the list fails');
      return fake.jobs
        .filter((job) => job.key === key && now() >= job.acceptedAt + fake.listLag * SECOND)
        .map((job) => ({ id: job.id, createdAt: new Date(job.acceptedAt).toISOString(), state: stateOf(job, now()) }));
    },
    createJob: async (request) => createJob(fake, request, now()),
    getJob: async (id) => {
      if (fake.sight !== null) return fake.sight(id);
      const job = fake.jobs.find((one) => one.id === id);
      return job === undefined || now() < job.acceptedAt ? null : snapshotOf(job, now());
    },
    cancelJob: async (id) => {
      fake.cancelled.push(id);
      const job = fake.jobs.find((one) => one.id === id);
      if (job !== undefined) job.cancelledAt ??= now();
    },
    readMetrics: async () => null,
    usage: (tunedModel) => ({ steps: [{ title: 'Ask', shell: `ask '${tunedModel}'` }], notes: [], simulated: false }),
    removeStaged: async (files) => {
      fake.removed.push(...files.map(({ reference }) => reference));
    },
    close: async () => {},
  };
  return fake;
}

function createJob(fake: FakeProvider, { key }: CreateJobRequest, now: number): CreateOutcome {
  const plan = fake.plan(fake.creates.length);
  fake.creates.push({ at: now, key });
  switch (plan.does) {
    case 'creates':
      return { outcome: 'created', id: accept(fake, key, now) };
    case 'loses-the-answer':
      if (plan.afterSeconds !== null) accept(fake, key, now + plan.afterSeconds * SECOND);
      return { outcome: 'unknown', message: 'the answer was lost' };
    case 'refuses':
      return { outcome: 'refused', code: 'invalid_file', message: 'the file is broken' };
    case 'is-full':
      return { outcome: 'later', afterSeconds: plan.afterSeconds, message: 'too many jobs' };
  }
}

function accept(fake: FakeProvider, key: string, at: number): string {
  const standing = fake.isIdempotent ? fake.jobs.find((job) => job.key === key) : undefined;
  if (standing !== undefined) return standing.id;
  const id = `job-${fake.jobs.length + 1}`;
  fake.jobs.push({ id, key, acceptedAt: at, endsAt: at + fake.jobSeconds * SECOND, cancelledAt: null });
  return id;
}

function stateOf(job: FakeJob, now: number): JobState {
  if (job.cancelledAt !== null) return 'cancelled';
  return now >= job.endsAt ? 'succeeded' : 'running';
}

function snapshotOf(job: FakeJob, now: number): JobSnapshot {
  const state = stateOf(job, now);
  const tunedModel = state === 'succeeded' ? `ft:${job.id}` : null;
  return { id: job.id, state, providerState: state.toUpperCase(), tunedModel, error: null, progress: null };
}
