import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileInfo, readFileRange } from './file-range.ts';
import { keyToPath, nameToSegment } from './folder-keys.ts';
import { ignoreMissing, removeAbandoned, TEMPORARY, writeObject } from './folder-write.ts';
import type { Body, ObjectInfo, ObjectStore, WriteOptions } from './object-store.ts';

/**
 * A folder with the face of a bucket: writes appear whole or not at all, conditions hold between processes,
 * and an object's ETag changes with its bytes. Symbolic links in it are no objects.
 */
export function folderStore(folder: string): ObjectStore {
  const root = resolve(folder);
  let cleaned: Promise<void> | null = null;
  const write = async (key: string, body: Body, options: WriteOptions = {}): Promise<ObjectInfo> => {
    cleaned ??= removeAbandoned(root);
    await cleaned;
    return writeObject(root, ownKey(key), body, options);
  };
  return {
    list: (prefix) => listFolder(root, prefix),
    head: async (key) => fileInfo(keyToPath(root, ownKey(key)), key),
    read: (key, options) => readFileRange(keyToPath(root, ownKey(key)), key, options ?? {}),
    write,
    remove: async (key) => removeFile(root, ownKey(key)),
    concatenate: (key, parts, options) => write(key, joined(root, parts), options),
  };
}

function ownKey(key: string): string {
  if (key.startsWith(TEMPORARY)) throw new Error(`[storage] "${key}" lies where unfinished files are kept.`);
  return key;
}

async function* listFolder(root: string, prefix: string): AsyncGenerator<ObjectInfo> {
  yield* walk(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix);
}

/** `folder` is '' or ends in "/". Folders are sorted with their "/", so that the walk is in the order of whole keys. */
async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<ObjectInfo> {
  const path = keyToPath(root, folder.slice(0, -1));
  const entries = await readdir(path, { withFileTypes: true }).catch(ignoreMissing);
  const named = (entries ?? [])
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => ({ entry, segment: nameToSegment(entry.name) }))
    .filter(({ segment }) => segment !== null && (segment !== '' || folder !== ''))
    .map(({ entry, segment }) => ({ entry, key: `${folder}${segment}${entry.isDirectory() ? '/' : ''}` }))
    .filter(({ key }) => key !== TEMPORARY && (key.startsWith(prefix) || prefix.startsWith(key)))
    .sort((left, right) => Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)));
  for (const { entry, key } of named) {
    if (entry.isDirectory()) yield* walk(root, key, prefix);
    else if (key.startsWith(prefix)) yield* present(await fileInfo(join(path, entry.name), key));
  }
}

function present(info: ObjectInfo | null): ObjectInfo[] {
  return info === null ? [] : [info];
}

async function removeFile(root: string, key: string): Promise<void> {
  const path = keyToPath(root, key);
  const stats = await lstat(path).catch(ignoreMissing);
  if (stats?.isFile() !== true) return;
  await unlink(path).catch(ignoreMissing);
  // Folders are no objects: empty ones are taken away, so that nothing is left behind.
  for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) {
    const isEmpty = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!isEmpty) return;
  }
}

async function* joined(root: string, parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield* readFileRange(keyToPath(root, ownKey(part)), part, {});
}
