import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import {
  ObjectChangedError,
  type ObjectInfo,
  ObjectMissingError,
  type ObjectStore,
  type ReadOptions,
  type S3Location,
  type WriteOptions,
} from './object-store.ts';
import {
  isBehindEnd,
  isMissing,
  isNotFound,
  isRefusedArgument,
  readError,
  requestError,
  writeError,
} from './s3-errors.ts';
import { answerOf, bare, conditionsOf, decodeKey, quoted, typeOf, versionOf } from './s3-fields.ts';
import { type OpenedRange, type OpenRange, readThrough } from './s3-read.ts';
import {
  copyObject,
  joinObjects,
  type Piece,
  UncheckedCopyError,
  type Upload,
  type UploadCalls,
  type UploadedPart,
  writeObject,
} from './s3-upload.ts';

/** Where a store lies. What is left out is the AWS SDK's own: its environment, profiles and roles. */
export interface S3Settings {
  bucket: string;
  /** Keys of the store are those behind it; with or without a slash at its end. */
  prefix?: string;
  region?: string;
  /** Another server that speaks S3, addressed by paths. */
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** A bucket, or what lies under a prefix of one, as a store. */
export interface S3Store extends ObjectStore {
  locate(key: string): Promise<S3Location | null>;
  /** Copies an object of another bucket of the same S3, which passes nothing through here; false where that S3 is another. */
  copyFrom(source: S3Location, key: string, options?: WriteOptions): Promise<boolean>;
  /** Lets go of idle connections. */
  close(): void;
}

/** Opens a bucket; nothing is asked of it yet. */
export function s3Store(settings: S3Settings): S3Store {
  const client = new S3Client(clientConfig(settings));
  const place: Place = { client, bucket: settings.bucket, prefix: folderOf(settings.prefix ?? '') };
  const calls = uploadCalls(place);
  return {
    list: (prefix) => listObjects(place, prefix),
    head: (key) => headObject(place, key),
    read: (key, options) => readObject(place, key, options ?? {}),
    write: (key, body, options) => writeObject(calls, key, { body, options: options ?? {} }),
    remove: (key) => removeObject(place, key),
    concatenate: async (key, parts, options) =>
      joinObjects(calls, key, { sources: await headAll(place, parts), options: options ?? {} }),
    locate: (key) => locateObject(settings, place, key),
    copyFrom: async (source, key, options) => {
      if (source.endpoint !== (settings.endpoint ?? null)) return false;
      await copyObject(calls, key, { source, options: options ?? {} });
      return true;
    },
    close: () => client.destroy(),
  };
}

async function locateObject({ endpoint }: S3Settings, place: Place, key: string): Promise<S3Location | null> {
  const info = await headObject(place, key);
  if (info === null) return null;
  return {
    endpoint: endpoint ?? null,
    bucket: place.bucket,
    key: place.prefix + key,
    etag: info.etag,
    size: info.size,
  };
}

/** Opens the store that a URI like `s3://bucket/prefix` names. */
export function openS3(uri: string, settings: Omit<S3Settings, 'bucket' | 'prefix'> = {}): S3Store {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket === undefined) throw new Error(`[s3] "${uri}" names no bucket. Write s3://bucket or s3://bucket/prefix.`);
  return s3Store({ ...settings, bucket, prefix });
}

interface Place {
  client: S3Client;
  bucket: string;
  prefix: string;
}

const CONNECT_MS = 10_000;
/** Of silence, not in all: a part may take minutes on a slow line. */
const SILENCE_MS = 120_000;
const ATTEMPTS = 4;

/** Servers other than Amazon's find buckets by paths, and have neither FIPS nor dual-stack names, whatever the machine's AWS settings say. */
const OWN_SERVER = { forcePathStyle: true, useFipsEndpoint: false, useDualstackEndpoint: false };

function clientConfig({ region, endpoint, credentials }: S3Settings): S3ClientConfig {
  return {
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, ...OWN_SERVER }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

function folderOf(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

async function* listObjects({ client, bucket, prefix }: Place, wanted: string): AsyncGenerator<ObjectInfo> {
  let token: string | undefined;
  do {
    const query = { Bucket: bucket, Prefix: prefix + wanted, ContinuationToken: token, EncodingType: 'url' as const };
    const page = await client.send(new ListObjectsV2Command(query)).catch((error: unknown) => {
      throw requestError(error, `list "${prefix}${wanted}" in the bucket "${bucket}"`);
    });
    for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
      const info = { key: decodeKey(Key ?? '').slice(prefix.length), size: Size ?? 0, etag: bare(ETag) };
      yield LastModified === undefined ? info : { ...info, modifiedAt: LastModified };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

async function headObject({ client, bucket, prefix }: Place, key: string): Promise<ObjectInfo | null> {
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: prefix + key }));
    return { key, size: head.ContentLength ?? 0, etag: bare(head.ETag), ...versionOf(head.VersionId) };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw requestError(error, `look at "${key}" in the bucket "${bucket}"`);
  }
}

const HEADS_AT_ONCE = 16;

async function headAll(place: Place, keys: readonly string[]): Promise<ObjectInfo[]> {
  const infos: ObjectInfo[] = [];
  for (let start = 0; start < keys.length; start += HEADS_AT_ONCE) {
    infos.push(...(await Promise.all(keys.slice(start, start + HEADS_AT_ONCE).map((key) => headPresent(place, key)))));
  }
  return infos;
}

