import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectMissingError, PreconditionFailedError, readBytes } from '../../lib/storage/object-store.ts';
import { type S3Store, s3Store } from '../../lib/storage/s3-store.ts';

/** A server that speaks S3, real or simulated. */
export interface S3Service {
  settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /** The official client: it sees what the store left, and does what others do. */
  client: S3.S3Client;
  /** A new, empty bucket. */
  makeBucket(): Promise<string>;
}

export interface S3ContractOptions {
  /** Titles of tests that the server has no means to pass, with the reason: they are skipped, not forgotten. */
  skipped?: Readonly<Record<string, string>>;
}

interface Place {
  service(): S3Service;
  bucket(): string;
  /** Over the whole bucket. */
  store(): S3Store;
  it(title: string, test: () => Promise<void>): void;
}

/** MinIO cannot (2026-02): it copies nothing into an upload that announced a checksum. */
export const CHECKED_COPIES = 'stand at what is joined from stretches that the server copies and bytes that are sent';
/** MinIO cannot (2026-02): it lists an object that is also the beginning of other keys, and nothing below it. */
export const LISTED_BELOW_AN_OBJECT = 'are listed also where they begin with the key of another object';

export const WRONG_SECRET = 'of a wrong secret say to check the credentials';
export const MISSING_BUCKET = 'of a bucket that is not there are no missing objects';

const MEBIBYTE = 1024 ** 2;
const RACERS = 16;

/** What the store asks of S3 beyond its port: checksums, ranges, conditions on parts, versions, credentials. */
export function s3StoreContract(
  name: string,
  service: () => S3Service,
  { skipped = {} }: S3ContractOptions = {},
): void {
  describe(`${name} and its server`, () => {
    let bucket = '';
    let store: S3Store;
    beforeAll(async () => {
      bucket = await service().makeBucket();
      store = s3Store({ ...service().settings, bucket });
    });
    afterAll(() => store.close());
    const place: Place = {
      service,
      bucket: () => bucket,
      store: () => store,
      it: (title, test) => {
        const reason = skipped[title];
        if (reason === undefined) it(title, test);
        else it.skip(`${title} (${reason})`, test);
      },
    };
    describe('checksums', () => checksums(place));
    describe('ranges', () => ranges(place));
    describe('conditions', () => conditions(place));
    describe('parts', () => parts(place));
    describe('versions', () => versions(place));
    describe('keys', () => names(place));
    describe('refusals', () => refusals(place));
  });
}

function checksums({ it, ...place }: Place): void {
  it('stand at what is written in one request', async () => {
    await place.store().write('sums/small', 'hello');
    expect(await headOf(place, 'sums/small')).toMatchObject({ ChecksumCRC32: crcOf(Buffer.from('hello')) });
  });

  it('stand at what is written in parts, over the whole', async () => {
    await place.store().write('sums/large', mebibytes(17));
    expect(await headOf(place, 'sums/large')).toMatchObject({
      ChecksumCRC32: crcOf(await collect(mebibytes(17))),
      ChecksumType: 'FULL_OBJECT',
    });
  });

  it(CHECKED_COPIES, async () => {
    await place.store().write('sums/six', mebibytes(6));
    await place.store().write('sums/tail', 'tail');
    await place.store().concatenate('sums/joined', ['sums/six', 'sums/tail', 'sums/six']);
    const six = await collect(mebibytes(6));
    expect(await headOf(place, 'sums/joined')).toMatchObject({
      ChecksumCRC32: crcOf(Buffer.concat([six, Buffer.from('tail'), six])),
      ChecksumType: 'FULL_OBJECT',
    });
  });

  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    it(`of what others wrote are kept, echoed and read with: ${algorithm}`, async () => {
      const Key = `sums/by-others.${algorithm}`;
      const answer = await put(place, { Key, Body: 'hello', ChecksumAlgorithm: algorithm });
      expect(answer[`Checksum${algorithm}`]).toMatch(/=$/);
      expect((await headOf(place, Key))[`Checksum${algorithm}`]).toBe(answer[`Checksum${algorithm}`]);
      expect(String(await readBytes(place.store(), Key))).toBe('hello');
    });
  }

  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
    it(`of the whole stand at what others wrote in parts: ${algorithm}`, async () => {
      const at = { Bucket: place.bucket(), Key: `sums/parts-by-others.${algorithm}` };
      const sum = `Checksum${algorithm}` as const;
      const { client } = place.service();
      const begin = { ...at, ChecksumAlgorithm: algorithm, ChecksumType: 'FULL_OBJECT' } as const;
      const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand(begin));
      const Parts: S3.CompletedPart[] = [];
      for (const [index, Body] of [await collect(mebibytes(5)), Buffer.from('tail')].entries()) {
        const part = { ...at, UploadId, PartNumber: index + 1, Body, ChecksumAlgorithm: algorithm };
        const sent = await client.send(new S3.UploadPartCommand(part));
        Parts.push({ PartNumber: index + 1, ETag: sent.ETag, [sum]: sent[sum] });
      }
      await client.send(new S3.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
      const whole = Buffer.concat([await collect(mebibytes(5)), Buffer.from('tail')]);
      const copy = await put(place, { Key: `${at.Key}.whole`, Body: whole, ChecksumAlgorithm: algorithm });
      expect((await headOf(place, at.Key))[sum]).toBe(copy[sum]);
      // Read to its end, the bytes are held against it.
      expect((await readBytes(place.store(), at.Key))?.equals(whole)).toBe(true);
    });
  }

  it('that the bytes do not have are refused, and nothing is kept', async () => {
    const other = (name: string) => createHash(name).update('other').digest('base64');
    for (const wrong of [
      { ChecksumSHA256: other('sha256') },
      { ChecksumCRC32: crcOf(Buffer.from('other')) },
      { ContentMD5: other('md5') },
    ]) {
      await expect(put(place, { Key: 'sums/wrong', Body: 'hello', ...wrong })).rejects.toMatchObject(status(400));
    }
    expect(await place.store().head('sums/wrong')).toBeNull();
  });
}

