import {
  CreateModelCustomizationJobCommand,
  type CreateModelCustomizationJobCommandInput,
  GetCustomModelCommand,
  GetModelCustomizationJobCommand,
  ListTagsForResourceCommand,
  paginateListModelCustomizationJobs,
  StopModelCustomizationJobCommand,
  TagResourceCommand,
} from '@aws-sdk/client-bedrock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BedrockBench, BUCKET, MINUTE, MODEL, openBedrockBench, rows } from './bedrock-bench.ts';

let bench: BedrockBench;
let training: string;
beforeAll(async () => {
  bench = await openBedrockBench();
  const regions = new Map([
    [BUCKET, 'us-east-1'],
    ['far-bucket', 'eu-west-1'],
  ]);
  bench.objects.bucketRegion = async (bucket) => regions.get(bucket) ?? null;
  training = bench.stage(rows(8));
});
afterAll(() => bench.close());

type Change = Partial<CreateModelCustomizationJobCommandInput>;

async function listed(query: object): Promise<string[]> {
  const names: string[] = [];
  for await (const page of paginateListModelCustomizationJobs({ client: bench.client, pageSize: 2 }, query)) {
    names.push(...(page.modelCustomizationJobSummaries ?? []).map((summary) => summary.jobName ?? ''));
  }
  return names;
}

