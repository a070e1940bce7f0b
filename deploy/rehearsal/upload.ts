import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { keys } from '../../lib/storage/keys.ts';
import type { Stack } from './stack.ts';

/** Puts a folder's files into the inbox as one drop, and answers the batch of messages that the queue would hand to `receive`. */
export async function upload(
  { inbox, clock, deployment }: Stack,
  folder: string,
  dataset: string,
): Promise<{ Records: unknown[] }> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const records: unknown[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const key = `${dataset}/${relative(folder, path).replaceAll('\\', '/')}`;
    const { size, etag } = await inbox.write(key, createReadStream(path));
    records.push(messageOf(deployment.buckets.inbox, { key, size, etag }, clock.now()));
  }
  return { Records: records };
}

/** What somebody decides about a run. */
export interface Decision {
  dataset: string;
  run: string;
  word: 'approve' | 'cancel' | 'resume' | 'retrain';
  content: object;
}

/** Writes the object that says so, and answers the message that the queue would hand to `receive`. */
export async function decide(
  { results, clock, deployment }: Stack,
  { dataset, run, word, content }: Decision,
): Promise<{ Records: unknown[] }> {
  const key = keys.control(dataset, run, word);
  const { size, etag } = await results.write(key, JSON.stringify(content));
  return { Records: [messageOf(deployment.buckets.results, { key, size, etag }, clock.now())] };
}

/** A record as SQS and EventBridge make it of an upload. */
function messageOf(
  bucket: string,
  { key, size, etag }: { key: string; size: number; etag: string },
  at: Date,
): unknown {
  const object = { key, size, etag, sequencer: at.getTime().toString(16).toUpperCase() };
  const event = {
    version: '0',
    id: `event-${etag}`,
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '000000000000',
    time: at.toISOString(),
    region: 'us-east-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: { version: '0', bucket: { name: bucket }, object, reason: 'PutObject' },
  };
  return { messageId: `message-${etag}`, eventSource: 'aws:sqs', awsRegion: 'us-east-1', body: JSON.stringify(event) };
}
