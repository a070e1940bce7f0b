import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** What a drop holds: contents by names relative to the drop. */
export type DropFiles = Readonly<Record<string, string | Uint8Array>>;

export interface Workspace {
  /** A new folder of that name, each in a parent of its own, so that equal names do not meet. */
  folder(name: string): Promise<string>;
  /** A new drop folder of that name with these files. */
  drop(name: string, files: DropFiles): Promise<string>;
}

/** Temporary folders for the tests of a file; all are removed when its tests have ended. */
export function useWorkspace(): Workspace {
  const made: string[] = [];
  afterAll(async () => {
    await Promise.all(made.map((path) => rm(path, { recursive: true, force: true })));
  });
  const folder = async (name: string) => {
    const parent = await mkdtemp(join(tmpdir(), 'finedrop-e2e-'));
    made.push(parent);
    await mkdir(join(parent, name));
    return join(parent, name);
  };
  return {
    folder,
    drop: async (name, files) => {
      const path = await folder(name);
      await addFiles(path, files);
      return path;
    },
  };
}

/** Writes files into a drop, in place of what stood there. */
export async function addFiles(drop: string, files: DropFiles): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(drop, name)), { recursive: true });
    await writeFile(join(drop, name), content);
  }
}