describe('a customization job', () => {
  it('walks through its steps by the simulated clock and ends with a model', async () => {
    const arn = await bench.create(training);
    expect(arn).toMatch(
      /^arn:aws:bedrock:us-east-1:123456789012:model-customization-job\/amazon\.nova-lite-v1:0:300k\/[0-9a-z]{12}$/,
    );
    const seen = [];
    for (const wait of [0, 1.5 * MINUTE, 2 * MINUTE, 30 * MINUTE]) {
      await bench.clock.advance(wait);
      const { status, statusDetails } = await bench.get(arn);
      const { validationDetails, dataProcessingDetails, trainingDetails } = statusDetails ?? {};
      seen.push([status, validationDetails?.status, dataProcessingDetails?.status, trainingDetails?.status]);
    }
    expect(seen).toEqual([
      ['InProgress', 'InProgress', 'NotStarted', 'NotStarted'],
      ['InProgress', 'Completed', 'InProgress', 'NotStarted'],
      ['InProgress', 'Completed', 'Completed', 'InProgress'],
      ['Completed', 'Completed', 'Completed', 'Completed'],
    ]);
    const done = await bench.get(arn);
    expect((done.endTime?.getTime() ?? 0) - (done.creationTime?.getTime() ?? 0)).toBe(33 * MINUTE);
    expect(done.trainingMetrics?.trainingLoss).toBeGreaterThan(0);
    const model = await bench.client.send(new GetCustomModelCommand({ modelIdentifier: done.outputModelArn }));
    expect(model).toMatchObject({ modelArn: done.outputModelArn, jobArn: arn, modelName: done.outputModelName });
  });

  it('leaves its metrics in the output bucket, those of validation only where it was asked for', async () => {
    const validators = [{ s3Uri: bench.stage(rows(1)) }];
    const arn = await bench.create(training, {
      validationDataConfig: { validators },
      hyperParameters: { epochCount: '2' },
      outputDataConfig: { s3Uri: `s3://${BUCKET}/results/` },
    });
    await bench.clock.advance(40 * MINUTE);
    expect((await bench.get(arn)).validationMetrics).toHaveLength(1);
    const folder = `${BUCKET}/results/model-customization-job-${arn.split('/').at(-1)}`;
    const csv = bench.objects.stored.get(`${folder}/training_artifacts/step_wise_training_metrics.csv`)?.toString();
    const lines = csv?.trim().split('\n') ?? [];
    expect(lines[0]).toBe('step_number,epoch_number,training_loss,perplexity');
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 2).join(' '))).toEqual(['0 0', '1 0', '2 1', '3 1']);
    const path = `${folder}/validation_artifacts/post_fine_tuning_validation/validation_metrics.csv`;
    expect(bench.objects.stored.get(path)?.toString()).toContain('validation_loss');
  });

  it('shows that it may write its output, and leaves no trace of that', async () => {
    const changes: string[] = [];
    const { writeObject } = bench.objects;
    const removed = bench.objects.removeObject;
    bench.objects.writeObject = async (bucket, key, body, contentType) => {
      changes.push(`write ${bucket}/${key}`);
      await writeObject?.(bucket, key, body, contentType);
    };
    bench.objects.removeObject = async (bucket, key) => {
      changes.push(`remove ${bucket}/${key}`);
      await removed?.(bucket, key);
    };
    const arn = await bench.create(training, { outputDataConfig: { s3Uri: `s3://${BUCKET}/probed/` } });
    await bench.clock.advance(2 * MINUTE);
    expect((await bench.get(arn)).status).toBe('InProgress');
    const probe = `${BUCKET}/probed/.write_access_check_file.tmp`;
    expect(changes).toEqual([`write ${probe}`, `remove ${probe}`]);
    expect([...bench.objects.stored.keys()].filter((key) => key.includes('probed'))).toEqual([]);
  });

  it.each([
    ['does not exist', 'nobodys-bucket', 'Amazon S3 perms missing (PutObject)'],
    ['lies in another Region', 'far-bucket', 'must be in us-east-1'],
  ])('fails where the bucket of its output %s', async (_what, bucket, message) => {
    const arn = await bench.create(training, { outputDataConfig: { s3Uri: `s3://${bucket}/x` } });
    await bench.clock.advance(2 * MINUTE);
    expect(await bench.get(arn)).toMatchObject({ status: 'Failed', failureMessage: expect.stringContaining(message) });
  });

  it('is found by its name and after a restart', async () => {
    const arn = await bench.create(training, { jobName: 'fd-by.name+1' });
    await bench.clock.advance(5 * MINUTE);
    expect((await bench.get('fd-by.name+1')).jobArn).toBe(arn);
    const again = bench.clientAt(await bench.restart());
    const found = await again.send(new GetModelCustomizationJobCommand({ jobIdentifier: arn }));
    expect(found.statusDetails?.trainingDetails?.status).toBe('InProgress');
  });

  it('stops on the way, once', async () => {
    const arn = await bench.create(training);
    await bench.clock.advance(4 * MINUTE);
    const stop = () => bench.client.send(new StopModelCustomizationJobCommand({ jobIdentifier: arn }));
    await stop();
    expect(await bench.get(arn)).toMatchObject({ status: 'Stopping' });
    await bench.clock.advance(MINUTE);
    const stopped = await bench.get(arn);
    expect(stopped.status).toBe('Stopped');
    expect(stopped.statusDetails?.trainingDetails?.status).toBe('Stopped');
    expect(stopped.outputModelArn).toBeUndefined();
    await expect(stop()).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it('tunes a model further that another job made', async () => {
    const first = await bench.create(training);
    await bench.clock.advance(40 * MINUTE);
    const { outputModelArn } = await bench.get(first);
    const gone = outputModelArn?.replace(/[a-z0-9]{12}$/, '0'.repeat(12));
    await expect(bench.create(training, { baseModelIdentifier: gone })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    const second = await bench.create(training, { baseModelIdentifier: outputModelArn });
    expect((await bench.get(second)).baseModelArn).toBe(`arn:aws:bedrock:us-east-1::foundation-model/${MODEL}`);
  });
});

describe('CreateModelCustomizationJob', () => {
  it('answers the same job to the same token', async () => {
    const request = bench.request(training, { clientRequestToken: 'token-1' });
    const create = () => bench.client.send(new CreateModelCustomizationJobCommand(request));
    const arns = new Set((await Promise.all([create(), create(), create()])).map((answer) => answer.jobArn));
    expect(arns.size).toBe(1);
    expect(await listed({ nameContains: request.jobName })).toHaveLength(1);
  });

  it('refuses a name that is taken with a conflict of status 400', async () => {
    const request = bench.request(training);
    await bench.client.send(new CreateModelCustomizationJobCommand(request));
    const conflict = { name: 'ConflictException', $metadata: { httpStatusCode: 400 } };
    const { jobName, customModelName } = request;
    await expect(bench.create(training, { jobName })).rejects.toMatchObject(conflict);
    await expect(bench.create(training, { customModelName })).rejects.toMatchObject(conflict);
  });

  it('lets one of many jobs of one name in', async () => {
    const creations = Array.from({ length: 6 }, () => bench.create(training, { jobName: 'fd-race' }));
    const outcomes = await Promise.allSettled(creations);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });

  it.each<[string, Change]>([
    ['jobName', { jobName: `a${'-'.repeat(40)}!` }],
    ['jobName', { jobName: '-a' }],
    ['customModelName', { customModelName: 'a--b' }],
    ['customModelName', { customModelName: 'a.b' }],
    ['roleArn', { roleArn: 'arn:aws:iam::123:role/x' }],
    ['clientRequestToken', { clientRequestToken: 'ends-with-' }],
    ['trainingDataConfig.s3Uri', { trainingDataConfig: { s3Uri: `s3://${BUCKET}/a//b.jsonl` } }],
    ['trainingDataConfig.s3Uri', { trainingDataConfig: { s3Uri: `s3://${BUCKET}/a b.jsonl` } }],
    ['trainingDataConfig.s3Uri', { trainingDataConfig: { s3Uri: `s3://${BUCKET}/train.json` } }],
    ['trainingDataConfig.s3Uri', { trainingDataConfig: {} as never }],
    ['outputDataConfig.s3Uri', { outputDataConfig: { s3Uri: 's3://UPPER/x' } }],
    ['hyperParameters.batchSize', { hyperParameters: { batchSize: '1' } }],
    ['hyperParameters.epochCount', { hyperParameters: { epochCount: '6' } }],
    ['hyperParameters.epochCount', { hyperParameters: { epochCount: '2.5' } }],
    ['hyperParameters.epochCount', { hyperParameters: { epochCount: 2 as never } }],
    ['hyperParameters.learningRate', { hyperParameters: { learningRate: '0.01' } }],
    ['hyperParameters.learningRateWarmupSteps', { hyperParameters: { learningRateWarmupSteps: '-1' } }],
    ['customizationType', { customizationType: 'DISTILLATION' }],
    ['jobTags.0.key', { jobTags: [{ key: 'a,b', value: '' }] }],
    [
      'jobTags',
      {
        jobTags: [
          { key: 'a', value: '' },
          { key: 'a', value: '' },
        ],
      },
    ],
  ])('refuses a request whose %s is wrong: %j', async (member, change) => {
    const failure = bench.create(change.trainingDataConfig === undefined ? training : 'unused', change);
    await expect(failure).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(`'${member}'`),
    });
  });

  it.each<[string, Change]>([
    ['a model that cannot be tuned', { baseModelIdentifier: 'amazon.nova-lite-v1:0' }],
    ['a training file that is not there', { trainingDataConfig: { s3Uri: `s3://${BUCKET}/none.jsonl` } }],
    [
      'validation data for Nova 2 Lite',
      {
        baseModelIdentifier: 'amazon.nova-2-lite-v1:0:256k',
        validationDataConfig: { validators: [{ s3Uri: `s3://${BUCKET}/data/train-0.jsonl` }] },
      },
    ],
  ])('refuses %s', async (_, change) => {
    await expect(bench.create(training, change)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses every Region but one', async () => {
    const client = bench.clientAt(bench.url, 'eu-central-1');
    const creation = client.send(new CreateModelCustomizationJobCommand(bench.request(training)));
    await expect(creation).rejects.toThrow('only in us-east-1');
  });

  it('refuses more tags than a resource may have', async () => {
    const jobTags = Array.from({ length: 201 }, (_, n) => ({ key: `k${n}`, value: '' }));
    await expect(bench.create(training, { jobTags })).rejects.toMatchObject({ name: 'TooManyTagsException' });
  });
});

