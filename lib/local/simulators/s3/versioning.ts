import type { Answer } from '../http.ts';
import { readBody } from '../http.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { S3Call } from './call.ts';
import { S3Refusal } from './refusal.ts';
import { childText, parseXml, xmlAnswer } from './xml.ts';

const LARGEST_BODY_BYTES = 65_536;

/** GetBucketVersioning; an empty element where versions were never kept. */
export async function getBucketVersioning({ bucket }: S3Call): Promise<Answer> {
  return xmlAnswer(200, ['VersioningConfiguration', bucket.versions.areKept() ? { Status: 'Enabled' } : '']);
}

/** PutBucketVersioning; on only, since nobody needs the rules of S3 for versions that are suspended. */
export async function putBucketVersioning({ bucket, request }: S3Call): Promise<Answer> {
  const body = await readBody(request, LARGEST_BODY_BYTES);
  const document = body === null ? null : parseXml(body.toString('utf8'));
  const status = document?.name === 'VersioningConfiguration' ? childText(document, 'Status') : undefined;
  if (status === undefined) throw new S3Refusal('MalformedXML', 'The XML you provided was not well-formed.');
  if (status !== 'Enabled') throw new S3Refusal('NotImplemented', 'The simulator does not suspend versions.');
  await bucket.versions.keep();
  return { status: 200 };
}

/** Which version an answer is about, where versions are kept. */
export function versionHeader({ notes }: StoredObject): Record<string, string> {
  const versionId = notes['versionId'];
  return versionId === undefined ? {} : { 'x-amz-version-id': versionId };
}
