import { randomUUID } from 'node:crypto';
import { loadMachine } from '../../lib/engines/local-machine.ts';
import { startExecution } from '../../lib/local/asl/start-execution.ts';
import { type BatchAnswer, type Execution, receive } from '../../lib/pipeline/receive.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { hostOf, type MemoryWorld, newMemoryWorld, openServices } from './memory-run.ts';

export const INBOX = 'inbox';
export const RESULTS = 'results';

/** A message as the queue delivers it: what EventBridge says of one object. */
export interface Message {
  messageId: string;
  body: string;
}

/** How an execution ended: its output's outcome or status. */
export type Ends = Map<string, string>;

/** Buckets that tell of what is written, a queue, and a state machine whose executions have names: what a stack is made of. */
export interface BucketWorld extends MemoryWorld {
  /** Writes to the inbox at this moment; the answer is the message about it. */
  upload(key: string, content: string | Uint8Array): Promise<Message>;
  deliver(messages: readonly Message[]): Promise<BatchAnswer>;
  /** Starts an execution, once for each name. */
  start(execution: Execution): Promise<'started' | 'exists'>;
  /** Executions that were started, each with its end once it has come. */
  ends: Ends;
  starts: string[];
  settled(): Promise<void>;
}

/** Opens an empty stack on a clock of its own. */
export async function newBucketWorld(change: Partial<Services> = {}): Promise<BucketWorld> {
  const world = await newMemoryWorld({});
  const inbox = timed(world.inbox, world.clock.now);
  const running = new Map<string, Promise<void>>();
  const ends: Ends = new Map();
  const starts: string[] = [];
  const machine = await loadMachine();
  const stack: BucketWorld = {
    ...world,
    inbox,
    change: {
      isRunning: async ({ holder }) => running.has(holder.execution) && !ends.has(holder.execution),
      operator: { ...openServices(world).operator, settleSeconds: 60 },
      ...change,
    },
    ends,
    starts,
    upload: async (key, content) => {
      await inbox.write(key, content);
      return messageOf(INBOX, key, { size: Buffer.byteLength(content), at: world.clock.now() });
    },
    deliver: (messages) =>
      receive(
        { Records: messages },
        {
          inboxBucket: INBOX,
          resultsBucket: RESULTS,
          log: { info: () => {} },
          start: stack.start,
        },
      ),
    start: async ({ name, input }) => {
      if (running.has(name)) return 'exists';
      starts.push(name);
      const host = hostOf(stack, openServices(stack));
      const run = startExecution(machine, { host, name, input: JSON.parse(JSON.stringify(input)) });
      running.set(
        name,
        run.then((result) => {
          const output = result.status === 'SUCCEEDED' ? result.output : { status: result.status };
          const { outcome, status } = output as { outcome?: string; status?: string };
          ends.set(name, outcome ?? status ?? '');
        }),
      );
      return 'started';
    },
    settled: async () => {
      while (ends.size < running.size) await Promise.all(running.values());
    },
  };
  return stack;
}

/** The message about an object, in the form in which EventBridge puts it into a queue. */
export function messageOf(
  bucket: string,
  key: string,
  { size = 1, at, type = 'Object Created' }: { size?: number; at: Date; type?: string },
): Message {
  const body = {
    version: '0',
    id: randomUUID(),
    'detail-type': type,
    source: 'aws.s3',
    time: `${at.toISOString().slice(0, 19)}Z`,
    detail: { bucket: { name: bucket }, object: { key, size, etag: 'e', sequencer: '1' }, reason: 'PutObject' },
  };
  return { messageId: randomUUID(), body: JSON.stringify(body) };
}

/** A store whose listings tell when each object was written. */
function timed(store: ObjectStore, now: () => Date): ObjectStore {
  const times = new Map<string, Date>();
  return {
    ...store,
    list: async function* (prefix) {
      for await (const object of store.list(prefix)) {
        const modifiedAt = times.get(object.key);
        yield modifiedAt === undefined ? object : { ...object, modifiedAt };
      }
    },
    write: async (key, body, options) => {
      times.set(key, now());
      return store.write(key, body, options);
    },
  };
}
