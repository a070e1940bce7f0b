import { afterEach, describe, expect, it } from 'vitest';
import { clientOf, page, type Reply, type Routes, refusal, type Server, startServer } from './openai-server.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const job = (changes: object = {}) => ({ id: 'ftjob-1', created_at: 1_795_424_400, status: 'succeeded', ...changes });

async function serve(routes: Routes, changes: object = {}): Promise<Server> {
  const server = await startServer({ 'GET /v1/fine_tuning/jobs/ftjob-1': () => ({ json: job(changes) }), ...routes });
  servers.push(server);
  return server;
}

const EVENTS = 'GET /v1/fine_tuning/jobs/ftjob-1/events';
const CHECKPOINTS = 'GET /v1/fine_tuning/jobs/ftjob-1/checkpoints';
const CSV = 'step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,0.5,0.9,,\n2,0.4,0.95,0.6,0.8\n';
const POINTS = [
  { step: 1, epoch: null, trainLoss: 0.5, trainAccuracy: 0.9, validLoss: null, validAccuracy: null },
  { step: 2, epoch: null, trainLoss: 0.4, trainAccuracy: 0.95, validLoss: 0.6, validAccuracy: 0.8 },
];

const event = (id: string, message: string, changes: object = {}) => ({
  id,
  created_at: 1_795_424_400,
  level: 'info',
  type: 'message',
  message,
  data: {},
  ...changes,
});
const metric = (step: number, data: object = {}) =>
  event(`e${step}`, `Step ${step}/90: training loss=0.5`, {
    type: 'metrics',
    data: { step, train_loss: 0.5, total_steps: 90, ...data },
  });

