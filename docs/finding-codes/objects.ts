import { rowCodes } from './finding-code.ts';

/** Objects of buckets: what rows say, and what comes of reading them. */
export const OBJECTS = {
  ...rowCodes({
    OBJECT_URI: 'Write it like s3://bucket/photos/owl.png, or gs:// for Cloud Storage.',
    OBJECT_REFERENCE_REFUSED: 'Ask whoever runs finedrop to allow the bucket, or put the file into the archive.',
  }),
  OBJECTS_TOO_MANY: {
    severity: 'error',
    summary: 'The rows of the drop name more different objects than are read for one run.',
    remedy: 'Put the files into archives: they are read in long stretches, without a request for each.',
  },
  OBJECT_MISSING: {
    severity: 'error',
    summary: 'The bucket holds no such object.',
    remedy: 'Check the spelling, letter by letter: a key is read as it stands. Upload the object, and run again.',
  },
  OBJECT_BUCKET_MISSING: {
    severity: 'error',
    summary: 'There is no bucket of that name.',
    remedy: 'Check the spelling of the bucket.',
  },
  OBJECT_DENIED: {
    severity: 'error',
    summary:
      'The bucket does not let finedrop read the object; without s3:ListBucket, S3 says so of missing ones as well.',
    remedy: 'Check the spelling, then let the role that finedrop runs in read the bucket, and run again.',
  },
  OBJECT_ARCHIVED: {
    severity: 'error',
    summary: 'The object lies in an archive of S3 (Glacier), which cannot be read as it is.',
    remedy: 'Restore the object, and run again.',
  },
  OBJECT_REGION: {
    severity: 'error',
    summary: 'The bucket lies in another AWS Region.',
    remedy: "Copy the object to a bucket in finedrop's Region.",
  },
  OBJECT_ENCRYPTED: {
    severity: 'error',
    summary: 'The object is encrypted with a key that finedrop cannot use.',
    remedy: 'Copy it with another encryption: SSE-S3, or a KMS key that is enabled.',
  },
  OBJECT_CREDENTIALS: {
    severity: 'error',
    summary: 'The operator allows a bucket of Cloud Storage, and gave finedrop nothing to read it with.',
    remedy:
      'On AWS, set googleReaderConfig; on one machine, log in with "gcloud auth application-default login" (docs/drop.md, Objects).',
  },
} as const;
