import type { ObjectsReader } from '../http.ts';
import type { StoredJob } from './documents.ts';
import { parseS3Uri } from './names.ts';

/** What Bedrock writes below a job's output, and takes away again, to see whether it may (troubleshooting page, 2026-11). */
const PROBE = '.write_access_check_file.tmp';

/** Why a job cannot write its output, or null; leaves nothing behind. A mere reader of objects is asked for nothing. */
export async function checkWriteAccess(objects: ObjectsReader, job: StoredJob): Promise<string | null> {
  const output = parseS3Uri(job.outputUri);
  const region = output === null ? null : await objects.bucketRegion?.(output.bucket);
  if (output === null || region === null) {
    return `Amazon S3 perms missing (PutObject): ${job.outputUri} cannot be written, or its bucket does not exist`;
  }
  if (region !== undefined && region !== job.region) return `The bucket of ${job.outputUri} must be in ${job.region}`;
  const key = output.key === '' ? PROBE : `${output.key}/${PROBE}`;
  await objects.writeObject?.(output.bucket, key, Buffer.alloc(0), 'application/octet-stream');
  await objects.removeObject?.(output.bucket, key);
  return null;
}