async function headPresent(place: Place, key: string): Promise<ObjectInfo> {
  const info = await headObject(place, key);
  if (info === null) throw new ObjectMissingError(key);
  return info;
}

async function checkPresent(place: Place, key: string, { ifMatch }: ReadOptions): Promise<void> {
  const { etag } = await headPresent(place, key);
  if (ifMatch !== undefined && ifMatch !== etag) throw new ObjectChangedError(key);
}

async function* readObject(place: Place, key: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  if (options.length === 0) return checkPresent(place, key, options);
  yield* readThrough((range) => openObject(place, key, { ...options, ...range }), {
    ...options,
    fail: (error) => readError(error, place.bucket, key),
  });
}

/** Null where the range begins behind the object's end. */
async function openObject(
  { client, bucket, prefix }: Place,
  key: string,
  { offset, length, ifMatch, versionId }: OpenRange & Pick<ReadOptions, 'versionId'>,
): Promise<OpenedRange | null> {
  const last = length === undefined ? '' : offset + length - 1;
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: prefix + key,
    ...(offset === 0 && length === undefined ? {} : { Range: `bytes=${offset}-${last}` }),
    ...(ifMatch === undefined ? {} : { IfMatch: quoted(ifMatch) }),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
  });
  try {
    const { Body, ETag, ContentLength } = await client.send(command);
    if (!(Body instanceof Readable)) throw new TypeError('the answer has no body');
    return { etag: bare(ETag), bytes: ContentLength ?? 0, body: Body };
  } catch (error) {
    if (isBehindEnd(error)) return null;
    throw readError(error, bucket, key);
  }
}

async function removeObject({ client, bucket, prefix }: Place, key: string): Promise<void> {
  try {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + key }));
  } catch (error) {
    if (!isMissing(error)) throw requestError(error, `remove "${key}" from the bucket "${bucket}"`);
  }
}

function uploadCalls(place: Place): UploadCalls {
  const { client, bucket, prefix } = place;
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + key });
  const part = (upload: Upload) => ({ ...at(upload.key), UploadId: upload.id });
  const asWrite = (key: string) => (error: unknown) => {
    throw writeError(error, bucket, key);
  };
  let checksCopies = true;
  return {
    put: async (key, bytes, options) => {
      const command = new PutObjectCommand({ ...at(key), Body: bytes, ...typeOf(options), ...conditionsOf(options) });
      return answerOf(await client.send(command).catch(asWrite(key)));
    },
    begin: async (key, options) => {
      const isChecked = !options.copies || checksCopies;
      const checksum = isChecked ? WHOLE_CHECKSUM : {};
      const command = new CreateMultipartUploadCommand({ ...at(key), ...typeOf(options), ...checksum });
      return { key, id: (await client.send(command).catch(asWrite(key))).UploadId ?? '', isChecked };
    },
    addPart: async (upload, number, piece) => {
      const added = addPart(place, { ...part(upload), PartNumber: number }, piece);
      if (!upload.isChecked || 'bytes' in piece) return added;
      return added.catch((error) => {
        if (!isRefusedArgument(error)) throw error;
        checksCopies = false;
        throw new UncheckedCopyError(upload.key);
      });
    },
    complete: async (upload, parts, options) => {
      const Parts = parts.map(({ etag, crc32 }, index) => ({
        ETag: quoted(etag),
        ChecksumCRC32: upload.isChecked ? crc32 : undefined,
        PartNumber: index + 1,
      }));
      const request = { ...part(upload), MultipartUpload: { Parts }, ...conditionsOf(options) };
      return answerOf(await client.send(new CompleteMultipartUploadCommand(request)).catch(asWrite(upload.key)));
    },
    abort: async (upload) => void (await client.send(new AbortMultipartUploadCommand(part(upload)))),
    read: ({ source, offset, length }) => readObject(place, source.key, { offset, length, ifMatch: source.etag }),
  };
}

/** The SDK sends a CRC-32 with each part; so announced, S3 joins them into one of the whole, against which a read is held. */
const WHOLE_CHECKSUM = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;

interface PartPlace {
  Bucket: string;
  Key: string;
  UploadId: string;
  PartNumber: number;
}

async function addPart({ client, bucket, prefix }: Place, part: PartPlace, piece: Piece): Promise<UploadedPart> {
  const key = part.Key.slice(prefix.length);
  if ('bytes' in piece) {
    const sent = client.send(new UploadPartCommand({ ...part, Body: piece.bytes }));
    return partOf(await sent.catch((error) => Promise.reject(writeError(error, bucket, key))));
  }
  const { source, offset, length } = piece;
  const command = new UploadPartCopyCommand({
    ...part,
    CopySource: encodeURIComponent(
      source.bucket === undefined ? `${bucket}/${prefix}${source.key}` : `${source.bucket}/${source.key}`,
    ).replaceAll('%2F', '/'),
    CopySourceIfMatch: quoted(source.etag),
    CopySourceRange: `bytes=${offset}-${offset + length - 1}`,
  });
  const sent = client.send(command).catch((error) => Promise.reject(readError(error, bucket, source.key)));
  return partOf((await sent).CopyPartResult);
}

/** MinIO completes no checked upload whose parts are named without the checksums that it counted. */
function partOf(answer: { ETag?: string | undefined; ChecksumCRC32?: string | undefined } | undefined): UploadedPart {
  return { etag: bare(answer?.ETag), crc32: answer?.ChecksumCRC32 };
}
