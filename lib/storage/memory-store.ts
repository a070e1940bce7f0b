import { createHash } from 'node:crypto';
import {
  type Body,
  ObjectChangedError,
  type ObjectInfo,
  ObjectMissingError,
  type ObjectStore,
  PreconditionFailedError,
  type ReadOptions,
  type WriteOptions,
} from './object-store.ts';

type Objects = Map<string, { bytes: Buffer; etag: string }>;

/** A bucket in memory, for tests and for checks that must leave nothing behind. */
export function memoryStore(): ObjectStore {
  const objects: Objects = new Map();
  const write = async (key: string, body: Body, options: WriteOptions = {}): Promise<ObjectInfo> => {
    const bytes = await gather(body);
    checkConditions(objects, key, options);
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    objects.set(key, { bytes, etag });
    return { key, size: bytes.length, etag };
  };
  return {
    list: (prefix) => listObjects(objects, prefix),
    head: async (key) => infoOf(objects, key),
    read: (key, options) => readObject(objects, key, options ?? {}),
    write,
    remove: async (key) => {
      objects.delete(key);
    },
    concatenate: async (key, parts, options) =>
      write(key, Buffer.concat(parts.map((part) => present(objects, part).bytes)), options),
  };
}

async function gather(body: Body): Promise<Buffer> {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function checkConditions(objects: Objects, key: string, options: WriteOptions): void {
  const current = objects.get(key);
  const isTaken = options.ifNoneMatch === '*' && current !== undefined;
  const isOther = options.ifMatch !== undefined && current?.etag !== options.ifMatch;
  if (isTaken || isOther) throw new PreconditionFailedError(key);
}

async function* listObjects(objects: Objects, prefix: string): AsyncGenerator<ObjectInfo> {
  const found = [...objects.keys()].filter((key) => key.startsWith(prefix));
  for (const key of found.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))) {
    const info = infoOf(objects, key);
    if (info !== null) yield info;
  }
}

function infoOf(objects: Objects, key: string): ObjectInfo | null {
  const object = objects.get(key);
  return object === undefined ? null : { key, size: object.bytes.length, etag: object.etag };
}

async function* readObject(objects: Objects, key: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { bytes, etag } = present(objects, key);
  if (options.ifMatch !== undefined && options.ifMatch !== etag) throw new ObjectChangedError(key);
  const start = options.offset ?? 0;
  const end = options.length === undefined ? bytes.length : start + options.length;
  // A copy: what a reader does to its chunk is its own business.
  if (start < Math.min(end, bytes.length)) yield Buffer.from(bytes.subarray(start, end));
}

function present(objects: Objects, key: string): { bytes: Buffer; etag: string } {
  const object = objects.get(key);
  if (object === undefined) throw new ObjectMissingError(key);
  return object;
}
