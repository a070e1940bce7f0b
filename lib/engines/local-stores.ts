import { type DropPaths, dropView } from '../local/drop-view.ts';
import { folderStore } from '../storage/folder-store.ts';
import type { ObjectStore, ReadableStore } from '../storage/object-store.ts';
import { UsageError } from './usage-error.ts';

/** A drop on this machine, or one under `s3://bucket/prefix/<dataset>`. */
export type DropPlace = DropPaths | { dataset: string; bucket: string };

export interface OpenStore<Store> {
  store: Store;
  close(): void;
}

/** The inbox that holds the drop. */
export async function openInbox(drop: DropPlace): Promise<OpenStore<ReadableStore>> {
  return 'bucket' in drop ? openBucket(drop.bucket) : { store: dropView(drop), close: () => {} };
}

/** Where results go: a folder, or what `--results` names. */
export async function openResults(out: string, results: string | undefined): Promise<OpenStore<ObjectStore>> {
  return results === undefined ? { store: folderStore(out), close: () => {} } : openBucket(results);
}

/** `s3://` places use the AWS SDK's own environment; the SDK loads when one is named. */
export async function openBucket(uri: string): Promise<OpenStore<ObjectStore>> {
  if (!/^s3:\/\/[^/]+/.test(uri)) throw new UsageError(`"${uri}" is no s3://bucket/prefix.`);
  const { openS3 } = await import('../storage/s3-store.ts');
  const endpoint = process.env['AWS_ENDPOINT_URL_S3'];
  const store = openS3(uri, endpoint === undefined ? {} : { endpoint });
  return { store, close: store.close };
}
