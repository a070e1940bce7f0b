import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/domain/canonical.ts';
import { folderStore } from '../../lib/storage/folder-store.ts';
import { ObjectChangedError, PreconditionFailedError, readBytes } from '../../lib/storage/object-store.ts';
import { objectStoreContract } from '../contracts/object-store.ts';

const WORKER = fileURLToPath(new URL('folder-store-worker.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const HOUR_MS = 3600 * 1000;

objectStoreContract('folderStore', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'finedrop-store-'));
  return {
    store: folderStore(folder),
    close: async () => {
      const left = await readdir(join(folder, '.finedrop/tmp')).catch(() => []);
      await rm(folder, { recursive: true, force: true });
      expect(left).toEqual([]);
    },
  };
});

describe('folderStore', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'finedrop-store-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('lays objects down as plain files that people can open', async () => {
    await folderStore(folder).write('museum/report (1).html', '<p>');
    expect(await readFile(join(folder, 'museum/report (1).html'), 'utf8')).toBe('<p>');
  });

  it.each(['.', './', 'inner/'])('finds its objects again when the folder is given as "%s"', async (relative) => {
    await folderStore(join(folder, relative)).write('a/b', 'x');
    const again = folderStore(`${join(folder, relative)}/`);
    expect((await readBytes(again, 'a/b'))?.toString()).toBe('x');
    await again.remove('a/b');
    expect(existsSync(join(folder, relative, 'a'))).toBe(false);
    expect(existsSync(join(folder, relative))).toBe(true);
  });

  it('lists nothing of a folder that does not exist yet, and makes it by the first write', async () => {
    const store = folderStore(join(folder, 'not/yet'));
    expect(await keysIn(store)).toEqual([]);
    await store.write('k', 'x');
    expect(await keysIn(store)).toEqual(['k']);
  });

  describe('ETag', () => {
    it('changes with the content of a small file even where size and times are the same', async () => {
      const store = folderStore(folder);
      const { etag } = await store.write('k', 'before');
      const time = new Date('2026-01-01T00:00:00Z');
      await utimes(join(folder, 'k'), time, time);
      expect((await store.head('k'))?.etag).toBe(etag);
      await writeFile(join(folder, 'k'), 'beyond');
      await utimes(join(folder, 'k'), time, time);
      expect((await store.head('k'))?.etag).not.toBe(etag);
      await expect(readBytes(store, 'k', { ifMatch: etag })).rejects.toBeInstanceOf(ObjectChangedError);
    });

    it('changes with a large file that is written over in place', async () => {
      const store = folderStore(folder);
      const { etag } = await store.write('k', Buffer.alloc(3_000_000, 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await writeFile(join(folder, 'k'), Buffer.alloc(3_000_000, 2));
      expect((await store.head('k'))?.etag).not.toBe(etag);
    });

    it('of a large file is found out while it is being read', async () => {
      const store = folderStore(folder);
      const { etag } = await store.write('k', Buffer.alloc(8_000_000, 1));
      const reading = (async () => {
        for await (const chunk of store.read('k', { ifMatch: etag })) {
          expect(chunk.every((byte) => byte === 1)).toBe(true);
          await new Promise((resolve) => setTimeout(resolve, 20));
          await writeFile(join(folder, 'k'), Buffer.alloc(8_000_000, 2));
        }
      })();
      await expect(reading).rejects.toBeInstanceOf(ObjectChangedError);
    });

    it('that a write returns is that of its own bytes, though another writer follows at once', async () => {
      const store = folderStore(folder);
      const bodies = Array.from({ length: 24 }, (_, index) => `body ${index}`);
      const written = await Promise.all(bodies.map((body) => store.write('k', body)));
      expect(written.map(({ etag }) => etag)).toEqual(bodies.map((body) => sha256(body).slice(0, 32)));
    });

    it('is the same before and after a large object is read by another process of the store', async () => {
      const written = await folderStore(folder).write('k', Buffer.alloc(2_000_000, 1), { ifNoneMatch: '*' });
      expect(await folderStore(folder).head('k')).toEqual(written);
    });
  });

  describe('what is no object', () => {
    it('a symbolic link is neither listed, nor found, nor read', async () => {
      const store = folderStore(join(folder, 'store'));
      await writeFile(join(folder, 'secret.txt'), 'secret');
      await store.write('real', 'x');
      await symlink(join(folder, 'secret.txt'), join(folder, 'store/link.txt'));
      await mkdir(join(folder, 'outside'));
      await writeFile(join(folder, 'outside/inner.txt'), 'secret');
      await symlink(join(folder, 'outside'), join(folder, 'store/linked-folder'));
      expect(await keysIn(store)).toEqual(['real']);
      expect(await store.head('link.txt')).toBeNull();
      await expect(readBytes(store, 'link.txt', { ifMatch: 'x' })).resolves.toBeNull();
      await expect(store.write('link.txt', 'x', { ifNoneMatch: '*' })).rejects.toThrow('cannot be written');
      await store.remove('link.txt');
      expect(await readFile(join(folder, 'secret.txt'), 'utf8')).toBe('secret');
    });

    it('a pipe is not waited for', async () => {
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      const store = folderStore(folder);
      expect(await keysIn(store)).toEqual([]);
      expect(await store.head('pipe')).toBeNull();
      expect(await readBytes(store, 'pipe')).toBeNull();
    });

    it('a file whose name stands for no key is passed over', async () => {
      await writeFile(join(folder, '%2Ehidden'), 'x');
      await mkdir(join(folder, '%00'));
      await writeFile(join(folder, '%00/x'), 'x');
      await writeFile(join(folder, '100%.txt'), 'x');
      expect(await keysIn(folderStore(folder))).toEqual(['100%.txt']);
    });
  });

  it.each([
    ['a NUL', 'a\0b'],
    ['a slash at the beginning', '/etc/passwd'],
    ['a name that no disk takes', `a/${'x'.repeat(256)}`],
    ['the place of unfinished files', '.finedrop/tmp/x'],
  ])('refuses a key with %s in a sentence, and writes nothing', async (_what, key) => {
    await expect(folderStore(folder).write(key, 'x')).rejects.toThrow(/^\[storage\] .{20,}\.$/s);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['a/b', 'a/b/c', {}],
    ['a/b/c', 'a/b', {}],
    ['a/b/c', 'a/b', { ifNoneMatch: '*' as const }],
    ['a/b', 'a/b/c', { ifNoneMatch: '*' as const }],
  ])('says that "%s" and "%s" cannot both be in a folder (%j)', async (first, second, options) => {
    const store = folderStore(folder);
    await store.write(first, 'x');
    await expect(store.write(second, 'y', options)).rejects.toThrow(/cannot be written: a file stands where/);
    expect(await keysIn(store)).toEqual([first]);
  });

  describe('between processes', () => {
    it('one of four creates each object', async () => {
      const names = ['one', 'two', 'three', 'four'];
      const won = (await Promise.all(names.map((name) => work('create', name)))) as string[][];
      expect(won.flat().sort()).toEqual(Array.from({ length: 50 }, (_, index) => `created/${index}`).sort());
      for (const [index, keys] of won.entries()) {
        for (const key of keys) expect((await readBytes(folderStore(folder), key))?.toString()).toBe(names[index]);
      }
    });

    it('no compare-and-swap is lost', async () => {
      await folderStore(folder).write('count', '0');
      await Promise.all([work('count'), work('count'), work('count')]);
      expect((await readBytes(folderStore(folder), 'count'))?.toString()).toBe('120');
      expect(await readdir(join(folder, '.finedrop/tmp'))).toEqual([]);
    });

    it('a writer that is killed leaves no object, and its unfinished file goes after a day', async () => {
      const child = worker(folder, 'write-forever');
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
      const store = folderStore(folder);
      expect(await store.head('large/object')).toBeNull();
      expect(await keysIn(store)).toEqual([]);
      const [left = ''] = await readdir(join(folder, '.finedrop/tmp'));
      await folderStore(folder).write('k', 'x');
      expect(await readdir(join(folder, '.finedrop/tmp'))).toEqual([left]);
      const yesterday = new Date(Date.now() - 25 * HOUR_MS);
      await utimes(join(folder, '.finedrop/tmp', left), yesterday, yesterday);
      await folderStore(folder).write('k', 'x');
      expect(await readdir(join(folder, '.finedrop/tmp'))).toEqual([]);
    });
  });

  describe('a writer that died inside its compare-and-swap', () => {
    const commitOf = (etag: string) => join(folder, '.finedrop/tmp', `commit-${sha256(`k\0${etag}`)}`);

    it('has won: the next writer finishes its write, and loses', async () => {
      const store = folderStore(folder);
      const { etag } = await store.write('k', 'start');
      await leaveCommit(commitOf(etag), 'of the dead');
      const outcomes = await Promise.allSettled(
        ['one', 'two', 'three'].map((body) => folderStore(folder).write('k', body, { ifMatch: etag })),
      );
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(PreconditionFailedError) });
      expect((await readBytes(store, 'k'))?.toString()).toBe('of the dead');
      expect(await readdir(join(folder, '.finedrop/tmp'))).toEqual([]);
    }, 30_000);

    it('is forgotten when the object has moved on without it', async () => {
      const store = folderStore(folder);
      const { etag } = await store.write('k', 'start');
      await leaveCommit(commitOf(etag), 'of the dead');
      await store.write('k', 'moved on');
      await expect(store.write('k', 'late', { ifMatch: etag })).rejects.toBeInstanceOf(PreconditionFailedError);
      expect((await readBytes(store, 'k'))?.toString()).toBe('moved on');
    });
  });

  async function leaveCommit(path: string, body: string): Promise<void> {
    const aside = join(folder, 'aside');
    await writeFile(aside, body);
    await link(aside, path);
    await rm(aside);
  }

  async function work(task: string, argument: string = ''): Promise<unknown> {
    const child = worker(folder, task, argument);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    return JSON.parse(output);
  }
});

/** A second process on the same folder. */
function worker(...words: string[]) {
  return spawn(process.execPath, ['--import', 'tsx', WORKER, ...words], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function keysIn(store: ReturnType<typeof folderStore>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}
