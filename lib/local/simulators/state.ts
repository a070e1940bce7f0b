import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { createFile, replaceFile } from './atomic-file.ts';

/** Small JSON documents on disk, one a file; each call is atomic, also between processes. */
export interface Collection<T> {
  get(id: string): Promise<T | null>;
  put(id: string, value: T): Promise<void>;
  /** False, and nothing changed, when a document with this id exists. */
  create(id: string, value: T): Promise<boolean>;
  /** All documents, in the order of their file names: sort them by a field of their own. */
  list(): Promise<T[]>;
  delete(id: string): Promise<void>;
}

/** Opens (and makes on first write) the folder `<stateDir>/<name>`; a document that `schema` refuses is an error, not a null. */
export function openCollection<T>(stateDir: string, name: string, schema: z.ZodType<T>): Collection<T> {
  const folder = join(stateDir, name);
  const pathOf = (id: string) => join(folder, fileNameOf(id));
  return {
    get: (id) => readDocument(pathOf(id), schema),
    async put(id, value) {
      await mkdir(folder, { recursive: true });
      await replaceFile(pathOf(id), JSON.stringify(value));
    },
    async create(id, value) {
      await mkdir(folder, { recursive: true });
      return createFile(pathOf(id), JSON.stringify(value));
    },
    async list() {
      const found: T[] = [];
      for (const file of await documentNames(folder)) {
        const value = await readDocument(join(folder, file), schema);
        if (value !== null) found.push(value);
      }
      return found;
    },
    delete: (id) => rm(pathOf(id), { force: true }),
  };
}

/** Ids come from URLs: what could leave the folder, or differ only by case on some disks, is named by its hash. */
function fileNameOf(id: string): string {
  const plain = id.length <= 120 && /^[a-z0-9][a-z0-9._-]*$/.test(id);
  return plain ? `${id}.json` : `~${createHash('sha256').update(id).digest('hex')}.json`;
}

async function documentNames(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readDocument<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`[simulators] state that cannot be read: "${path}". Delete the simulators' folder to start anew.`, {
      cause,
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
