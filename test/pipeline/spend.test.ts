import { describe, expect, it } from 'vitest';
import { claimRun } from '../../lib/pipeline/claims.ts';
import { release, reserve, spentToday } from '../../lib/pipeline/spend.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { servicesOf } from '../factories.ts';

const RUN = { dataset: 'museum', run: '3f0c9a1d5b7e2c48' };
const OTHER = { dataset: 'cars', run: 'aaaaaaaaaaaaaaaa' };
const DAY = '2026-11-23';

const expense = (key: string, usd: number) => ({ key, target: 'openai', usd });

describe('reserve', () => {
  it.each([
    ['just within the limit', 0.1, 0.2, 0.3, { day: DAY }],
    ['a cent above it', 0.1, 0.21, 0.3, { spent: 0.1 }],
    ['anything where there is no limit', 500, 500, null, { day: DAY }],
  ])('takes all or nothing: %s', async (_what, before, usd, limit, answer) => {
    const services = servicesOf();
    await reserve(services, OTHER, { expenses: [expense('other', before)], limit });
    expect(await reserve(services, RUN, { expenses: [expense('mine', usd)], limit })).toEqual(answer);
    expect(await spentToday(services, [])).toBeCloseTo('day' in answer ? before + usd : before, 5);
  });

  it('counts a run that is tried again once', async () => {
    const services = servicesOf();
    const money = { expenses: [expense('mine', 8)], limit: 10 };
    await reserve(services, RUN, money);
    expect(await reserve(services, RUN, money)).toEqual({ day: DAY });
    expect(await spentToday(services, [])).toBe(8);
  });

  it('begins anew on the next day, by UTC', async () => {
    const results = memoryStore();
    const money = { expenses: [expense('mine', 8)], limit: 10 };
    const at = (time: string) => servicesOf({ results, now: () => new Date(time) });
    await reserve(at('2026-11-23T23:59:59Z'), OTHER, { ...money, expenses: [expense('other', 8)] });
    expect(await reserve(at('2026-11-23T23:59:59Z'), RUN, money)).toEqual({ spent: 8 });
    expect(await reserve(at('2026-11-24T00:00:00Z'), RUN, money)).toEqual({ day: '2026-11-24' });
  });

  it('lets one of many runs at the same time have what is left', async () => {
    const results = memoryStore();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        reserve(
          servicesOf({ results }),
          { ...RUN, run: `run-${index}` },
          { expenses: [expense(`key-${index}`, 4)], limit: 10 },
        ),
      ),
    );
    expect(answers.filter((answer) => 'day' in answer)).toHaveLength(2);
    expect(await spentToday(servicesOf({ results }), [])).toBe(8);
  });

  it('counts a job once that two runs are about to make, at the most that either expects', async () => {
    const services = servicesOf();
    await reserve(services, OTHER, { expenses: [expense('same', 8)], limit: 10 });
    expect(await reserve(services, RUN, { expenses: [expense('same', 7)], limit: 10 })).toEqual({ day: DAY });
    expect(await spentToday(services, [])).toBe(8);
    expect(await spentToday(services, [expense('same', 7)])).toBe(0);
  });

  it('does not mix what is simulated with what is real', async () => {
    const results = memoryStore();
    const money = { expenses: [expense('mine', 8)], limit: 10 };
    await reserve(servicesOf({ results, simulated: true }), OTHER, { ...money, expenses: [expense('other', 8)] });
    expect(await reserve(servicesOf({ results, simulated: false }), RUN, money)).toEqual({ day: DAY });
  });
});

describe('release', () => {
  it('leaves to another run with the same data what it has reserved for the same job', async () => {
    const services = servicesOf();
    await reserve(services, OTHER, { expenses: [expense('same', 8)], limit: 10 });
    await reserve(services, RUN, { expenses: [expense('same', 8)], limit: 10 });
    await release(services, RUN, DAY);
    expect(await spentToday(services, [])).toBe(8);
    await release(services, OTHER, DAY);
    expect(await spentToday(services, [])).toBe(0);
  });

  it.each([
    ['the execution that holds the run', 'execution-1', 0],
    ['an execution whose run another has taken over', 'execution-2', 8],
  ])('by %s', async (_who, execution, left) => {
    const services = servicesOf();
    const holder = { execution, host: 'host', pid: 1, startedAt: '1' };
    await claimRun({ ...services, holder }, RUN, { command: 'run', generation: 0 });
    await reserve(services, RUN, { expenses: [expense('mine', 8)], limit: 10 });
    await release(services, RUN, DAY);
    expect(await spentToday(services, [])).toBe(left);
  });

  const entry = {
    key: 'mine',
    attempt: 1,
    writer: 'writer',
    ...RUN,
    postBy: '2026-11-23T09:00:05Z',
    quietUntil: '2026-11-23T09:02:40Z',
  };

  it.each([
    ['no job was begun', null, 3],
    ['the provider refused it', { ...entry, state: 'refused', execution: 'one', code: '403', message: 'no' }, 3],
    ['a job may come to light', { ...entry, state: 'intent' }, 11],
    ['there is a job', { ...entry, state: 'submitted', job: 'ftjob-1', adopted: false, submittedAt: entry.postBy }, 11],
  ])('gives back what is not spent: %s', async (_what, ledger, left) => {
    const services = servicesOf();
    if (ledger !== null) await services.results.write(keys.ledger('mine'), JSON.stringify(ledger));
    await reserve(services, OTHER, { expenses: [expense('other', 3)], limit: null });
    await reserve(services, RUN, { expenses: [expense('mine', 8)], limit: null });
    await release(services, RUN, DAY);
    expect(await spentToday(services, [])).toBe(left);
  });
});
