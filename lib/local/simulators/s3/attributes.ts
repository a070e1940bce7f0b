import type { IncomingMessage } from 'node:http';
import type { ObjectDraft, StoredObject } from '../storage/stored-object.ts';
import { headerOf } from './call.ts';
import { S3Refusal } from './refusal.ts';

const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
] as const;
const METADATA_PREFIX = 'x-amz-meta-';
/** User-defined metadata: names and values together (S3 User Guide, "Working with object metadata"). */
const LARGEST_METADATA_BYTES = 2048;

export type Attributes = Required<Pick<ObjectDraft, 'contentType' | 'headers' | 'metadata'>>;

/** What a request says about the object it writes. */
export function readAttributes(request: IncomingMessage): Attributes {
  const headers: [string, string][] = [];
  for (const name of KEPT_HEADERS) {
    const value = name === 'content-encoding' ? contentEncoding(request) : headerOf(request, name);
    if (value !== undefined) headers.push([name, value]);
  }
  const metadata = Object.entries(request.headers)
    .filter(([name]) => name.startsWith(METADATA_PREFIX))
    .map(([name, value]): [string, string] => [name.slice(METADATA_PREFIX.length), String(value)]);
  const bytes = metadata.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (bytes > LARGEST_METADATA_BYTES) {
    throw new S3Refusal('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size.');
  }
  return {
    contentType: headerOf(request, 'content-type') ?? 'binary/octet-stream',
    headers: Object.fromEntries(headers),
    metadata: Object.fromEntries(metadata),
  };
}

/** `aws-chunked` tells how the bytes travelled, not what they are. */
function contentEncoding(request: IncomingMessage): string | undefined {
  const codings = (headerOf(request, 'content-encoding') ?? '').split(',').map((coding) => coding.trim());
  const kept = codings.filter((coding) => coding !== '' && coding !== 'aws-chunked');
  return kept.length === 0 ? undefined : kept.join(',');
}

/** The answer's headers for an object; checksums only where the client asked for them. */
export function objectHeaders(object: StoredObject, withChecksums: boolean): Record<string, string> {
  const metadata = Object.entries(object.metadata).map(([name, value]) => [`${METADATA_PREFIX}${name}`, value]);
  return {
    ...object.headers,
    ...Object.fromEntries(metadata),
    'content-type': object.contentType,
    'last-modified': new Date(object.updated).toUTCString(),
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    ...(withChecksums ? checksumHeaders(object) : {}),
  };
}

/** The stored checksums as headers, with S3's word for how a multipart one was made. */
export function checksumHeaders(object: StoredObject): Record<string, string> {
  const entries = Object.entries(object.checksums).filter(([name]) => name !== 'md5');
  if (entries.length === 0) return {};
  return {
    ...Object.fromEntries(entries.map(([name, value]) => [`x-amz-checksum-${name}`, value ?? ''])),
    'x-amz-checksum-type': object.notes['checksumType'] ?? 'FULL_OBJECT',
  };
}
