import type { IncomingMessage } from 'node:http';
import type { Received } from '../storage/blobs.ts';
import type { Bucket } from '../storage/index.ts';
import { type ChecksumName, type Checksums, checksumName } from '../storage/stored-object.ts';
import { headerOf } from './call.ts';
import { openPayload, type Trailers } from './payload.ts';
import { S3Refusal } from './refusal.ts';

/** What S3 adds where a client names no checksum: CRC-64/NVME there, CRC-32 here, which Node counts many times faster. */
const DEFAULT_CHECKSUM: ChecksumName = 'crc32';
const BYTES_OF_CHECKSUM: Readonly<Record<ChecksumName, number>> = {
  md5: 16,
  crc32: 4,
  crc32c: 4,
  crc64nvme: 8,
  sha1: 20,
  sha256: 32,
};

/** `checksum` is what S3 keeps and echoes; `md5` is hexadecimal, an ETag. */
export interface ReceivedBody extends Received {
  md5: string;
  checksum: { name: ChecksumName; value: string };
}

/** Streams a request's bytes to disk and holds them against every digest that the client sent; nothing stays of a mismatch. */
export async function receiveBody(bucket: Bucket, request: IncomingMessage): Promise<ReceivedBody> {
  const name = namedChecksum(request) ?? DEFAULT_CHECKSUM;
  const { body, trailers } = openPayload(request);
  const received = await bucket.receive(body, ['md5', name, ...(hasPayloadHash(request) ? ['sha256' as const] : [])]);
  try {
    verify(request, trailers, received.checksums);
  } catch (error) {
    await bucket.discard([received.piece]);
    throw error;
  }
  const md5 = Buffer.from(received.checksums.md5 ?? '', 'base64').toString('hex');
  return { ...received, md5, checksum: { name, value: received.checksums[name] ?? '' } };
}

/** The algorithm that a request names, by its checksum header, its trailer or its algorithm header. */
export function namedChecksum(request: IncomingMessage): ChecksumName | null {
  const header = Object.keys(request.headers).find((name) => /^x-amz-checksum-(crc|sha)/.test(name));
  const named =
    header ??
    headerOf(request, 'x-amz-trailer') ??
    headerOf(request, 'x-amz-sdk-checksum-algorithm') ??
    headerOf(request, 'x-amz-checksum-algorithm');
  if (named === undefined) return null;
  const parsed = checksumName.exclude(['md5']).safeParse(named.toLowerCase().replace('x-amz-checksum-', ''));
  if (parsed.success) return parsed.data;
  throw new S3Refusal('InvalidRequest', `The simulator does not know the checksum algorithm "${named}".`);
}

function hasPayloadHash(request: IncomingMessage): boolean {
  return /^[0-9a-f]{64}$/.test(String(request.headers['x-amz-content-sha256']));
}

/** Checks digests of bytes that were counted already; throws S3's refusal for the first that differs. */
export function verify(request: IncomingMessage, trailers: Trailers, counted: Checksums): void {
  const contentMd5 = headerOf(request, 'content-md5');
  if (contentMd5 !== undefined) compare('Content-MD5', 'md5', contentMd5, counted);
  const name = namedChecksum(request);
  if (name !== null) {
    const field = `x-amz-checksum-${name}`;
    const value = headerOf(request, field) ?? trailers.get(field);
    if (value !== undefined) compare(field, name, value, counted);
    else if (headerOf(request, 'x-amz-trailer') === field) {
      throw new S3Refusal('InvalidRequest', `The trailer ${field} was announced and is missing.`);
    }
  }
  const payloadHash = String(request.headers['x-amz-content-sha256']);
  if (!hasPayloadHash(request) || counted.sha256 === Buffer.from(payloadHash, 'hex').toString('base64')) return;
  throw new S3Refusal(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );
}

function compare(field: string, name: ChecksumName, value: string, counted: Checksums): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== BYTES_OF_CHECKSUM[name] || bytes.toString('base64') !== value) {
    throw new S3Refusal('InvalidDigest', `The ${field} you specified is not valid.`);
  }
  if (counted[name] === value) return;
  throw new S3Refusal('BadDigest', `The ${field} you specified did not match the calculated checksum.`);
}