function ranges({ it, ...place }: Place): void {
  it('are cut first, in the middle and last, also across the seam of two parts', async () => {
    const whole = await collect(mebibytes(17));
    const { etag } = await place.store().write('ranges/large', mebibytes(17));
    for (const [offset, length] of [
      [0, 10],
      [8 * MEBIBYTE - 5, 10],
      [whole.length - 3, 100],
    ] as const) {
      const cut = await readBytes(place.store(), 'ranges/large', { offset, length, ifMatch: etag });
      expect(cut?.equals(whole.subarray(offset, offset + length))).toBe(true);
    }
  });

  it('come as 206 with their place, from the end as well', async () => {
    await place.store().write('ranges/digits', '0123456789');
    for (const [Range, text, ContentRange] of [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=8-99', '89', 'bytes 8-9/10'],
    ] as const) {
      const { Body, ...answer } = await get(place, { Key: 'ranges/digits', Range });
      expect(answer).toMatchObject({ ContentRange, ...status(206) });
      expect(await Body?.transformToString()).toBe(text);
    }
  });

  it('behind the end are refused with 416', async () => {
    await place.store().write('ranges/digits', '0123456789');
    const behind = get(place, { Key: 'ranges/digits', Range: 'bytes=10-' });
    await expect(behind).rejects.toMatchObject(status(416));
  });
}

function conditions({ it, ...place }: Place): void {
  it('hold where parts become an object', async () => {
    const store = place.store();
    const first = await store.write('conditions/parts', mebibytes(9), { ifNoneMatch: '*' });
    await expect(store.write('conditions/parts', mebibytes(9, 2), { ifNoneMatch: '*' })).rejects.toBeInstanceOf(
      PreconditionFailedError,
    );
    const second = await store.write('conditions/parts', mebibytes(9, 3), { ifMatch: first.etag });
    await expect(store.write('conditions/parts', mebibytes(9, 4), { ifMatch: first.etag })).rejects.toBeInstanceOf(
      PreconditionFailedError,
    );
    expect(await store.head('conditions/parts')).toMatchObject({ etag: second.etag });
    expect(await openUploads(place, 'conditions/parts')).toEqual([]);
  });

  it('let one of several uploads in parts create an object, and leave no other', async () => {
    const writing = Array.from({ length: 4 }, (_, index) =>
      place.store().write('conditions/race', mebibytes(9, index * 10), { ifNoneMatch: '*' }),
    );
    const outcomes = await Promise.allSettled(writing);
    const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled');
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    const standing = await readBytes(place.store(), 'conditions/race');
    expect(standing?.equals(await collect(mebibytes(9, winner * 10)))).toBe(true);
    expect(await openUploads(place, 'conditions/race')).toEqual([]);
  });

  it('let one of many single requests create an object, and say 412 or 409 to the others', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: RACERS }, (_, index) =>
        put(place, { Key: 'conditions/one', Body: `${index}`, IfNoneMatch: '*' }),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(RACERS - 1);
    for (const { reason } of refused) expect([409, 412]).toContain(reason.$metadata.httpStatusCode);
  });

  it('hold for copies of stretches', async () => {
    await place.store().write('conditions/source', mebibytes(6));
    const at = { Bucket: place.bucket(), Key: 'conditions/copy' };
    const { UploadId } = await place.service().client.send(new S3.CreateMultipartUploadCommand(at));
    const copy = { ...at, UploadId, PartNumber: 1, CopySource: `${place.bucket()}/conditions/source` };
    const other = new S3.UploadPartCopyCommand({ ...copy, CopySourceIfMatch: `"${'0'.repeat(32)}"` });
    await expect(place.service().client.send(other)).rejects.toMatchObject(status(412));
    await place.service().client.send(new S3.AbortMultipartUploadCommand({ ...at, UploadId }));
  });
}

