import { z } from 'zod';

/** Checksums that clients name; values are base64 of the big-endian bytes, as both S3 and Cloud Storage write them. */
export const checksumName = z.enum(['md5', 'crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256']);
export type ChecksumName = z.infer<typeof checksumName>;
export type Checksums = Partial<Record<ChecksumName, string>>;

const piece = z.object({ blob: z.string().regex(/^[0-9a-f]{2}\/[0-9a-f-]{36}$/), size: z.number().int().min(0) });

/** An immutable file with a part of an object's bytes; several objects may share its bytes, never its name. */
export type Piece = z.infer<typeof piece>;

const texts = z.record(z.string(), z.string());

/** One line of a bucket's log: all that is known of an object but its bytes. */
export const storedObject = z.object({
  key: z.string().min(1),
  size: z.number().int().min(0),
  etag: z.string(),
  checksums: z.partialRecord(checksumName, z.string()),
  pieces: z.array(piece),
  contentType: z.string(),
  /** Headers to give back, by lower-case name: cache-control, content-encoding, content-disposition, content-language. */
  headers: texts,
  metadata: texts,
  /** Notes of one provider, such as the number of multipart parts. */
  notes: texts,
  generation: z.string().regex(/^\d+$/),
  metageneration: z.number().int().min(1),
  created: z.iso.datetime(),
  updated: z.iso.datetime(),
});

/** `etag` comes without quotes; `generation` grows with each replacement of the bytes, `metageneration` with each other change. */
export type StoredObject = z.infer<typeof storedObject>;

/** What a writer says about a new object; the store adds generation and times. */
export type ObjectDraft = Pick<StoredObject, 'etag' | 'checksums' | 'pieces'> &
  Partial<Pick<StoredObject, 'contentType' | 'headers' | 'metadata' | 'notes'>>;
