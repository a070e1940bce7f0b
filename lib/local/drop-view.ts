import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { fileEtag } from '../storage/folder-keys.ts';
import {
  ObjectChangedError,
  type ObjectInfo,
  ObjectMissingError,
  type ReadableStore,
  type ReadOptions,
} from '../storage/object-store.ts';

export interface DropPaths {
  dataset: string;
  /** A drop folder, or several files that are one drop. */
  folder?: string;
  files?: readonly string[];
  /** A folder that is not part of the drop although it lies in it: the results. */
  exclude?: string;
}

const CHUNK_BYTES = 1024 * 1024;
const LONGEST_CHUNK_BYTES = 32 * 1024 * 1024;

/** Files of this machine with the face of an inbox. Hidden files and symbolic links are not part of a drop. */
export function dropView(paths: DropPaths): ReadableStore {
  return {
    list: (prefix) => listDrop(paths, prefix),
    head: async (key) => headFile(paths, key),
    read: (key, options) => readRange(paths, key, options ?? {}),
  };
}

async function* listDrop(paths: DropPaths, prefix: string): AsyncGenerator<ObjectInfo> {
  const names =
    paths.folder === undefined
      ? (paths.files ?? []).map((file) => basename(file))
      : await namesIn(paths.folder, '', paths.exclude);
  const keys = names.map((name) => `${paths.dataset}/${name}`).filter((key) => key.startsWith(prefix));
  for (const key of keys.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))) {
    const info = await headFile(paths, key);
    if (info !== null) yield info;
  }
}

async function namesIn(folder: string, inner: string, exclude: string | undefined): Promise<string[]> {
  const entries = await readdir(join(folder, inner), { withFileTypes: true });
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const name = inner === '' ? entry.name : `${inner}/${entry.name}`;
    if (entry.isFile()) names.push(name);
    else if (entry.isDirectory() && !(await isExcluded(join(folder, name), exclude)))
      names.push(...(await namesIn(folder, name, exclude)));
  }
  return names;
}

async function isExcluded(folder: string, exclude: string | undefined): Promise<boolean> {
  if (exclude === undefined) return false;
  const real = (path: string) => realpath(path).catch(() => resolve(path));
  return (await real(folder)) === (await real(exclude));
}

function pathOf({ dataset, folder, files }: DropPaths, key: string): string | null {
  if (!key.startsWith(`${dataset}/`)) return null;
  const name = key.slice(dataset.length + 1);
  if (folder === undefined) return files?.find((file) => basename(file) === name) ?? null;
  const path = resolve(folder, name);
  return path.startsWith(resolve(folder) + sep) ? path : null;
}

async function headFile(paths: DropPaths, key: string): Promise<ObjectInfo | null> {
  const path = pathOf(paths, key);
  if (path === null) return null;
  try {
    const stats = await stat(path);
    return stats.isFile() ? { key, size: stats.size, etag: await fileEtag(path) } : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function* readRange(
  paths: DropPaths,
  key: string,
  { offset = 0, length, ifMatch }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const path = pathOf(paths, key);
  const info = path === null ? null : await headFile(paths, key);
  if (path === null || info === null) throw new ObjectMissingError(key);
  if (ifMatch !== undefined && info.etag !== ifMatch) throw new ObjectChangedError(key);
  const handle = await open(path, 'r');
  try {
    let position = offset;
    const end = Math.min(info.size, length === undefined ? info.size : offset + length);
    // A range that fits comes as one chunk, so that its reader need not join pieces.
    const step = length === undefined ? CHUNK_BYTES : Math.min(Math.max(length, 1), LONGEST_CHUNK_BYTES);
    while (position < end) {
      const chunk = Buffer.allocUnsafe(Math.min(step, end - position));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) throw new ObjectChangedError(key);
      position += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
