import { beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../../lib/storage/keys.ts';
import {
  checkHistory,
  dieAtCreate,
  EVENTS_A_ROUND,
  KEY,
  ledgerNow,
  newWorld,
  openExecution,
  pollLoop,
  prepareRun,
  START,
  submitLoop,
  type World,
} from './submission-world.ts';

const HOUR = 3600 * 1000;

describe('submit', () => {
  let world: World;
  beforeEach(async () => {
    world = newWorld();
    await prepareRun(world, 'run-1');
  });

  describe('when the provider is full', () => {
    it('waits as long as it is told, and tries again without the quiet time', async () => {
      world.provider.plan = (create) => (create === 0 ? { does: 'is-full', afterSeconds: 40 } : { does: 'creates' });
      const { waits } = await submitLoop(world, openExecution(world));
      expect(waits).toEqual([40, 15]);
      expect(await ledgerNow(world)).toMatchObject({ state: 'submitted', attempt: 2 });
    });

    it('grows more patient, and has not filled the history of its execution when it gives up after a day', async () => {
      world.provider.plan = () => ({ does: 'is-full', afterSeconds: 1 });
      const waits: number[] = [];
      const full = submitLoop(world, openExecution(world), {
        sleep: async (seconds) => {
          world.clock.now += seconds * 1000;
          waits.push(seconds);
        },
      });
      await expect(full).rejects.toThrow('after 24 hours: too many jobs');
      expect(waits.length * EVENTS_A_ROUND).toBeLessThan(5000);
      expect(world.clock.now - START).toBeLessThan(26 * HOUR);
    });
  });

  describe('when the provider refuses', () => {
    beforeEach(() => {
      world.provider.plan = (create) => (create === 0 ? { does: 'refuses' } : { does: 'creates' });
    });

    it('ends, keeps the reason, and takes the staged files away', async () => {
      expect(await submitLoop(world, openExecution(world))).toEqual({ submitted: false, waits: [] });
      expect(await ledgerNow(world)).toMatchObject({
        state: 'refused',
        code: 'invalid_file',
        message: 'the file is broken',
      });
      expect(world.provider.removed).toEqual(['file-1']);
      expect(await world.store.head(keys.work('museum', 'run-1').staged('openai'))).toBeNull();
    });

    it('is not tried again by the same execution, also when its answer was lost', async () => {
      const services = openExecution(world);
      await submitLoop(world, services);
      expect(await submitLoop(world, services)).toEqual({ submitted: false, waits: [] });
      expect(world.provider.creates).toHaveLength(1);
    });

    it('is tried again by a later execution, which stages anew', async () => {
      await submitLoop(world, openExecution(world));
      await prepareRun(world, 'run-1');
      expect(await submitLoop(world, openExecution(world))).toEqual({ submitted: true, waits: [] });
      expect(await ledgerNow(world)).toMatchObject({ state: 'submitted', attempt: 2 });
      expect(world.ledger.map(({ entry }) => entry.state)).toEqual(['intent', 'refused', 'intent', 'submitted']);
    });

    it('keeps a file that another target of the run has staged as well', async () => {
      await prepareRun(world, 'run-1', {
        openai: { key: KEY, file: 'file-1' },
        'openai-mini': { key: 'b'.repeat(40), file: 'file-1' },
      });
      await submitLoop(world, openExecution(world));
      expect(world.provider.removed).toEqual([]);
    });

    it('is refused all the same when the files cannot be removed', async () => {
      world.around = (port, apply) => (port === 'removeStaged' ? Promise.reject(new Error('gone')) : apply());
      expect(await submitLoop(world, openExecution(world))).toEqual({ submitted: false, waits: [] });
    });

    it('does not end a submission that another run has taken over meanwhile', async () => {
      await prepareRun(world, 'run-2');
      world.around = async (port, apply) => {
        if (port !== 'createJob' || world.provider.creates.length > 0) return apply();
        // This process sleeps for so long within its call that another run makes sure, and creates.
        world.around = (_port, inner) => inner();
        const answer = await apply();
        world.clock.now += HOUR;
        await submitLoop(world, openExecution(world), { run: 'run-2' });
        return answer;
      };
      expect((await submitLoop(world, openExecution(world))).submitted).toBe(true);
      expect(world.provider.removed).toEqual([]);
      expect(await ledgerNow(world)).toMatchObject({ state: 'submitted', run: 'run-2', job: 'job-1' });
      const { result } = await pollLoop(world, openExecution(world));
      expect(result?.adopted).toBe(true);
    });
  });

  describe('of a provider whose create is idempotent', () => {
    beforeEach(() => {
      world.provider.isIdempotent = true;
    });

    it('waits no quiet time after a lost answer', async () => {
      world.provider.plan = (create) =>
        create === 0 ? { does: 'loses-the-answer', afterSeconds: 0 } : { does: 'creates' };
      const { waits } = await submitLoop(world, openExecution(world));
      expect(waits).toEqual([30]);
      expect(world.provider.live(KEY)).toHaveLength(1);
      expect(world.provider.creates).toHaveLength(2);
    });

    it('waits no quiet time after a crash', async () => {
      await dieAtCreate(world);
      expect((await submitLoop(world, openExecution(world))).waits).toEqual([]);
    });
  });

  it.each([
    ['idempotent', true],
    ['not idempotent', false],
  ])(
    'gives up after a day of lost answers, and has not filled the history of its execution (%s)',
    async (_how, isIdempotent) => {
      world.provider.isIdempotent = isIdempotent;
      world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds: null });
      let waits = 0;
      const lost = submitLoop(world, openExecution(world), {
        sleep: async (seconds) => {
          world.clock.now += seconds * 1000;
          waits += 1;
        },
      });
      await expect(lost).rejects.toThrow('has no job after 24 hours: the answer was lost. Run again');
      expect(waits * EVENTS_A_ROUND).toBeLessThan(5000);
      checkHistory(world);
    },
  );
});
