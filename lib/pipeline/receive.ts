import { z } from 'zod';
import { controlOf } from '../storage/keys.ts';
import { datasetOf } from './dataset-name.ts';
import { executionPrefix, safeName } from './execution-name.ts';
import type { Request } from './manifest.ts';
import type { Log } from './services.ts';
import { type ObjectCreated, parseObjectCreated } from './storage-events.ts';

/** What a batch of messages from the queue looks like, as far as it is used. */
const batchSchema = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

export interface Execution {
  /** Of two starts with one name the second is none. */
  name: string;
  input: { request: Request };
}

/** All that `receive` may do: start executions. */
export interface ReceiveServices {
  inboxBucket: string;
  resultsBucket: string;
  /** `exists`: the name was used before, and what it started absorbs this event. */
  start(execution: Execution): Promise<'started' | 'exists'>;
  log: Log;
}

export interface BatchAnswer {
  /** Messages to deliver again; all others are done. */
  batchItemFailures: { itemIdentifier: string }[];
}

interface Wish {
  execution: Execution;
  /** The messages that are done when it has started. */
  messages: string[];
}

/** Turns storage events into executions: one for all uploads of a drop in the batch, one for each control object. */
export async function receive(event: unknown, services: ReceiveServices): Promise<BatchAnswer> {
  const { Records: records } = batchSchema.parse(event);
  const failed: string[] = [];
  const uploads = new Map<string, { newest: Date; messages: string[] }>();
  const wishes: Wish[] = [];
  for (const { messageId, body } of records) {
    const created = readMessage(services, messageId, body);
    if (created === 'unreadable') failed.push(messageId);
    else if (created?.bucket === services.inboxBucket) noteUpload(uploads, messageId, created);
    else if (created?.bucket === services.resultsBucket) wishes.push(...controlWish(messageId, created));
  }
  for (const [dataset, { newest, messages }] of uploads)
    wishes.push({ execution: uploadExecution(dataset, newest), messages });
  for (const wish of wishes) if (!(await start(services, wish))) failed.push(...wish.messages);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** What is no JSON comes again and ends in the dead-letter queue, where somebody looks at it. */
function readMessage({ log }: ReceiveServices, messageId: string, body: string): ObjectCreated | null | 'unreadable' {
  try {
    return parseObjectCreated(body);
  } catch {
    log.info('a message is no JSON', { message: messageId });
    return 'unreadable';
  }
}

/** An object without bytes is a folder's marker or an upload that broke off: its whole self comes with an event of its own. */
function noteUpload(
  uploads: Map<string, { newest: Date; messages: string[] }>,
  messageId: string,
  { key, size, at }: ObjectCreated,
): void {
  const dataset = size === 0 ? null : datasetOf(key);
  if (dataset === null) return;
  const group = uploads.get(dataset);
  if (group === undefined) uploads.set(dataset, { newest: at, messages: [messageId] });
  else {
    group.messages.push(messageId);
    if (at > group.newest) group.newest = at;
  }
}

/** A name for each minute absorbs the bursts of an upload; the execution settles before it begins. */
function uploadExecution(dataset: string, newest: Date): Execution {
  const minute = `${newest.toISOString().slice(0, 16)}Z`;
  return {
    name: `${executionPrefix(dataset)}-${minute.replace(/[^0-9]/g, '')}`,
    input: { request: { dataset, command: 'run', minute } },
  };
}

/** Somebody decides about a run by an object; its event's id makes the name, so that it is never absorbed. */
function controlWish(messageId: string, { event, key }: ObjectCreated): Wish[] {
  const asked = controlOf(key);
  if (asked === null) return [];
  const { dataset, run, word } = asked;
  const control: Request['control'] = word === 'approve' || word === 'cancel' ? { word, run } : undefined;
  // Both are about the drop as it is now.
  if (control === undefined && word !== 'resume' && word !== 'retrain') return [];
  const name = `${executionPrefix(dataset)}-${word}-${safeName(event).slice(0, 36)}`;
  const request: Request = {
    dataset,
    command: 'run',
    ...(control === undefined ? {} : { control }),
    ...(word === 'retrain' ? { retrain: { by: 'hand' } } : {}),
  };
  return [{ execution: { name, input: { request } }, messages: [messageId] }];
}

/** One drop that cannot be started does not keep the others from it. */
async function start({ start: startExecution, log }: ReceiveServices, { execution, messages }: Wish): Promise<boolean> {
  const { dataset } = execution.input.request;
  try {
    const outcome = await startExecution(execution);
    log.info(outcome, { dataset, execution: execution.name, events: messages.length });
    return true;
  } catch (error) {
    log.info('could not be started', { dataset, error: error instanceof Error ? error.message : String(error) });
    return false;
  }
}
