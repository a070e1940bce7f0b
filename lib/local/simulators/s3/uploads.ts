import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Collection, openCollection } from '../state.ts';
import { checksumName } from '../storage/stored-object.ts';
import { S3Refusal } from './refusal.ts';

const texts = z.record(z.string(), z.string());
const upload = z.object({
  id: z.string(),
  bucket: z.string(),
  key: z.string(),
  initiated: z.iso.datetime(),
  /** What the client asked for at the start; null: nothing, and then the finished object has no checksum. */
  checksum: checksumName.nullable(),
  checksumType: z.enum(['COMPOSITE', 'FULL_OBJECT']),
  contentType: z.string(),
  headers: texts,
  metadata: texts,
});
const part = z.object({
  number: z.number().int(),
  blob: z.string(),
  size: z.number(),
  /** Hexadecimal MD5. */
  etag: z.string(),
  checksum: z.object({ name: checksumName, value: z.string() }),
  updated: z.iso.datetime(),
});

export type Upload = z.infer<typeof upload>;
export type Part = z.infer<typeof part>;

/** The unfinished multipart uploads of all buckets, on disk. */
export interface Uploads {
  start(facts: Omit<Upload, 'id'>): Promise<Upload>;
  /** Throws NoSuchUpload unless it is an upload of this bucket and key. */
  find(id: string, bucket: string, key: string): Promise<Upload>;
  list(bucket: string): Promise<Upload[]>;
  parts(id: string): Collection<Part>;
  /** Forgets the upload and its parts, not their bytes. */
  end(id: string): Promise<void>;
}

/** Opens the uploads under a state folder. */
export function openUploads(stateDir: string): Uploads {
  const uploads = openCollection(stateDir, 's3-uploads', upload);
  return {
    async start(facts) {
      const started = { ...facts, id: randomBytes(16).toString('hex') };
      await uploads.put(started.id, started);
      return started;
    },
    async find(id, bucket, key) {
      const found = /^[0-9a-f]{32}$/.test(id) ? await uploads.get(id) : null;
      if (found?.bucket === bucket && found.key === key) return found;
      throw new S3Refusal(
        'NoSuchUpload',
        'The specified upload does not exist: it was completed, aborted or never made.',
      );
    },
    async list(bucket) {
      return (await uploads.list()).filter((found) => found.bucket === bucket);
    },
    parts: (id) => openCollection(stateDir, join('s3-parts', id), part),
    async end(id) {
      await uploads.delete(id);
      await rm(join(stateDir, 's3-parts', id), { recursive: true, force: true });
    },
  };
}
