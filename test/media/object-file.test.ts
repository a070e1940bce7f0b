import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { bringObject } from '../../lib/media/object-file.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { ObjectChangedError, type ReadableStore } from '../../lib/storage/object-store.ts';
import { s3Store } from '../../lib/storage/s3-store.ts';

const OWL = { bucket: 'my-photos', key: 'owl.png', uri: 's3://my-photos/owl.png' };

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

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

/** The bucket of a server that answers every read with this error, as S3 writes it, through the official client. */
async function refusingS3(code: string, status: number): Promise<ReadableStore> {
  const server = createServer((_request, response) => {
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>S3 says so</Message></Error>`;
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const store = s3Store({
    bucket: OWL.bucket,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'thing' },
  });
  cleanups.push(() => {
    store.close();
    server.close();
  });
  return store;
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
    ['NoSuchKey', 404, 'OBJECT_MISSING'],
    ['NoSuchBucket', 404, 'OBJECT_BUCKET_MISSING'],
    ['AccessDenied', 403, 'OBJECT_DENIED'],
    ['AllAccessDisabled', 403, 'OBJECT_DENIED'],
    ['InvalidObjectState', 403, 'OBJECT_ARCHIVED'],
    ['PermanentRedirect', 301, 'OBJECT_REGION'],
    ['AuthorizationHeaderMalformed', 400, 'OBJECT_REGION'],
    ['IllegalLocationConstraintException', 400, 'OBJECT_REGION'],
    ['InvalidRequest', 400, 'OBJECT_ENCRYPTED'],
    ['KMS.DisabledException', 400, 'OBJECT_ENCRYPTED'],
    ['KMS.NotFoundException', 400, 'OBJECT_ENCRYPTED'],
  ])('tells of %s (%i) as %s, which only people can mend', async (code, status, expected) => {
    expect(await bringObject(await refusingS3(code, status), OWL, { maxBytes: 10 })).toMatchObject({
      code: expected,
      severity: 'error',
      message: expect.stringContaining('"s3://my-photos/owl.png": '),
      hint: expect.stringMatching(/\.$/),
    });
  });

  it.each([
    ['ExpiredToken', 400],
    ['InvalidAccessKeyId', 403],
    ['SignatureDoesNotMatch', 403],
    ['RequestTimeTooSkewed', 403],
    ['constructor', 400],
    ['SomethingNew', 409],
  ])('throws %s (%i), which is no fault of the drop', async (code, status) => {
    const bringing = bringObject(await refusingS3(code, status), OWL, { maxBytes: 10 });
    await expect(bringing).rejects.toThrow(`HTTP ${status} ${code}`);
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
