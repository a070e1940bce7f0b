import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DropPaths, dropView } from '../../lib/local/drop-view.ts';
import {
  ObjectChangedError,
  ObjectMissingError,
  type ReadableStore,
  readBytes,
} from '../../lib/storage/object-store.ts';

describe('dropView', () => {
  let home = '';
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'finedrop-drop-'));
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  describe('of a folder', () => {
    const view = (change: Partial<DropPaths> = {}) =>
      dropView({ dataset: 'museum', folder: join(home, 'drop'), ...change });

    it('lists its files under the dataset’s name, in the order of their keys’ bytes', async () => {
      await put(
        'drop/b.csv',
        'drop/a/x.png',
        'drop/a.csv',
        'drop/a-b.csv',
        'drop/訓練.csv',
        'drop/Z.csv',
        'drop/\uff5e.csv',
        'drop/🦉.csv',
      );
      expect(await keysIn(view())).toEqual(
        ['Z.csv', 'a-b.csv', 'a.csv', 'a/x.png', 'b.csv', '訓練.csv', '\uff5e.csv', '🦉.csv'].map(
          (name) => `museum/${name}`,
        ),
      );
      expect(await keysIn(view(), 'museum/a')).toEqual(['museum/a-b.csv', 'museum/a.csv', 'museum/a/x.png']);
      expect(await keysIn(view(), 'museum/a/')).toEqual(['museum/a/x.png']);
      expect(await keysIn(view(), 'other/')).toEqual([]);
    });

    it('reads each file that it lists, whole and in ranges, under the ETag that it gave', async () => {
      await put('drop/a/x y%20.png');
      for await (const info of view().list('museum/')) {
        expect(await view().head(info.key)).toEqual(info);
        expect((await readBytes(view(), info.key, { ifMatch: info.etag }))?.toString()).toBe('drop/a/x y%20.png');
        expect((await readBytes(view(), info.key, { offset: 5, length: 3, ifMatch: info.etag }))?.toString()).toBe(
          'a/x',
        );
        expect(await readBytes(view(), info.key, { offset: 500 })).toEqual(Buffer.alloc(0));
      }
    });

    it('does not see hidden files and folders, by listing or by name', async () => {
      await put('drop/a.csv', 'drop/.env', 'drop/.git/config', 'drop/sub/.DS_Store');
      expect(await keysIn(view())).toEqual(['museum/a.csv']);
      for (const key of ['museum/.env', 'museum/.git/config', 'museum/sub/.DS_Store']) await expectNothing(view(), key);
    });

    it('follows no symbolic link, by listing or by name', async () => {
      await put('drop/a.csv', 'secrets/key.txt');
      await symlink(join(home, 'secrets/key.txt'), join(home, 'drop/link.txt'));
      await symlink(join(home, 'secrets'), join(home, 'drop/linked'));
      await symlink(join(home, 'drop'), join(home, 'drop/itself'));
      expect(await keysIn(view())).toEqual(['museum/a.csv']);
      for (const key of ['museum/link.txt', 'museum/linked/key.txt', 'museum/itself/a.csv'])
        await expectNothing(view(), key);
    });

    it('does not wait for pipes', async () => {
      await put('drop/a.csv');
      execFileSync('mkfifo', [join(home, 'drop/pipe.csv')]);
      expect(await keysIn(view())).toEqual(['museum/a.csv']);
      await expectNothing(view(), 'museum/pipe.csv');
    });

    it('leaves the results out that lie in it, also when they are named through a link', async () => {
      await put('drop/a.csv', 'drop/out/museum/latest.json', 'drop/outer/b.csv');
      await symlink(join(home, 'drop/out'), join(home, 'results'));
      for (const exclude of [join(home, 'drop/out'), join(home, 'drop/sub/../out'), join(home, 'results')]) {
        expect(await keysIn(view({ exclude }))).toEqual(['museum/a.csv', 'museum/outer/b.csv']);
        await expectNothing(view({ exclude }), 'museum/out/museum/latest.json');
      }
      expect(await keysIn(view({ exclude: join(home, 'elsewhere') }))).toHaveLength(3);
    });

    it.each([
      'museum/../secrets/key.txt',
      'museum/sub/../../secrets/key.txt',
      'museum//a.csv',
      'museum/./a.csv',
      'museum/a.csv/',
      'museum/a.csv/x',
      'museum/sub',
      'museum/',
      'museum',
      'a.csv',
      '/etc/passwd',
      'museum/a\0.csv',
      `museum/${'x'.repeat(5000)}`,
      'other/a.csv',
      'museum-2/a.csv',
    ])('knows nothing by the name %j', async (key) => {
      await put('drop/a.csv', 'drop/sub/b.csv', 'secrets/key.txt');
      await expectNothing(view(), key);
    });

    it('may itself be named through a link', async () => {
      await put('drop/a.csv');
      await symlink(join(home, 'drop'), join(home, 'link'));
      expect(await keysIn(view({ folder: join(home, 'link') }))).toEqual(['museum/a.csv']);
      expect((await readBytes(view({ folder: join(home, 'link') }), 'museum/a.csv'))?.toString()).toBe('drop/a.csv');
    });

    it('throws when the drop itself is not there', async () => {
      await expect(keysIn(view())).rejects.toThrow('ENOENT');
    });

    it('throws, and does not pass over, a file that may not be read', async () => {
      await put('drop/a.csv');
      await chmod(join(home, 'drop/a.csv'), 0);
      const isRoot = process.getuid?.() === 0;
      const listing = keysIn(view());
      if (isRoot) expect(await listing).toEqual(['museum/a.csv']);
      else await expect(listing).rejects.toThrow('EACCES');
    });
  });

  describe('of a file that changes', () => {
    const KEY = 'museum/a.csv';
    const view = () => dropView({ dataset: 'museum', folder: join(home, 'drop') });

    it.each([
      ['small', 20],
      ['large', 3_000_000],
    ])('throws that the object changed (%s)', async (_size, bytes) => {
      await put('drop/a.csv');
      await writeFile(join(home, 'drop/a.csv'), Buffer.alloc(bytes, 1));
      const info = await view().head(KEY);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await writeFile(join(home, 'drop/a.csv'), Buffer.alloc(bytes, 2));
      await expect(readBytes(view(), KEY, { ifMatch: info?.etag ?? '', length: 1 })).rejects.toBeInstanceOf(
        ObjectChangedError,
      );
    });

    it('sees other content of the same size and time', async () => {
      await put('drop/a.csv');
      const time = new Date('2026-01-01T00:00:00Z');
      const etags: (string | undefined)[] = [];
      for (const text of ['before', 'beyond']) {
        await writeFile(join(home, 'drop/a.csv'), text);
        await utimes(join(home, 'drop/a.csv'), time, time);
        etags.push((await view().head(KEY))?.etag);
      }
      expect(etags[0]).not.toBe(etags[1]);
    });

    it('never gives half of the old and half of the new', async () => {
      await put('drop/a.csv', 'drop/b.csv');
      await writeFile(join(home, 'drop/a.csv'), Buffer.alloc(8_000_000, 1));
      const info = await view().head(KEY);
      const seen = new Set<number>();
      const reading = (async () => {
        for await (const chunk of view().read(KEY, { ifMatch: info?.etag ?? '' })) {
          for (const byte of [chunk[0], chunk.at(-1)]) seen.add(byte ?? 0);
          await new Promise((resolve) => setTimeout(resolve, 20));
          await writeFile(join(home, 'drop/a.csv'), Buffer.alloc(8_000_000, 2));
        }
      })();
      await expect(reading).rejects.toBeInstanceOf(ObjectChangedError);
      expect([...seen]).toEqual([1]);
    });

    it('gives all of the old when another file takes its name while it is read', async () => {
      await put('drop/a.csv', 'b.csv');
      await writeFile(join(home, 'drop/a.csv'), Buffer.alloc(4_000_000, 1));
      await writeFile(join(home, 'b.csv'), Buffer.alloc(4_000_000, 2));
      const chunks: Buffer[] = [];
      for await (const chunk of view().read(KEY)) {
        chunks.push(Buffer.from(chunk));
        if (chunks.length === 1) await rename(join(home, 'b.csv'), join(home, 'drop/a.csv'));
      }
      expect(Buffer.concat(chunks).equals(Buffer.alloc(4_000_000, 1))).toBe(true);
    });
  });

  describe('of files given together', () => {
    it('shows them as one drop, wherever they lie and through links too, and nothing else', async () => {
      await put('one/train.csv', 'two/media.zip', 'one/other.csv');
      await symlink(join(home, 'two/media.zip'), join(home, 'link.zip'));
      const view = dropView({ dataset: 'train', files: [join(home, 'one/train.csv'), join(home, 'link.zip')] });
      expect(await keysIn(view)).toEqual(['train/link.zip', 'train/train.csv']);
      expect((await readBytes(view, 'train/link.zip'))?.toString()).toBe('two/media.zip');
      await expectNothing(view, 'train/other.csv');
      await expectNothing(view, 'train/../one/other.csv');
    });

    it('leaves a file out that was taken away', async () => {
      await put('train.csv');
      const view = dropView({ dataset: 'train', files: [join(home, 'train.csv'), join(home, 'gone.zip')] });
      expect(await keysIn(view)).toEqual(['train/train.csv']);
    });
  });

  /** Files whose content is their own name. */
  async function put(...names: string[]): Promise<void> {
    for (const name of names) {
      await mkdir(dirname(join(home, name)), { recursive: true });
      await writeFile(join(home, name), name);
    }
  }
});

async function keysIn(view: ReadableStore, prefix: string = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of view.list(prefix)) keys.push(key);
  return keys;
}

async function expectNothing(view: ReadableStore, key: string): Promise<void> {
  expect(await view.head(key)).toBeNull();
  const reading = (async () => {
    for await (const chunk of view.read(key)) expect(chunk).toBeUndefined();
  })();
  await expect(reading).rejects.toBeInstanceOf(ObjectMissingError);
}
