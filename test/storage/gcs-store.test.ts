import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Content, ContentStore } from '../../lib/storage/gcs-store.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { gcsStoreContract } from '../contracts/gcs-store.ts';
import { objectStoreContract } from '../contracts/object-store.ts';
import { type GcsFixture, startGcs } from './gcs-fixture.ts';

let gcs: GcsFixture;
beforeAll(async () => {
  gcs = await startGcs();
});
afterAll(() => gcs.close());

const REFUSED_NAME = 'Cloud Storage takes no line breaks in names';
objectStoreContract('gcsStore', async () => ({ store: gcs.store(), close: async () => {} }), {
  refused: { 'line\nbreak\ttab.txt': REFUSED_NAME },
});

gcsStoreContract('gcsStore', async () => gcs.store());

const contentOf = (bytes: Buffer): Content => ({
  bytes: bytes.length,
  read: async function* () {
    yield bytes;
  },
});
const options = { contentType: 'image/png' };

describe('a service that fails now and then', () => {
  const withFaults = async (rules: object[], run: (store: ContentStore) => Promise<void>) => {
    const faulty = await startGcs(rules);
    try {
      await run(faulty.store());
    } finally {
      await faulty.close();
    }
  };

  it('is asked again where a condition makes that safe', async () => {
    await withFaults([{ operation: 'objects.insert', action: 'error', status: 503 }], async (store) => {
      await store.writeContent('k.png', contentOf(Buffer.from('bytes')), options);
      expect(String(await readBytes(store, 'k.png'))).toBe('bytes');
    });
  });

  it('is not asked again where it is not', async () => {
    await withFaults([{ operation: 'objects.insert', action: 'error', status: 503 }], async (store) => {
      await expect(store.write('k', 'bytes')).rejects.toThrow();
      expect(await store.head('k')).toBeNull();
    });
  });

  it('does not lose an upload whose answer was lost', async () => {
    await withFaults([{ operation: 'objects.insert', action: 'accept-then-timeout', ms: 10 }], async (store) => {
      await store.writeContent('k.png', contentOf(Buffer.from('bytes')), options);
      expect(String(await readBytes(store, 'k.png'))).toBe('bytes');
    });
  });

  it('says what refused the caller', async () => {
    const rules = [{ operation: 'objects.get', action: 'error', status: 403, times: 9 }];
    await withFaults(rules, async (store) => {
      await expect(store.head('k')).rejects.toMatchObject({ code: 403 });
    });
  });
});

describe('gcsStore', () => {
  it('goes where the settings say, whatever the process’s STORAGE_EMULATOR_HOST', async () => {
    const before = process.env['STORAGE_EMULATOR_HOST'];
    process.env['STORAGE_EMULATOR_HOST'] = 'http://127.0.0.1:9';
    try {
      const store = gcs.store();
      await store.write('k', 'here');
      expect(await store.head('k')).toMatchObject({ size: 4 });
    } finally {
      if (before === undefined) delete process.env['STORAGE_EMULATOR_HOST'];
      else process.env['STORAGE_EMULATOR_HOST'] = before;
    }
  });
});
