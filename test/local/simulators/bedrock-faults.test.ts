import { CreateModelCustomizationJobCommand, ListModelCustomizationJobsCommand } from '@aws-sdk/client-bedrock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BedrockBench, MINUTE, openBedrockBench, rows } from './bedrock-bench.ts';

let bench: BedrockBench;
let training: string;
beforeAll(async () => {
  bench = await openBedrockBench();
  training = bench.stage(rows(8));
});
afterAll(() => bench.close());

/** Creates a job at a server that does one thing wrong, over the same state. */
async function createWith(rule: object, jobName: string, clientRequestToken = jobName): Promise<string> {
  const rules = [{ provider: 'bedrock', operation: 'CreateModelCustomizationJob', ...rule }];
  const client = bench.clientAt(await bench.restart({ rules }));
  const request = bench.request(training, { jobName, clientRequestToken });
  return (await client.send(new CreateModelCustomizationJobCommand(request))).jobArn ?? '';
}

async function countOf(nameContains: string): Promise<number> {
  const answer = await bench.client.send(new ListModelCustomizationJobsCommand({ nameContains }));
  return answer.modelCustomizationJobSummaries?.length ?? 0;
}

describe('faults', () => {
  it.each([
    [429, 'ThrottlingException'],
    [500, 'InternalServerException'],
    [403, 'AccessDeniedException'],
  ])('answers %i as %s, and creates nothing', async (status, name) => {
    await expect(createWith({ action: 'error', status }, `error-${status}`)).rejects.toMatchObject({ name });
    expect(await countOf(`error-${status}`)).toBe(0);
  });

  it.each([
    ['ServiceQuotaExceededException', 'ServiceQuotaExceededException'],
    ['a word that Bedrock does not know', 'ValidationException'],
  ])('calls a fault %s where a rule does: %s', async (code, name) => {
    const creation = createWith({ action: 'error', status: 400, code }, 'named');
    await expect(creation).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
    expect(await countOf('named')).toBe(0);
  });

  it('creates the job and never answers; the token finds it again', async () => {
    await expect(createWith({ action: 'accept-then-timeout' }, 'mute')).rejects.toThrow();
    expect(await countOf('mute')).toBe(1);
    const arn = await createWith({ action: 'slow', ms: 1 }, 'mute');
    expect((await bench.get('mute')).jobArn).toBe(arn);
    expect(await countOf('mute')).toBe(1);
  });

  it('breaks the connection before it creates the job', async () => {
    await expect(createWith({ action: 'reset' }, 'cut')).rejects.toThrow();
    expect(await countOf('cut')).toBe(0);
  });

  it('forgets a job that it confirmed', async () => {
    const arn = await createWith({ action: 'lost-job' }, 'lost');
    await expect(bench.get(arn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await countOf('lost')).toBe(0);
  });

  it.each([
    ['reject-file', 'Unable to parse'],
    ['fail-job', 'unexpected error'],
  ])('lets the job fail by %s', async (action, message) => {
    const arn = await createWith({ action }, action);
    await bench.clock.advance(40 * MINUTE);
    expect(await bench.get(arn)).toMatchObject({ status: 'Failed', failureMessage: expect.stringContaining(message) });
  });
});
