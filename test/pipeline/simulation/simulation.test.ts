import { describe, expect, it } from 'vitest';
import { type History, simulate } from './simulate.ts';
import type { Season } from './weather.ts';

/**
 * Histories that each test lives; each is a seed, from 0 on. More are lived with, for instance, `FINEDROP_HISTORIES=100000`, and one of
 * them alone with `FINEDROP_HISTORY=4711`, which prints what happened.
 */
const HISTORIES: Readonly<Record<Season, number>> = { bounded: 1600, beyond: 200 };
const ASKED = Number(process.env['FINEDROP_HISTORIES'] ?? Number.NaN);
const ONLY = Number(process.env['FINEDROP_HISTORY'] ?? Number.NaN);
const LONGEST_TEST_MS = 3_600_000;

function seedsOf(season: Season): readonly [first: number, end: number] {
  if (!Number.isNaN(ONLY)) return [ONLY, ONLY + 1];
  return [0, Number.isNaN(ASKED) ? HISTORIES[season] : ASKED];
}

interface Lived {
  jobs: number;
  ends: Map<string, number>;
}

/** Lives all histories of a season; the first that breaks a rule is told with its seed and its log. */
async function liveAll(season: Season): Promise<Lived> {
  const lived: Lived = { jobs: 0, ends: new Map() };
  const [first, end] = seedsOf(season);
  for (let seed = first; seed < end; seed += 1) {
    const history = await simulate(seed, season);
    check(history);
    lived.jobs += history.jobs;
    for (const status of history.ends) lived.ends.set(status, (lived.ends.get(status) ?? 0) + 1);
  }
  return lived;
}

function check({ seed, violations, log }: History): void {
  if (violations.length > 0) throw new Error(`seed ${seed}: ${violations.join('; ')}\n${log()}`);
  if (seed === ONLY) process.stdout.write(`${log()}\n`);
}

describe('a simulated provider, store and machine', () => {
  it('never make a second job of the same data, nor one that is not recorded, whatever goes wrong within the bounds of the protocol', {
    timeout: LONGEST_TEST_MS,
  }, async () => {
    const { ends } = await liveAll('bounded');
    // Histories in which nothing ever happens would show nothing.
    if (Number.isNaN(ONLY)) expect([...ends.keys()].sort()).toEqual(['cancelled', 'held', 'refused', 'succeeded']);
  });

  it('leave one job alive, whatever goes wrong beyond them', { timeout: LONGEST_TEST_MS }, async () => {
    const { jobs } = await liveAll('beyond');
    if (Number.isNaN(ONLY)) expect(jobs, 'some were made twice').toBeGreaterThan(HISTORIES.beyond * 1.3);
  });

  it('repeat a history to the letter', async () => {
    const one = await simulate(7, 'bounded');
    const two = await simulate(7, 'bounded');
    expect(two.log()).toBe(one.log());
  });
});
