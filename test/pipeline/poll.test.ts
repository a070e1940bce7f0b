import { beforeEach, describe, expect, it } from 'vitest';
import { metricPoint } from '../../lib/domain/metrics.ts';
import type { JobState } from '../../lib/domain/target.ts';
import { readStatus } from '../../lib/pipeline/status.ts';
import { readTraining } from '../../lib/pipeline/training-record.ts';
import type { JobSnapshot } from '../../lib/providers/provider.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { servicesOf } from '../factories.ts';
import {
  cancelRun,
  EVENTS_A_ROUND,
  KEY,
  newWorld,
  openExecution,
  pollLoop,
  prepareRun,
  START,
  submitLoop,
  type World,
} from './submission-world.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
/** What Step Functions keeps of one execution (2026-11: 25,000 events). */
const HISTORY_EVENTS = 25_000;
const REFERENCE = { dataset: 'museum', run: 'run-1' };

function snapshotOf(state: JobState, change: Partial<JobSnapshot> = {}): JobSnapshot {
  return {
    id: 'job-1',
    state,
    providerState: state.toUpperCase(),
    tunedModel: null,
    error: null,
    progress: null,
    ...change,
  };
}

describe('a job that was cancelled while another with the same key lives', () => {
  it.each([
    ['goes over to that one', false, 'job-2', ['job-1']],
    ['cancels both where the run was cancelled', true, 'job-1', ['job-1', 'job-2']],
  ])('%s', async (_what, runIsCancelled, followed, cancelled) => {
    const world = newWorld();
    await prepareRun(world, 'run-1');
    await submitLoop(world, openExecution(world));
    const [first] = world.provider.jobs;
    const other = { id: 'job-2', key: KEY, acceptedAt: START, endsAt: START + 2 * HOUR_SECONDS * 1000 };
    world.provider.jobs.push({ ...other, cancelledAt: null });
    if (first !== undefined) first.cancelledAt = START + 1000;
    if (runIsCancelled) await cancelRun(world);
    const { result } = await pollLoop(world, openExecution(world));
    expect(result).toMatchObject({ id: followed, state: runIsCancelled ? 'cancelled' : 'succeeded' });
    expect(world.provider.jobs.filter(({ cancelledAt }) => cancelledAt !== null).map(({ id }) => id)).toEqual(
      cancelled,
    );
  });
});

