import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingContract, openaiDifferences } from '../local/simulators/contract.ts';
import { target } from './openai-fixtures.ts';
import { clientOf, startServer } from './openai-server.ts';

const skipped = missingContract('openai-finetune-openapi.json');
const GOLDEN = new URL('./golden/openai/', import.meta.url);

interface Line {
  messages: { role: string }[];
  tools?: unknown[];
}

const lines = readdirSync(GOLDEN).map(
  (name) => [name, JSON.parse(readFileSync(new URL(name, GOLDEN), 'utf8')) as Line] as const,
);

/** The specification has no line any more, but every message of one. */
const SCHEMAS: Readonly<Record<string, string>> = {
  system: 'ChatCompletionRequestSystemMessage',
  user: 'ChatCompletionRequestUserMessage',
  assistant: 'FineTuneChatCompletionRequestAssistantMessage',
  tool: 'ChatCompletionRequestToolMessage',
};

describe.skipIf(skipped !== null)(
  `what OpenAI's specification says${skipped === null ? '' : ` (skipped: ${skipped})`}`,
  () => {
    it.each(lines)('holds for every message and tool of %s', (_name, { messages, tools = [] }) => {
      const found = [
        ...messages.flatMap((message) => openaiDifferences(SCHEMAS[message.role] ?? message.role, message)),
        ...tools.flatMap((tool) => openaiDifferences('ChatCompletionTool', tool)),
      ];
      expect(found).toEqual([]);
    });

    it('would not hold for an image in an answer, or a detail that nobody knows', () => {
      const image = (detail: string) => [
        { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail } },
      ];
      const differencesOf = (role: string, detail: string) =>
        openaiDifferences(SCHEMAS[role] ?? '', { role, content: image(detail) });
      expect(differencesOf('user', 'low')).toEqual([]);
      expect(differencesOf('user', 'fine')).not.toEqual([]);
      expect(differencesOf('assistant', 'low')).not.toEqual([]);
    });

    it.each([undefined, 'ft:gpt-4o-2024-08-06:museum::9abcDEF0'])(
      'holds for the request that makes a job from %s',
      async (from) => {
        const server = await startServer({ 'POST /v1/fine_tuning/jobs': () => ({ json: { id: 'ftjob-1' } }) });
        try {
          const file = { bytes: 1, reference: 'file-1' };
          const request = {
            key: '0123456789abcdef0123456789abcdef01234567',
            target: target({
              suffix: 'museum',
              ...(from === undefined ? {} : { from }),
              hyperparameters: { n_epochs: 3, batch_size: 'auto', learning_rate_multiplier: 0.1 },
            }),
            dataset: 'museum',
            training: { ...file, split: 'train' as const },
            validation: { ...file, split: 'validation' as const },
          };
          await clientOf(server).createJob(request, { deadlineMs: 2000 });
          const body: unknown = JSON.parse(server.asked[0]?.body.toString('utf8') ?? '');
          expect(openaiDifferences('CreateFineTuningJobRequest', body)).toEqual([]);
          expect(body).toMatchObject({ metadata: { finedrop_key: request.key }, method: { type: 'supervised' } });
          expect(body).toMatchObject({ model: from ?? target().model });
        } finally {
          await server.close();
        }
      },
    );
  },
);
