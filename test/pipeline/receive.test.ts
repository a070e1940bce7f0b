import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeZip } from '../../lib/formats/zip-write.ts';
import { type Execution, type ReceiveServices, receive } from '../../lib/pipeline/receive.ts';
import { picture } from '../e2e/media.ts';
import { type BucketWorld, INBOX, type Message, messageOf, newBucketWorld, RESULTS } from './bucket-world.ts';
import { tableOf } from './memory-run.ts';

const AT = new Date('2026-11-23T09:00:30Z');

function recorder(change: Partial<ReceiveServices> = {}) {
  const started: Execution[] = [];
  const services: ReceiveServices = {
    inboxBucket: INBOX,
    resultsBucket: RESULTS,
    start: async (execution) => {
      started.push(execution);
      return 'started';
    },
    log: { info: () => {} },
    ...change,
  };
  return { services, started };
}

const batch = (...Records: Message[]) => ({ Records });

describe('receive', () => {
  it('starts one execution for all files of a drop, named by the minute of the newest', async () => {
    const { services, started } = recorder();
    const later = new Date('2026-11-23T09:01:02Z');
    await receive(
      batch(messageOf(INBOX, 'museum/b.zip', { at: later }), messageOf(INBOX, 'museum/a.csv', { at: AT })),
      services,
    );
    expect(started).toEqual([
      {
        name: expect.stringMatching(/^museum-[0-9a-f]{8}-202611230901$/),
        input: { request: { dataset: 'museum', command: 'run', minute: '2026-11-23T09:01Z' } },
      },
    ]);
  });

  it.each([
    ['museum.csv', 'museum'],
    ['museum.finedrop.yaml', 'museum'],
    ['museum.rejected.csv', 'museum'],
    ['museum/deep/er/owl.png', 'museum'],
    ['birds of prey/ünï+code%20.csv', 'birds of prey'],
    [`${'x'.repeat(900)}/t.csv`, 'x'.repeat(900)],
    ['emoji 🦉/t.csv', 'emoji 🦉'],
  ])('takes %j as part of its drop', async (key, dataset) => {
    const { services, started } = recorder();
    await receive(batch(messageOf(INBOX, key, { at: AT })), services);
    expect(started.map(({ input }) => input.request.dataset)).toEqual([dataset]);
    expect(started[0]?.name).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  });

  it.each([
    ['a folder marker', messageOf(INBOX, 'museum/', { size: 0, at: AT })],
    ['an empty object', messageOf(INBOX, 'museum/train.csv', { size: 0, at: AT })],
    ['a delete', messageOf(INBOX, 'museum/train.csv', { at: AT, type: 'Object Deleted' })],
    ['a result', messageOf(RESULTS, 'museum/0123/report.json', { at: AT })],
    ['work of its own', messageOf(RESULTS, '.finedrop/work/museum/0123/plan.json', { at: AT })],
    ['a control word that nobody knows', messageOf(RESULTS, '.finedrop/control/museum/0123/explode.json', { at: AT })],
    ['another bucket', messageOf('somebody-elses', 'museum/train.csv', { at: AT })],
    ['a hidden folder', messageOf(INBOX, '.git/config', { at: AT })],
    ['a key without a name', messageOf(INBOX, '/train.csv', { at: AT })],
    ['a test event', { messageId: 't', body: '{"Service":"Amazon S3","Event":"s3:TestEvent"}' }],
  ])('starts nothing for %s, and is done with it', async (_what, message) => {
    const { services, started } = recorder();
    expect(await receive(batch(message), services)).toEqual({ batchItemFailures: [] });
    expect(started).toEqual([]);
  });

  it('starts every resume anew, under the event that asked for it', async () => {
    const { services, started } = recorder();
    const ask = () => messageOf(RESULTS, '.finedrop/control/museum/0123456789abcdef/resume.json', { at: AT });
    await receive(batch(ask(), ask()), services);
    expect(new Set(started.map(({ name }) => name)).size).toBe(2);
    for (const { name, input } of started) {
      expect(name).toMatch(/^museum-[0-9a-f]{8}-resume-[0-9a-f-]{36}$/);
      expect(input).toEqual({ request: { dataset: 'museum', command: 'run' } });
    }
  });

  it('starts a training that somebody asks for, and says who did', async () => {
    const { services, started } = recorder();
    const key = '.finedrop/control/museum/0123456789abcdef/retrain.json';
    await receive(batch(messageOf(RESULTS, key, { at: AT })), services);
    const request = { dataset: 'museum', command: 'run', retrain: { by: 'hand' } };
    expect(started.map(({ input }) => input)).toEqual([{ request }]);
    expect(started[0]?.name).toMatch(/^museum-[0-9a-f]{8}-retrain-[0-9a-f-]{36}$/);
  });

  it.each(['approve', 'cancel'] as const)('hands a decision to the run that it is about (%s)', async (word) => {
    const { services, started } = recorder();
    await receive(
      batch(messageOf(RESULTS, `.finedrop/control/museum/0123456789abcdef/${word}.json`, { at: AT })),
      services,
    );
    expect(started.map(({ input }) => input)).toEqual([
      { request: { dataset: 'museum', command: 'run', control: { word, run: '0123456789abcdef' } } },
    ]);
    expect(started[0]?.name).toMatch(new RegExp(`^museum-[0-9a-f]{8}-${word}-[0-9a-f-]{36}$`));
  });

  it('starts nothing for a word that it does not know', async () => {
    const { services, started } = recorder();
    await receive(
      batch(messageOf(RESULTS, '.finedrop/control/museum/0123456789abcdef/pay.json', { at: AT })),
      services,
    );
    expect(started).toEqual([]);
  });

  it('gives back only the messages whose start failed, and those it cannot read', async () => {
    const { services, started } = recorder();
    const broken = { messageId: 'broken', body: '{' };
    const first = messageOf(INBOX, 'first/a.csv', { at: AT });
    const second = messageOf(INBOX, 'second/a.csv', { at: AT });
    const failing = {
      ...services,
      start: async (execution: Execution) => {
        if (execution.input.request.dataset === 'first') throw new Error('throttled');
        return services.start(execution);
      },
    };
    const answer = await receive(batch(broken, first, second), failing);
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['broken', first.messageId]);
    expect(started).toHaveLength(1);
  });

  it('names executions as Step Functions takes them, and two datasets never alike', () => {
    fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: 'binary' }), async (word) => {
        const { services, started } = recorder();
        await receive(
          batch(messageOf(INBOX, `${word}/a.csv`, { at: AT }), messageOf(INBOX, `${word}~/a.csv`, { at: AT })),
          services,
        );
        for (const { name } of started) expect(name).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
        const datasets = new Set(started.map(({ input }) => input.request.dataset));
        expect(new Set(started.map(({ name }) => name)).size).toBe(datasets.size);
      }),
      { seed: 42 },
    );
  });

  it('reads the sample events as they lie in events/', async () => {
    const folder = new URL('../../events/', import.meta.url);
    const names = (await readdir(folder)).filter((name) => name.startsWith('receive'));
    expect(names).toHaveLength(2);
    const { services, started } = recorder({
      inboxBucket: 'finedrop-dev-inbox',
      resultsBucket: 'finedrop-dev-results',
    });
    for (const name of names) await receive(JSON.parse(await readFile(new URL(name, folder), 'utf8')), services);
    expect(started.map(({ input }) => input.request.dataset).sort()).toEqual(['birds of prey', 'museum', 'museum']);
  });
});

