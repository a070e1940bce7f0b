import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkObject, isBucketName, isObjectBucket, objectPlace } from '../../lib/rows/object-uri.ts';

const ALLOWED = ['my-photos', 'abc', 'dotted.name'];
const issueOf = (text: string) => {
  const checked = checkObject(text, ALLOWED);
  return 'issue' in checked ? checked.issue : null;
};

describe('checkObject', () => {
  it.each([
    ['s3://my-photos/owl.png', 'owl.png'],
    ['S3://my-photos/owl.png', 'owl.png'],
    ['s3://abc/a b/ä+梟%20#1?.png', 'a b/ä+梟%20#1?.png'],
    ['s3://dotted.name//two//slashes.png', '/two//slashes.png'],
    ['s3://abc/..hidden/...png', '..hidden/...png'],
    ['s3://abc/s3://abc/owl.png', 's3://abc/owl.png'],
    ['s3://abc/what?size=2&versionIds=3', 'what?size=2&versionIds=3'],
    [`s3://abc/${'梟'.repeat(341)}a`, `${'梟'.repeat(341)}a`],
  ])('reads the key of %j as it stands', (text, key) => {
    const bucket = text.split('/')[2];
    expect(checkObject(text, ALLOWED)).toEqual({ object: { bucket, key }, uri: `s3://${bucket}/${key}` });
  });

  it.each([
    ['s3://abc', 'names a bucket, but no object'],
    ['s3://abc/', 'names a bucket, but no object'],
    ['s3:///owl.png', 'names no bucket'],
    ['s3://', 'names no bucket'],
    ['s3://ab/owl.png', 'no valid name of a bucket'],
    ['s3://192.168.0.1/owl.png', 'no valid name of a bucket'],
    ['s3://my..photos/owl.png', 'no valid name of a bucket'],
    ['s3://my_photos/owl.png', 'no valid name of a bucket'],
    ['s3://abc:443/owl.png', 'no valid name of a bucket'],
    ['s3://abc\\..\\x/owl.png', 'no valid name of a bucket'],
    [`s3://${'a'.repeat(64)}/owl.png`, 'no valid name of a bucket'],
    ['s3://My-Photos/owl.png', 'capital letters in its bucket'],
    ['s3://arn:aws:s3:us-east-1:1:accesspoint/a', 'names an ARN'],
    ['s3://abc/photos/', 'names a folder'],
    ['s3://abc/../secret/owl.png', '"." or ".." for a folder'],
    ['s3://abc/a/./owl.png', '"." or ".." for a folder'],
    ['s3://abc/a/..', '"." or ".." for a folder'],
    ['s3://abc/a\u0000.png', 'a character that no file'],
    ['s3://abc/a\nb.png', 'a character that no file'],
    ['s3://abc/a\ud800.png', 'a character that no file'],
    [`s3://abc/${'梟'.repeat(342)}`, 'a key of 1026 bytes'],
    ['s3://abc/owl.png?versionId=null', 'asks for a version'],
    ['s3://abc/owl.png?a=1&VERSIONID=x', 'asks for a version'],
    ['s3://abc/owl.png?X-Amz-Signature=f00', 'carries a signature'],
  ])('refuses %j, and says why', (text, reason) => {
    const issue = issueOf(text);
    expect(issue).toMatchObject({ code: 'OBJECT_URI', severity: 'error', hint: expect.stringMatching(/\.$|…$/) });
    expect(issue?.message).toContain(reason);
  });

  it('names the bucket that is not allowed, and whom to ask', () => {
    expect(issueOf('s3://secret-plans/owl.png')).toEqual({
      code: 'OBJECT_REFERENCE_REFUSED',
      severity: 'error',
      message: '"s3://secret-plans/owl.png" lies in the bucket "secret-plans", which rows may not name here',
      hint: 'Ask whoever runs finedrop to allow the bucket "secret-plans" (docs/drop.md, Objects), or put the file into the archive.',
    });
  });

  it('keeps buckets of Cloud Storage apart from those of S3 that have the same name', () => {
    expect(issueOf('gs://my-photos/owl.png')).toMatchObject({
      code: 'OBJECT_REFERENCE_REFUSED',
      message: '"gs://my-photos/owl.png" lies in the bucket "gs://my-photos", which rows may not name here',
    });
    const ours = ['gs://my-photos'];
    expect(checkObject('s3://my-photos/owl.png', ours)).toHaveProperty('issue.code', 'OBJECT_REFERENCE_REFUSED');
    const checked = checkObject('GS://my-photos/a b/owl.png', ours);
    const object = { bucket: 'gs://my-photos', key: 'a b/owl.png' };
    expect(checked).toEqual({ object, uri: 'gs://my-photos/a b/owl.png' });
    expect(objectPlace('gs://my-photos/a b/owl.png')).toEqual(object);
  });

  it.each([
    ['gs://my-photos', 'names a bucket, but no object in it', 'gs://bucket/photos'],
    ['gs://My-Photos/owl.png', 'has capital letters in its bucket', 'lower case'],
    ['gs://my photos/owl.png', 'has no valid name of a bucket', 'underscores'],
    ['gs://my-photos/owl.png?generation=7', 'asks for a version', '"?generation=…"'],
    ['gs://my-photos/owl.png?X-Goog-Signature=hunter2', 'carries a signature', 'https://'],
    [`gs://my-photos/${'a'.repeat(1025)}`, 'Cloud Storage takes 1024', 'Check what was pasted'],
    ['gs://my-photos/../other/owl.png', 'has "." or ".."', 'without it'],
  ])('says what is wrong with %s', (text, message, hint) => {
    expect(issueOf(text)).toMatchObject({
      code: 'OBJECT_URI',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  it.each(['s3://me:hunter2@abc/owl.png', 's3://abc/owl.png?X-Amz-Signature=hunter2'])(
    'repeats no secret of %s',
    (text) => {
      expect(JSON.stringify(issueOf(text))).not.toContain('hunter2');
    },
  );

  it('lets nothing pass that could be another bucket or a folder above, and takes back what it gives', () => {
    const piece = fc.constantFrom(
      'abc',
      'my-photos',
      '..',
      '.',
      '/',
      '//',
      '\\',
      'a',
      '%2e',
      '?',
      '#',
      '@',
      ':',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const checked = checkObject(`s3://${pieces.join('')}`, ALLOWED);
        if ('issue' in checked) return;
        const { object, uri } = checked;
        expect(ALLOWED).toContain(object.bucket);
        expect(object.key.split('/').filter((segment) => segment === '.' || segment === '..')).toEqual([]);
        expect(objectPlace(uri)).toEqual(object);
        expect(checkObject(uri, ALLOWED)).toEqual(checked);
      }),
      { seed: 42, numRuns: 2000 },
    );
  });
});

describe('isBucketName', () => {
  it.each([
    ['my-photos', true],
    ['a.b.c', true],
    ['museum-ap-f8xq3l5w1n9s2k7j4h6g-s3alias', true],
    ['-abc', false],
    ['abc-', false],
    ['gs://abc', false],
    ['*', false],
    ['', false],
  ])('says of "%s": %s', (name, expected) => {
    expect(isBucketName(name)).toBe(expected);
  });
});

describe('isObjectBucket', () => {
  it.each([
    ['my-photos', true],
    ['gs://my-photos', true],
    ['gs://my_photos.example.org', true],
    [`gs://${'a'.repeat(63)}`, true],
    [`gs://${'a'.repeat(64)}`, false],
    ['gs://a..b', false],
    ['gs://10.0.0.1', false],
    ['my_photos', false],
    ['s3://my-photos', false],
    ['gs://my-photos/owls', false],
    ['gs://', false],
  ])('says of "%s": %s', (entry, expected) => {
    expect(isObjectBucket(entry)).toBe(expected);
  });
});
