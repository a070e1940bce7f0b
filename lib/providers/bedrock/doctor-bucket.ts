import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Check, checked } from '../../domain/check.ts';
import { excerpt } from '../../domain/excerpt.ts';
import type { S3Store } from '../../storage/s3-store.ts';
import { TUNING_REGION } from './spec.ts';

interface BucketPlace {
  /** Amazon's own S3: what it answers in one Region lies there. */
  isAmazon: boolean;
}

/** Looks at the bucket, and puts an empty object into it that is removed again; nothing is put where the bucket cannot be reached. */
export async function* checkBucket(store: S3Store, bucket: string, place: BucketPlace): AsyncGenerator<Check> {
  const listed = await look(store);
  yield listed === null ? standingBucket(bucket, place) : brokenBucket(bucket, listed);
  if (listed !== null && listed.status !== 403) {
    return yield checked('bedrock staging', 'skipped', ['nothing was put, since the bucket cannot be reached']);
  }
  yield await checkStaging(store, bucket);
}

/** Where files are staged for jobs. */
const FOLDER = 'finedrop/';

async function look(store: S3Store): Promise<S3Problem | null> {
  try {
    for await (const _ of store.list(`${FOLDER}.doctor/`)) break;
    return null;
  } catch (error) {
    return problemOf(error);
  }
}

function standingBucket(bucket: string, { isAmazon }: BucketPlace): Check {
  const where = isAmazon ? `stands in ${TUNING_REGION}` : 'stands on a server of its own, not at Amazon';
  return checked('bedrock bucket', 'ok', [`"${bucket}" ${where}, and may be listed`]);
}

function brokenBucket(bucket: string, { status, code, region, told }: S3Problem): Check {
  const name = 'bedrock bucket';
  if (code === 'NoSuchBucket') {
    const fix = `Create it: aws s3api create-bucket --bucket ${bucket} --region ${TUNING_REGION}`;
    return checked(name, 'failed', [`there is no bucket "${bucket}"`, fix]);
  }
  if (OTHER_REGION.has(code) || status === 301 || status === 307) {
    const where = region === null ? 'in another Region' : `in ${region}`;
    const fix = `Set FINEDROP_BEDROCK_BUCKET to a bucket in ${TUNING_REGION}: Bedrock reads no other for Nova.`;
    return checked(name, 'failed', [`"${bucket}" lies ${where}`, fix]);
  }
  if (status === 403)
    return checked(name, 'failed', [`"${bucket}" may not be listed: ${told}`, bucketFix('s3:ListBucket', bucket)]);
  const fix = status === null ? 'Check the network, and AWS_ENDPOINT_URL_S3.' : 'Try again later.';
  return checked(name, 'failed', [`"${bucket}" cannot be reached: ${told}`, fix]);
}

const OTHER_REGION: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

function bucketFix(action: string, bucket: string): string {
  return `Allow ${action} on arn:aws:s3:::${bucket} to the caller (docs/live.md).`;
}

/** An object of no bytes, put and taken away: what a run may have to do. */
async function checkStaging(store: S3Store, bucket: string): Promise<Check> {
  const name = 'bedrock staging';
  const key = `${FOLDER}.doctor/${randomUUID()}`;
  const place = `s3://${bucket}/${FOLDER}`;
  const put = await store.write(key, '', { ifNoneMatch: '*' }).catch(problemOf);
  if ('told' in put) {
    return checked(name, 'failed', [
      `nothing may be put below ${place}: ${put.told}`,
      `Allow s3:PutObject on arn:aws:s3:::${bucket}/${FOLDER}* to the caller (docs/live.md).`,
    ]);
  }
  const kept = await store.remove(key).then(() => null, problemOf);
  if (kept !== null) {
    const fix = `Allow s3:DeleteObject on arn:aws:s3:::${bucket}/${FOLDER}* to the caller, and remove that object.`;
    return checked(name, 'failed', [`s3://${bucket}/${key} was put, and could not be removed: ${kept.told}`, fix]);
  }
  const versions = put.versionId === undefined ? '' : '; the bucket keeps versions, one of no bytes among them';
  return checked(name, 'ok', [`an object was put below ${place} and removed again${versions}`]);
}

interface S3Problem {
  status: number | null;
  code: string;
  /** The Region that S3 names where it was asked in another. */
  region: string | null;
  told: string;
}

/** By fields, since bundles may hold an SDK's classes twice; the store's error has S3's own as its cause. */
const s3Error = z.object({
  name: z.string(),
  message: z.string().catch(''),
  code: z.string().optional().catch(undefined),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional().catch(undefined),
  $response: z
    .object({ headers: z.record(z.string(), z.string()) })
    .optional()
    .catch(undefined),
  Region: z.string().optional().catch(undefined),
});

function problemOf(error: unknown): S3Problem {
  const parsed = s3Error.safeParse(error instanceof Error && error.cause !== undefined ? error.cause : error);
  if (!parsed.success) return { status: null, code: 'unknown', region: null, told: 'the connection failed' };
  const { name, message, code, $metadata, $response, Region } = parsed.data;
  const status = $metadata?.httpStatusCode ?? null;
  const region = Region ?? $response?.headers['x-amz-bucket-region'] ?? null;
  const [sentence = ''] = message === name ? [] : message.split('\n');
  const said = status === null ? [code ?? name] : [`HTTP ${status}`, name, sentence];
  const told = excerpt(said.filter((part) => part !== '').join(' '), LONGEST_TOLD);
  return { status, code: name, region, told };
}

const LONGEST_TOLD = 300;
