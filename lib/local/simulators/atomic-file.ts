import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Replaces the file at `path` in one step: readers see the old content or the new, never a part, also after a crash. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = await writeTemporary(dirname(path), content);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Creates the file at `path` with its whole content; false, and nothing changed, when it exists already. */
export async function createFile(path: string, content: string): Promise<boolean> {
  const temporary = await writeTemporary(dirname(path), content);
  try {
    await link(temporary, path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

async function writeTemporary(folder: string, content: string): Promise<string> {
  const path = join(folder, `.${randomUUID()}.partial`);
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  return path;
}

/** Without this a rename may be forgotten by a power cut; some file systems cannot sync a folder, which costs only that. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    return;
  }
}
