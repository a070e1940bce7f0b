import { createHash } from 'node:crypto';
import type { Answer } from '../http.ts';
import { readBody } from '../http.ts';
import { combineCrc32, combineCrc32c } from '../storage/crc32c.ts';
import { combineCrc64nvme } from '../storage/crc64nvme.ts';
import { checksumOf, decodeCrc, decodeCrc64, encodeCrc, encodeCrc64 } from '../storage/digest.ts';
import type { ChecksumName, Checksums, ObjectDraft } from '../storage/stored-object.ts';
import { checksumHeaders } from './attributes.ts';
import { headerOf, type S3Call } from './call.ts';
import { writeCondition } from './conditions.ts';
import { S3Refusal } from './refusal.ts';
import type { Part, Upload } from './uploads.ts';
import { versionHeader } from './versioning.ts';
import { childText, parseXml, type XmlElement, xmlAnswer } from './xml.ts';

/** Every part but the last (S3 User Guide, "Amazon S3 multipart upload limits"): 5 MiB. */
const SMALLEST_PART_BYTES = 5 * 1024 ** 2;
/** 10,000 parts with their checksums stay far below. */
const LARGEST_BODY_BYTES = 4 * 1024 ** 2;

/** CompleteMultipartUpload: the parts become the object as they lie; an upload is completed once, also when asked twice at once. */
export async function completeMultipartUpload(call: S3Call): Promise<Answer> {
  const { bucket, key, uploads, request } = call;
  const upload = await uploads.find(call.query.get('uploadId') ?? '', bucket.name, key);
  const stored = await uploads.parts(upload.id).list();
  const parts = chooseParts(await readPartList(call), stored, upload);
  const { condition, refusal } = writeCondition(request, bucket.head(key));
  const options = { now: call.clock.now(), condition, keepRefused: true };
  const draft = draftOf(upload, parts);
  checkWhole(call, draft.checksums);
  const outcome = await bucket.commit(key, draft, options);
  if (!outcome.done) throw refusal(outcome.current);
  await uploads.end(upload.id);
  const chosen = new Set(parts.map((part) => part.blob));
  await bucket.discard(stored.filter((part) => !chosen.has(part.blob)));
  const { etag } = outcome.object;
  const result = { Location: `/${bucket.name}/${key}`, Bucket: bucket.name, Key: key, ETag: `"${etag}"` };
  const checksums = Object.entries(checksumHeaders(outcome.object)).map(([name, value]) => [elementName(name), value]);
  return xmlAnswer(
    200,
    ['CompleteMultipartUploadResult', { ...result, ...Object.fromEntries(checksums) }],
    versionHeader(outcome.object),
  );
}

/** A client may name the checksum that it counted over the whole object. */
function checkWhole({ request }: S3Call, checksums: Checksums): void {
  for (const [name, counted] of Object.entries(checksums)) {
    const named = headerOf(request, `x-amz-checksum-${name}`);
    if (named === undefined || named === counted) continue;
    throw new S3Refusal('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
  }
}

/** `x-amz-checksum-crc32` is the element `ChecksumCRC32`, `x-amz-checksum-type` is `ChecksumType`. */
function elementName(header: string): string {
  const word = header.replace('x-amz-checksum-', '');
  return `Checksum${word === 'type' ? 'Type' : word.toUpperCase()}`;
}

interface ListedPart {
  number: number;
  etag: string;
  checksums: Record<string, string>;
}

async function readPartList({ request }: S3Call): Promise<ListedPart[]> {
  const body = await readBody(request, LARGEST_BODY_BYTES);
  const document = body === null ? null : parseXml(body.toString('utf8'));
  if (document?.name !== 'CompleteMultipartUpload') {
    throw new S3Refusal('MalformedXML', 'The XML you provided was not well-formed.');
  }
  const listed = document.children.filter((child) => child.name === 'Part').map(readListedPart);
  if (listed.length === 0) throw new S3Refusal('MalformedXML', 'You must specify at least one part.');
  const isAscending = listed.every((part, index) => index === 0 || part.number > (listed[index - 1]?.number ?? 0));
  if (!isAscending) throw new S3Refusal('InvalidPartOrder', 'The list of parts was not in ascending order.');
  return listed;
}

function readListedPart(element: XmlElement): ListedPart {
  const checksums = element.children
    .filter((child) => child.name.startsWith('Checksum'))
    .map((child) => [child.name.slice('Checksum'.length).toLowerCase(), child.text]);
  return {
    number: Number(childText(element, 'PartNumber')),
    etag: (childText(element, 'ETag') ?? '').replace(/^"(.*)"$/, '$1'),
    checksums: Object.fromEntries(checksums),
  };
}

function chooseParts(listed: readonly ListedPart[], stored: readonly Part[], upload: Upload): Part[] {
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  return listed.map(({ number, etag, checksums }, index) => {
    const part = byNumber.get(number);
    const named = part === undefined ? undefined : checksums[part.checksum.name];
    if (part?.etag !== etag || (named !== undefined && named !== part.checksum.value)) {
      throw new S3Refusal('InvalidPart', `Part ${number} was not found, or its ETag or checksum does not match.`);
    }
    if (upload.checksum !== null && upload.checksumType === 'COMPOSITE' && named === undefined) {
      throw new S3Refusal('InvalidRequest', `The upload was created with a checksum; part ${number} names none.`);
    }
    if (index < listed.length - 1 && part.size < SMALLEST_PART_BYTES) {
      throw new S3Refusal('EntityTooSmall', `Part ${number} is smaller than 5 MiB and is not the last.`);
    }
    return part;
  });
}

function draftOf(upload: Upload, parts: readonly Part[]): ObjectDraft {
  const { contentType, headers, metadata } = upload;
  const digest = createHash('md5').update(Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex'))));
  return {
    etag: `${digest.digest('hex')}-${parts.length}`,
    checksums: checksumOfParts(upload, parts),
    pieces: parts.map(({ blob, size }) => ({ blob, size })),
    contentType,
    headers,
    metadata,
    notes: { checksumType: upload.checksumType },
  };
}

/** Of the whole, joined from the parts' own; or (composite) over the parts' checksums, with their number behind it. */
function checksumOfParts({ checksum: name, checksumType }: Upload, parts: readonly Part[]): Checksums {
  if (name === null || parts.some((part) => part.checksum.name !== name)) return {};
  if (checksumType === 'FULL_OBJECT') return { [name]: joinChecksums(name, parts) };
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part.checksum.value, 'base64')));
  return { [name]: `${checksumOf(name, bytes)}-${parts.length}` };
}

function joinChecksums(name: ChecksumName, parts: readonly Part[]): string {
  if (name === 'crc64nvme') {
    return encodeCrc64(
      parts.reduce((crc, { checksum, size }) => combineCrc64nvme(crc, decodeCrc64(checksum.value), size), 0n),
    );
  }
  const combine = name === 'crc32' ? combineCrc32 : combineCrc32c;
  return encodeCrc(parts.reduce((crc, { checksum, size }) => combine(crc, decodeCrc(checksum.value), size), 0));
}
