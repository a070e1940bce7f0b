import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Content, type ContentStore, gcsStore } from '../../lib/storage/gcs-store.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
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
