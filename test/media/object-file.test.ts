import { describe, expect, it } from 'vitest';
import { bringObject } from '../../lib/media/object-file.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { ObjectChangedError, type ReadableStore } from '../../lib/storage/object-store.ts';

const OWL = { bucket: 'my-photos', key: 'owl.png', uri: 's3://my-photos/owl.png' };

/** A bucket whose reads go through `read`, each with its number from 1. */
async function bucketOf(read: (times: number) => void): Promise<ReadableStore> {
  const store = memoryStore();
  await store.write(OWL.key, 'an owl');
  let times = 0;
  return {
    ...store,
    read: async function* (key, options) {
      times += 1;
      read(times);
      yield* store.read(key, options);
    },
  };
}

/** As the S3 store tells of an answer that is no part of its port. */
function answer(name: string, httpStatusCode: number): Error {
  const cause = Object.assign(new Error('S3 says so'), { name, $metadata: { httpStatusCode } });
  return new Error(`[s3] could not read "owl.png": HTTP ${httpStatusCode} ${name}.`, { cause });
}

describe('bringObject', () => {
  it('brings the bytes', async () => {
    const bytes = await bringObject(await bucketOf(() => {}), OWL, { maxBytes: 6 });
    expect(Buffer.from(bytes as Uint8Array).toString()).toBe('an owl');
  });

  it('reads no more than the limit', async () => {
    let sent = 0;
    const endless: ReadableStore = {
      ...memoryStore(),
      read: async function* () {
        for (;;) {
          sent += 1024;
          yield Buffer.alloc(1024);
        }
      },
    };
    const issue = await bringObject(endless, OWL, { maxBytes: 10_000 });
    expect(issue).toMatchObject({ code: 'MEDIA_TOO_LARGE', message: expect.stringContaining('more than 10000 bytes') });
    expect(sent).toBeLessThan(12_000);
  });

  it.each([
    ['NoSuchBucket', 404, 'OBJECT_BUCKET_MISSING'],
    ['AccessDenied', 403, 'OBJECT_DENIED'],
    ['InvalidObjectState', 403, 'OBJECT_ARCHIVED'],
    ['PermanentRedirect', 301, 'OBJECT_REGION'],
    ['AuthorizationHeaderMalformed', 400, 'OBJECT_REGION'],
    ['InvalidRequest', 400, 'OBJECT_ENCRYPTED'],
    ['KMS.DisabledException', 400, 'OBJECT_ENCRYPTED'],
  ])('tells of %s (%i) as %s, which only people can mend', async (name, status, code) => {
    const store = await bucketOf(() => {
      throw answer(name, status);
    });
    expect(await bringObject(store, OWL, { maxBytes: 10 })).toMatchObject({
      code,
      severity: 'error',
      message: expect.stringContaining('"s3://my-photos/owl.png": '),
      hint: expect.stringMatching(/\.$/),
    });
  });

  it.each([
    ['SlowDown', 503],
    ['InternalError', 500],
    ['ExpiredToken', 400],
    ['InvalidAccessKeyId', 403],
    ['SignatureDoesNotMatch', 403],
    ['RequestTimeTooSkewed', 403],
    ['KMS.ThrottlingException', 400],
    ['constructor', 400],
  ])('throws %s (%i), which is no fault of the drop', async (name, status) => {
    const store = await bucketOf(() => {
      throw answer(name, status);
    });
    await expect(bringObject(store, OWL, { maxBytes: 10 })).rejects.toThrow(name);
  });

  it('throws a connection that broke', async () => {
    const store = await bucketOf(() => {
      throw new Error('[s3] could not read', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
    });
    await expect(bringObject(store, OWL, { maxBytes: 10 })).rejects.toThrow('[s3] could not read');
  });

  it.each([
    ['photos/my%20owl.png', '"my owl.png", not "my%20owl.png"'],
    ['photos/my+owl.png', 'write the space'],
    ['photos/*.png', 'Patterns are not read'],
    ['photos//owl.png', 'Each slash counts'],
    ['photos/Owl.png', 'capital letters'],
  ])('says what may be wrong with the missing key %s', async (key, hint) => {
    const uri = `s3://my-photos/${key}`;
    expect(await bringObject(memoryStore(), { ...OWL, key, uri }, { maxBytes: 10 })).toMatchObject({
      code: 'OBJECT_MISSING',
      message: `"${uri}": the bucket "my-photos" holds no such object`,
      hint: expect.stringContaining(hint),
    });
  });

  it('refuses a bucket that nobody may read', async () => {
    expect(await bringObject(null, OWL, { maxBytes: 10 })).toMatchObject({
      code: 'OBJECT_REFERENCE_REFUSED',
      message: expect.stringContaining('"my-photos"'),
    });
  });

  it('reads an object anew that was written while it was read', async () => {
    const store = await bucketOf((times) => {
      if (times < 3) throw new ObjectChangedError(OWL.key);
    });
    expect(await bringObject(store, OWL, { maxBytes: 10 })).toBeInstanceOf(Uint8Array);
  });

  it('gives up an object that is written again and again, as something that may pass, and not as a change of the drop', async () => {
    const store = await bucketOf(() => {
      throw new ObjectChangedError(OWL.key);
    });
    const bringing = bringObject(store, OWL, { maxBytes: 10 });
    await expect(bringing).rejects.toThrow('"s3://my-photos/owl.png" is being written again and again');
    await expect(bringing).rejects.not.toBeInstanceOf(ObjectChangedError);
  });
});
