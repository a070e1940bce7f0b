import OpenAI, { toFile } from 'openai';
import { openaiSimulator } from '../../../lib/local/simulators/openai/index.ts';
import { type Bench, openBench } from './workbench.ts';

export interface OpenaiBench extends Bench {
  client: OpenAI;
  clientAt(url: string): OpenAI;
  /** Uploads lines as a training file and answers its id. */
  upload(lines: unknown[]): Promise<string>;
  uploadText(text: string): Promise<string>;
}

/** The OpenAI simulator and the official client, which tries nothing twice. */
export async function openOpenaiBench(faults?: unknown): Promise<OpenaiBench> {
  const bench = await openBench(openaiSimulator, faults);
  const clientAt = (url: string) => new OpenAI({ apiKey: 'sk-simulated', baseURL: `${url}/v1`, maxRetries: 0 });
  const client = clientAt(bench.url);
  const uploadText = async (text: string) => {
    const file = await toFile(Buffer.from(text), 'train.jsonl');
    return (await client.files.create({ file, purpose: 'fine-tune' })).id;
  };
  const upload = (lines: unknown[]) => uploadText(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return { ...bench, client, clientAt, upload, uploadText };
}

export const MODEL = 'gpt-4o-2024-08-06';

/** A sound example; `content` replaces the user's text. */
export function example(content: unknown = 'Name the bird.', answer: unknown = 'An owl.') {
  return {
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: answer },
    ],
  };
}

export function examples(count = 10) {
  return Array.from({ length: count }, (_, index) => example(`Question ${index}`));
}

export const MINUTE = 60_000;
