import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBucketLog } from './bucket-log.ts';
import type { StoredObject } from './stored-object.ts';

/** The name of what was written while a bucket kept no versions. */
const UNVERSIONED = 'null';

/** What a bucket remembers of objects that were replaced or removed, if it was told to. */
export interface Versions {
  areKept(): boolean;
  keep(): Promise<void>;
  /** The object as this version had it; versions that were never kept are not found. */
  find(key: string, version: string): StoredObject | null;
  add(object: StoredObject): Promise<void>;
}

/** A version's own name; `null` as text is S3's word for an object that has none. */
export function versionOf(object: StoredObject): string {
  return object.notes['versionId'] ?? UNVERSIONED;
}

/** Opens the versions of the bucket in this folder; nothing is written there until versions are kept. */
export function openVersions(folder: string): Versions {
  const mark = join(folder, 'versioned');
  const path = join(folder, 'versions.log');
  let opened: ReturnType<typeof openBucketLog> | null = null;
  const log = () => {
    opened ??= openBucketLog(path);
    return opened;
  };
  return {
    areKept: () => existsSync(mark),
    keep: () => writeFile(mark, ''),
    find: (key, version) => (existsSync(path) ? log().find(nameOf(key, version)) : null),
    add: (object) => log().change(nameOf(object.key, versionOf(object)), () => ({ record: object, result: undefined })),
  };
}

function nameOf(key: string, version: string): string {
  return `${version}/${key}`;
}
