import type { Answer } from '../http.ts';
import { readBody } from '../http.ts';
import type { BucketStore } from '../storage/index.ts';
import type { S3Call } from './call.ts';
import { S3Refusal } from './refusal.ts';
import { childText, parseXml } from './xml.ts';

const LARGEST_BODY_BYTES = 65_536;

/** CreateBucket, in the region of its body, else in `region`. */
export async function createBucket(
  request: S3Call['request'],
  name: string,
  { store, region }: { store: BucketStore; region: string },
): Promise<Answer> {
  const body = await readBody(request, LARGEST_BODY_BYTES);
  const document = body === null || body.length === 0 ? null : parseXml(body.toString('utf8'));
  if (body === null || (body.length > 0 && document?.name !== 'CreateBucketConfiguration')) {
    throw new S3Refusal('MalformedXML', 'The XML you provided was not well-formed.');
  }
  const wanted = document === null ? undefined : childText(document, 'LocationConstraint');
  if (await store.createBucket(name, wanted ?? region)) return { status: 200, headers: { location: `/${name}` } };
  throw new S3Refusal('BucketAlreadyOwnedByYou', 'The bucket you tried to create exists already and is yours.');
}
