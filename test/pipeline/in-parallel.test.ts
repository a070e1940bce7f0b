import { describe, expect, it } from 'vitest';
import { inParallel } from '../../lib/pipeline/in-parallel.ts';

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });

describe('inParallel', () => {
  it('does all the work, at most so many pieces at once', async () => {
    const done: number[] = [];
    let [running, most] = [0, 0];
    await inParallel(
      Array.from({ length: 20 }, (_, index) => index),
      4,
      async (one) => {
        running += 1;
        most = Math.max(most, running);
        await pause(one % 3);
        running -= 1;
        done.push(one);
      },
    );
    expect(done.sort((left, right) => left - right)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(most).toBe(4);
  });

  it('throws the first failure once nothing runs any more, and reads no further', async () => {
    let [read, running] = [0, 0];
    const source = function* () {
      for (; read < 1000; ) {
        read += 1;
        yield read;
      }
    };
    const work = async (one: number) => {
      running += 1;
      await pause(one === 2 ? 1 : 15);
      running -= 1;
      if (one >= 2) throw new Error(`piece ${one}`);
    };
    await expect(inParallel(source(), 3, work)).rejects.toThrow('piece 2');
    expect(running).toBe(0);
    expect(read).toBeLessThan(6);
  });

  it('waits for what runs when the source itself fails', async () => {
    let finished = 0;
    const source = async function* () {
      yield 1;
      yield 2;
      throw new Error('the source broke');
    };
    const work = async () => {
      await pause(10);
      finished += 1;
    };
    await expect(inParallel(source(), 5, work)).rejects.toThrow('the source broke');
    expect(finished).toBe(2);
  });
});
