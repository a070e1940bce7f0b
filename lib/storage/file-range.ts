import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  type Body,
  ObjectChangedError,
  type ObjectInfo,
  ObjectMissingError,
  type ReadOptions,
} from './object-store.ts';

/** Up to this size an ETag is a hash of the content; above, reading gigabytes to name them would cost more than a second run. */
const HASHED_BYTES = 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const LONGEST_CHUNK_BYTES = 32 * 1024 * 1024;
// A pipe must not be waited for before it is known to be one.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const READ_NO_LINK = READ | (constants.O_NOFOLLOW ?? 0);
/** What opening says of names that no file has: also of symbolic links (ELOOP), sockets (ENXIO) and names that no disk can hold. */
const NO_FILE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG']);

export interface FileOptions {
  /** A symbolic link is read as the file that it points to; otherwise it is no file. */
  followLinks?: boolean;
}

/** Size and ETag of a regular file, both of the same moment; null when there is none. */
export async function fileInfo(path: string, key: string, options: FileOptions = {}): Promise<ObjectInfo | null> {
  const file = await openRegular(path, options);
  if (file === null) return null;
  try {
    const { size, etag } = await identify(file);
    return { key, size, etag };
  } finally {
    await file.handle.close();
  }
}

/** What an open file has become after `work`, wherever its name went meanwhile. */
export async function infoAfter(path: string, key: string, work: () => Promise<void>): Promise<ObjectInfo> {
  const handle = await open(path, READ_NO_LINK);
  try {
    await work();
    const { size, etag } = await identify({ handle, stats: await handle.stat({ bigint: true }) });
    return { key, size, etag };
  } finally {
    await handle.close();
  }
}

/** What a file with this content is, without reading it back; null where its ETag is not one of content alone. */
export function infoOfBody(key: string, body: Body): ObjectInfo | null {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return null;
  const size = Buffer.byteLength(body);
  if (size > HASHED_BYTES) return null;
  return {
    key,
    size,
    // Few who write ask for it, and it costs a hash of all bytes.
    get etag() {
      return shortHash(body);
    },
  };
}

/** A range of a regular file; with `ifMatch` each chunk is handed out only while the file is the one that was pinned. */
export async function* readFileRange(
  path: string,
  key: string,
  { offset = 0, length, ifMatch, followLinks = false }: ReadOptions & FileOptions,
): AsyncGenerator<Uint8Array> {
  const file = await openRegular(path, { followLinks });
  if (file === null) throw new ObjectMissingError(key);
  try {
    const pinned = ifMatch === undefined ? null : await identify(file);
    if (pinned !== null && pinned.etag !== ifMatch) throw new ObjectChangedError(key);
    const size = pinned?.size ?? Number(file.stats.size);
    const end = length === undefined ? size : Math.min(size, offset + length);
    if (offset >= end) return;
    // What was hashed is what is handed out: nobody can change it in between.
    if (pinned?.content !== undefined) yield pinned.content.subarray(offset, end);
    // A range that fits comes as one chunk, so that its reader need not join pieces.
    else yield* readChunks(file, key, { offset, end, chunk: length ?? CHUNK_BYTES, ifMatch });
  } finally {
    await file.handle.close();
  }
}

interface OpenedFile {
  handle: FileHandle;
  stats: BigIntStats;
}

async function openRegular(path: string, { followLinks = false }: FileOptions): Promise<OpenedFile | null> {
  const handle = await open(path, followLinks ? READ : READ_NO_LINK).catch((error: NodeJS.ErrnoException) => {
    if (NO_FILE.has(error.code ?? '')) return null;
    throw error;
  });
  if (handle === null) return null;
  const stats = await handle.stat({ bigint: true });
  if (stats.isFile()) return { handle, stats };
  await handle.close();
  return null;
}

/** An opaque ETag that changes with the bytes: of the content when small, of identity and times when large. */
async function identify({ handle, stats }: OpenedFile): Promise<{ size: number; etag: string; content?: Buffer }> {
  if (stats.size > HASHED_BYTES) return { size: Number(stats.size), etag: etagOfStats(stats) };
  const content = await readWhole(handle);
  return { size: content.length, etag: shortHash(content), ...(content.length > 0 ? { content } : {}) };
}

function etagOfStats({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return shortHash(`${ino}:${size}:${mtimeNs}:${ctimeNs}`);
}

function shortHash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

/** All of a small file; one that grows meanwhile is read no further than the size up to which files count as small. */
async function readWhole(handle: FileHandle): Promise<Buffer> {
  const { size } = await handle.stat();
  const content = Buffer.allocUnsafe(Math.min(size, HASHED_BYTES));
  let filled = 0;
  while (filled < content.length) {
    const { bytesRead } = await handle.read(content, filled, content.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return content.subarray(0, filled);
}

async function* readChunks(
  { handle }: OpenedFile,
  key: string,
  { offset, end, chunk, ifMatch }: { offset: number; end: number; chunk: number; ifMatch: string | undefined },
): AsyncGenerator<Uint8Array> {
  const step = Math.min(chunk, LONGEST_CHUNK_BYTES);
  for (let position = offset; position < end; ) {
    const bytes = Buffer.allocUnsafe(Math.min(step, end - position));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
    if (bytesRead === 0) throw new ObjectChangedError(key);
    if (ifMatch !== undefined && etagOfStats(await handle.stat({ bigint: true })) !== ifMatch)
      throw new ObjectChangedError(key);
    position += bytesRead;
    yield bytes.subarray(0, bytesRead);
  }
}
