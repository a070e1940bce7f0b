import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, lstat, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileEtag, keyToPath, pathToKey } from './folder-keys.ts';
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

/** Temporary files lie here until they are renamed or linked into place; no key may begin with it. */
const TEMPORARY = '.finedrop/tmp';
const READ_CHUNK_BYTES = 1024 * 1024;
const LONGEST_CHUNK_BYTES = 32 * 1024 * 1024;
const LOCK_WAIT_MS = 5;
const LOCK_STALE_MS = 10_000;

/**
 * A folder with the face of a bucket: writes appear whole or not at all, conditions hold between processes,
 * and an object's ETag changes with its bytes.
 */
export function folderStore(root: string): ObjectStore {
  return {
    list: (prefix) => listFolder(root, prefix),
    head: (key) => headFile(root, key),
    read: (key, options) => readFileRange(root, key, options ?? {}),
    write: (key, body, options) => writeFileOnce(root, key, body, options ?? {}),
    remove: (key) => removeFile(root, key),
    concatenate: (key, parts, options) => writeFileOnce(root, key, joined(root, parts), options ?? {}),
  };
}

async function* listFolder(root: string, prefix: string): AsyncGenerator<ObjectInfo> {
  // Names are sorted with "/" behind directories, so that the walk is in the order of whole keys.
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walk(root, start === '' ? '' : start.slice(0, -1), prefix);
}

async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<ObjectInfo> {
  const entries = await readdir(keyToPath(root, folder), { withFileTypes: true }).catch(ignoreMissing);
  const named = (entries ?? [])
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => ({ entry, key: joinKey(folder, pathToKey(entry.name)) + (entry.isDirectory() ? '/' : '') }))
    .sort((left, right) => Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)));
  for (const { entry, key } of named) {
    if (key === `${TEMPORARY}/`) continue;
    if (entry.isDirectory()) {
      if (key.startsWith(prefix) || prefix.startsWith(key)) yield* walk(root, key.slice(0, -1), prefix);
    } else if (key.startsWith(prefix)) {
      const info = await headFile(root, key);
      if (info !== null) yield info;
    }
  }
}

async function headFile(root: string, key: string): Promise<ObjectInfo | null> {
  const path = keyToPath(root, key);
  const stats = await lstat(path).catch(ignoreMissing);
  if (!stats?.isFile()) return null;
  const etag = await fileEtag(path).catch(ignoreMissing);
  return etag === undefined ? null : { key, size: stats.size, etag };
}

async function* readFileRange(root: string, key: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  if (options.ifMatch !== undefined) {
    const info = await headFile(root, key);
    if (info === null) throw new ObjectMissingError(key);
    if (info.etag !== options.ifMatch) throw new ObjectChangedError(key);
  }
  const start = options.offset ?? 0;
  if (options.length === 0) return;
  const handle = await open(keyToPath(root, key), 'r').catch(ignoreMissing);
  if (handle === undefined) throw new ObjectMissingError(key);
  yield* createReadStream('', {
    fd: handle,
    start,
    ...(options.length === undefined ? {} : { end: start + options.length - 1 }),
    // A range that fits comes as one chunk, so that its reader need not join pieces.
    highWaterMark: Math.max(READ_CHUNK_BYTES, Math.min(options.length ?? 0, LONGEST_CHUNK_BYTES)),
  }) as AsyncIterable<Uint8Array>;
}

async function writeFileOnce(root: string, key: string, body: Body, options: WriteOptions): Promise<ObjectInfo> {
  const temporary = join(root, TEMPORARY, randomUUID());
  await mkdir(dirname(temporary), { recursive: true });
  try {
    await writeBody(temporary, body);
    await putInPlace(root, temporary, key, options);
  } finally {
    await rm(temporary, { force: true });
  }
  const info = await headFile(root, key);
  if (info === null) throw new ObjectMissingError(key);
  return info;
}

async function writeBody(path: string, body: Body): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    if (typeof body === 'string' || body instanceof Uint8Array) await handle.writeFile(body);
    else
      await pipeline(
        Readable.from(body, { objectMode: true }),
        createWriteStream('', { fd: handle.fd, autoClose: false }),
      );
  } finally {
    await handle.close();
  }
}

async function putInPlace(root: string, temporary: string, key: string, options: WriteOptions): Promise<void> {
  const path = keyToPath(root, key);
  await mkdir(dirname(path), { recursive: true });
  if (options.ifNoneMatch === '*') {
    // link(2) fails if the name exists: an exclusive create that shows the whole object at once.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new PreconditionFailedError(key) : error;
    });
    return;
  }
  if (options.ifMatch === undefined) return rename(temporary, path);
  await withLock(root, key, async () => {
    const current = await headFile(root, key);
    if (current?.etag !== options.ifMatch) throw new PreconditionFailedError(key);
    await rename(temporary, path);
  });
}

/** Compare-and-swap needs the look and the rename to be one: an exclusive lock file, given up by a dead holder after a while. */
async function withLock<T>(root: string, key: string, work: () => Promise<T>): Promise<T> {
  const lock = join(root, TEMPORARY, `lock-${createHash('sha256').update(key).digest('hex')}`);
  for (;;) {
    const handle = await open(lock, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return null;
      throw error;
    });
    if (handle !== null) {
      try {
        return await work();
      } finally {
        await handle.close();
        await rm(lock, { force: true });
      }
    }
    const held = await stat(lock).catch(ignoreMissing);
    if (held !== undefined && Date.now() - held.mtimeMs > LOCK_STALE_MS) await rm(lock, { force: true });
    await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS));
  }
}

async function removeFile(root: string, key: string): Promise<void> {
  const path = keyToPath(root, key);
  await rm(path, { force: true });
  // Folders are no objects: empty ones are taken away, so that nothing is left behind.
  for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) {
    if (
      !(await rmdir(folder).then(
        () => true,
        () => false,
      ))
    )
      return;
  }
}

async function* joined(root: string, parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield* readFileRange(root, part, {});
}

function joinKey(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
