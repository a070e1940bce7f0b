import { z } from 'zod';
import type { Bucket } from '../storage/index.ts';
import type { ObjectDraft, StoredObject } from '../storage/stored-object.ts';
import { GcsRefusal } from './refusal.ts';

/** The object fields that a client may set; others of the resource are ignored, as the service does. */
const objectFields = z.object({
  name: z.string().optional(),
  contentType: z.string().nullish(),
  cacheControl: z.string().nullish(),
  contentDisposition: z.string().nullish(),
  contentEncoding: z.string().nullish(),
  contentLanguage: z.string().nullish(),
  metadata: z.record(z.string(), z.string().nullable()).nullish(),
  md5Hash: z.string().optional(),
  crc32c: z.string().optional(),
});

export type ObjectFields = z.infer<typeof objectFields>;

const HEADER_OF_FIELD = {
  cacheControl: 'cache-control',
  contentDisposition: 'content-disposition',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
} as const;
/** Object names in UTF-8 bytes (Cloud Storage, "Objects", naming). */
const LONGEST_NAME_BYTES = 1024;

/** The object resource in a request's body. */
export function parseObjectFields(value: unknown): ObjectFields {
  const parsed = objectFields.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new GcsRefusal(400, `Invalid object resource: ${z.prettifyError(parsed.error)}`);
}

/** A name that an object may have. */
export function checkObjectName(name: string | null | undefined): string {
  if (name === null || name === undefined || name === '')
    throw new GcsRefusal(400, 'Required: the object has no name.');
  if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) {
    throw new GcsRefusal(400, 'The specified object name is longer than 1024 bytes.');
  }
  if (/[\r\n]/.test(name) || name === '.' || name === '..') {
    throw new GcsRefusal(400, 'The specified object name is not valid.');
  }
  return name;
}

/** The fields laid over what stood there: null removes, absence keeps; within `metadata` key by key. */
export function applyFields(
  base: Pick<StoredObject, 'contentType' | 'headers' | 'metadata'>,
  fields: ObjectFields,
): Required<Pick<ObjectDraft, 'contentType' | 'headers' | 'metadata'>> {
  const headers = new Map(Object.entries(base.headers));
  for (const [field, header] of Object.entries(HEADER_OF_FIELD)) {
    setOrDelete(headers, header, fields[field as keyof typeof HEADER_OF_FIELD]);
  }
  const metadata = new Map(fields.metadata === null ? [] : Object.entries(base.metadata));
  for (const [name, value] of Object.entries(fields.metadata ?? {})) setOrDelete(metadata, name, value);
  return {
    contentType: fields.contentType ?? base.contentType,
    headers: Object.fromEntries(headers),
    metadata: Object.fromEntries(metadata),
  };
}

function setOrDelete(map: Map<string, string>, name: string, value: string | null | undefined): void {
  if (value === null) map.delete(name);
  else if (value !== undefined) map.set(name, value);
}

/** An object as the JSON API shows it; int64 are strings, a composed object has no `md5Hash`. */
export function objectResource(bucket: Bucket, object: StoredObject, origin: string) {
  const path = `/storage/v1/b/${bucket.name}/o/${encodeURIComponent(object.key)}`;
  const fields = Object.entries(HEADER_OF_FIELD)
    .map(([field, header]) => [field, object.headers[header]])
    .filter(([, value]) => value !== undefined);
  return {
    kind: 'storage#object',
    id: `${bucket.name}/${object.key}/${object.generation}`,
    selfLink: `${origin}${path}`,
    mediaLink: `${origin}/download${path}?generation=${object.generation}&alt=media`,
    name: object.key,
    bucket: bucket.name,
    generation: object.generation,
    metageneration: String(object.metageneration),
    contentType: object.contentType,
    storageClass: 'STANDARD',
    size: String(object.size),
    ...(object.checksums.md5 === undefined ? {} : { md5Hash: object.checksums.md5 }),
    crc32c: object.checksums.crc32c,
    etag: object.etag,
    timeCreated: object.created,
    updated: object.updated,
    timeStorageClassUpdated: object.created,
    ...Object.fromEntries(fields),
    ...(Object.keys(object.metadata).length === 0 ? {} : { metadata: object.metadata }),
    ...(object.notes['components'] === undefined ? {} : { componentCount: Number(object.notes['components']) }),
  };
}

/** A bucket as the JSON API shows it. */
export function bucketResource(bucket: Bucket, origin: string) {
  return {
    kind: 'storage#bucket',
    id: bucket.name,
    selfLink: `${origin}/storage/v1/b/${bucket.name}`,
    name: bucket.name,
    projectNumber: '123456789012',
    metageneration: '1',
    location: bucket.region.toUpperCase(),
    locationType: ['US', 'EU', 'ASIA'].includes(bucket.region.toUpperCase()) ? 'multi-region' : 'region',
    storageClass: 'STANDARD',
    timeCreated: bucket.created,
    updated: bucket.created,
    etag: 'CAE=',
  };
}
