import { folderStore } from '../../lib/storage/folder-store.ts';
import { ObjectChangedError, PreconditionFailedError, readBytes } from '../../lib/storage/object-store.ts';

// A second process for folder-store.test.ts: `<folder> <task> <argument>`; it prints one JSON line.
const [folder = '', task = '', argument = ''] = process.argv.slice(2);
const store = folderStore(folder);

const TASKS: Readonly<Record<string, () => Promise<unknown>>> = {
  create: async () => {
    const won: string[] = [];
    for (let index = 0; index < 50; index += 1) {
      const isFirst = await succeeds(store.write(`created/${index}`, argument, { ifNoneMatch: '*' }));
      if (isFirst) won.push(`created/${index}`);
    }
    return won;
  },
  count: async () => {
    for (let added = 0; added < 40; ) {
      const info = await store.head('count');
      const etag = info?.etag ?? '';
      const bytes = await readBytes(store, 'count', { ifMatch: etag }).catch((error: unknown) => {
        if (error instanceof ObjectChangedError) return null;
        throw error;
      });
      if (bytes === null) continue;
      if (await succeeds(store.write('count', String(Number(bytes.toString()) + 1), { ifMatch: etag }))) added += 1;
    }
    return 'counted';
  },
  'write-forever': async () => {
    await store.write('large/object', forever());
  },
};

async function succeeds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return false;
    throw error;
  }
}

async function* forever(): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; ; chunk += 1) {
    yield Buffer.alloc(64 * 1024, 1);
    if (chunk === 20) process.stdout.write('writing\n');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

process.stdout.write(`${JSON.stringify(await TASKS[task]?.())}\n`);