function parts({ it, ...place }: Place): void {
  it('become one object with the type and the size that were said', async () => {
    const info = await place.store().write('parts/large', mebibytes(21), { contentType: 'text/csv' });
    expect(info).toMatchObject({ size: 21 * MEBIBYTE, etag: expect.stringMatching(/-3$/) });
    expect(await headOf(place, 'parts/large')).toMatchObject({
      ContentLength: 21 * MEBIBYTE,
      ContentType: 'text/csv',
      ETag: `"${info.etag}"`,
    });
    expect(await openUploads(place, 'parts/large')).toEqual([]);
  });

  it('of a source that breaks off are taken away', async () => {
    async function* breaking() {
      yield* mebibytes(20);
      // What is under way is still there; what comes later is not.
      expect(await openUploads(place, 'parts/broken')).toHaveLength(1);
      throw new Error('the source broke');
    }
    await expect(place.store().write('parts/broken', breaking())).rejects.toThrow('the source broke');
    expect(await openUploads(place, 'parts/broken')).toEqual([]);
    expect(await place.store().head('parts/broken')).toBeNull();
  });

  for (const sources of [['long'], ['long', 'short', 'long'], ['short', 'six', 'short'], ['six', 'short', 'six']]) {
    it(`are joined by the server where they are long enough: ${sources.join(', ')}`, async () => {
      const bodies: Record<string, Buffer> = {
        long: await collect(mebibytes(9)),
        six: await collect(mebibytes(6, 40)),
        short: Buffer.from('short'),
      };
      const key = (source: string) => `parts/ü +%&=? ${source}.bin`;
      for (const source of new Set(sources)) await place.store().write(key(source), bodies[source] ?? '');
      const joined = `parts/${sources.join('+')}`;
      const info = await place.store().concatenate(joined, sources.map(key), { contentType: 'application/jsonl' });
      const all = Buffer.concat(sources.map((source) => bodies[source] ?? Buffer.alloc(0)));
      expect(info.size).toBe(all.length);
      expect((await readBytes(place.store(), joined))?.equals(all)).toBe(true);
      expect(await headOf(place, joined)).toMatchObject({ ContentType: 'application/jsonl' });
      expect(await openUploads(place, joined)).toEqual([]);
    });
  }
}

