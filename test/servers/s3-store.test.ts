import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, describe, it } from 'vitest';
import { s3Store } from '../../lib/storage/s3-store.ts';
import { ODD_KEYS, objectStoreContract } from '../contracts/object-store.ts';
import { CHECKED_COPIES, LISTED_BELOW_AN_OBJECT, type S3Service, s3StoreContract } from '../contracts/s3-store.ts';
import { openS3Server, whyNoS3 } from './s3-server.ts';

const NAME = 's3Store on a real server';

if (whyNoS3 === null) await onRealServer();
else describe(NAME, () => it.skip(`is not tested: ${whyNoS3}`, () => {}));

async function onRealServer(): Promise<void> {
  const server = openS3Server();
  afterAll(server.close);
  const bucket = await server.makeBucket();
  let count = 0;
  objectStoreContract(
    NAME,
    async () => {
      const store = s3Store({ ...server.settings, bucket, prefix: `runs/of ${count++}` });
      return { store, close: async () => store.close() };
    },
    { refused: await refusedKeys(server, bucket) },
  );
  s3StoreContract(NAME, () => server, {
    skipped: {
      ...((await listsBelowAnObject(server, bucket))
        ? {}
        : { [LISTED_BELOW_AN_OBJECT]: 'this server hides such keys' }),
      ...((await checksCopies(server, bucket)) ? {} : { [CHECKED_COPIES]: 'this server counts none of copies' }),
    },
  });
}

/** Servers that keep objects as files refuse keys that cannot be paths; S3 itself takes them all. */
async function refusedKeys({ client }: S3Service, Bucket: string): Promise<Record<string, string>> {
  const refused: Record<string, string> = {};
  for (const key of ODD_KEYS) {
    await client.send(new PutObjectCommand({ Bucket, Key: `odd/${key}`, Body: key })).catch((error: Error) => {
      refused[key] = `this server refuses the key: ${error.name}`;
    });
  }
  return refused;
}

async function listsBelowAnObject({ settings }: S3Service, bucket: string): Promise<boolean> {
  const store = s3Store({ ...settings, bucket, prefix: 'nested' });
  for (const key of ['a', 'a/b']) await store.write(key, key);
  const found = new Set<string>();
  for await (const { key } of store.list('')) found.add(key);
  for (const key of ['a', 'a/b']) await store.remove(key);
  store.close();
  return found.has('a/b');
}

async function checksCopies({ client }: S3Service, Bucket: string): Promise<boolean> {
  const at = { Bucket, Key: 'copies' };
  await client.send(new PutObjectCommand({ ...at, Body: 'x' }));
  const announced = { ...at, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(announced));
  const copy = new UploadPartCopyCommand({ ...at, UploadId, PartNumber: 1, CopySource: `${Bucket}/copies` });
  const isDone = await client.send(copy).then(
    () => true,
    () => false,
  );
  await client.send(new AbortMultipartUploadCommand({ ...at, UploadId }));
  return isDone;
}
