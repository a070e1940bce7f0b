import { rowCodes } from './finding-code.ts';

/** Objects of buckets: what rows say, and what comes of reading them. */
export const OBJECTS = {
  ...rowCodes({
    OBJECT_URI: {
      remedy: 'Write it like s3://bucket/photos/owl.png, or gs:// for Cloud Storage.',
      example: 'train.csv, row 1, files, part 1: "s3://my-photos" names a bucket, but no object in it',
    },
    OBJECT_REFERENCE_REFUSED: {
      remedy: 'Ask whoever runs finedrop to allow the bucket, or put the file into the archive.',
      example:
        'train.csv, row 2, files, part 1: "s3://his-photos/owl.png" lies in the bucket "his-photos", which rows may not name here',
    },
  }),
  OBJECTS_TOO_MANY: {
    severity: 'error',
    summary: 'The rows of the drop name more different objects than are read for one run.',
    remedy: 'Put the files into archives: they are read in long stretches, without a request for each.',
    example: 'the rows name more than 1000000 different objects of buckets',
  },
  OBJECT_MISSING: {
    severity: 'error',
    summary: 'The bucket holds no such object.',
    remedy: 'Check the spelling, letter by letter: a key is read as it stands. Upload the object, and run again.',
    example: 'train.csv, row 3, files, part 1: "s3://my-photos/owl.png": the bucket "my-photos" holds no such object',
  },
  OBJECT_BUCKET_MISSING: {
    severity: 'error',
    summary: 'There is no bucket of that name.',
    remedy: 'Check the spelling of the bucket.',
    example: 'train.csv, row 4, files, part 1: "s3://no-photos/owl.png": there is no bucket "no-photos"',
  },
  OBJECT_DENIED: {
    severity: 'error',
    summary:
      'The bucket does not let finedrop read the object; without s3:ListBucket, S3 says so of missing ones as well.',
    remedy: 'Check the spelling, then let the role that finedrop runs in read the bucket, and run again.',
    example:
      'train.csv, row 5, files, part 1: "s3://her-photos/owl.png": the bucket "her-photos" does not let finedrop read the object, or holds no such one',
  },
  OBJECT_ARCHIVED: {
    severity: 'error',
    summary: 'The object lies in an archive of S3 (Glacier), which cannot be read as it is.',
    remedy: 'Restore the object, and run again.',
    example:
      'train.csv, row 6, files, part 1: "s3://old-photos/owl.png": the object is archived (S3 Glacier), and cannot be read as it is',
  },
  OBJECT_REGION: {
    severity: 'error',
    summary: 'The bucket lies in another AWS Region.',
    remedy: "Copy the object to a bucket in finedrop's Region.",
    example:
      'train.csv, row 7, files, part 1: "s3://far-photos/owl.png": the bucket "far-photos" lies in another AWS Region',
  },
  OBJECT_ENCRYPTED: {
    severity: 'error',
    summary: 'The object is encrypted with a key that finedrop cannot use.',
    remedy: 'Copy it with another encryption: SSE-S3, or a KMS key that is enabled.',
    example:
      'train.csv, row 8, files, part 1: "s3://key-photos/owl.png": the object is encrypted with a key that finedrop cannot use',
  },
  OBJECT_CREDENTIALS: {
    severity: 'error',
    summary: 'The operator allows a bucket of Cloud Storage, and gave finedrop nothing to read it with.',
    remedy:
      'On AWS, set googleReaderConfig; on one machine, log in with "gcloud auth application-default login" (docs/drop.md, Objects).',
    example:
      'train.csv, row 9, files, part 1: "gs://her-photos/owl.png": finedrop has no credentials to read the bucket "gs://her-photos" with',
  },
} as const;
