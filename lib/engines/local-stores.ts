import { type DropPaths, dropView } from '../local/drop-view.ts';
import { storageUrl } from '../providers/vertex/settings.ts';
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

/** A bucket whose objects rows may name, as operators list it: `my-photos` of S3, `gs://my-photos` of Cloud Storage. */
export async function openObjectBucket(entry: string): Promise<OpenStore<ReadableStore>> {
  if (!entry.startsWith('gs://')) return openBucket(`s3://${entry}`);
  const { googleReader } = await import('../storage/gcs-reader.ts');
  const { GOOGLE_APPLICATION_CREDENTIALS: config, STORAGE_EMULATOR_HOST: host } = process.env;
  const endpoint = storageUrl(host === undefined || host === '' ? {} : { storageUrl: host });
  const store = googleReader({
    bucket: entry.slice('gs://'.length),
    credentials: config === undefined || config === '' ? 'default' : { config },
    ...(endpoint === null ? {} : { endpoint }),
  });
  return { store, close: () => {} };
}
