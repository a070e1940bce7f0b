import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BedrockBench, MINUTE, openBedrockBench, rows } from './bedrock-bench.ts';
import { bedrockDifferences, bedrockOperation, missingContract } from './contract.ts';

let bench: BedrockBench;
beforeAll(async () => {
  bench = await openBedrockBench();
});
afterAll(() => bench.close());

const skipped = missingContract('bedrock-customization-model.json');

async function ask(path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(bench.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: await answer.json() };
}

async function expectAnswer(operation: string, path: string, body?: unknown): Promise<Record<string, string>> {
  const { responseCode, output } = bedrockOperation(operation);
  const { status, json } = await ask(path, body);
  expect([operation, status, bedrockDifferences(output, json)]).toEqual([operation, responseCode, []]);
  return json as Record<string, string>;
}

describe('the bodies on the wire', () => {
  it.skipIf(skipped)(`are as the service model says${skipped === null ? '' : ` (skipped: ${skipped})`}`, async () => {
    const training = bench.stage(rows(8));
    const request = bench.request(training, {
      clientRequestToken: 'token',
      hyperParameters: { epochCount: '1', learningRate: '0.00001' },
      jobTags: [{ key: 'finedrop_key', value: 'k' }],
      validationDataConfig: { validators: [{ s3Uri: training }] },
    });
    expect(bedrockDifferences('CreateModelCustomizationJobRequest', request)).toEqual([]);
    const { jobArn = '' } = await expectAnswer('CreateModelCustomizationJob', '/model-customization-jobs', request);
    const path = `/model-customization-jobs/${encodeURIComponent(jobArn)}`;
    for (const wait of [0, 2 * MINUTE, 10 * MINUTE, 40 * MINUTE]) {
      await bench.clock.advance(wait);
      await expectAnswer('GetModelCustomizationJob', path);
      await expectAnswer('ListModelCustomizationJobs', '/model-customization-jobs');
    }
    const { outputModelArn = '' } = await expectAnswer('GetModelCustomizationJob', path);
    await expectAnswer('GetCustomModel', `/custom-models/${encodeURIComponent(outputModelArn)}`);
    await expectAnswer('ListTagsForResource', '/listTagsForResource', { resourceARN: jobArn });
    const tags = [{ key: 'a', value: 'b' }];
    await expectAnswer('TagResource', '/tagResource', { resourceARN: outputModelArn, tags });
  });

  it.skipIf(skipped)(
    `are so for jobs that fail and stop${skipped === null ? '' : ` (skipped: ${skipped})`}`,
    async () => {
      const [failing, stopping] = [await bench.create(bench.stage(rows(2))), await bench.create(bench.stage(rows(8)))];
      await bench.clock.advance(2 * MINUTE);
      const path = `/model-customization-jobs/${encodeURIComponent(stopping)}`;
      await expectAnswer('StopModelCustomizationJob', `${path}/stop`, {});
      await expectAnswer('GetModelCustomizationJob', path);
      await expectAnswer('GetModelCustomizationJob', `/model-customization-jobs/${encodeURIComponent(failing)}`);
      await bench.clock.advance(2 * MINUTE);
      await expectAnswer('GetModelCustomizationJob', path);
    },
  );
});
