import type { Answer } from '../http.ts';
import type { ChecksumName, Piece } from '../storage/stored-object.ts';
import { readAttributes } from './attributes.ts';
import { headerOf, type S3Call } from './call.ts';
import { findCopySource } from './copy.ts';
import { namedChecksum, receiveBody } from './receive.ts';
import { S3Refusal } from './refusal.ts';
import type { Part, Upload } from './uploads.ts';
import { xmlAnswer } from './xml.ts';

/** Part numbers and the size of a part (S3 User Guide, "Amazon S3 multipart upload limits"). */
const MOST_PARTS = 10_000;
const LARGEST_PART_BYTES = 5 * 1024 ** 3;

/** CreateMultipartUpload. */
export async function createMultipartUpload(call: S3Call): Promise<Answer> {
  const { request, bucket, key } = call;
  const checksum = namedChecksum(request);
  const type = readChecksumType(headerOf(request, 'x-amz-checksum-type'), checksum);
  const upload = await call.uploads.start({
    ...readAttributes(request),
    bucket: bucket.name,
    key,
    initiated: call.clock.now().toISOString(),
    checksum,
    checksumType: type,
  });
  const result = { Bucket: bucket.name, Key: key, UploadId: upload.id };
  const algorithm = upload.checksum?.toUpperCase();
  const headers = algorithm ? { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type } : {};
  return xmlAnswer(200, ['InitiateMultipartUploadResult', result], headers);
}

function readChecksumType(header: string | undefined, checksum: ChecksumName | null): Upload['checksumType'] {
  const type = header ?? (checksum === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (type !== 'COMPOSITE' && type !== 'FULL_OBJECT') {
    throw new S3Refusal('InvalidRequest', `"${type}" is no checksum type.`);
  }
  // Only CRCs of the whole can be joined from those of the parts; the newest is never counted in another way.
  const isCrc = checksum === 'crc32' || checksum === 'crc32c' || checksum === 'crc64nvme';
  const isKnown = type === 'FULL_OBJECT' ? isCrc : checksum !== 'crc64nvme';
  if (isKnown) return type;
  const named = checksum ?? 'null';
  throw new S3Refusal(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${named} checksum algorithm.`,
  );
}

/** UploadPart; the same number again replaces the part. */
export async function uploadPart(call: S3Call): Promise<Answer> {
  if (Number(call.request.headers['content-length'] ?? 0) > LARGEST_PART_BYTES) {
    throw new S3Refusal('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.');
  }
  const target = await openPart(call);
  const named = namedChecksum(call.request);
  if (named !== null && target.checksum !== null && named !== target.checksum) {
    const [wanted, given] = [target.checksum, named];
    throw new S3Refusal(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${wanted}, actual checksum Type: ${given}`,
    );
  }
  const { piece, md5, checksum } = await receiveBody(call.bucket, call.request);
  await target.save({ ...piece, etag: md5, checksum });
  return { status: 200, headers: { etag: `"${md5}"`, [`x-amz-checksum-${checksum.name}`]: checksum.value } };
}

/** UploadPartCopy, of a whole object or of `bytes=first-last`. */
export async function uploadPartCopy(call: S3Call): Promise<Answer> {
  const target = await openPart(call);
  const source = await findCopySource(call);
  const range = parseCopyRange(headerOf(call.request, 'x-amz-copy-source-range'), source.object.size);
  const name = target.checksum ?? 'crc32';
  const { piece, checksums } = await call.bucket.receive(await source.bucket.read(source.object, range), ['md5', name]);
  const etag = Buffer.from(checksums.md5 ?? '', 'base64').toString('hex');
  const part = await target.save({ ...piece, etag, checksum: { name, value: checksums[name] ?? '' } });
  const result = { ETag: `"${etag}"`, LastModified: part.updated };
  // Said only where the upload was begun with an algorithm, as S3 does.
  const sum = target.checksum === null ? {} : { [`Checksum${name.toUpperCase()}`]: part.checksum.value };
  return xmlAnswer(200, ['CopyPartResult', { ...result, ...sum }]);
}

