import { afterEach, describe, expect, it } from 'vitest';
import { job, NAME, openVertex, refusal } from './vertex-server.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function read(changes: object) {
  const opened = await openVertex({
    [`GET /v1beta1/${NAME}`]: () => ({ json: job({ state: 'JOB_STATE_SUCCEEDED', ...changes }) }),
  });
  cleanups.push(opened.close);
  return opened.client.readMetrics(NAME);
}

const stats = (values: object) => ({ tuningDataStats: { supervisedTuningDataStats: values } });

describe('readMetrics', () => {
  it('tells the steps of the checkpoints, which is all that the API gives', async () => {
    const checkpoints = [
      { checkpointId: '2', epoch: '2', step: '20', endpoint: 'projects/1/locations/eu/endpoints/5' },
      { checkpointId: '1', epoch: '1', step: '10' },
      null,
      { epoch: 'odd' },
    ];
    const told = await read({ tunedModel: { checkpoints } });
    const none = { trainLoss: null, trainAccuracy: null, validLoss: null, validAccuracy: null };
    expect(told?.checkpoints).toEqual([
      { model: '1', step: 10, epoch: 1, ...none },
      { model: 'projects/1/locations/eu/endpoints/5', step: 20, epoch: 2, ...none },
    ]);
    expect(told?.points).toEqual([
      { step: 10, epoch: 1, ...none },
      { step: 20, epoch: 2, ...none },
    ]);
  });

  it('names the lines that were left out, each with its reason', async () => {
    const told = await read(
      stats({
        totalTruncatedExampleCount: '40',
        truncatedExampleIndices: ['7', 'odd', '3', '0', 12],
        droppedExampleReasons: ['too many tokens', 'lost', 'invalid image\u202e', 'lost'],
      }),
    );
    expect(told?.named).toEqual({
      count: 40,
      lines: [
        { split: 'train', line: 3, reason: 'invalid image\\u202e' },
        { split: 'train', line: 7, reason: 'too many tokens' },
        { split: 'train', line: 12, reason: expect.stringContaining('no reason') },
      ],
    });
  });

  it.each([
    ['no counts', {}, null],
    ['a count of none', stats({ totalTruncatedExampleCount: '0' }), null],
    ['a count without indices', stats({ totalTruncatedExampleCount: '4' }), { count: 4, lines: [] }],
    ['odd lists', stats({ truncatedExampleIndices: 'x', droppedExampleReasons: 7 }), null],
    ['stats of another kind', { tuningDataStats: { distillationDataStats: {} } }, null],
  ])('names what it can of %s', async (_what, changes, named) => {
    expect((await read(changes))?.named).toEqual(named);
  });

  it('names the line that an error tells of', async () => {
    const error = { code: 3, message: 'Row 5 of the dataset is invalid' };
    expect((await read({ state: 'JOB_STATE_FAILED', error }))?.named?.lines).toMatchObject([{ line: 5 }]);
  });

  it('tells moments and sums as events', async () => {
    const told = await read({
      startTime: '2026-11-23T08:10:00Z',
      endTime: '2026-11-23T09:00:00Z',
      ...stats({ tuningDatasetExampleCount: '166', tuningStepCount: '120', totalBillableTokenCount: '17500' }),
    });
    expect(told?.events).toEqual([
      { at: '2026-11-23T08:00:00.123Z', level: 'info', message: 'the job was created' },
      { at: '2026-11-23T08:10:00.000Z', level: 'info', message: 'the job started' },
      { at: null, level: 'info', message: '166 examples read, 17500 billable tokens, 120 steps' },
      { at: '2026-11-23T09:00:00.000Z', level: 'info', message: 'the job ended: JOB_STATE_SUCCEEDED' },
    ]);
    const failed = await read({ state: 'JOB_STATE_FAILED', error: { message: 'too few' } });
    expect(failed?.events.at(-1)).toMatchObject({
      at: null,
      level: 'error',
      message: expect.stringContaining('too few'),
    });
  });

  it('is null where there is no such job', async () => {
    const gone = () => refusal(404, 'NOT_FOUND', 'The TuningJob does not exist');
    const opened = await openVertex({ [`GET /v1beta1/${NAME}`]: gone, [`GET /v1/${NAME}`]: gone });
    cleanups.push(opened.close);
    expect(await opened.client.readMetrics(NAME)).toBeNull();
  });
});
