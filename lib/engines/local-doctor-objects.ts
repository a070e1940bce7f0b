import { randomUUID } from 'node:crypto';
import { type Check, checked } from '../domain/check.ts';
import { bringObject } from '../media/object-file.ts';
import { readOperatorSettings } from './local-operator.ts';
import { openObjectBucket } from './local-stores.ts';

/** Whether the buckets that rows may name can be read: each is asked for an object that it cannot have. */
export async function* checkObjectBuckets(): AsyncGenerator<Check> {
  // Settings that cannot be read are told of elsewhere.
  const operator = await readOperatorSettings([]).catch(() => null);
  for (const bucket of operator?.objectBuckets ?? []) yield await checkBucket(bucket);
}

async function checkBucket(bucket: string): Promise<Check> {
  const name = `objects of ${bucket}`;
  const key = `.finedrop-doctor/${randomUUID()}`;
  const uri = bucket.startsWith('gs://') ? `${bucket}/${key}` : `s3://${bucket}/${key}`;
  try {
    const { store, close } = await openObjectBucket(bucket);
    const found = await bringObject(store, { bucket, key, uri }, { maxBytes: 1 }).finally(close);
    if (found instanceof Uint8Array || found.code === 'OBJECT_MISSING') return checked(name, 'ok', ['can be read']);
    const told = found.message.replace(`"${uri}": `, '');
    // Who may read and not list is told the same of what is missing.
    return checked(name, found.code === 'OBJECT_DENIED' ? 'warning' : 'failed', [told, found.hint]);
  } catch (error) {
    const told = error instanceof Error ? error.message.replace(/^\[\w+\] /, '') : String(error);
    return checked(name, 'failed', [told, 'Check the network, and look again.']);
  }
}
