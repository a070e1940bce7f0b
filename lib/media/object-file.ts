import { excerpt } from '../domain/excerpt.ts';
import type { Issue } from '../domain/finding.ts';
import {
  ObjectChangedError,
  ObjectMissingError,
  ObjectRefusedError,
  type ReadableStore,
  type RefusalReason,
} from '../storage/object-store.ts';
import { objectRefusal } from './object-refusal.ts';

export interface WantedObject {
  bucket: string;
  key: string;
  /** As people read it. */
  uri: string;
}

/** An object that is written again while it is read is read again; one that never rests fails the call, which is tried later. */
const READS = 3;

/** Brings an object that rows name, or says why it cannot be had. `store` is its bucket; null = nobody may read it. Throws what may pass. */
export async function bringObject(
  store: ReadableStore | null,
  wanted: WantedObject,
  { maxBytes }: { maxBytes: number },
): Promise<Uint8Array | Issue> {
  if (store === null) return objectRefusal('OBJECT_REFERENCE_REFUSED', wanted);
  for (let read = 1; ; read += 1) {
    try {
      return (await readWhole(store, wanted.key, maxBytes)) ?? tooLarge(wanted, maxBytes);
    } catch (error) {
      const refusal = refusalOf(error, wanted);
      if (refusal !== null) return refusal;
      // Its own error would end the run as if the drop had changed.
      if (!(error instanceof ObjectChangedError)) throw error;
      if (read === READS)
        throw new Error(`[collect] "${wanted.uri}" is being written again and again. Run again later.`);
    }
  }
}

/** null = it is larger; no more than the limit, and what was on its way, is read. */
async function readWhole(store: ReadableStore, key: string, maxBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of store.read(key)) {
    bytes += chunk.length;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refusalOf(error: unknown, wanted: WantedObject): Issue | null {
  if (error instanceof ObjectMissingError) return objectRefusal('OBJECT_MISSING', wanted);
  if (error instanceof ObjectRefusedError) return objectRefusal(REASONS[error.reason], wanted);
  const code = codeOf(error);
  return code === null ? null : objectRefusal(code, wanted);
}

const REASONS: Readonly<Record<RefusalReason, Parameters<typeof objectRefusal>[0]>> = {
  'bucket-missing': 'OBJECT_BUCKET_MISSING',
  denied: 'OBJECT_DENIED',
  encrypted: 'OBJECT_ENCRYPTED',
  credentials: 'OBJECT_CREDENTIALS',
};

/** S3's words for what stays so until somebody changes the object, its bucket, or a permission; everything else may pass, or is a fault of the machine. */
const CODES: Readonly<Record<string, Parameters<typeof objectRefusal>[0]>> = {
  NoSuchBucket: 'OBJECT_BUCKET_MISSING',
  AccessDenied: 'OBJECT_DENIED',
  AllAccessDisabled: 'OBJECT_DENIED',
  InvalidObjectState: 'OBJECT_ARCHIVED',
  PermanentRedirect: 'OBJECT_REGION',
  AuthorizationHeaderMalformed: 'OBJECT_REGION',
  IllegalLocationConstraintException: 'OBJECT_REGION',
  // What S3 says to a read without the key that its writer gave (SSE-C).
  InvalidRequest: 'OBJECT_ENCRYPTED',
  'KMS.DisabledException': 'OBJECT_ENCRYPTED',
  'KMS.InvalidStateException': 'OBJECT_ENCRYPTED',
  'KMS.KMSInvalidStateException': 'OBJECT_ENCRYPTED',
  'KMS.NotFoundException': 'OBJECT_ENCRYPTED',
};

/** By fields, since bundles may hold an SDK's classes twice; stores tell in their own words, with S3's answer as the cause. */
function codeOf(error: unknown): (typeof CODES)[string] | null {
  const cause = error instanceof Error ? error.cause : null;
  if (!(cause instanceof Error) || !('$metadata' in cause)) return null;
  return Object.hasOwn(CODES, cause.name) ? (CODES[cause.name] ?? null) : null;
}

function tooLarge({ uri }: WantedObject, maxBytes: number): Issue {
  return {
    code: 'MEDIA_TOO_LARGE',
    severity: 'error',
    message: `"${excerpt(uri, 200)}" has more than ${maxBytes} bytes; no provider takes such a file`,
    hint: 'Make it smaller: scale images down, shorten audio, split documents.',
  };
}