describe('poll', () => {
  let world: World;
  const secondsGone = () => (world.clock.now - START) / 1000;
  beforeEach(async () => {
    world = newWorld();
    world.provider.listLag = 0;
    await prepareRun(world, 'run-1');
    await submitLoop(world, openExecution(world));
  });

  it('waits longer from look to look, from one minute to ten', async () => {
    world.provider.jobSeconds = 2 * HOUR_SECONDS;
    Object.assign(world.provider.jobs[0] ?? {}, { endsAt: START + 2 * HOUR_SECONDS * 1000 });
    const { waits } = await pollLoop(world, openExecution(world));
    expect(waits.slice(0, 7)).toEqual([60, 90, 135, 203, 304, 456, 600]);
    expect(waits.slice(6).every((seconds) => seconds === 600)).toBe(true);
  });

  it.each([
    ['succeeded', { tunedModel: 'ft:owl' }],
    ['failed', { error: 'the loss is NaN' }],
    ['cancelled', {}],
  ] as const)('ends with a job that has %s, and says so in result and status', async (state, change) => {
    world.provider.sight = () => (secondsGone() < 1000 ? snapshotOf('running') : snapshotOf(state, change));
    const { result } = await pollLoop(world, openExecution(world));
    expect(result).toMatchObject({ state, providerState: state.toUpperCase(), lost: false, ...change });
    const status = await readStatus(servicesOf({ results: world.store }), REFERENCE);
    expect(status?.targets).toEqual([
      { name: 'openai', job: 'job-1', state, providerState: state.toUpperCase(), progress: null },
    ]);
    expect(secondsGone()).toBeLessThan(1000 + 600);
  });

  it.each(['queued', 'validating', 'running', 'paused', 'stopping'] as const)(
    'goes on while a job is %s, up to two weeks, and then calls it lost',
    async (state) => {
      world.provider.sight = () => snapshotOf(state);
      const { result, waits } = await pollLoop(world, openExecution(world));
      expect(result).toMatchObject({ state, lost: true });
      expect(secondsGone()).toBeGreaterThan(14 * DAY_SECONDS);
      expect(secondsGone()).toBeLessThan(14 * DAY_SECONDS + 2 * HOUR_SECONDS);
      // Choice and wait come after each call but the last; submission had its day before.
      expect(waits.length * EVENTS_A_ROUND).toBeLessThan(HISTORY_EVENTS - 5000);
    },
  );

  it.each([
    ['a word that we do not know', () => snapshotOf('unknown', { providerState: 'HIBERNATING' })],
    ['a job that the provider does not find', () => null],
    [
      'a provider that cannot be asked',
      () => {
        throw new Error('503');
      },
    ],
  ])('waits a day for %s, and then calls the job lost', async (_what, sight) => {
    world.provider.sight = sight;
    const { result } = await pollLoop(world, openExecution(world));
    expect(result).toMatchObject({ state: 'unknown', lost: true });
    expect(secondsGone()).toBeGreaterThan(DAY_SECONDS);
    expect(secondsGone()).toBeLessThan(DAY_SECONDS + 1800);
  });

  it('counts the day anew when the job shows itself in between', async () => {
    world.provider.sight = () => (secondsGone() % (20 * HOUR_SECONDS) < HOUR_SECONDS ? snapshotOf('running') : null);
    const { result } = await pollLoop(world, openExecution(world));
    expect(result?.lost).toBe(true);
    expect(secondsGone()).toBeGreaterThan(14 * DAY_SECONDS);
  });

  it('keeps what it knew of a job while the provider cannot be asked', async () => {
    let looks = 0;
    world.provider.sight = () => {
      looks += 1;
      if (looks === 1) return snapshotOf('running', { providerState: 'TRAINING' });
      throw new Error('503');
    };
    const { result } = await pollLoop(world, openExecution(world));
    expect(result).toMatchObject({ state: 'running', providerState: 'TRAINING', lost: true });
  });

  it('survives hours of outage in the life of a job', async () => {
    world.provider.sight = () => {
      if (secondsGone() > HOUR_SECONDS && secondsGone() < 12 * HOUR_SECONDS) throw new Error('503');
      return snapshotOf(secondsGone() < 13 * HOUR_SECONDS ? 'running' : 'succeeded');
    };
    expect((await pollLoop(world, openExecution(world))).result).toMatchObject({ state: 'succeeded', lost: false });
  });

  it('stays for the sweep when a job ends before the quiet time does', async () => {
    world.provider.sight = () => snapshotOf('failed', { error: 'broken file' });
    addJob('job-2', 100);
    const { result, waits } = await pollLoop(world, openExecution(world));
    expect(waits).toEqual([160]);
    expect(result).toMatchObject({ state: 'failed', duplicatesCancelled: ['job-2'] });
  });

  it('leaves jobs of other keys, and jobs that have ended, alone', async () => {
    addJob('job-done', -10 * HOUR_SECONDS);
    Object.assign(world.provider.jobs.at(-1) ?? {}, { endsAt: START - 1000 });
    addJob('job-of-another', 0);
    Object.assign(world.provider.jobs.at(-1) ?? {}, { key: 'c'.repeat(40) });
    const { result } = await pollLoop(world, openExecution(world));
    expect(world.provider.cancelled).toEqual([]);
    expect(result).toMatchObject({ id: 'job-1', duplicatesCancelled: [] });
  });

  it('tells of a duplicate also when the process died right after cancelling it', async () => {
    addJob('job-2', 1);
    world.clock.now += HOUR_SECONDS * 500;
    world.around = async (port, apply) => {
      const answer = await apply();
      if (port === 'cancelJob') throw new Error('killed');
      return answer;
    };
    const { result } = await pollLoop(world, openExecution(world));
    expect(result?.duplicatesCancelled).toEqual(['job-2']);
    expect(world.provider.cancelled).toEqual(['job-2']);
  });

  it('ends within a day when the list for the sweep keeps failing, and the job is not lost', async () => {
    world.provider.listFails = true;
    const { result } = await pollLoop(world, openExecution(world));
    expect(result).toMatchObject({ state: 'succeeded', lost: false });
    expect(secondsGone()).toBeLessThan(DAY_SECONDS + 2 * HOUR_SECONDS);
  });

  it('keeps what the job told of its training once it has ended, and does without when it cannot be read', async () => {
    const metrics = keys.run('museum', 'run-1').target('openai', 'metrics.csv');
    let reads = 0;
    world.provider.client.readMetrics = async () => {
      reads += 1;
      const point = metricPoint({ step: 1, trainLoss: 0.5 });
      const named = { count: 3, lines: [{ split: 'train' as const, line: 2, reason: 'too long' }] };
      return { points: point === null ? [] : [point], checkpoints: [], events: [], named };
    };
    await pollLoop(world, openExecution(world));
    expect(reads).toBe(1);
    expect((await readBytes(world.store, metrics))?.toString()).toBe(
      'step,epoch,train_loss,train_accuracy,valid_loss,valid_accuracy\n1,,0.5,,,\n',
    );
    expect(await readTraining(servicesOf({ results: world.store }), REFERENCE, 'openai')).toMatchObject({
      named: { count: 3 },
      use: { steps: [{ shell: "ask 'ft:job-1'" }] },
    });
    await world.store.remove(metrics);
    world.provider.client.readMetrics = async () => {
      throw new Error('no metrics');
    };
    expect((await pollLoop(world, openExecution(world))).result).toMatchObject({ state: 'succeeded', lost: false });
    expect(await world.store.head(metrics)).toBeNull();
    expect(await readTraining(servicesOf({ results: world.store }), REFERENCE, 'openai')).toMatchObject({
      named: null,
      use: { steps: [{ shell: "ask 'ft:job-1'" }] },
    });
  });

  it.each(['failed', 'cancelled'] as const)(
    'keeps what a job told that has %s, without a way to use it',
    async (end) => {
      world.provider.sight = () => snapshotOf(end);
      world.provider.client.readMetrics = async () => ({
        points: [],
        checkpoints: [],
        events: [{ at: null, level: 'error', message: 'the loss is NaN' }],
        named: null,
      });
      await pollLoop(world, openExecution(world));
      expect(await readTraining(servicesOf({ results: world.store }), REFERENCE, 'openai')).toMatchObject({
        events: [{ message: 'the loss is NaN' }],
        use: null,
      });
      expect(await world.store.head(keys.run('museum', 'run-1').target('openai', 'metrics.csv'))).toBeNull();
    },
  );

  it('tells how far a job is, whenever another percent is done', async () => {
    const told: unknown[] = [];
    world.provider.sight = () => {
      const progress = Math.min(1, secondsGone() / 1000);
      return snapshotOf(progress === 1 ? 'succeeded' : 'running', { progress });
    };
    const services = openExecution(world);
    const write = services.results.write;
    const results = { ...services.results };
    results.write = async (key, body, options) => {
      if (key.endsWith('status.json')) told.push(JSON.parse(String(body)).targets[0].progress);
      return write(key, body, options);
    };
    const { result } = await pollLoop(world, { ...services, results });
    expect(result?.progress).toBe(1);
    expect(told.length).toBeGreaterThan(3);
    expect(told).toEqual([...new Set(told)]);
  });

  it('throws when there is no job to look at', async () => {
    await world.store.remove(keys.work('museum', 'run-1').job('openai'));
    await expect(pollLoop(world, openExecution(world))).rejects.toThrow('target "openai" has no job');
  });

  function addJob(id: string, seconds: number): void {
    const acceptedAt = START + seconds * 1000;
    world.provider.jobs.push({ id, key: KEY, acceptedAt, endsAt: acceptedAt + HOUR_SECONDS * 1000, cancelledAt: null });
  }
});
