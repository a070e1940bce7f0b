import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { example, examples, MINUTE, type OpenaiBench, openOpenaiBench } from './openai-bench.ts';

let bench: OpenaiBench;
beforeAll(async () => {
  bench = await openOpenaiBench();
});
afterAll(() => bench.close());

const PATHS = { openai: '/v1', azure: '/openai/v1', generic: '/compatible/v1' } as const;
const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };

/** How a job ends at a service: its state, or the code by which it is refused at once. */
async function endOf(service: keyof typeof PATHS, model: string, images: number): Promise<string> {
  const client = new OpenAI({ apiKey: 'sk-simulated', baseURL: bench.url + PATHS[service], maxRetries: 0 });
  const content = Array.from({ length: images }, () => image);
  const file = await bench.upload([...examples(10), ...(images === 0 ? [] : [example(content)])]);
  try {
    const { id } = await client.fineTuning.jobs.create({ model, training_file: file });
    await bench.clock.advance(20 * MINUTE);
    return (await client.fineTuning.jobs.retrieve(id)).status;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return String(error.code);
    throw error;
  }
}

describe('the services that speak OpenAI’s API', () => {
  it.each<[keyof typeof PATHS, string, number, string]>([
    ['openai', 'gpt-4o-2024-08-06', 10, 'succeeded'],
    ['openai', 'gpt-4o-2024-08-06', 11, 'failed'],
    ['openai', 'gpt-4.1-2025-04-14', 1, 'failed'],
    ['openai', 'fire/vision-8b', 0, 'model_not_available'],
    ['azure', 'gpt-4o-2024-08-06', 64, 'succeeded'],
    ['azure', 'gpt-4o-2024-08-06', 65, 'failed'],
    ['azure', 'gpt-4.1-2025-04-14', 1, 'succeeded'],
    ['azure', 'gpt-4.1-mini-2025-04-14', 1, 'failed'],
    ['azure', 'gpt-3.5-turbo-0125', 0, 'model_not_available'],
    ['generic', 'fire/vision-8b', 10, 'succeeded'],
    ['generic', 'fire/vision-8b', 11, 'failed'],
  ])('end a job of %s, %s with %i images: %s', async (service, model, images, end) => {
    expect(await endOf(service, model, images)).toBe(end);
  });

  it('go on from their own tuned models alone, which are named as each names them', async () => {
    const clientOf = (service: keyof typeof PATHS) =>
      new OpenAI({ apiKey: 'sk-simulated', baseURL: bench.url + PATHS[service], maxRetries: 0 });
    const training_file = await bench.upload(examples(10));
    const create = (service: keyof typeof PATHS, model: string) =>
      clientOf(service).fineTuning.jobs.create({ model, training_file });
    const tuned = async (service: keyof typeof PATHS, model: string) => {
      const { id } = await create(service, model);
      await bench.clock.advance(20 * MINUTE);
      return (await clientOf(service).fineTuning.jobs.retrieve(id)).fine_tuned_model ?? '';
    };
    const atAzure = await tuned('azure', 'gpt-4.1-2025-04-14');
    expect(atAzure).toMatch(/^gpt-4\.1-2025-04-14\.ft-[0-9a-f]{32}$/);
    expect(await tuned('azure', atAzure)).toMatch(/^gpt-4\.1-2025-04-14\.ft-[0-9a-f]{32}$/);
    await expect(create('openai', atAzure)).rejects.toMatchObject({ code: 'model_not_available' });
    await expect(create('azure', `gpt-4.1-2025-04-14.ft-${'0'.repeat(32)}`)).rejects.toMatchObject({ status: 400 });
  });

  it('know one another’s files and jobs', async () => {
    const client = new OpenAI({ apiKey: 'x', baseURL: `${bench.url}/openai/v1`, maxRetries: 0 });
    const id = await bench.upload(examples(10));
    expect((await client.files.retrieve(id)).id).toBe(id);
  });
});
