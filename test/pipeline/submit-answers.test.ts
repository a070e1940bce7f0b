import { beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../../lib/storage/keys.ts';
import {
  cancelRun,
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

    it.each([
      ['comes to light, and cancels it', 90, true],
      ['would have come to light, and ends', null, false],
    ])('waits, when the run is cancelled, until what is on its way %s', async (_what, afterSeconds, submitted) => {
      world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds });
      await dieAtCreate(world, { sent: true });
      await cancelRun(world);
      const { waits, ...answer } = await submitLoop(world, openExecution(world));
      expect({ waits, ...answer }).toEqual({ waits: [160], submitted });
      if (submitted) await pollLoop(world, openExecution(world));
      expect(world.provider.creates).toHaveLength(1);
      expect(world.provider.live(KEY)).toEqual([]);
    });

    it.each([
      ['refuses the second', { does: 'refuses' }, 160],
      ['is full at the second', { does: 'is-full', afterSeconds: 20 }, 30],
    ] as const)('adopts what it took of a first create when it %s', async (_what, second, wait) => {
      // By the third look it is there.
      world.provider.listLag = 30;
      world.provider.plan = (create) => (create === 0 ? { does: 'loses-the-answer', afterSeconds: 20 } : second);
      const { submitted, waits } = await submitLoop(world, openExecution(world));
      expect({ submitted, waits: waits.slice(0, 2) }).toEqual({ submitted: true, waits: [30, wait] });
      expect(world.provider.removed).toEqual([]);
      expect(await ledgerNow(world)).toMatchObject({ state: 'submitted', job: 'job-1' });
    });

    it('is refused when the quiet time has brought nothing to light', async () => {
      world.provider.plan = (create) =>
        create === 0 ? { does: 'loses-the-answer', afterSeconds: null } : { does: 'refuses' };
      const { submitted, waits } = await submitLoop(world, openExecution(world));
      expect({ submitted, waits }).toEqual({ submitted: false, waits: [30, 160] });
      expect(world.provider.creates).toHaveLength(3);
    });

    it('keeps the quiet time of a lost create through answers that the provider is full, for whoever cancels', async () => {
      world.provider.plan = (create) =>
        create === 0 ? { does: 'loses-the-answer', afterSeconds: 90 } : { does: 'is-full', afterSeconds: 1 };
      let waited = 0;
      const { submitted } = await submitLoop(world, openExecution(world), {
        sleep: async (seconds) => {
          world.clock.now += seconds * 1000;
          waited += 1;
          if (waited === 2) await cancelRun(world);
        },
      });
      expect(submitted).toBe(true);
      await pollLoop(world, openExecution(world));
      expect(world.provider.live(KEY)).toEqual([]);
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
