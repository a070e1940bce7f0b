import { open, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A holder does one small file write; one that takes longer than this was killed or suspended. */
const STALE_AFTER_MS = 30_000;
const LONGEST_PAUSE_MS = 20;
/** Longer than a stale lock can live, so that giving up means a machine that is really broken. */
const GIVE_UP_AFTER_MS = 90_000;

/** Runs `action` while this process alone holds the lock file at `path`; locks of dead processes are taken over. */
export async function withLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  await acquire(path);
  try {
    return await action();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string): Promise<void> {
  const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  for (let pause = 1; !(await createExclusively(path)); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    if (Date.now() > giveUpAt) {
      throw new Error(`[simulators] another process holds "${path}". End it, or delete the file if no process runs.`);
    }
    if (await isStale(path)) await removeStale(path);
    else await sleep(pause);
  }
}

async function createExclusively(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid)).finally(() => file.close());
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const holder = Number(await readFile(path, 'utf8'));
    const age = Date.now() - (await stat(path)).mtimeMs;
    return age > STALE_AFTER_MS || (holder > 0 && !isAlive(holder));
  } catch {
    return false;
  }
}

/** Two waiters may judge one lock stale; the second must not remove the fresh lock of the first, hence the second look. */
async function removeStale(path: string): Promise<void> {
  const guard = `${path}.takeover`;
  if (!(await createExclusively(guard))) {
    if (await isStale(guard)) await rm(guard, { force: true });
    return;
  }
  try {
    if (await isStale(path)) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
