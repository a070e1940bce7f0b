import { describe, expect, it } from 'vitest';
import { ELEMENTS } from './removals.ts';
import { simulate } from './simulate.ts';

/** Histories within which the loss of an element must show itself. */
const MOST_HISTORIES = 1500;

describe('the protocol', () => {
  it.each(Object.entries(ELEMENTS))('fails without %s', async (_name, { season, removal, shows }) => {
    for (let seed = 0; seed < MOST_HISTORIES; seed += 1) {
      const { violations } = await simulate(seed, season, removal);
      if (violations.some((violation) => shows.test(violation))) return;
    }
    expect.fail(`${MOST_HISTORIES} histories without it break no rule`);
  });
});