function parseCopyRange(header: string | undefined, size: number): { offset: number; length: number } {
  if (header === undefined) return { offset: 0, length: size };
  const match = /^bytes=(\d{1,16})-(\d{1,16})$/.exec(header);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || last < first || last >= size) {
    throw new S3Refusal('InvalidArgument', `The range "${header}" is not within the source, which has ${size} bytes.`);
  }
  return { offset: first, length: last - first + 1 };
}

async function openPart({ query, uploads, bucket, key, clock }: S3Call) {
  const number = Number(query.get('partNumber'));
  if (!(Number.isInteger(number) && number >= 1 && number <= MOST_PARTS)) {
    throw new S3Refusal('InvalidArgument', `Part number must be an integer between 1 and ${MOST_PARTS}.`);
  }
  const upload = await uploads.find(query.get('uploadId') ?? '', bucket.name, key);
  return {
    checksum: upload.checksum,
    async save(facts: Piece & Pick<Part, 'etag' | 'checksum'>): Promise<Part> {
      const part = { ...facts, number, updated: clock.now().toISOString() };
      const parts = uploads.parts(upload.id);
      const replaced = await parts.get(String(number));
      await parts.put(String(number), part);
      if (replaced !== null) await bucket.discard([replaced]);
      return part;
    },
  };
}

/** AbortMultipartUpload. */
export async function abortMultipartUpload({ query, uploads, bucket, key }: S3Call): Promise<Answer> {
  const upload = await uploads.find(query.get('uploadId') ?? '', bucket.name, key);
  const parts = await uploads.parts(upload.id).list();
  await uploads.end(upload.id);
  await bucket.discard(parts);
  return { status: 204 };
}

/** ListParts, in pages of up to 1000. */
export async function listParts({ query, uploads, bucket, key }: S3Call): Promise<Answer> {
  const upload = await uploads.find(query.get('uploadId') ?? '', bucket.name, key);
  const marker = Number(query.get('part-number-marker') ?? 0);
  const limit = Math.min(1000, Number(query.get('max-parts') ?? 1000));
  const parts = (await uploads.parts(upload.id).list())
    .filter((part) => part.number > marker)
    .sort((a, b) => a.number - b.number);
  const page = parts.slice(0, limit);
  const result = {
    Bucket: bucket.name,
    Key: key,
    UploadId: upload.id,
    StorageClass: 'STANDARD',
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number,
    MaxParts: limit,
    IsTruncated: parts.length > page.length,
    Part: page.map(({ number, etag, size, updated }) => ({
      PartNumber: number,
      LastModified: updated,
      ETag: `"${etag}"`,
      Size: size,
    })),
  };
  return xmlAnswer(200, ['ListPartsResult', result]);
}

/** ListMultipartUploads, up to 1000 of them; the simulator has no further pages. */
export async function listMultipartUploads({ query, uploads, bucket }: S3Call): Promise<Answer> {
  const prefix = query.get('prefix') ?? '';
  const found = (await uploads.list(bucket.name))
    .filter((upload) => upload.key.startsWith(prefix))
    .sort((a, b) => (a.key === b.key ? a.initiated.localeCompare(b.initiated) : a.key < b.key ? -1 : 1))
    .slice(0, 1000);
  const result = {
    Bucket: bucket.name,
    KeyMarker: '',
    UploadIdMarker: '',
    Prefix: prefix,
    MaxUploads: 1000,
    IsTruncated: false,
    Upload: found.map(({ key, id, initiated }) => ({
      Key: key,
      UploadId: id,
      Initiated: initiated,
      StorageClass: 'STANDARD',
    })),
  };
  return xmlAnswer(200, ['ListMultipartUploadsResult', result]);
}
