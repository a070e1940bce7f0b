import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createFile } from '../atomic-file.ts';
import type { ObjectsReader } from '../http.ts';
import { type Bucket, openBucket } from './bucket.ts';
import { checksumOf } from './digest.ts';

export type { Bucket, Condition, ObjectPage, Outcome } from './bucket.ts';

/** S3's and Cloud Storage's buckets of one name are different buckets: an upload to the wrong cloud must not be found. */
export type StorageService = 's3' | 'gcs';

export interface BucketStore {
  /** The bucket, made on first use in `region`; null when the name is no bucket name. */
  bucket(name: string, region: string): Promise<Bucket | null>;
  /** The bucket if it exists already. */
  findBucket(name: string): Promise<Bucket | null>;
  /** False when it exists already. */
  createBucket(name: string, region: string): Promise<boolean>;
}

const bucketFile = z.object({ name: z.string(), region: z.string(), created: z.iso.datetime() });
/** The letters that both clouds allow; it begins with a letter or digit, so that it is a safe folder name. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;
const DEFAULT_REGION = 'us-east-1';

/** Opens the simulated buckets under `<stateDir>/buckets/<service>`; as an `ObjectsReader` it never creates a bucket by reading. */
export function openBucketStore(stateDir: string, service: StorageService = 's3'): BucketStore & ObjectsReader {
  const folder = join(stateDir, 'buckets', service);
  const opened = new Map<string, Bucket>();
  const findBucket = async (name: string) => {
    const known = opened.get(name);
    if (known !== undefined || !BUCKET_NAME.test(name)) return known ?? null;
    const facts = await readFacts(join(folder, name, 'bucket.json'));
    if (facts === null) return null;
    const bucket = opened.get(name) ?? openBucket(join(folder, name), facts);
    opened.set(name, bucket);
    return bucket;
  };
  const createBucket = async (name: string, region: string) => {
    if (!BUCKET_NAME.test(name)) throw new Error(`[storage] "${name}" is no bucket name.`);
    await mkdir(join(folder, name), { recursive: true });
    const facts = { name, region, created: new Date().toISOString() };
    return createFile(join(folder, name, 'bucket.json'), JSON.stringify(facts));
  };
  const bucket = async (name: string, region: string) => {
    const found = await findBucket(name);
    if (found !== null || !BUCKET_NAME.test(name)) return found;
    await createBucket(name, region);
    return findBucket(name);
  };
  return { bucket, findBucket, createBucket, ...objectsReader({ bucket, findBucket }) };
}

async function readFacts(path: string): Promise<z.infer<typeof bucketFile> | null> {
  try {
    return bucketFile.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function objectsReader({ bucket, findBucket }: Pick<BucketStore, 'bucket' | 'findBucket'>): ObjectsReader {
  return {
    async head(name, key) {
      const found = await findBucket(name);
      const object = found?.head(key) ?? null;
      if (found === null || object === null) return null;
      return { size: object.size, contentType: object.contentType, region: found.region };
    },
    async read(name, key, range) {
      const found = await findBucket(name);
      const object = found?.head(key) ?? null;
      if (found === null || object === null) throw new Error(`[storage] no object "${key}" in bucket "${name}".`);
      const offset = Math.min(range?.offset ?? 0, object.size);
      return found.read(object, { offset, length: Math.min(range?.length ?? object.size, object.size - offset) });
    },
    async writeObject(name, key, body, contentType) {
      const found = await bucket(name, DEFAULT_REGION);
      if (found === null) throw new Error(`[storage] "${name}" is no bucket name.`);
      const { piece, checksums } = await found.receive(once(body), ['md5', 'crc32', 'crc32c']);
      const etag = Buffer.from(checksumOf('md5', body), 'base64').toString('hex');
      await found.commit(key, { etag, checksums, pieces: [piece], contentType }, { now: new Date() });
    },
    async removeObject(name, key) {
      await (await findBucket(name))?.remove(key);
    },
    async bucketRegion(name) {
      return (await findBucket(name))?.region ?? null;
    },
  };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
