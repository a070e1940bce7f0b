import { openai } from '../../lib/providers/openai/index.ts';
import type { Formatted, PreparedMedia, Provider } from '../../lib/providers/provider.ts';
import { vertex } from '../../lib/providers/vertex/index.ts';
import { picture, recording } from '../e2e/media.ts';
import { composeMp3 } from '../formats/mp3-builder.ts';
import { buildPdf } from '../formats/pdf-builder.ts';
import { tableOf } from '../pipeline/memory-run.ts';
import * as forOpenAI from '../providers/openai-fixtures.ts';
import * as forVertex from '../providers/vertex-fixtures.ts';
import { TINY_PNG } from '../rows/row-factories.ts';
import { dropped, proveExamples, type Told } from './told.ts';

const NOVA_2 = 'bedrock:amazon.nova-2-lite-v1:0:256k';
const ASK = { role: 'user', content: 'What is it?' };
const ANSWER = { role: 'assistant', content: 'An owl.' };

const says = (content: string, more: object = {}) => [{ role: 'user', content, ...more }, ANSWER];
const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, parameters: {}, ...more } });
const call = (id: string, name: string) => ({ id, type: 'function', function: { name, arguments: '{}' } });
const answer = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'An owl.' });
const chats = (...values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
const files = (...cells: readonly string[]) =>
  `prompt,completion,files\n${cells.map((cell, at) => `What is in ${at + 1}?,An owl.,"${cell}"`).join('\n')}\n`;
const list = (count: number, name: (at: number) => string) => Array.from({ length: count }, (_, at) => name(at + 1));

proveExamples('targets', [
  dropped(() => ({
    files: {
      'words.jsonl': chats(says('What is <|endoftext|>?'), says('User: what is it?')),
      'turns.jsonl': chats([ANSWER, ASK, ANSWER]),
      'names.jsonl': chats(says('What is it?', { name: 'Dr. Owl' })),
      'tools.jsonl': chats(
        { messages: [ASK, ANSWER], tools: [tool('look up')] },
        { messages: [ASK, ANSWER], tools: list(129, (at) => `tool_${at}`).map((name) => tool(name)) },
        {
          messages: [ASK, { role: 'assistant', tool_calls: [call('c1', 'see')] }, answer('c1'), ANSWER],
          tools: [tool('look_up')],
        },
      ),
      'weights.jsonl': chats([ASK, { ...ANSWER, weight: 0 }, ASK, ANSWER]),
      'long.jsonl': chats(says('owl '.repeat(150_000))),
    },
    request: { targets: ['openai', 'vertex', 'bedrock'] },
  })),
  dropped(async () => ({
    files: {
      'train.csv': files(
        'owl.mp3',
        list(11, (at) => `${at}.png`).join(','),
        'dot.png',
        'owl.mp3,cat.mp3',
        list(5, (at) => `${at}.pdf`).join(','),
        'long.pdf',
        'long.mp3',
        'owl.gif',
        'owl.webp',
      ),
      'owl.mp3': recording(),
      'cat.mp3': composeMp3(2, { kilobits: 32 }),
      'long.mp3': composeMp3(3700, { kilobits: 32 }),
      'dot.png': Buffer.from(TINY_PNG, 'base64'),
      'long.pdf': buildPdf({ pages: 301 }),
      'owl.gif': await picture('gif'),
      'owl.webp': await picture('webp'),
      ...Object.fromEntries(
        await Promise.all(list(11, (at) => `${at}.png`).map(async (name, at) => [name, await picture('png', at)])),
      ),
      ...Object.fromEntries(list(5, (at) => `${at}.pdf`).map((name) => [name, buildPdf({ pages: 1, text: name })])),
    },
    request: { targets: ['openai', 'vertex', 'bedrock'] },
  })),
  dropped(async () => ({
    files: {
      'train.csv': files('owl.pdf', 'owl.png', 'owl.pdf,owl.png'),
      'owl.pdf': buildPdf({ pages: 1 }),
      'owl.png': await picture('png'),
    },
    request: { targets: [NOVA_2] },
  })),
  dropped(async () => ({
    files: { 'train.csv': tableOf(12, { more: ['What is it?,An owl.,owl.pdf'] }), 'owl.pdf': buildPdf({ pages: 1 }) },
    request: { targets: [NOVA_2] },
  })),
  dropped(() => ({
    files: { 'train.csv': tableOf(1, { more: ['What is it?,An owl.,owl.pdf'] }), 'owl.pdf': buildPdf({ pages: 1 }) },
    request: { command: 'convert', targets: [NOVA_2], mediaBase: { s3: 's3://fine-bucket/my photos' } },
  })),
  dropped(() => ({
    files: { 'train.csv': tableOf(12) },
    request: { command: 'run', targets: ['vertex'] },
    change: { settings: () => ({ simulated: true, values: { location: 'us-east1' } }) },
  })),
  dropped(() => ({
    files: { 'train.csv': tableOf(12) },
    request: { command: 'run', targets: ['bedrock'] },
    change: { settings: () => ({ simulated: true, values: { bucket: 's3://fine-bucket' } }) },
  })),
  dropped(() => ({
    files: {
      'train.csv': tableOf(8),
      'weights.jsonl': chats([ASK, { ...ANSWER, weight: 0 }, ASK, ANSWER]),
    },
    request: { targets: ['vertex'] },
  })),
  // A drop that shows these would have gigabytes, or millions of rows.
  async () => [
    ...refusedBy(vertex, [forVertex.file('image', '1', { name: 'owl.png', bytes: 20_000_001 })]),
    ...refusedBy(vertex, [forVertex.file('audio', '2', { name: 'owl.mp3', bytes: 100_000_001, seconds: 9 })]),
    ...refusedBy(vertex, [forVertex.file('document', '3', { name: 'owl.pdf', bytes: 20_000_001, pages: 9 })]),
    ...vertex.checkDataset(forVertex.totals({ train: 10_000_001 }), forVertex.target()),
    ...vertex.checkDataset(forVertex.totals({ train: 100, validation: 1001 }), forVertex.target()),
    ...openai.checkDataset(forOpenAI.totals({ bytes: 8_000_000_001 }), forOpenAI.target()),
    ...refusedBy(openai, [forOpenAI.image('owl', { mime: 'image/tiff' })]),
  ],
]);

/** What a provider says of a row with these files, already as they would be sent. */
function refusedBy(provider: Provider, media: readonly PreparedMedia[]): readonly Told[] {
  const parts = media.map((_file, at) => ({ media: `m${at}` }));
  const chat = forVertex.example([forVertex.user(...parts), forVertex.assistant('An owl.')]);
  const target = provider.name === 'openai' ? forOpenAI.target() : forVertex.target();
  const formatted: Formatted = provider.format(chat, new Map(media.map((file, at) => [`m${at}`, file])), {
    target,
    countTokens: () => 0,
    mediaUri: (name) => `gs://fine-bucket/media/${name}`,
  });
  return 'excluded' in formatted ? formatted.excluded : formatted.issues;
}
