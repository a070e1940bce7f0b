import { beforeEach, describe, expect, it } from 'vitest';
import { claimSchema } from '../../lib/domain/run.ts';
import type { Download } from '../../lib/media/download.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readBytes, readJson } from '../../lib/storage/object-store.ts';
import { picture } from '../e2e/media.ts';
import { keysBelow, type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const URL_OF_OWL = 'https://example.com/owl.png';
const LINKED = `What is it?,An owl.,${URL_OF_OWL}`;

/** A server in memory: what it answers can change between attempts. */
function server(): { download: Download; answer: () => Promise<Uint8Array | null>; asked: number } {
  const state = {
    asked: 0,
    answer: async (): Promise<Uint8Array | null> => null,
    download: Object.assign(
      async () => {
        state.asked += 1;
        const bytes = await state.answer();
        const story = { shownUrl: URL_OF_OWL, etag: null, contentType: null, redirects: [], attempts: 1 };
        if (bytes !== null) return { ...story, status: 200, bytes };
        const issue = {
          code: 'LINK_STATUS',
          severity: 'error' as const,
          message: 'the server answered 503',
          hint: 'Wait.',
        };
        return { ...story, status: 503, issue, retryable: true };
      },
      { close: async () => {} },
    ) as Download,
  };
  return state;
}

let web: ReturnType<typeof server>;
let world: MemoryWorld;
beforeEach(async () => {
  web = server();
  world = await newMemoryWorld({ 'train.csv': tableOf(12, { more: [LINKED] }) }, { download: web.download });
});

describe('another attempt of a run', () => {
  it('asks again for links whose server was away, and leaves nothing of the first one in the results', async () => {
    const first = await runInMemory(world);
    expect(first.report).toMatchObject({
      status: 'rejected',
      message: expect.stringContaining('run again to try it anew'),
    });
    const folder = keys.run('museum', first.run);
    expect(await keysBelow(world.results, folder.rejected(''))).toEqual([folder.rejected('train.rejected.csv')]);
    web.answer = () => picture('png');
    const second = await runInMemory(world);
    expect(second.report).toMatchObject({ status: 'completed', run: first.run, rows: { accepted: 13, rejected: 0 } });
    expect(await keysBelow(world.results, folder.rejected(''))).toEqual([]);
  });

  it('can be published twice: the work goes when the next attempt begins', async () => {
    let published = 0;
    const { results } = world;
    world.results = {
      ...results,
      write: async (key, body, options) => {
        if (key.includes('/steps/publish/') && published === 0) {
          published += 1;
          throw new Error('the store is away');
        }
        return results.write(key, body, options);
      },
    };
    const { report } = await runInMemory(world);
    expect(report).toMatchObject({ status: 'rejected', rows: { total: 13, rejected: 1 } });
  });

  it('keeps to the files that a job has been paid for, also those that were missing', async () => {
    await world.inbox.write('museum/finedrop.yaml', 'policy: {maxRejected: 1}\n');
    world.before = (step, event) => {
      if (step === 'stage' && event['target'] === 'vertex') throw new Error('[vertex] the bucket is closed');
    };
    const first = await runInMemory(world, { targets: ['openai', 'vertex'] });
    const succeeded = first.report?.targets.filter(({ status }) => status === 'succeeded') ?? [];
    expect({ status: first.status, paid: succeeded.length, message: first.report?.message }).toEqual({
      status: 'partial',
      paid: 1,
      message: expect.not.stringContaining('run again'),
    });
    web.answer = () => picture('png');
    world.before = () => {};
    const second = await runInMemory(world, { targets: ['openai', 'vertex'] });
    expect(second.report).toMatchObject({ status: 'completed', rows: { accepted: 12, rejected: 1 } });
    expect(web.asked).toBe(1);
    expect(world.provider.jobs).toHaveLength(2);
  });

  it('begins anew on what another version has left', async () => {
    world.change = { ...world.change, version: '0.0.9' };
    const first = await runInMemory(world);
    const work = keys.work('museum', first.run);
    world.change = { ...world.change, version: '0.1.0' };
    web.answer = () => picture('png');
    await world.results.write(work.rows(0, 7), '{"left":"over"}\n');
    await world.results.write(work.rowsNeeds(0, 7), '{"left":"over"}');
    expect((await runInMemory(world)).status).toBe('completed');
  });

  it('is published without the files of a target that it refuses', async () => {
    world.provider.client.stageFile = async () => {
      throw new Error('[openai] no files today');
    };
    web.answer = () => picture('png');
    const first = await runInMemory(world);
    const { target } = keys.run('museum', first.run);
    expect(first.report?.targets).toMatchObject([{ status: 'failed', files: { train: 'openai/train.jsonl' } }]);
    web.answer = async () => null;
    world.change = { ...world.change, version: '0.2.0' };
    const second = await runInMemory(world);
    expect(second.report?.targets).toMatchObject([{ status: 'refused', files: {} }]);
    expect(await world.results.head(target('openai', 'train.jsonl'))).toBeNull();
  });
});

describe('--again', () => {
  it('takes a new number each time, and never one twice', async () => {
    web.answer = () => picture('png');
    const runs = [
      await runInMemory(world),
      await runInMemory(world, { again: true }),
      await runInMemory(world, { again: true }),
    ];
    expect(new Set(runs.map(({ run }) => run)).size).toBe(3);
    expect(runs.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
    expect(new Set(world.provider.jobs.map(({ key }) => key)).size).toBe(3);
  });

  it('takes one number although its survey is tried twice', async () => {
    web.answer = () => picture('png');
    await runInMemory(world);
    let failures = 0;
    const { results } = world;
    world.change = { ...world.change, isRunning: async () => true };
    world.results = {
      ...results,
      write: async (key, body, options) => {
        if (key.endsWith('/survey-findings.jsonl') && failures === 0) {
          failures += 1;
          throw new Error('the store is away');
        }
        return results.write(key, body, options);
      },
    };
    expect((await runInMemory(world, { again: true })).status).toBe('completed');
    expect(await keysBelow(results, '.finedrop/claims/museum/')).toHaveLength(2);
  });

  describe('after a run that died', () => {
    let died: string[];
    const claims = () => keysBelow(world.results, '.finedrop/claims/museum/');
    beforeEach(async () => {
      web.answer = () => picture('png');
      await runInMemory(world);
      const before = await claims();
      world.before = (step) => {
        if (step === 'publish') throw new Error('dies here');
      };
      await runInMemory(world, { again: true });
      died = (await claims()).filter((key) => !before.includes(key));
      world.before = () => {};
      expect(died).toHaveLength(1);
    });

    it('goes on with that one', async () => {
      const { run, report } = await runInMemory(world, { again: true });
      expect(died).toEqual([keys.claim('museum', run)]);
      expect(report).toMatchObject({ status: 'completed', targets: [{ job: { id: 'job-2', adopted: false } }] });
      expect(world.provider.jobs).toHaveLength(2);
    });

    it('takes a number of its own for another state of the drop', async () => {
      await world.inbox.write('museum/train.csv', tableOf(13, { more: [LINKED] }));
      const { run, status } = await runInMemory(world, { again: true });
      expect(status).toBe('completed');
      const claim = await readJson(world.results, keys.claim('museum', run), (value) => claimSchema.parse(value));
      expect(claim?.generation).toBe(2);
    });
  });
});

describe('a run id', () => {
  it('is another for another mistake, so that nobody reads the answer to somebody else', async () => {
    const first = await runInMemory(world, { targets: ['opneai'] });
    const second = await runInMemory(world, { targets: ['vertx'] });
    expect([first.report?.message, second.report?.message]).toEqual([
      expect.stringContaining('"opneai"'),
      expect.stringContaining('"vertx"'),
    ]);
  });

  it('is another for another account that would pay', async () => {
    web.answer = () => picture('png');
    world.change = {
      ...world.change,
      simulated: false,
      now: () => new Date('2026-11-23T09:00:00Z'),
      settings: () => ({ simulated: false, values: { project: 'one' } }),
    };
    world.before = (step) => {
      if (step === 'normalize') throw new Error('far enough');
    };
    const first = await runInMemory(world);
    world.change = { ...world.change, settings: () => ({ simulated: false, values: { project: 'two' } }) };
    const second = await runInMemory(world);
    expect(first.run).not.toBe(second.run);
  });
});

describe('a link that gives other bytes when it is fetched again', () => {
  it('is trained on as it was recorded: a fetch that died before its record leaves nothing that counts', async () => {
    const answers = [await picture('png', 1), await picture('png', 2)];
    web.answer = async () => answers[Math.min(web.asked, 2) - 1] ?? null;
    const { results } = world;
    let failures = 0;
    world.results = {
      ...results,
      write: async (key, body, options) => {
        if (/\/links\/[0-9a-f]+\.json$/.test(key) && failures === 0) {
          failures += 1;
          throw new Error('dies here');
        }
        return results.write(key, body, options);
      },
    };
    const { run, status } = await runInMemory(world);
    expect({ status, asked: web.asked }).toEqual({ status: 'completed', asked: 2 });
    const lines = await readBytes(results, keys.run('museum', run).target('openai', 'train.jsonl'));
    expect(lines?.toString()).toContain(answers[1]?.toString('base64'));
    expect(lines?.toString()).not.toContain(answers[0]?.toString('base64'));
  });
});
