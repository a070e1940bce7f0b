import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readAhead } from '../../lib/pipeline/read-ahead.ts';

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
}

describe('readAhead', () => {
  it('keeps the order of the stream, whoever is first, and the limit', async () => {
    let running = 0;
    let most = 0;
    const read = async (wait: number) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(wait);
      running -= 1;
      return wait;
    };
    expect(await all(readAhead([9, 1, 5, 0, 3, 2], 3, read))).toEqual([9, 1, 5, 0, 3, 2]);
    expect(most).toBe(3);
  });

  it('throws a failure at its turn, when nothing goes on behind it', async () => {
    let running = 0;
    const read = async (number: number) => {
      running += 1;
      await sleep(number === 2 ? 0 : 5);
      running -= 1;
      if (number === 2) throw new Error('no');
      return number;
    };
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const one of readAhead([1, 2, 3, 4], 3, read)) seen.push(one);
      })(),
    ).rejects.toThrow('no');
    expect({ seen, running }).toEqual({ seen: [1], running: 0 });
  });

  it('waits for what it has begun when its reader leaves', async () => {
    let running = 0;
    const read = async (number: number) => {
      running += 1;
      await sleep(3);
      running -= 1;
      return number;
    };
    for await (const one of readAhead([1, 2, 3, 4], 2, read)) if (one === 1) break;
    expect(running).toBe(0);
  });
});
