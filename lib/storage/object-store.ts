/** What every store knows of an object. The ETag is opaque: other bytes never share one. */
export interface ObjectInfo {
  key: string;
  size: number;
  etag: string;
  versionId?: string;
  /** When it was written, where listings tell. */
  modifiedAt?: Date;
}

export interface ReadOptions {
  /** First byte; 0 by default. */
  offset?: number;
  /** How many bytes; to the end by default. Never reads past the end: a shorter body means that the object ended. */
  length?: number;
  /** Read only if the object still has this ETag, else `ObjectChangedError`. */
  ifMatch?: string;
  /** Read this version, where the store keeps versions. */
  versionId?: string;
}

export type Body = Uint8Array | string | AsyncIterable<Uint8Array>;

export interface WriteOptions {
  /** `'*'`: only if no such object exists, else `PreconditionFailedError`. */
  ifNoneMatch?: '*';
  /** Only if the object has this ETag, else `PreconditionFailedError`. */
  ifMatch?: string;
  contentType?: string;
}

/** The half that the pipeline may use on an inbox. */
export interface ReadableStore {
  /** Objects whose key begins with `prefix`, in order of their keys' UTF-8 bytes. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  head(key: string): Promise<ObjectInfo | null>;
  /** Throws `ObjectMissingError`, `ObjectChangedError`. */
  read(key: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
}

/** Object storage as S3 has it: whole-object writes that appear at once or not at all, with conditions. */
export interface ObjectStore extends ReadableStore {
  write(key: string, body: Body, options?: WriteOptions): Promise<ObjectInfo>;
  /** No error if there is no such object. */
  remove(key: string): Promise<void>;
  /** Joins objects of this store into one, in order, without holding them in memory. */
  concatenate(key: string, parts: readonly string[], options?: WriteOptions): Promise<ObjectInfo>;
  /** Where S3 itself knows an object, for copies that S3 makes; null or absent where no S3 keeps it. */
  locate?(key: string): Promise<S3Location | null>;
}

/** An object of some S3, as its own requests name it. */
export interface S3Location {
  /** Of a server other than Amazon's; null = Amazon's. */
  endpoint: string | null;
  bucket: string;
  key: string;
  etag: string;
  size: number;
}

export class ObjectMissingError extends Error {
  override name = 'ObjectMissingError';
  readonly key: string;
  constructor(key: string) {
    super(`[storage] there is no object "${key}".`);
    this.key = key;
  }
}

/** The object is no longer the one that was pinned. */
export class ObjectChangedError extends Error {
  override name = 'ObjectChangedError';
  readonly key: string;
  constructor(key: string) {
    super(`[storage] the object "${key}" was changed while it was being read.`);
    this.key = key;
  }
}

/** Why a bucket gives nothing, until somebody changes the object, the bucket, or a permission. `credentials` = there are none to ask with. */
export type RefusalReason = 'bucket-missing' | 'denied' | 'encrypted' | 'credentials';

/** The bucket certainly does not give the object, now or a moment later; what may pass is any other error. */
export class ObjectRefusedError extends Error {
  override name = 'ObjectRefusedError';
  readonly reason: RefusalReason;
  constructor(key: string, reason: RefusalReason, options?: ErrorOptions) {
    super(`[storage] the object "${key}" cannot be read: ${reason}.`, options);
    this.reason = reason;
  }
}

/** HTTP 412: somebody else was first; read again before deciding anything. */
export class PreconditionFailedError extends Error {
  override name = 'PreconditionFailedError';
  readonly key: string;
  constructor(key: string) {
    super(`[storage] the condition on writing "${key}" does not hold: another writer was first.`);
    this.key = key;
  }
}

/** HTTP 409: two conditional writes met; nothing was decided, the same write may be tried again. */
export class ConditionalConflictError extends Error {
  override name = 'ConditionalConflictError';
  readonly key: string;
  constructor(key: string) {
    super(`[storage] two conditional writes of "${key}" met; try again.`);
    this.key = key;
  }
}

/** A whole object as bytes; for objects known to be small. `ObjectMissingError` becomes null. */
export async function readBytes(store: ReadableStore, key: string, options?: ReadOptions): Promise<Buffer | null> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(key, options)) chunks.push(chunk);
    return join(chunks);
  } catch (error) {
    if (error instanceof ObjectMissingError) return null;
    throw error;
  }
}

/** A range often comes as one chunk: a copy of it would double what is in memory. */
function join(chunks: readonly Uint8Array[]): Buffer {
  const [only, ...others] = chunks;
  return only === undefined || others.length > 0
    ? Buffer.concat(chunks)
    : Buffer.from(only.buffer, only.byteOffset, only.byteLength);
}

/** A small JSON object's value, or null when there is none. The caller gives the schema's `parse`. */
export async function readJson<T>(store: ReadableStore, key: string, parse: (value: unknown) => T): Promise<T | null> {
  const bytes = await readBytes(store, key);
  return bytes === null ? null : parse(JSON.parse(bytes.toString('utf8')));
}

/** The lines of a JSONL object, one parsed value each, never more than a line in memory. */
export async function* readJsonLines<T>(
  store: ReadableStore,
  key: string,
  parse: (value: unknown) => T,
): AsyncGenerator<T> {
  let rest: Buffer[] = [];
  for await (const chunk of store.read(key)) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      const line =
        rest.length === 0 ? bytes.subarray(start, end) : Buffer.concat([...rest, bytes.subarray(start, end)]);
      rest = [];
      start = end + 1;
      if (line.length > 0) yield parse(JSON.parse(line.toString('utf8')));
    }
    if (start < bytes.length) rest.push(Buffer.from(bytes.subarray(start)));
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) yield parse(JSON.parse(last.toString('utf8')));
}
