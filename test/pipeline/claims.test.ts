import { beforeEach, describe, expect, it } from 'vitest';
import type { RunStatus } from '../../lib/domain/run.ts';
import { type Claiming, claimRun, endClaim, findClaim, listClaims, mayBegin } from '../../lib/pipeline/claims.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { ConditionalConflictError, type ObjectStore } from '../../lib/storage/object-store.ts';
import { servicesOf } from '../factories.ts';

const REFERENCE = { dataset: 'museum', run: '3f0c9a1d5b7e2c48' };
const WHAT = { command: 'run', generation: 0 } as const;

describe('claimRun', () => {
  let results: ObjectStore;
  let running: Set<string>;
  const execution = (name: string, store: ObjectStore = results): Services =>
    servicesOf({
      results: store,
      holder: { execution: name, host: 'host', pid: 1, startedAt: '1' },
      isRunning: async ({ holder }) => running.has(holder.execution),
    });
  beforeEach(() => {
    results = memoryStore();
    running = new Set();
  });

  it('gives the run to the first of many, and tells the others who has it', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `execution-${index}`);
    for (const name of names) running.add(name);
    const outcomes = await Promise.all(names.map((name) => claimRun(execution(name), REFERENCE, WHAT)));
    const winners = outcomes.filter((outcome) => 'claimed' in outcome);
    expect(winners).toHaveLength(1);
    const [holder] = winners.map((outcome) => holderOf(outcome));
    for (const outcome of outcomes) expect(holderOf(outcome)).toBe(holder);
    expect(outcomes.filter((outcome) => 'duplicate' in outcome)).toHaveLength(19);
  });

  it('gives a dead holder’s run to one of many, as the next attempt', async () => {
    await claimRun(execution('dead'), REFERENCE, WHAT);
    const names = Array.from({ length: 20 }, (_, index) => `execution-${index}`);
    for (const name of names) running.add(name);
    const outcomes = await Promise.all(names.map((name) => claimRun(execution(name), REFERENCE, WHAT)));
    expect(outcomes.filter((outcome) => 'claimed' in outcome)).toMatchObject([
      { claimed: { attempt: 2, status: 'running' } },
    ]);
    expect(outcomes.filter((outcome) => 'duplicate' in outcome)).toHaveLength(19);
  });

  it('says duplicate while the holder runs', async () => {
    running.add('one');
    await claimRun(execution('one'), REFERENCE, WHAT);
    expect(await claimRun(execution('two'), REFERENCE, WHAT)).toMatchObject({
      duplicate: { attempt: 1, holder: { execution: 'one' } },
    });
  });

  it.each<[RunStatus, 'duplicate' | 'claimed']>([
    ['completed', 'duplicate'],
    ['rejected', 'duplicate'],
    ['partial', 'claimed'],
    ['held', 'claimed'],
    ['waiting', 'claimed'],
    ['superseded', 'claimed'],
    ['cancelled', 'claimed'],
    ['failed', 'claimed'],
  ])('of a run that ended %s is %s', async (status, expected) => {
    await claimRun(execution('one'), REFERENCE, WHAT);
    await endClaim(execution('one'), REFERENCE, status);
    const outcome = await claimRun(execution('two'), REFERENCE, WHAT);
    expect(Object.keys(outcome)).toEqual([expected]);
    expect(await findClaim(execution('two'), REFERENCE)).toMatchObject(
      expected === 'claimed' ? { attempt: 2, status: 'running', holder: { execution: 'two' } } : { attempt: 1, status },
    );
  });

  it('finds its own claim again, as when its answer was lost', async () => {
    const first = await claimRun(execution('one'), REFERENCE, WHAT);
    expect(await claimRun(execution('one'), REFERENCE, WHAT)).toEqual(first);
  });

  it('finds its own claim when the store says that somebody was first, although the write was its own', async () => {
    const lossy: ObjectStore = {
      ...results,
      write: async (key, body, options) => {
        await results.write(key, body, options);
        throw new ConditionalConflictError(key);
      },
    };
    expect(await claimRun(execution('one', lossy), REFERENCE, WHAT)).toMatchObject({ claimed: { attempt: 1 } });
  });

  it('tries again when conditional writes met and nothing was decided', async () => {
    let meetings = 3;
    const meeting: ObjectStore = {
      ...results,
      write: (key, body, options) => {
        meetings -= 1;
        return meetings >= 0 ? Promise.reject(new ConditionalConflictError(key)) : results.write(key, body, options);
      },
    };
    expect(await claimRun(execution('one', meeting), REFERENCE, WHAT)).toMatchObject({ claimed: { attempt: 1 } });
    meetings = 3;
    await endClaim(execution('one', meeting), REFERENCE, 'completed');
    expect(await findClaim(execution('one'), REFERENCE)).toMatchObject({ status: 'completed' });
  });

  it('throws what is broken, and no claim of a shape that it does not know', async () => {
    const broken: ObjectStore = { ...results, write: () => Promise.reject(new Error('disk full')) };
    await expect(claimRun(execution('one', broken), REFERENCE, WHAT)).rejects.toThrow('disk full');
    await results.write(keys.claim(REFERENCE.dataset, REFERENCE.run), '{"run": 1}');
    await expect(claimRun(execution('one'), REFERENCE, WHAT)).rejects.toThrow();
  });

  it('ends only its own claim: one that was taken over stays as it is', async () => {
    await claimRun(execution('one'), REFERENCE, WHAT);
    await claimRun(execution('two'), REFERENCE, WHAT);
    await endClaim(execution('one'), REFERENCE, 'completed');
    expect(await findClaim(execution('one'), REFERENCE)).toMatchObject({
      status: 'running',
      holder: { execution: 'two' },
    });
    await endClaim(execution('nobody'), { ...REFERENCE, run: '0'.repeat(16) }, 'failed');
    expect(await findClaim(execution('one'), { ...REFERENCE, run: '0'.repeat(16) })).toBeNull();
  });

  it('lists the claims of one dataset, not of those whose names begin alike', async () => {
    await claimRun(execution('one'), REFERENCE, WHAT);
    await claimRun(execution('one'), { ...REFERENCE, run: 'f'.repeat(16) }, { command: 'check', generation: 2 });
    await claimRun(execution('one'), { dataset: 'museum-2', run: 'e'.repeat(16) }, WHAT);
    const found: string[] = [];
    for await (const { run, generation } of listClaims(results, 'museum')) found.push(`${run} ${generation}`);
    expect(found).toEqual(['3f0c9a1d5b7e2c48 0', `${'f'.repeat(16)} 2`]);
  });
});

function holderOf(outcome: Claiming): string {
  return ('claimed' in outcome ? outcome.claimed : outcome.duplicate).holder.execution;
}

describe('mayBegin', () => {
  it.each([
    ['the execution that holds it', {}, 'one', true],
    ['a run that nobody has claimed', null, 'one', true],
    ['another execution', {}, 'two', false],
    ['a run that was cancelled', { cancel: true }, 'one', false],
    ['a run that has ended', { status: 'failed' }, 'one', false],
  ])('is asked for %s', async (_whose, change, execution, may) => {
    const services = (name: string) =>
      servicesOf({ results, holder: { execution: name, host: 'host', pid: 1, startedAt: '1' } });
    const results = memoryStore();
    if (change !== null) {
      await claimRun(services('one'), REFERENCE, WHAT);
      const claim = await findClaim(services('one'), REFERENCE);
      await results.write(keys.claim(REFERENCE.dataset, REFERENCE.run), JSON.stringify({ ...claim, ...change }));
    }
    expect(await mayBegin(services(execution), REFERENCE)).toBe(may);
  });
});
