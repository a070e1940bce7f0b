import { describe, expect, it } from 'vitest';
import { picture } from '../e2e/media.ts';
import { newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const ROW_WITH_OWL = 'What is it?,An owl.,owl.png';

async function museum(more: readonly string[] = [ROW_WITH_OWL]) {
  return newMemoryWorld({
    'train.csv': tableOf(12, { more }),
    'owl.png': await picture('png'),
    'finedrop.yaml': 'policy: {maxRejected: 1}\n',
  });
}

describe('a drop that changes under its run', () => {
  it.each([
    ['collect', 'museum/owl.png', 'changes'],
    ['collect', 'museum/owl.png', 'vanishes'],
    ['normalize', 'museum/train.csv', 'changes'],
    ['normalize', 'museum/train.csv', 'vanishes'],
    ['convert', 'museum/owl.png', 'vanishes'],
  ] as const)('is superseded when at %s %s %s', async (at, key, what) => {
    const world = await museum();
    let calls = 0;
    world.before = async (step) => {
      calls += 1;
      if (step !== at) return;
      if (what === 'changes') await world.inbox.write(key, 'other bytes');
      else await world.inbox.remove(key);
    };
    const { status, report } = await runInMemory(world);
    expect({ status, message: report?.message }).toEqual({
      status: 'superseded',
      message: expect.stringContaining(key),
    });
    expect(world.provider.jobs).toEqual([]);
    expect(calls, 'nothing is tried again').toBeLessThan(14);
  });

  it('is superseded, and no target failed, when its refused rows can no longer be quoted', async () => {
    const world = await museum([ROW_WITH_OWL, 'No answer?,,']);
    world.before = async (step) => {
      if (step === 'publish') await world.inbox.write('museum/train.csv', 'other bytes');
    };
    const { status, report } = await runInMemory(world, { command: 'check' });
    expect(status).toBe('superseded');
    expect(report?.targets).toMatchObject([{ status: 'accepted' }]);
  });

  it('keeps its jobs when it changes after they were paid', async () => {
    const world = await museum([ROW_WITH_OWL, 'No answer?,,']);
    world.before = async (step) => {
      if (step === 'publish') await world.inbox.write('museum/train.csv', 'other bytes');
    };
    const { status, report } = await runInMemory(world);
    expect({ status, rows: report?.rows }).toMatchObject({ status: 'completed', rows: { accepted: 13, rejected: 1 } });
    expect(report?.targets).toMatchObject([{ status: 'succeeded', job: { id: 'job-1' } }]);
  });

  it('lets a target that has its job end well beside one that can no longer be staged', async () => {
    const world = await museum();
    world.before = async (step, event) => {
      if (step === 'stage' && event['target'] === 'vertex') await world.inbox.remove('museum/owl.png');
    };
    const { status, report } = await runInMemory(world, { targets: ['openai', 'vertex'] });
    expect(status).toBe('superseded');
    expect(report?.targets.map((target) => [target.name, target.status])).toEqual([
      ['openai', 'succeeded'],
      ['vertex', 'accepted'],
    ]);
  });

  it('settles again when the job spec changes while it is read', async () => {
    const world = await museum();
    const { inbox } = world;
    let reads = 0;
    world.inbox = {
      ...inbox,
      read: async function* (key, options) {
        if (key.endsWith('finedrop.yaml') && reads === 0) await inbox.write(key, 'policy: {maxRejected: 2}\n');
        reads += 1;
        yield* inbox.read(key, options);
      },
    };
    expect((await runInMemory(world)).status).toBe('completed');
  });

  it('is superseded when an archive changes while its directory is read', async () => {
    const world = await museum();
    await world.inbox.write('museum/media.zip', 'no archive at all, but long enough to be looked at');
    const { inbox } = world;
    world.inbox = {
      ...inbox,
      read: async function* (key, options) {
        if (key.endsWith('.zip')) await inbox.remove(key);
        yield* inbox.read(key, options);
      },
    };
    const { status, report } = await runInMemory(world);
    expect({ status, message: report?.message }).toEqual({
      status: 'superseded',
      message: expect.stringContaining('museum/media.zip'),
    });
  });
});
