import { beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../../lib/storage/keys.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import {
  checkHistory,
  dieAtCreate,
  EVENTS_A_ROUND,
  expectOneJob,
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
/** Five seconds to send, sixty to answer, thirty to be accepted late, sixty to be listed, five of skew. */
const QUIET_SECONDS = 160;

describe('submit', () => {
  let world: World;
  beforeEach(async () => {
    world = newWorld();
    await prepareRun(world, 'run-1');
  });

  it('creates the job at once when all goes well, and says so in ledger and note', async () => {
    const { submitted, waits } = await submitLoop(world, openExecution(world));
    expect({ submitted, waits }).toEqual({ submitted: true, waits: [] });
    expect(world.ledger.map(({ entry }) => entry.state)).toEqual(['intent', 'submitted']);
    expect(await ledgerNow(world)).toMatchObject({ job: 'job-1', run: 'run-1', attempt: 1, adopted: false });
    const { result } = await pollLoop(world, openExecution(world));
    expect(result).toMatchObject({ adopted: false, tunedModel: 'ft:job-1', duplicatesCancelled: [] });
    await expectOneJob(world, result);
  });

  it('called again finds its job, which is not adopted: this run paid for it', async () => {
    await submitLoop(world, openExecution(world));
    world.clock.now += HOUR;
    await submitLoop(world, openExecution(world));
    const { result } = await pollLoop(world, openExecution(world));
    expect(world.provider.creates).toHaveLength(1);
    expect(result?.adopted).toBe(false);
  });

  it('of another run with the same data adopts the job', async () => {
    await submitLoop(world, openExecution(world));
    await prepareRun(world, 'run-2');
    const { submitted, waits } = await submitLoop(world, openExecution(world), { run: 'run-2' });
    expect({ submitted, waits }).toEqual({ submitted: true, waits: [] });
    const second = await pollLoop(world, openExecution(world), { run: 'run-2' });
    const first = await pollLoop(world, openExecution(world));
    expect([first.result?.adopted, second.result?.adopted]).toEqual([false, true]);
    expect([first.result?.id, second.result?.id]).toEqual(['job-1', 'job-1']);
    expect(world.provider.creates).toHaveLength(1);
  });

  it('adopts a job whose ledger was lost, and still calls it adopted when it is asked again', async () => {
    await submitLoop(world, openExecution(world));
    world.clock.now += HOUR;
    await world.store.remove(keys.ledger(KEY));
    await prepareRun(world, 'run-2');
    await submitLoop(world, openExecution(world), { run: 'run-2' });
    await submitLoop(world, openExecution(world), { run: 'run-2' });
    const { result } = await pollLoop(world, openExecution(world), { run: 'run-2' });
    expect(result).toMatchObject({ id: 'job-1', adopted: true });
    expect(world.provider.creates).toHaveLength(1);
  });

  it('throws when the target was not judged, or not staged, and creates nothing', async () => {
    await prepareRun(world, 'run-3');
    await world.store.remove(keys.work('museum', 'run-3').staged('openai'));
    await expect(submitLoop(world, openExecution(world), { run: 'run-3' })).rejects.toThrow('has not been staged');
    await world.store.remove(keys.work('museum', 'run-3').gate);
    await expect(submitLoop(world, openExecution(world), { run: 'run-3' })).rejects.toThrow('has not been judged');
    expect(world.provider.creates).toEqual([]);
    expect(world.ledger).toEqual([]);
  });

  it('goes on with a plan that was made before an upgrade, when plans did not say whether a job may be made', async () => {
    const { gate } = keys.work('museum', 'run-1');
    const plan = (await readBytes(world.store, gate))?.toString() ?? '';
    await world.store.write(gate, plan.replace('"mayCreate":true,', ''));
    expect((await readBytes(world.store, gate))?.toString()).not.toContain('mayCreate');
    expect(await submitLoop(world, openExecution(world))).toMatchObject({ submitted: true });
  });

  describe('when the answer to a create is lost', () => {
    it.each([
      ['at once', 0],
      ['after half a minute', 30],
      ['as late as it can', 90],
    ])('waits the quiet time and adopts what the provider accepted %s', async (_when, afterSeconds) => {
      world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds });
      const { waits } = await submitLoop(world, openExecution(world));
      expect(waits).toEqual([QUIET_SECONDS]);
      const { result } = await pollLoop(world, openExecution(world));
      // The run's own create made it: it is paid now, not adopted.
      expect(result?.adopted).toBe(false);
      await expectOneJob(world, result);
    });

    it('waits, looks twice, and creates again when the provider never took it', async () => {
      world.provider.plan = (create) =>
        create === 0 ? { does: 'loses-the-answer', afterSeconds: null } : { does: 'creates' };
      const { waits } = await submitLoop(world, openExecution(world));
      expect(waits).toEqual([QUIET_SECONDS, 15]);
      expect(await ledgerNow(world)).toMatchObject({ attempt: 2, job: 'job-1', adopted: false });
      checkHistory(world);
    });

    it('lets another run with the same data wait as well, and adopt', async () => {
      world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds: 90 });
      await dieAtCreate(world, { sent: true });
      await prepareRun(world, 'run-2');
      await submitLoop(world, openExecution(world), { run: 'run-2' });
      const second = await pollLoop(world, openExecution(world), { run: 'run-2' });
      await submitLoop(world, openExecution(world));
      const first = await pollLoop(world, openExecution(world));
      expect([first.result?.adopted, second.result?.adopted]).toEqual([false, true]);
      await expectOneJob(world, second.result);
      expect(world.provider.creates).toHaveLength(1);
    });

    it('waits the rest of the quiet time in one go when it is called by another execution', async () => {
      await dieAtCreate(world);
      world.clock.now += 40_000;
      expect((await submitLoop(world, openExecution(world))).waits).toEqual([QUIET_SECONDS - 40, 15]);
    });

    it('leaves the job to the run that made it, however late another run finds it', async () => {
      world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds: 0 });
      await dieAtCreate(world, { sent: true });
      await prepareRun(world, 'run-2');
      let looks = 0;
      world.provider.listLag = QUIET_SECONDS + 15 + 1;
      world.around = async (port, apply) => {
        looks += port === 'findJobs' ? 1 : 0;
        // The first two looks find nothing; the one before a new attempt does.
        if (port === 'findJobs' && looks === 3) world.clock.now += 1000;
        return apply();
      };
      await submitLoop(world, openExecution(world), { run: 'run-2' });
      expect(looks).toBe(3);
      await submitLoop(world, openExecution(world));
      const second = await pollLoop(world, openExecution(world), { run: 'run-2' });
      const first = await pollLoop(world, openExecution(world));
      expect([first.result?.adopted, second.result?.adopted]).toEqual([false, true]);
      expect(world.provider.creates).toHaveLength(1);
    });

    it('never takes a list that fails for an empty one', async () => {
      world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds: 0 });
      const services = openExecution(world);
      let waited = 0;
      const { waits } = await submitLoop(world, services, {
        sleep: async (seconds) => {
          world.clock.now += seconds * 1000;
          waited += 1;
          world.provider.listFails = waited < 5;
        },
      });
      expect(waits).toEqual([QUIET_SECONDS, 40, 50, 63, 79]);
      expect(world.provider.creates).toHaveLength(1);
      expect(await ledgerNow(world)).toMatchObject({ state: 'submitted', job: 'job-1' });
    });

    it('gives up after a day of lists that fail, in a sentence, with the intent left for the next run', async () => {
      let waited = 0;
      world.provider.plan = (create) =>
        create === 0 ? { does: 'loses-the-answer', afterSeconds: 0 } : { does: 'creates' };
      const failing = submitLoop(world, openExecution(world), {
        sleep: async (seconds) => {
          world.clock.now += seconds * 1000;
          world.provider.listFails = true;
          waited += 1;
        },
      });
      await expect(failing).rejects.toThrow('target "openai" has no job after 24 hours: the list fails. Run again');
      expect(waited * EVENTS_A_ROUND).toBeLessThan(5000);
      world.provider.listFails = false;
      await submitLoop(world, openExecution(world));
      expect(world.provider.creates).toHaveLength(1);
    });
  });

  describe('self-fence', () => {
    it('does not create when the process slept between intent and create', async () => {
      let slept = false;
      world.around = async (port, apply) => {
        const answer = await apply();
        if (port === 'write-ledger' && !slept) {
          slept = true;
          world.clock.now += 10 * 60 * 1000;
        }
        return answer;
      };
      const { waits } = await submitLoop(world, openExecution(world));
      expect(waits).toEqual([1, 15]);
      checkHistory(world);
      expect(world.provider.live(KEY)).toHaveLength(1);
    });

    it('goes on although every list takes longer than a create may wait', async () => {
      world.around = async (port, apply) => {
        if (port === 'findJobs') world.clock.now += 20_000;
        return apply();
      };
      expect((await submitLoop(world, openExecution(world))).waits).toEqual([]);
      checkHistory(world);
    });
  });

  it.each([
    ['two that the list shows', 0],
    ['two more that come to light after the quiet time', 200],
  ])('keeps one of many jobs with the key and cancels the others: %s', async (_which, afterSeconds) => {
    world.provider.plan = () => ({ does: 'loses-the-answer', afterSeconds: 0 });
    const add = (id: string, acceptedAt: number) =>
      world.provider.jobs.push({ id, key: KEY, acceptedAt, endsAt: acceptedAt + HOUR, cancelledAt: null });
    add('job-x', START + afterSeconds * 1000 + 1000);
    add('job-y', START + afterSeconds * 1000 + 1000);
    add('job-of-another', START);
    Object.assign(world.provider.jobs.at(-1) ?? {}, { key: 'c'.repeat(40) });
    await submitLoop(world, openExecution(world));
    const { result } = await pollLoop(world, openExecution(world));
    await expectOneJob(world, result);
    expect(result).toMatchObject({ id: 'job-4', duplicatesCancelled: ['job-x', 'job-y'] });
  });
});
