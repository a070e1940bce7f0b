import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';

const ARCHIVE = 'or put the file into the archive';

interface Refused {
  bucket: string;
  key: string;
  uri: string;
}

/** Why an object that rows name cannot be had, with what people read. */
const REFUSALS = {
  OBJECT_REFERENCE_REFUSED: {
    text: ({ bucket }: Refused) => `rows may not name objects of the bucket "${bucket}" here`,
    hint: ({ bucket }: Refused) =>
      `Ask whoever runs finedrop to allow the bucket "${bucket}" (docs/drop.md, Objects), ${ARCHIVE}.`,
  },
  OBJECT_MISSING: {
    text: ({ bucket }: Refused) => `the bucket "${bucket}" holds no such object`,
    hint: missingHint,
  },
  OBJECT_BUCKET_MISSING: {
    text: ({ bucket }: Refused) => `there is no bucket "${bucket}"`,
    hint: () => `Check the spelling of the bucket, ${ARCHIVE}.`,
  },
  OBJECT_DENIED: {
    text: ({ bucket }: Refused) => `the bucket "${bucket}" does not let finedrop read the object, or holds no such one`,
    hint: ({ bucket }: Refused) =>
      isGoogle(bucket)
        ? googleDeniedHint(bucket)
        : `Check the spelling; then ask whoever runs finedrop to give its role s3:GetObject on the bucket "${bucket}" (and s3:ListBucket, without which S3 does not tell what is missing; kms:Decrypt where a key encrypts it).`,
  },
  OBJECT_ARCHIVED: {
    text: () => 'the object is archived (S3 Glacier), and cannot be read as it is',
    hint: () => `Restore it, ${ARCHIVE}.`,
  },
  OBJECT_REGION: {
    text: ({ bucket }: Refused) => `the bucket "${bucket}" lies in another AWS Region`,
    hint: () => `Copy the object to a bucket in finedrop's Region, ${ARCHIVE}.`,
  },
  OBJECT_ENCRYPTED: {
    text: () => 'the object is encrypted with a key that finedrop cannot use',
    hint: ({ bucket }: Refused) =>
      `Copy it with another encryption (${isGoogle(bucket) ? "Google's own" : 'SSE-S3'}, or a KMS key that is enabled), ${ARCHIVE}.`,
  },
  OBJECT_CREDENTIALS: {
    text: ({ bucket }: Refused) => `finedrop has no credentials to read the bucket "${bucket}" with`,
    hint: () =>
      `Ask whoever runs finedrop to let it read (on AWS the setting googleReaderConfig, on one machine "gcloud auth application-default login"; docs/drop.md, Objects), ${ARCHIVE}.`,
  },
} as const satisfies Record<string, { text: (refused: Refused) => string; hint: (refused: Refused) => string }>;

function isGoogle(bucket: string): boolean {
  return bucket.startsWith('gs://');
}

function googleDeniedHint(bucket: string): string {
  return `Check the spelling; then ask whoever runs finedrop to give its account roles/storage.objectViewer on ${bucket}.`;
}

/** The issue for each row that names the object. */
export function objectRefusal(code: keyof typeof REFUSALS, refused: Refused): Issue {
  const { text, hint } = REFUSALS[code];
  return {
    code,
    severity: 'error',
    message: `"${excerpt(refused.uri, 200)}": ${text(refused)}`,
    hint: hint(refused),
  };
}

/** What people write who know links, or shells, or folders. */
function missingHint({ bucket, key }: Refused): string {
  const scheme = isGoogle(bucket) ? 'gs' : 's3';
  if (/%[0-9a-f]{2}/i.test(key)) return 'A key is read as it stands: write "my owl.png", not "my%20owl.png".';
  if (/\+/.test(key)) return 'A key is read as it stands: where a link has "+" for a space, write the space.';
  if (/[*?]/.test(key)) return `Patterns are not read in ${scheme}:// references: name each file.`;
  if (key.startsWith('/') || key.includes('//')) return `Each slash counts: write ${scheme}://bucket/photos/owl.png.`;
  return `Check the spelling, capital letters too; upload the object and run again, ${ARCHIVE}.`;
}
