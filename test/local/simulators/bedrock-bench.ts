import {
  BedrockClient,
  CreateModelCustomizationJobCommand,
  type CreateModelCustomizationJobCommandInput,
  GetModelCustomizationJobCommand,
  type GetModelCustomizationJobCommandOutput,
} from '@aws-sdk/client-bedrock';
import { bedrockSimulator } from '../../../lib/local/simulators/bedrock/index.ts';
import { type Bench, openBench } from './workbench.ts';

export const MINUTE = 60_000;
export const BUCKET = 'fine-bucket';
export const MODEL = 'amazon.nova-lite-v1:0:300k';
const ROLE = 'arn:aws:iam::123456789012:role/tuning';

export interface BedrockBench extends Bench {
  client: BedrockClient;
  clientAt(url: string, region?: string): BedrockClient;
  /** Stores rows as a training file and answers its URI. */
  stage(rows: unknown[], name?: string): string;
  /** A sound request for the staged file; a new name at each call. */
  request(
    trainingUri: string,
    change?: Partial<CreateModelCustomizationJobCommandInput>,
  ): CreateModelCustomizationJobCommandInput;
  create(trainingUri: string, change?: Partial<CreateModelCustomizationJobCommandInput>): Promise<string>;
  get(jobIdentifier: string): Promise<GetModelCustomizationJobCommandOutput>;
}

/** The Bedrock simulator and the official client, which tries nothing twice. */
export async function openBedrockBench(faults?: unknown): Promise<BedrockBench> {
  const bench = await openBench(bedrockSimulator, faults);
  const credentials = { accessKeyId: 'AKIASIMULATED', secretAccessKey: 'secret' };
  const clientAt = (endpoint: string, region = 'us-east-1') =>
    new BedrockClient({ endpoint, region, credentials, maxAttempts: 1 });
  const client = clientAt(bench.url);
  let count = 0;
  const stage = (rows: unknown[], name = `data/train-${count++}.jsonl`) => {
    const lines = rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`);
    bench.objects.stored.set(`${BUCKET}/${name}`, Buffer.from(lines.join('')));
    return `s3://${BUCKET}/${name}`;
  };
  const request: BedrockBench['request'] = (trainingUri, change = {}) => ({
    jobName: `fd-${count++}`,
    customModelName: `model-${count}`,
    roleArn: ROLE,
    baseModelIdentifier: MODEL,
    trainingDataConfig: { s3Uri: trainingUri },
    outputDataConfig: { s3Uri: `s3://${BUCKET}/output` },
    ...change,
  });
  const create: BedrockBench['create'] = async (trainingUri, change) => {
    const answer = await client.send(new CreateModelCustomizationJobCommand(request(trainingUri, change)));
    return answer.jobArn ?? '';
  };
  const get = (jobIdentifier: string) => client.send(new GetModelCustomizationJobCommand({ jobIdentifier }));
  return { ...bench, client, clientAt, stage, request, create, get };
}

/** A sound row; `content` replaces the user's blocks. */
export function row(content: unknown = [{ text: 'Name the bird.' }], answer: unknown = [{ text: 'An owl.' }]) {
  return {
    schemaVersion: 'bedrock-conversation-2024',
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: answer },
    ],
  };
}

export function rows(count = 8): unknown[] {
  return Array.from({ length: count }, (_, index) => row([{ text: `Question ${index}` }]));
}

/** An image block that names an object of the bench's bucket. */
export function image(key: string, format = 'png', bucket = BUCKET) {
  return { image: { format, source: { s3Location: { uri: `s3://${bucket}/${key}`, bucketOwner: '123456789012' } } } };
}