const SECOND = 1000;

async function museumFiles(): Promise<[string, string | Uint8Array][]> {
  const rows = Array.from({ length: 12 }, (_, index) => `What is ${index}?,An owl.,owl.png`);
  return [
    ['museum/train.csv', tableOf(1, { more: rows })],
    ['museum/media.zip', writeZip([{ name: 'owl.png', bytes: await picture('png') }])],
    ['museum/finedrop.yaml', 'targets: [openai]\n'],
  ];
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    orders([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

const endsOf = (world: BucketWorld, end: string) => [...world.ends.values()].filter((value) => value === end).length;

describe('a drop that arrives', () => {
  it.each(orders([0, 1, 2]))('in the order %i %i %i, each event twice, is one run with one job', async (...order) => {
    const files = await museumFiles();
    const world = await newBucketWorld();
    const signal = new AbortController().signal;
    for (const index of order) {
      const [key, content] = files[index] ?? ['', ''];
      const message = await world.upload(key, content);
      await world.deliver([message]);
      await world.clock.sleep(25 * SECOND, signal);
      await world.deliver([message]);
    }
    await world.settled();
    expect(endsOf(world, 'completed'), JSON.stringify([...world.ends])).toBe(1);
    expect(
      endsOf(world, 'completed') + endsOf(world, 'superseded') + endsOf(world, 'duplicate') + endsOf(world, 'waiting'),
    ).toBe(world.ends.size);
    expect(world.provider.jobs).toHaveLength(1);
  });

  it('is run once although its events come late and out of order', async () => {
    const world = await newBucketWorld();
    const signal = new AbortController().signal;
    const messages: Message[] = [];
    for (const [key, content] of await museumFiles()) {
      messages.push(await world.upload(key, content));
      await world.clock.sleep(70 * SECOND, signal);
    }
    for (const message of messages.reverse()) await world.deliver([message]);
    await world.settled();
    expect(endsOf(world, 'completed'), JSON.stringify([...world.ends])).toBe(1);
    expect(world.provider.jobs).toHaveLength(1);
  });

  it('as ten thousand files over ten minutes starts a handful of executions, of which one completes', async () => {
    const world = await newBucketWorld();
    const signal = new AbortController().signal;
    let waiting: Message[] = [];
    for (const [key, content] of await museumFiles()) waiting.push(await world.upload(key, content));
    for (let second = 0; second < 600; second += 6) {
      for (let file = 0; file < 100; file += 1)
        waiting.push(await world.upload(`museum/extra/${second}-${file}.txt`, `${second} ${file}`));
      await world.deliver(waiting);
      waiting = [];
      await world.clock.sleep(6 * SECOND, signal);
    }
    await world.settled();
    expect(world.starts.length).toBeLessThanOrEqual(12);
    expect(endsOf(world, 'completed'), JSON.stringify([...world.ends])).toBe(1);
    expect(world.provider.jobs).toHaveLength(1);
  }, 60_000);

  it('and is overwritten during its run ends superseded; the new state has a run of its own', async () => {
    const world = await newBucketWorld();
    const signal = new AbortController().signal;
    let rewritten: Message | undefined;
    world.before = async (step) => {
      if (step !== 'normalize' || rewritten !== undefined) return;
      rewritten = await world.upload('museum/train.csv', tableOf(14, { word: 'eagle' }));
    };
    for (const [key, content] of await museumFiles()) await world.deliver([await world.upload(key, content)]);
    while (rewritten === undefined) await world.clock.sleep(SECOND, signal);
    await world.deliver([rewritten]);
    await world.settled();
    expect([...world.ends.values()].sort()).toEqual(['completed', 'superseded']);
    expect(world.provider.jobs).toHaveLength(1);
  });

  it('goes on with a new attempt of the same run when an operator asks after a failure', async () => {
    const world = await newBucketWorld();
    let broken = true;
    world.before = (step) => {
      if (step === 'gate' && broken) throw new Error('the store is away');
    };
    for (const [key, content] of await museumFiles()) await world.deliver([await world.upload(key, content)]);
    await world.settled();
    expect([...world.ends.values()]).toEqual(['failed']);
    broken = false;
    await world.deliver([
      messageOf(RESULTS, '.finedrop/control/museum/0123456789abcdef/resume.json', { at: world.clock.now() }),
    ]);
    await world.settled();
    expect([...world.ends.values()]).toEqual(['failed', 'completed']);
    expect(world.provider.jobs).toHaveLength(1);
  });
});