describe('ListModelCustomizationJobs', () => {
  it('filters, sorts and pages', async () => {
    for (const n of [1, 2, 3, 4, 5]) {
      await bench.create(training, { jobName: `list-${n}` });
      await bench.clock.advance(1000);
    }
    expect(await listed({ nameContains: 'list-' })).toEqual(['list-5', 'list-4', 'list-3', 'list-2', 'list-1']);
    expect(await listed({ nameContains: 'list-', sortOrder: 'Ascending' })).toHaveLength(5);
    const third = (await bench.get('list-3')).creationTime;
    const seconds = new Date(Math.ceil((third?.getTime() ?? 0) / 1000) * 1000);
    expect(await listed({ nameContains: 'list-', creationTimeBefore: seconds })).toContain('list-3');
    const earlier = new Date(seconds.getTime() - 3000);
    expect(await listed({ nameContains: 'list-', creationTimeBefore: earlier })).not.toContain('list-3');
    expect(await listed({ nameContains: 'list-', creationTimeAfter: seconds })).not.toContain('list-3');
    expect(await listed({ nameContains: 'list-', statusEquals: 'Completed' })).toEqual([]);
    await bench.clock.advance(40 * MINUTE);
    expect(await listed({ nameContains: 'list-', statusEquals: 'Completed' })).toHaveLength(5);
  });

  it('refuses a token that it did not give', async () => {
    await expect(listed({ nextToken: 'bogus' })).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('tags', () => {
  it('belong to the job from the beginning and can be added', async () => {
    const resourceARN = await bench.create(training, { jobTags: [{ key: 'finedrop_key', value: 'k' }] });
    await bench.client.send(new TagResourceCommand({ resourceARN, tags: [{ key: 'more', value: '' }] }));
    const { tags } = await bench.client.send(new ListTagsForResourceCommand({ resourceARN }));
    expect(tags).toEqual([
      { key: 'finedrop_key', value: 'k' },
      { key: 'more', value: '' },
    ]);
  });

  it('of an unknown resource are not found', async () => {
    const resourceARN = `arn:aws:bedrock:us-east-1:123456789012:model-customization-job/${MODEL}/aaaaaaaaaaaa`;
    const failure = bench.client.send(new ListTagsForResourceCommand({ resourceARN }));
    await expect(failure).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('what is not there', () => {
  it("is told in the service's own errors", async () => {
    await expect(bench.get('fd-none')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const model = bench.client.send(new GetCustomModelCommand({ modelIdentifier: 'none' }));
    await expect(model).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const bare = await fetch(`${bench.url}/model-customization-jobs`);
    expect([bare.status, bare.headers.get('x-amzn-errortype')]).toEqual([403, 'MissingAuthenticationTokenException']);
    const unsigned = { authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20261123/us-east-1/s3/aws4_request' };
    const foreign = await fetch(`${bench.url}/model-customization-jobs`, { headers: unsigned });
    expect([foreign.status, foreign.headers.get('x-amzn-errortype')]).toEqual([403, 'IncompleteSignatureException']);
    const odd = await fetch(`${bench.url}/guardrails`, { headers: { authorization: 'Bearer k' } });
    expect([odd.status, odd.headers.get('x-amzn-errortype')]).toEqual([404, 'UnknownOperationException']);
  });
});
