import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Bucket, CRC32C, type File, Storage } from '@google-cloud/storage';
import type { AuthClient } from 'google-auth-library';
import { statusOf, writeError } from './gcs-errors.ts';
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

export interface GcsOptions {
  bucket: string;
  project: string;
  /** From the same copy of google-auth-library as the storage client's: another major version sends no token, and no error. */
  authClient: AuthClient;
  /** The origin of a stand-in for Cloud Storage. */
  endpoint?: string;
}

/** Bytes that can be read twice: once to upload, once to compare. */
export interface Content {
  bytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/** A store that also takes content under names that its hash gives. */
export interface ContentStore extends ObjectStore {
  /** Puts content where it may stand already: by size and CRC32C it is left as it is, else it is put right. */
  writeContent(key: string, content: Content, options: { contentType: string }): Promise<void>;
}

/** A bucket of Cloud Storage. ETags are generations, which change with every write. */
export function gcsStore(options: GcsOptions): ContentStore {
  const bucket = openBucket(options);
  return {
    list: (prefix) => listObjects(bucket, prefix),
    head: (key) => headObject(bucket, key),
    read: (key, readOptions) => readObject(bucket, key, readOptions ?? {}),
    write: (key, body, writeOptions) => writeObject(bucket, key, { body, options: writeOptions ?? {} }),
    remove: async (key) => void (await bucket.file(key).delete({ ignoreNotFound: true })),
    concatenate: (key, parts, writeOptions) => joinObjects(bucket, key, { parts, options: writeOptions ?? {} }),
    writeContent: (key, content, { contentType }) => writeContent(bucket, key, { content, contentType }),
  };
}

const TRIES_AGAIN = 2;
/** Of one request: a chunk over a line of half a megabit a second just passes. */
const REQUEST_MS = 120_000;

/** The client's own rule is kept: a request is repeated only if repeating it cannot do harm, and conditions make writes so. */
function openBucket({ bucket, project, authClient, endpoint }: GcsOptions): Bucket {
  const storage = new Storage({
    projectId: project,
    authClient,
    retryOptions: { maxRetries: TRIES_AGAIN },
    timeout: REQUEST_MS,
    // Without the second option, the client sends no token to an endpoint of its own.
    ...(endpoint === undefined ? {} : { apiEndpoint: endpoint, useAuthWithCustomEndpoint: true }),
  });
  // STORAGE_EMULATOR_HOST of the process would win over the endpoint (storage 7.22): the settings count, not the process.
  storage.baseUrl = `${endpoint ?? 'https://storage.googleapis.com'}/storage/v1`;
  return storage.bucket(bucket);
}

async function* listObjects(bucket: Bucket, prefix: string): AsyncGenerator<ObjectInfo> {
  let pageToken: string | undefined;
  do {
    const page = pageToken === undefined ? {} : { pageToken };
    // Page by page: the client would gather the whole list in memory.
    const [files, , answer] = await bucket.getFiles({ prefix, autoPaginate: false, ...page });
    for (const file of files) yield infoOf(file);
    pageToken = (answer as { nextPageToken?: string } | undefined)?.nextPageToken;
  } while (pageToken !== undefined);
}

function infoOf({ name, metadata }: File): ObjectInfo {
  return { key: name, size: Number(metadata.size), etag: String(metadata.generation) };
}

async function headFile(bucket: Bucket, key: string): Promise<File | null> {
  const file = bucket.file(key);
  try {
    await file.getMetadata();
    return file;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

async function headObject(bucket: Bucket, key: string): Promise<ObjectInfo | null> {
  const file = await headFile(bucket, key);
  return file === null ? null : infoOf(file);
}

async function* readObject(bucket: Bucket, key: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const generation = options.versionId ?? options.ifMatch;
  // No range is empty, and what is no number is nobody's generation: both are answered by a look.
  if (options.length === 0 || (generation !== undefined && !isGeneration(generation))) {
    return checkStanding(bucket, key, generation);
  }
  const file = bucket.file(key, generation === undefined ? {} : { generation });
  try {
    for await (const chunk of file.createReadStream(rangeOf(options))) yield chunk as Uint8Array;
  } catch (error) {
    const status = statusOf(error);
    // The range begins at or behind the end.
    if (status === 416) return;
    if (status !== 404) throw error;
    await checkStanding(bucket, key, options.ifMatch);
    throw new ObjectMissingError(key);
  }
}

async function checkStanding(bucket: Bucket, key: string, etag: string | undefined): Promise<void> {
  const info = await headObject(bucket, key);
  if (info === null) throw new ObjectMissingError(key);
  if (etag !== undefined && etag !== info.etag) throw new ObjectChangedError(key);
}

function isGeneration(etag: string): boolean {
  return /^\d{1,19}$/.test(etag);
}

/** `end` is the last byte. A read without a range is compared with the object's CRC32C. */
function rangeOf({ offset = 0, length }: ReadOptions): { start?: number; end?: number } {
  if (length !== undefined) return { start: offset, end: offset + length - 1 };
  return offset === 0 ? {} : { start: offset };
}

/** Up to here a write is one request; beyond it is resumable, in chunks that are kept until they are acknowledged (multiples of 256 KiB). */
const CHUNK_BYTES = 8 * 1024 * 1024;

interface Write {
  body: Body;
  options: WriteOptions;
}

async function writeObject(bucket: Bucket, key: string, { body, options }: Write): Promise<ObjectInfo> {
  const file = bucket.file(key);
  const settings = {
    validation: 'crc32c',
    preconditionOpts: conditionOf(key, options),
    ...(options.contentType === undefined ? {} : { contentType: options.contentType }),
  } as const;
  const { first, rest } = await beginOf(body);
  try {
    if (rest === null) await file.save(first, { ...settings, resumable: false });
    else {
      const target = file.createWriteStream({ ...settings, resumable: true, chunkSize: CHUNK_BYTES });
      await pipeline(Readable.from(joined(first, rest), { objectMode: true }), target);
    }
  } catch (error) {
    throw writeError(key, error);
  }
  return infoOf(file);
}

/** What a body begins with, and the rest if it is more than a chunk. An empty resumable upload would be malformed (storage 7.22). */
async function beginOf(body: Body): Promise<{ first: Buffer; rest: AsyncIterator<Uint8Array> | null }> {
  const source = typeof body === 'string' ? Buffer.from(body) : body;
  const chunks: AsyncIterator<Uint8Array> =
    source instanceof Uint8Array ? pieces(source) : source[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= CHUNK_BYTES) {
    const next = await chunks.next();
    if (next.done === true) return { first: Buffer.concat(begun), rest: null };
    // A copy: a source may use its buffer again.
    begun.push(Buffer.from(next.value));
    bytes += next.value.length;
  }
  return { first: Buffer.concat(begun), rest: chunks };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

async function* joined(first: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function conditionOf(key: string, { ifMatch, ifNoneMatch }: WriteOptions): { ifGenerationMatch?: number | string } {
  if (ifNoneMatch === '*') return { ifGenerationMatch: 0 };
  if (ifMatch === undefined) return {};
  if (!isGeneration(ifMatch)) throw new PreconditionFailedError(key);
  return { ifGenerationMatch: ifMatch };
}

/** Sources of one compose request (Cloud Storage, "Composite objects"). */
const MOST_SOURCES = 32;
/** Objects that are joined on the way lie here, and are taken away. */
const TEMPORARY = '.finedrop/tmp';

interface Join {
  parts: readonly string[];
  options: WriteOptions;
}

async function joinObjects(bucket: Bucket, key: string, { parts, options }: Join): Promise<ObjectInfo> {
  if (parts.length === 0) return writeObject(bucket, key, { body: '', options });
  const temporary: string[] = [];
  try {
    let sources = parts;
    while (sources.length > MOST_SOURCES) {
      const joined: string[] = [];
      for (const group of groupsOf(sources)) {
        const name = `${TEMPORARY}/${randomUUID()}`;
        temporary.push(name);
        await compose(bucket, name, { parts: group, options: { ifNoneMatch: '*' } });
        joined.push(name);
      }
      sources = joined;
    }
    return await compose(bucket, key, { parts: sources, options });
  } finally {
    await Promise.allSettled(temporary.map((name) => bucket.file(name).delete({ ignoreNotFound: true })));
  }
}

function groupsOf(keys: readonly string[]): string[][] {
  const count = Math.ceil(keys.length / MOST_SOURCES);
  return Array.from({ length: count }, (_, index) => keys.slice(index * MOST_SOURCES, (index + 1) * MOST_SOURCES));
}

async function compose(bucket: Bucket, key: string, { parts, options }: Join): Promise<ObjectInfo> {
  const target = bucket.file(key);
  if (options.contentType !== undefined) target.metadata.contentType = options.contentType;
  try {
    await bucket.combine([...parts], target, conditionOf(key, options));
  } catch (error) {
    const missing = await firstMissing(bucket, parts);
    throw missing === null ? writeError(key, error) : new ObjectMissingError(missing);
  }
  const info = await headObject(bucket, key);
  if (info === null) throw new ObjectMissingError(key);
  return info;
}

/** Cloud Storage says that a part is missing, not which; some stand-ins do not even say that. */
async function firstMissing(bucket: Bucket, keys: readonly string[]): Promise<string | null> {
  const files = await Promise.all(keys.map((key) => headFile(bucket, key)));
  return keys.find((_key, index) => files[index] === null) ?? null;
}

interface ContentWrite {
  content: Content;
  contentType: string;
}

/** Looks first, since most of a second run stands already; what another writer puts meanwhile is looked at again. */
async function writeContent(bucket: Bucket, key: string, { content, contentType }: ContentWrite): Promise<void> {
  const standing = await headFile(bucket, key);
  if (standing !== null && (await isSame(standing, content))) return;
  const condition: WriteOptions = standing === null ? { ifNoneMatch: '*' } : { ifMatch: infoOf(standing).etag };
  try {
    await writeObject(bucket, key, { body: content.read(), options: { ...condition, contentType } });
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    const other = await headFile(bucket, key);
    if (other === null || !(await isSame(other, content))) throw error;
  }
}

async function isSame({ metadata }: File, content: Content): Promise<boolean> {
  if (Number(metadata.size) !== content.bytes || metadata.crc32c === undefined) return false;
  const crc = new CRC32C();
  for await (const chunk of content.read()) crc.update(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  return crc.toString() === metadata.crc32c;
}