describe('readMetrics', () => {
  const read = async (content: Reply, result_files: unknown = ['file-r'], events: unknown[] = []) =>
    clientOf(
      await serve({ 'GET /v1/files/file-r/content': () => content, [EVENTS]: () => page(events) }, { result_files }),
    ).readMetrics('ftjob-1');

  it.each([
    ['as it is', CSV],
    ['with a byte order mark', `\ufeff${CSV}`],
    ['out of base64', Buffer.from(CSV).toString('base64')],
    ['out of base64 with a line end', `${Buffer.from(CSV).toString('base64')}\n`],
    ['out of base64 in lines', Buffer.from(CSV).toString('base64').replaceAll(/.{76}/g, '$&\r\n')],
  ])('reads the result file %s', async (_how, text) => {
    expect((await read({ text }))?.points).toEqual(POINTS);
  });

  it.each<[string, Reply, unknown]>([
    ['there is no file', {}, []],
    ['the list of files is null', {}, null],
    ['the list of files is odd', {}, [null]],
    ['the file is gone', refusal(404, null, 'No such file.'), ['file-r']],
    ['the file is no CSV', { text: 'step' }, ['file-r']],
    ['the file holds other bytes', { text: Buffer.from([0xff, 0xfe, 0, 1, 2, 3]).toString('base64') }, ['file-r']],
  ])('reads events instead where %s', async (_why, content, files) => {
    const events = [
      metric(2, { full_valid_loss: 0.7, valid_loss: 0.9 }),
      metric(1, { train_mean_token_accuracy: 0.6 }),
    ];
    expect((await read(content, files, events))?.points).toMatchObject([
      { step: 1, trainLoss: 0.5, trainAccuracy: 0.6 },
      { step: 2, validLoss: 0.7 },
    ]);
  });

  it('is empty where nothing but the job answers, and null where there is none', async () => {
    const nothing = { points: [], checkpoints: [], events: [], named: null };
    expect(await clientOf(await serve({})).readMetrics('ftjob-1')).toEqual(nothing);
    const server = await serve({ 'GET /v1/fine_tuning/jobs/ftjob-1': () => refusal(404, null, 'No such job.') });
    expect(await clientOf(server).readMetrics('ftjob-1')).toBeNull();
  });

  it('reads all pages of events, and keeps their words, oldest first', async () => {
    const pages: Record<string, unknown[]> = {
      '': [event('e3', 'The job has successfully completed'), metric(2)],
      e2: [
        event('e1', 'Created fine-tuning job', { level: 'warn' }),
        event('e0', 'Odd', { created_at: null, data: null }),
      ],
    };
    const server = await serve({
      [EVENTS]: ({ query }) => page(pages[query.get('after') ?? ''] ?? [], !query.has('after')),
    });
    expect((await clientOf(server).readMetrics('ftjob-1'))?.events).toEqual([
      { at: null, level: 'info', message: 'Odd' },
      { at: '2026-11-23T09:00:00.000Z', level: 'warning', message: 'Created fine-tuning job' },
      { at: '2026-11-23T09:00:00.000Z', level: 'info', message: 'The job has successfully completed' },
    ]);
  });

  it.each([
    ['goes in circles', () => page([event('same', 'again')], true)],
    ['has no ids', () => page([event('', 'again')], true)],
  ])('ends when the list of events %s', async (_how, route) => {
    const server = await serve({ [EVENTS]: route });
    await clientOf(server).readMetrics('ftjob-1');
    expect(server.to(EVENTS).length).toBeLessThanOrEqual(2);
  });

  it('reads no more pages of sentences than anybody reads', async () => {
    let id = 0;
    const server = await serve({
      [EVENTS]: () => {
        id += 1;
        return page([event(`e${id}`, 'x'.repeat(1_500_000))], true);
      },
    });
    await clientOf(server).readMetrics('ftjob-1');
    expect(server.to(EVENTS)).toHaveLength(3);
  });

  it('keeps at most 100 events of at most 500 characters, the newest', async () => {
    const events = Array.from({ length: 150 }, (_, index) => event(`e${index}`, `${150 - index} ${'x'.repeat(5000)}`));
    const server = await serve({ [EVENTS]: () => page(events) });
    const kept = (await clientOf(server).readMetrics('ftjob-1'))?.events ?? [];
    expect(kept).toHaveLength(100);
    expect(kept.at(-1)?.message.startsWith('150 ')).toBe(true);
    expect(Math.max(...kept.map(({ message }) => message.length))).toBeLessThanOrEqual(500);
  });

  it('tells checkpoints, oldest first', async () => {
    const checkpoint = (step: number | null, metrics: unknown) => ({
      fine_tuned_model_checkpoint: `ft:m:ckpt-step-${step}`,
      step_number: step,
      metrics,
    });
    const list = [checkpoint(90, { step: 90, train_loss: 0.3, full_valid_loss: 0.4 }), checkpoint(60, null)];
    const server = await serve({ [CHECKPOINTS]: () => page(list) });
    const none = { epoch: null, trainAccuracy: null, validAccuracy: null };
    expect((await clientOf(server).readMetrics('ftjob-1'))?.checkpoints).toEqual([
      { model: 'ft:m:ckpt-step-60', step: 60, ...none, trainLoss: null, validLoss: null },
      { model: 'ft:m:ckpt-step-90', step: 90, ...none, trainLoss: 0.3, validLoss: 0.4 },
    ]);
  });

  it('names the lines that warnings, skips and the error tell of, and no others', async () => {
    const events = [
      event('e4', 'Step 3/9: example 1 was fine'),
      event('e3', 'Example 7 was skipped: contains faces'),
      event('e2', 'line 4 of the validation file is odd', { level: 'warn' }),
      event('e1', 'Example 5 looks good'),
    ];
    const error = {
      code: 'invalid_file',
      message: 'Example 12 message contains an invalid token',
      param: 'training_file',
    };
    const server = await serve({ [EVENTS]: () => page(events) }, { status: 'failed', error });
    expect((await clientOf(server).readMetrics('ftjob-1'))?.named).toEqual({
      count: 3,
      lines: [
        { split: 'train', line: 7, reason: 'Example 7 was skipped: contains faces' },
        { split: 'train', line: 12, reason: 'Example 12 message contains an invalid token' },
        { split: 'validation', line: 4, reason: 'line 4 of the validation file is odd' },
      ],
    });
  });

  it('knows a line of the validation file by the error’s parameter', async () => {
    const error = { code: 'invalid_file', message: 'line 3 is not a dictionary', param: 'validation_file' };
    const told = await clientOf(await serve({}, { status: 'failed', error })).readMetrics('ftjob-1');
    expect(told?.named?.lines).toMatchObject([{ split: 'validation', line: 3 }]);
  });
});

describe('progress of a running job', () => {
  const progress = async (events: Reply) => {
    const server = await serve({ [EVENTS]: () => events }, { status: 'running' });
    return (await clientOf(server).getJob('ftjob-1'))?.progress;
  };

  it.each<[string, Reply, number | null]>([
    ['the newest step', page([event('x', 'Checkpoint created'), metric(45), metric(44)]), 0.5],
    ['a step in words', page([event('x', 'Step 30/90: training loss=0.61', { data: null })]), 1 / 3],
    ['a step beyond the last', page([metric(95)]), 1],
    ['no step', page([event('x', 'Fine-tuning job started')]), null],
    ['no number of steps', page([event('x', 'odd', { data: { step: 3, total_steps: 0 } })]), null],
    ['no events at all', page([]), null],
    ['events that fail', refusal(404, null, 'Unknown'), null],
    ['events that are none', { json: { data: 'x' } }, null],
  ])('is told by %s', async (_what, events, expected) => {
    expect(await progress(events)).toBe(expected);
  });
});
