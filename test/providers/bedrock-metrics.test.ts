import { describe, expect, it } from 'vitest';
import { jobAnswer } from '../../lib/providers/bedrock/answers.ts';
import { readMetrics } from '../../lib/providers/bedrock/metrics.ts';
import type { Requests } from '../../lib/providers/bedrock/requests.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';

const ARN = 'arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl';
const FOLDER = 'out/model-customization-job-abcdefghijkl/';
const TRAINING = `${FOLDER}training_artifacts/step_wise_training_metrics.csv`;
const VALIDATION = `${FOLDER}validation_artifacts/post_fine_tuning_validation/validation_metrics.csv`;

async function read(changes: object, files: Record<string, string> = {}, store: ObjectStore = memoryStore()) {
  for (const [key, text] of Object.entries(files)) await store.write(key, text);
  const answer = jobAnswer.parse({
    jobArn: ARN,
    creationTime: new Date('2026-11-23T08:00:00Z'),
    status: 'Completed',
    outputDataConfig: { s3Uri: 's3://fine-bucket/out/' },
    ...changes,
  });
  const requests = { getJob: async () => ({ answer }) } as unknown as Requests;
  return readMetrics(requests, ARN, () => store);
}

describe('readMetrics', () => {
  it('reads the steps of training and validation', async () => {
    const told = await read(
      {},
      {
        [TRAINING]: 'step_number,epoch_number,training_loss,perplexity\n0,0,1.5,4.48\n1,0,NaN,NaN\n',
        [VALIDATION]: 'step_number,epoch_number,validation_loss,perplexity\n1,0,1.25,3.49\n',
      },
    );
    const none = { trainAccuracy: null, validAccuracy: null };
    expect(told?.points).toEqual([
      { step: 0, epoch: 0, trainLoss: 1.5, validLoss: null, ...none },
      { step: 1, epoch: 0, trainLoss: Number.NaN, validLoss: null, ...none },
      { step: 1, epoch: 0, trainLoss: null, validLoss: 1.25, ...none },
    ]);
  });

  it.each([
    ['an output without a folder', { outputDataConfig: { s3Uri: 's3://fine-bucket' } }],
    ['no output', { outputDataConfig: null }],
    ['an output that is no address', { outputDataConfig: { s3Uri: 'https://x/' } }],
    ['no files', {}],
  ])('falls back to the losses of the job where there is %s', async (_what, changes) => {
    const losses = { trainingMetrics: { trainingLoss: 0.5 }, validationMetrics: [{ validationLoss: 0.75 }] };
    const told = await read({ ...changes, ...losses });
    expect(told?.points).toMatchObject([{ step: null, trainLoss: 0.5, validLoss: 0.75 }]);
    expect((await read({ ...changes, trainingMetrics: null, validationMetrics: [] }))?.points).toEqual([]);
  });

  it('does without files that may not be read', async () => {
    const store = memoryStore();
    const denied: ObjectStore = {
      ...store,
      read: () => {
        throw new Error('AccessDenied');
      },
    };
    expect((await read({}, {}, denied))?.points).toEqual([]);
  });

  it('reads 64 MiB of a file and no more, and not half of its last line', async () => {
    const lengths: (number | undefined)[] = [];
    const store: ObjectStore = {
      ...memoryStore(),
      read: async function* (key, options) {
        lengths.push(options?.length);
        if (key !== TRAINING) return;
        const head = 'step_number,training_loss\n0,1\n1,2';
        yield Buffer.from(head + '3'.repeat(64 * 1024 * 1024 - head.length));
      },
    };
    expect((await read({}, {}, store))?.points).toMatchObject([{ step: 0, trainLoss: 1 }]);
    expect(lengths).toEqual([64 * 1024 * 1024, 64 * 1024 * 1024]);
  });

  it('tells the steps of the job as events, and the lines that a failure names', async () => {
    const told = await read({
      status: 'Failed',
      failureMessage: 'Unable to parse Amazon S3 file: line 12 is no JSONL',
      endTime: new Date('2026-11-23T09:00:00Z'),
      statusDetails: {
        validationDetails: { status: 'Completed', lastModifiedTime: new Date('2026-11-23T08:30:00Z') },
        dataProcessingDetails: { status: 'Failed', lastModifiedTime: 'odd' },
        trainingDetails: null,
      },
    });
    expect(told?.events).toEqual([
      { at: '2026-11-23T08:00:00.000Z', level: 'info', message: 'the job was created' },
      { at: '2026-11-23T08:30:00.000Z', level: 'info', message: 'validation: Completed' },
      { at: null, level: 'info', message: 'data processing: Failed' },
      { at: '2026-11-23T09:00:00.000Z', level: 'error', message: expect.stringContaining('line 12') },
    ]);
    expect(told?.named).toMatchObject({ count: 1, lines: [{ split: 'train', line: 12 }] });
  });

  it('is null where there is no such job', async () => {
    const failure = { status: 404, code: 'ResourceNotFoundException', message: '', retryAfter: null, wasSent: true };
    const requests = { getJob: async () => ({ failure }) } as unknown as Requests;
    expect(await readMetrics(requests, ARN, memoryStore)).toBeNull();
  });
});
