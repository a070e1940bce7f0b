import { readJsonValues } from '../../lib/formats/jsonl.ts';
import { dropped, proveExamples, type Told } from './told.ts';

const ASK = { role: 'user', content: 'What is it?' };
const ANSWER = { role: 'assistant', content: 'An owl.' };

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const part = (value: unknown) => [{ role: 'user', content: [value] }, ANSWER];
const picture = (url: string, more: object = {}) => ({ type: 'image_url', image_url: { url, ...more } });
const calling = (call: object) => [ASK, { role: 'assistant', content: 'So:', tool_calls: [call] }];
const lines = (...texts: readonly string[]) => `${texts.join('\n')}\n`;
const chats = (...values: readonly unknown[]) => lines(...values.map((value) => JSON.stringify(value)));

proveExamples('chats', [
  dropped(() => ({
    files: {
      'syntax.jsonl': lines('[{"role": "user", "content": "What is it?"', "{'role': 'user'}"),
      'deep.jsonl': nested(33),
      'keys.jsonl': `{${Array.from({ length: 257 }, (_, at) => `"key${at}": 1`).join(', ')}}`,
      'values.jsonl': `{"messages": [${'1,'.repeat(1_000_001)}1]}`,
      'key.jsonl': '{"__proto__": {"role": "user"}}',
      'latin.jsonl': Buffer.from('[{"role": "user", "content": "Wie heißt das?"}]', 'latin1'),
      'joined.jsonl': lines('{"messages": []}', '\ufeff{"messages": []}'),
      'nul.jsonl': '[{"role": "user", "content": "What is it?\\u0000"}]',
      'emoji.jsonl': '[{"role": "user", "content": "Is it \\ud83e?"}]',
      'number.jsonl': '{"messages": [], "seed": 1e999}',
    },
  })),
  dropped(() => ({
    files: {
      'id.jsonl': `{"messages": ${JSON.stringify([ASK, ANSWER])}, "split": "train", "id": 9007199254740993}`,
      'control.jsonl':
        '[{"role": "user", "content": "What is\\u0007 it?"}, {"role": "assistant", "content": "An owl."}]',
      'twice.jsonl': '[{"role": "user", "content": "a", "content": "b"}, {"role": "assistant", "content": "An owl."}]',
      'commas.json': `[${JSON.stringify([ASK, ANSWER])},]`,
      'missing.json': `[${JSON.stringify([ASK, ANSWER])} ${JSON.stringify([ASK, ANSWER])}]`,
    },
  })),
  dropped(() => ({
    files: {
      'shape.jsonl': chats({ prompt: 'What is it?', completion: 'An owl.' }),
      'rejected.jsonl': chats({ finedrop_fixes: 'chats.jsonl:3:0123456789ab', error: 'no JSON', raw: '[{' }),
      'keys.jsonl': chats({ messages: [ASK, ANSWER], splitt: 'train' }),
      'roles.jsonl': chats([{ role: 'usr', content: 'What is it?' }, ANSWER]),
      'gemini.jsonl': chats([ASK, { role: 'model', content: 'An owl.' }]),
      'content.jsonl': chats([{ role: 'user', content: { say: 'What is it?' } }, ANSWER]),
      'empty.jsonl': chats([{ role: 'user', content: '' }, ANSWER], [{ role: 'system', content: '' }, ASK, ANSWER]),
      'unanswered.jsonl': chats([ASK]),
      'answers.jsonl': chats([ASK, { role: 'assistant', content: [picture('owl.png')] }]),
    },
  })),
  dropped(() => ({
    files: {
      'parts.jsonl': chats(part({ type: 'text' }), part({ type: 'image_ulr', image_url: 'owl.png' })),
      'ids.jsonl': chats(part({ type: 'file', file: { file_id: 'file-1' } })),
      'detail.jsonl': chats(part(picture('owl.png', { detail: 'max' }))),
      'weights.jsonl': chats([ASK, { ...ANSWER, weight: 0.5 }], [{ ...ASK, weight: 1 }, ANSWER]),
      'tools.jsonl': chats({ messages: [ASK, ANSWER], tools: [{ type: 'web_search' }] }),
      'calls.jsonl': chats(
        [ASK, { role: 'tool', tool_call_id: 'c9', content: 'An owl.' }, ANSWER],
        calling({ id: 'c1', function: { name: 'look_up', arguments: 'owl' } }),
      ),
    },
  })),
  largeValue,
]);

/** One chat of more than 256 MiB, never held at once. */
async function largeValue(): Promise<Told[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('[{"role": "user", "content": "');
    const text = Buffer.alloc(1024 ** 2, 'owl ');
    for (let count = 0; count < 257; count += 1) yield text;
  }
  const told: Told[] = [];
  for await (const { faults } of readJsonValues(source(), { splitArray: () => false }))
    told.push(...faults.map(({ code, message, hint }): Told => ({ code, severity: 'error', message, hint })));
  return told;
}
