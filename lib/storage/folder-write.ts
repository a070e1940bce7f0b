import { createHash, randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileInfo, infoAfter, infoOfBody } from './file-range.ts';
import { keyToPath } from './folder-keys.ts';
import { type Body, type ObjectInfo, PreconditionFailedError, type WriteOptions } from './object-store.ts';

/** Files lie here until they are renamed or linked into place; no key may begin with it. */
export const TEMPORARY = '.finedrop/tmp/';
/** What a killed process left there is taken away after a day: nothing is written for longer. */
const ABANDONED_MS = 24 * 3600 * 1000;
const BLOCK_BYTES = 256 * 1024;
const COMMIT_WAIT_MS = 5;
/** Far longer than the last step takes; finishing it for a writer that still lives does no harm. */
const COMMIT_STALE_MS = 1000;
/** Another process may take an empty folder away just before a file comes into it. */
const FOLDER_ATTEMPTS = 20;

/** Writes a body aside, then shows it whole under its key, if the conditions hold. */
export async function writeObject(root: string, key: string, body: Body, options: WriteOptions): Promise<ObjectInfo> {
  const path = keyToPath(root, key);
  const temporary = join(root, TEMPORARY, randomUUID());
  const put = async () => {
    if (options.ifNoneMatch === '*') await create(temporary, path, key);
    else if (options.ifMatch !== undefined) await replace(root, temporary, { path, key, etag: options.ifMatch });
    else return inFolder(path, key, () => rename(temporary, path));
    await rm(temporary, { force: true });
  };
  const info = infoOfBody(key, body);
  const isPlain = options.ifNoneMatch === undefined && options.ifMatch === undefined;
  if (isPlain && info !== null && isWrittenAtOnce(temporary, path, body)) return info;
  try {
    await writeBody(temporary, body);
    // Asked of the open file, the ETag is that of this write, even if another has replaced it already.
    if (info === null) return await infoAfter(temporary, key, put);
    await put();
    return info;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Takes away what processes that were killed left behind. */
export async function removeAbandoned(root: string): Promise<void> {
  const folder = join(root, TEMPORARY);
  const names = await readdir(folder).catch(ignoreMissing);
  for (const name of names ?? []) {
    const stats = await lstat(join(folder, name)).catch(ignoreMissing);
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS) await rm(join(folder, name), { force: true });
  }
}

/**
 * A small file is written before the way to another thread and back would be over. Whatever goes wrong is left to those
 * who can wait, make folders and explain.
 */
function isWrittenAtOnce(temporary: string, path: string, body: Body): boolean {
  try {
    writeFileSync(temporary, body as string | Uint8Array, { flag: 'wx' });
    renameSync(temporary, path);
    return true;
  } catch {
    rmSync(temporary, { force: true });
    return false;
  }
}

async function writeBody(path: string, body: Body): Promise<void> {
  const handle = await openNew(path);
  try {
    if (typeof body === 'string' || body instanceof Uint8Array) await handle.writeFile(body);
    else for await (const block of inBlocks(body)) await writeWhole(handle, block);
  } finally {
    await handle.close();
  }
}

/** The folder is made when it is found missing: thousands of small files need not ask for it each. */
async function openNew(path: string): Promise<FileHandle> {
  const handle = await open(path, 'wx').catch(ignoreMissing);
  if (handle !== undefined) return handle;
  await mkdir(dirname(path), { recursive: true });
  return open(path, 'wx');
}

/** Small chunks are joined: each write goes to another thread and back. */
async function* inBlocks(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < BLOCK_BYTES) continue;
    yield waiting.length === 1 ? chunk : Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

/** Without a stream in between: gigabytes come in blocks, and each would pass through three queues. */
async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let start = 0; start < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, start, chunk.length - start);
    start += bytesWritten;
  }
}

/** link(2) fails if the name exists: an exclusive create that shows the whole object at once. */
async function create(temporary: string, path: string, key: string): Promise<void> {
  const isFirst = await inFolder(path, key, () => linked(temporary, path));
  if (isFirst) return;
  const standing = await lstat(path).catch(ignoreMissing);
  if (standing !== undefined && !standing.isFile()) throw inTheWay(key);
  throw new PreconditionFailedError(key);
}

interface Replacement {
  path: string;
  key: string;
  etag: string;
}

/**
 * Compare-and-swap. Whoever creates the file that is named by key and ETag is the one who may leave that ETag; it then
 * moves this file into place. If it dies in between, its write is decided: the next writer finishes it. No lock can be
 * held by the dead, and a process that was paused finds its write done.
 */
async function replace(root: string, temporary: string, { path, key, etag }: Replacement): Promise<void> {
  const commit = join(root, TEMPORARY, `commit-${createHash('sha256').update(`${key}\0${etag}`).digest('hex')}`);
  const stands = async () => (await fileInfo(path, key))?.etag === etag;
  do {
    if (!(await stands())) throw new PreconditionFailedError(key);
  } while (!(await linked(temporary, commit)) && (await finishOther(commit, path, stands)));
  if (await stands()) {
    await rename(commit, path).catch(ignoreMissing);
    return;
  }
  if (await isSameFile(temporary, path)) return;
  await rm(commit, { force: true });
  throw new PreconditionFailedError(key);
}

/** Another writer is about to leave this ETag: waits for it, or does its last step when it seems to have died. Always true: look again. */
async function finishOther(commit: string, path: string, stands: () => Promise<boolean>): Promise<true> {
  const other = await lstat(commit).catch(ignoreMissing);
  if (other === undefined || Date.now() - other.ctimeMs < COMMIT_STALE_MS) {
    await new Promise((resolve) => setTimeout(resolve, COMMIT_WAIT_MS));
  } else if (await stands()) {
    await rename(commit, path).catch(ignoreMissing);
  } else {
    await rm(commit, { force: true });
  }
  return true;
}

async function isSameFile(left: string, right: string): Promise<boolean> {
  const [one, other] = await Promise.all([left, right].map((path) => lstat(path).catch(ignoreMissing)));
  return one !== undefined && one.ino === other?.ino;
}

function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

async function inFolder<T>(path: string, key: string, work: () => Promise<T>): Promise<T> {
  const orMissing = (error: NodeJS.ErrnoException): undefined => {
    if (error.code !== 'ENOENT') throw IN_THE_WAY.has(error.code ?? '') ? inTheWay(key, error) : error;
  };
  for (let attempt = 0; attempt < FOLDER_ATTEMPTS; attempt += 1) {
    const done = await work().then((value) => ({ value }), orMissing);
    if (done !== undefined) return done.value;
    await mkdir(dirname(path), { recursive: true }).catch(orMissing);
  }
  return work();
}

const IN_THE_WAY: ReadonlySet<string> = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY']);

/** A bucket may hold `a` and `a/b`; a folder cannot. */
function inTheWay(key: string, cause?: unknown): Error {
  return new Error(
    `[storage] "${key}" cannot be written: a file stands where it needs a folder, or a folder where it needs a file. Remove or rename that one.`,
    { cause },
  );
}

/** For `catch`: what is not there is `undefined`, any other error is thrown. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
