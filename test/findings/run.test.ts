import { readDrop } from '../../lib/pipeline/drop.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { picture } from '../e2e/media.ts';
import { newMemoryWorld, runInMemory, tableOf } from '../pipeline/memory-run.ts';
import { dropped, proveExamples, type Told } from './told.ts';

const HEADER = 'prompt,completion,files,split';
const table = (...rows: readonly string[]) => `${HEADER}\n${rows.join('\n')}\n`;
const many = (count: number, row: (at: number) => string) => Array.from({ length: count }, (_, at) => row(at + 1));

proveExamples('run', [
  dropped(() => ({ files: Object.fromEntries(many(30_000, (at) => `${at}.jsonl`).map((name) => [name, '[]'])) })),
  longName,
  dropped(async () => ({
    files: {
      'train.csv': table(
        'What is it?,An owl.,,',
        'What is it?,An owl.,,',
        'What is it?,A bird.,,',
        'Who is it?,An owl.,owl.gif,',
        'Who is this?,An owl.,owl.gif,validation',
        'What is it?,An owl.,,validation',
      ),
      'owl.gif': await picture('gif'),
    },
  })),
  dropped(() => ({ files: { 'train.csv': tableOf(120) } })),
  dropped(() => ({ files: { 'train.csv': table(...many(102, () => 'What is it?,An owl.,,train')) } })),
  dropped(() => ({
    files: {
      'train.csv': table(...many(31, (at) => `Is ${at} an owl?,no,,train`), 'And 32?,yes,,train', 'And 33?,yes,,train'),
    },
  })),
  dropped(() => ({
    files: {
      'train.csv': tableOf(12),
      'validation.csv': tableOf(3, { word: 'cat' }),
      'finedrop.yaml': 'targets: ["bedrock:amazon.nova-2-lite-v1:0:256k"]\n',
    },
    request: { targets: undefined },
  })),
  dropped(() => ({
    files: { 'train.csv': tableOf(12), 'validation.csv': tableOf(1001, { word: 'cat' }) },
    request: { targets: ['vertex'] },
  })),
  dropped(() => ({ files: { 'train.csv': 'prompt,completion\nWhat is <|endoftext|>?,An owl.\n' } })),
  dropped(() => ({
    files: {
      'train.csv': tableOf(12, { more: many(3, (at) => `What is <|endoftext|> ${at}?,An owl.,`) }),
      'finedrop.yaml': 'targets: [openai]\npolicy: {maxExcluded: 1}\n',
    },
    request: { targets: undefined },
  })),
  trainedFurther,
  historyLost,
  dropped(() => ({ files: { 'train.csv': tableOf(12), 'retire.csv': 'id\n7\n' } })),
  dropped(() => ({
    files: { 'train.rejected.csv': 'prompt,completion,finedrop_fixes\nWhat is it?,An owl.,train.csv:3:0123456789ab\n' },
  })),
  dropped(() => ({ files: { 'train.csv': tableOf(12) }, request: { command: 'convert', targets: ['vertex'] } })),
]);

/** A drop grows after it was trained, and its model is trained further on what is new. */
async function trainedFurther(): Promise<readonly Told[]> {
  const spec = 'targets: [openai]\nretrain: {from: last, rows: new}\n';
  const world = await newMemoryWorld({ 'train.csv': tableOf(30), 'finedrop.yaml': spec });
  await runInMemory(world, { targets: undefined });
  await world.inbox.write('museum/train.csv', tableOf(50));
  return (await runInMemory(world, { targets: undefined })).findings;
}

/** Rows of an earlier state are merged in, and somebody has removed them from the results. */
async function historyLost(): Promise<readonly Told[]> {
  const spec = 'targets: [openai]\nretrain: {history: append}\n';
  const world = await newMemoryWorld({ 'train.csv': tableOf(30), 'finedrop.yaml': spec });
  await runInMemory(world, { targets: undefined });
  for await (const { key } of world.results.list('.finedrop/history/museum/snapshots/'))
    if (key.endsWith('/kept.jsonl')) await world.results.remove(key);
  await world.inbox.write('museum/train.csv', tableOf(20));
  const { findings } = await runInMemory(world, { targets: undefined });
  // A snapshot is called by a hash over all that a row is.
  const plain = (message: string) => message.replace(/snapshots\/[0-9a-f]{16}\//, 'snapshots/609ac967e072414f/');
  return findings.map((finding) => ({ ...finding, message: plain(finding.message) }));
}

async function longName(): Promise<readonly Told[]> {
  const inbox = memoryStore();
  const dataset = 'owls'.repeat(150);
  await inbox.write(`${dataset}/train.csv`, tableOf(12));
  return (await readDrop(inbox, dataset)).findings;
}
