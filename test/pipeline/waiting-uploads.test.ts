import { describe, expect, it } from 'vitest';
import { readDecisions } from '../../lib/pipeline/decisions.ts';
import { type BucketWorld, newBucketWorld } from './bucket-world.ts';
import { tableOf } from './memory-run.ts';

const WEEKLY = 'targets: [openai]\nretrain: {schedule: rate(7 days)}\n';

/** The first poll of a job waits until it is let go on; meanwhile time stands still. */
function holdFirstPoll(world: BucketWorld): { reached: Promise<void>; goOn: () => void } {
  let goOn = () => {};
  const isLetGo = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    world.before = async (step) => {
      if (step !== 'poll') return;
      resolve();
      await isLetGo;
    };
  });
  return { reached, goOn };
}

describe('an upload of a dataset that is trained when something is due', () => {
  it('waits while the first training is under way: it is checked, and pays nothing', async () => {
    const world = await newBucketWorld();
    const { reached, goOn } = holdFirstPoll(world);
    await world.deliver([
      await world.upload('museum/finedrop.yaml', WEEKLY),
      await world.upload('museum/train.csv', tableOf(12)),
    ]);
    await reached;
    await world.deliver([await world.upload('museum/train.csv', tableOf(14))]);
    goOn();
    await world.settled();
    expect(world.provider.jobs).toHaveLength(1);
    const decisions = await readDecisions(world.results, 'museum');
    expect(decisions.map(({ by, decision }) => `${by} ${decision}`).sort()).toEqual(['drop skipped', 'drop submitted']);
  });
});
