import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileInfo, readFileRange } from '../storage/file-range.ts';
import { type ObjectInfo, ObjectMissingError, type ReadableStore, type ReadOptions } from '../storage/object-store.ts';

export interface DropPaths {
  dataset: string;
  /** A drop folder, or several files that are one drop. */
  folder?: string;
  files?: readonly string[];
  /** A folder that is not part of the drop although it lies in it: the results. */
  exclude?: string;
}

/**
 * Files of this machine with the face of an inbox. Hidden files and symbolic links are not part of a drop folder: it may
 * have come from a stranger. A file that the user names is read even through a link.
 */
export function dropView(paths: DropPaths): ReadableStore {
  return {
    list: (prefix) => listDrop(paths, prefix),
    head: (key) => headFile(paths, key),
    read: (key, options) => readRange(paths, key, options ?? {}),
  };
}

async function* listDrop(paths: DropPaths, prefix: string): AsyncGenerator<ObjectInfo> {
  const names =
    paths.folder === undefined
      ? (paths.files ?? []).map((file) => basename(file))
      : await namesIn(paths.folder, '', await realPath(paths.exclude));
  const keys = names.map((name) => `${paths.dataset}/${name}`).filter((key) => key.startsWith(prefix));
  for (const key of keys.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))) {
    const info = await headFile(paths, key);
    if (info !== null) yield info;
  }
}

async function namesIn(folder: string, inner: string, exclude: string | null): Promise<string[]> {
  const entries = await readdir(join(folder, inner), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    // A folder may be taken away while the drop settles; the drop itself may not.
    if (inner !== '' && error.code === 'ENOENT') return [];
    throw error;
  });
  const names: string[] = [];
  for (const entry of entries) {
    if (isHidden(entry.name)) continue;
    const name = inner === '' ? entry.name : `${inner}/${entry.name}`;
    if (entry.isFile()) names.push(name);
    else if (entry.isDirectory() && (await realPath(join(folder, name))) !== exclude)
      names.push(...(await namesIn(folder, name, exclude)));
  }
  return names;
}

async function headFile(paths: DropPaths, key: string): Promise<ObjectInfo | null> {
  const path = await pathOf(paths, key);
  return path === null ? null : fileInfo(path, key, { followLinks: paths.folder === undefined });
}

async function* readRange(paths: DropPaths, key: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const path = await pathOf(paths, key);
  if (path === null) throw new ObjectMissingError(key);
  yield* readFileRange(path, key, { ...options, followLinks: paths.folder === undefined });
}

/** Where a key's file lies; null for keys that no listing of this drop can hold. */
async function pathOf({ dataset, folder, files, exclude }: DropPaths, key: string): Promise<string | null> {
  if (!key.startsWith(`${dataset}/`)) return null;
  const name = key.slice(dataset.length + 1);
  if (folder === undefined) return files?.find((file) => basename(file) === name) ?? null;
  const segments = name.split('/');
  if (segments.some((segment) => isHidden(segment) || segment.includes('\0'))) return null;
  const excluded = await realPath(exclude);
  let path = resolve(folder);
  for (const segment of segments.slice(0, -1)) {
    path = join(path, segment);
    const stats = await lstat(path).catch(() => null);
    if (stats?.isDirectory() !== true || (await realPath(path)) === excluded) return null;
  }
  return join(path, segments.at(-1) ?? '');
}

/** Also '' and '..': what a name must not be is hidden as well. */
function isHidden(segment: string): boolean {
  return segment === '' || segment.startsWith('.');
}

async function realPath(path: string | undefined): Promise<string | null> {
  return path === undefined ? null : realpath(path).catch(() => resolve(path));
}