function versions({ it, ...place }: Place): void {
  const versioned = async (): Promise<{ store: S3Store; Bucket: string }> => {
    const Bucket = await place.service().makeBucket();
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await place.service().client.send(new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    return { store: s3Store({ ...place.service().settings, bucket: Bucket }), Bucket };
  };

  it('are named by writes and heads, and read by their names when others have come', async () => {
    const { store } = await versioned();
    const first = await store.write('k', 'first');
    expect(first.versionId).toEqual(expect.any(String));
    expect(await store.head('k')).toMatchObject({ versionId: first.versionId });
    const second = await store.write('k', mebibytes(9), { ifMatch: first.etag });
    expect(second.versionId).not.toBe(first.versionId);
    const read = async (versionId: string | undefined, more = {}) =>
      readBytes(store, 'k', { ...(versionId === undefined ? {} : { versionId }), ...more });
    expect(String(await read(first.versionId))).toBe('first');
    expect(String(await read(first.versionId, { offset: 1, length: 3, ifMatch: first.etag }))).toBe('irs');
    expect((await read(second.versionId))?.length).toBe(9 * MEBIBYTE);
    expect((await read(undefined))?.length).toBe(9 * MEBIBYTE);
    store.close();
  });

  it('outlive the removal of their object, which may then be created anew', async () => {
    const { store } = await versioned();
    const first = await store.write('k', 'first');
    await store.remove('k');
    await store.remove('k');
    expect(await store.head('k')).toBeNull();
    await expect(readBytes(store, 'k')).resolves.toBeNull();
    expect(await listed(store)).toEqual([]);
    expect(String(await readBytes(store, 'k', { versionId: first.versionId ?? '' }))).toBe('first');
    await store.write('k', 'second', { ifNoneMatch: '*' });
    expect(await listed(store)).toEqual(['k']);
    expect(String(await readBytes(store, 'k'))).toBe('second');
    store.close();
  });

  it('that never were are missing', async () => {
    const { store } = await versioned();
    const { versionId = '' } = await store.write('k', 'x');
    const { versionId: other = '' } = await store.write('other', 'x');
    expect(other).not.toBe(versionId);
    const reading = async () => {
      for await (const chunk of store.read('k', { versionId: other })) expect(chunk.length).toBe(0);
    };
    await expect(reading()).rejects.toBeInstanceOf(ObjectMissingError);
    store.close();
  });
}

function names({ it, ...place }: Place): void {
  const nested = ['names/a', 'names/a/b', 'names/a/b/c'];
  const withNested = async (test: (store: S3Store) => Promise<void>) => {
    const store = place.store();
    for (const key of nested) await store.write(key, key);
    await test(store);
    for (const key of nested) await store.remove(key);
  };

  it('may be the beginning of one another, as if an object were a folder', () =>
    withNested(async (store) => {
      for (const key of nested) expect(String(await readBytes(store, key))).toBe(key);
      await store.remove('names/a/b');
      for (const key of ['names/a', 'names/a/b/c']) expect(String(await readBytes(store, key))).toBe(key);
      expect(await store.head('names/a/b')).toBeNull();
    }));

  it(LISTED_BELOW_AN_OBJECT, () =>
    withNested(async (store) => {
      for (const prefix of ['names/', 'names/a']) expect(await listed(store, prefix)).toEqual(nested);
      expect(await listed(store, 'names/a/')).toEqual(nested.slice(1));
    }),
  );

  it('may have 1024 bytes, in any script', async () => {
    const store = place.store();
    for (const letter of ['k', 'é', '訓']) {
      const bytes = Buffer.byteLength(letter);
      const folder = `${letter.repeat(Math.floor(199 / bytes))}/`;
      const begun = folder.repeat(4);
      const key = `${begun}${'x'.repeat(1024 - Buffer.byteLength(begun) - 100)}/${'y'.repeat(99)}`;
      expect(Buffer.byteLength(key)).toBe(1024);
      await store.write(key, letter);
      expect(String(await readBytes(store, key))).toBe(letter);
      expect(await listed(store, begun)).toEqual([key]);
    }
  });
}

function refusals({ it, ...place }: Place): void {
  it(WRONG_SECRET, async () => {
    const { settings } = place.service();
    const credentials = { ...settings.credentials, secretAccessKey: 'wrong-secret' };
    const store = s3Store({ ...settings, credentials, bucket: place.bucket() });
    await expect(readBytes(store, 'any')).rejects.toThrow(/HTTP 403 .*Check the AWS credentials/);
    await expect(store.write('any', 'x')).rejects.toThrow(/HTTP 403 .*Check the AWS credentials/);
    store.close();
    expect(await place.store().head('any')).toBeNull();
  });

  it(MISSING_BUCKET, async () => {
    const store = s3Store({ ...place.service().settings, bucket: `${place.bucket()}-none` });
    await expect(readBytes(store, 'any')).rejects.toThrow(/NoSuchBucket.*Create the bucket, or name another/);
    store.close();
  });
}

type At = Omit<Place, 'it'>;

function headOf(place: At, Key: string): Promise<S3.HeadObjectCommandOutput> {
  const command = new S3.HeadObjectCommand({ Bucket: place.bucket(), Key, ChecksumMode: 'ENABLED' });
  return place.service().client.send(command);
}

function put(place: At, input: Omit<S3.PutObjectCommandInput, 'Bucket'>): Promise<S3.PutObjectCommandOutput> {
  return place.service().client.send(new S3.PutObjectCommand({ Bucket: place.bucket(), ...input }));
}

function get(place: At, input: Omit<S3.GetObjectCommandInput, 'Bucket'>): Promise<S3.GetObjectCommandOutput> {
  return place.service().client.send(new S3.GetObjectCommand({ Bucket: place.bucket(), ...input }));
}

/** Asked by the whole key: MinIO lists the uploads of one key only. */
async function openUploads(place: At, Prefix: string): Promise<(string | undefined)[]> {
  const command = new S3.ListMultipartUploadsCommand({ Bucket: place.bucket(), Prefix });
  return ((await place.service().client.send(command)).Uploads ?? []).map(({ Key }) => Key);
}

async function listed(store: S3Store, prefix: string = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

function status(httpStatusCode: number) {
  return { $metadata: { httpStatusCode } };
}

/** As S3 writes it: four bytes, the highest first, in base64. */
function crcOf(bytes: Buffer): string {
  const word = Buffer.alloc(4);
  word.writeUInt32BE(crc32(bytes));
  return word.toString('base64');
}

/** The same bytes each time for the same `fill`. */
async function* mebibytes(many: number, fill: number = 1): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < many; index += 1) yield Buffer.alloc(MEBIBYTE, fill + index);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
