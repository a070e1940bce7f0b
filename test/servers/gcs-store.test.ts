import { afterAll, describe, it } from 'vitest';
import { gcsStoreContract } from '../contracts/gcs-store.ts';
import { ODD_KEYS, objectStoreContract } from '../contracts/object-store.ts';
import { type GcsServer, openGcsServer, whyNoGcs } from './gcs-server.ts';

const NAME = 'gcsStore on a real service';

if (whyNoGcs === null) await onRealService();
else describe(NAME, () => it.skip(`is not tested: ${whyNoGcs}`, () => {}));

async function onRealService(): Promise<void> {
  const server = openGcsServer();
  afterAll(server.close);
  const open = async () => ({ store: await server.makeStore(), close: async () => {} });
  objectStoreContract(NAME, open, { refused: await refusedNames(server) });
  gcsStoreContract(NAME, server.makeStore);
}

/** Cloud Storage takes no line breaks in names; stand-ins may refuse more. */
async function refusedNames(server: GcsServer): Promise<Record<string, string>> {
  const store = await server.makeStore();
  const refused: Record<string, string> = {};
  for (const key of ODD_KEYS) {
    await store.write(key, key).catch((error: Error) => {
      refused[key] = `this service refuses the name: ${error.message.slice(0, 60)}`;
    });
  }
  return refused;
}
