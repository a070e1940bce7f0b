import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ServedExample } from '../../deploy/rehearsal/example.ts';
import type { Packaged } from '../../deploy/rehearsal/package.ts';
import { openStack, type Stack, type StackOptions } from '../../deploy/rehearsal/stack.ts';
import { upload } from '../../deploy/rehearsal/upload.ts';
import type { ExecutionResult } from '../../lib/local/asl/host.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { reproducible } from './results.ts';

export interface PackagedRun {
  stack: Stack;
  folder: string;
  /** Messages of the upload, as the queue would deliver them. */
  batch: { Records: unknown[] };
  /** Delivers the messages, as often as it takes, and waits for every execution. */
  run(): Promise<ExecutionResult[]>;
  /** Delivers a batch, and answers what the executions came to that it started. */
  take(batch: { Records: unknown[] }): Promise<ExecutionResult[]>;
  /** What the run wrote for people, and is the same for the same data: hashes by names relative to the run. */
  reproducible(dataset?: string): Promise<Record<string, string>>;
  /** A JSON file of the dataset's newest run. */
  read(dataset: string, name: string): Promise<unknown>;
  report(dataset?: string): Promise<unknown>;
  close(): Promise<void>;
}

const DATASET = 'museum';

/** The example in the inbox of a new stack. */
export async function uploadExample(
  packaged: Packaged,
  example: ServedExample,
  options: Partial<StackOptions> = {},
): Promise<PackagedRun> {
  const folder = await mkdtemp(join(tmpdir(), 'finedrop-stack-'));
  const stack = await openStack({ packaged, folder, allowHosts: [example.host], ...options });
  const batch = await upload(stack, example.path, DATASET);
  const read = async (dataset: string, name: string): Promise<unknown> =>
    JSON.parse((await readBytes(stack.results, `${dataset}/${await runOf(stack, dataset)}/${name}`))?.toString() ?? '');
  return {
    stack,
    folder,
    batch,
    run: async () => {
      await deliver(stack, batch);
      return Promise.all(stack.executions.names().map((name) => stack.executions.result(name)));
    },
    take: async (taken) => {
      const before = new Set(stack.executions.names());
      await deliver(stack, taken);
      const begun = stack.executions.names().filter((name) => !before.has(name));
      return Promise.all(begun.map((name) => stack.executions.result(name)));
    },
    reproducible: async (dataset = DATASET) => reproducible(await download(stack, folder, dataset)),
    read,
    report: (dataset = DATASET) => read(dataset, 'report.json'),
    close: async () => {
      await stack.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** SQS hands a batch to `receive` until it answers; messages that failed come again. */
export async function deliver(stack: Stack, batch: { Records: unknown[] }): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    const called = await stack.lambdas.invoke(stack.nameOf('receive'), batch);
    if ('failure' in called) continue;
    const { batchItemFailures } = called.value as { batchItemFailures: unknown[] };
    if (batchItemFailures.length === 0) return;
  }
  throw new Error('the messages went to the dead-letter queue.');
}

async function runOf({ results }: Stack, dataset: string): Promise<string> {
  const latest = await readBytes(results, `${dataset}/latest.json`);
  return (JSON.parse(latest?.toString() ?? '{}') as { run: string }).run;
}

/** The run's results as a folder, as the embedded engine leaves them. */
async function download(stack: Stack, folder: string, dataset: string): Promise<string> {
  const prefix = `${dataset}/${await runOf(stack, dataset)}/`;
  const out = join(folder, 'downloaded');
  await rm(out, { recursive: true, force: true });
  for await (const { key } of stack.results.list(prefix)) {
    const path = join(out, key.slice(prefix.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, (await readBytes(stack.results, key)) ?? '');
  }
  return out;
}
