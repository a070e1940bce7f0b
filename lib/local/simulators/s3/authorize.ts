import type { IncomingMessage } from 'node:http';
import { S3Refusal } from './refusal.ts';

/** Signature Version 4 as a header or, presigned, in the query; the secret is not known here, so the form is what counts. */
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/s3\/aws4_request, *SignedHeaders=([a-z0-9;-]+), *Signature=[0-9a-f]{64}$/;
const CREDENTIAL = /^[^/\s]+\/\d{8}\/[a-z0-9-]+\/s3\/aws4_request$/;
const DATE = /^\d{8}T\d{6}Z$/;

/** Refuses what carries no well-formed signature; any access key will do. */
export function authorize(request: IncomingMessage, query: URLSearchParams): void {
  if (query.has('X-Amz-Signature')) checkPresigned(query);
  else checkHeaders(request);
}

function checkHeaders(request: IncomingMessage): void {
  const header = request.headers.authorization;
  if (header === undefined) throw new S3Refusal('AccessDenied', 'Access Denied: the request carries no signature.');
  const match = AUTHORIZATION.exec(header);
  if (match === null) {
    throw new S3Refusal('AccessDenied', 'Access Denied: the Authorization header is no Signature Version 4 for s3.');
  }
  const date = request.headers['x-amz-date'];
  if (typeof date !== 'string' || !DATE.test(date) || date.slice(0, 8) !== match[2]) {
    throw new S3Refusal('AccessDenied', 'Access Denied: x-amz-date is missing or differs from the credential’s date.');
  }
  if (!(match[4] ?? '').split(';').includes('host')) {
    throw new S3Refusal('AccessDenied', 'Access Denied: the header "host" must be signed.');
  }
}

function checkPresigned(query: URLSearchParams): void {
  const isSound =
    query.get('X-Amz-Algorithm') === 'AWS4-HMAC-SHA256' &&
    CREDENTIAL.test(query.get('X-Amz-Credential') ?? '') &&
    DATE.test(query.get('X-Amz-Date') ?? '') &&
    /^[0-9a-f]{64}$/.test(query.get('X-Amz-Signature') ?? '') &&
    /^\d{1,6}$/.test(query.get('X-Amz-Expires') ?? '');
  if (!isSound) throw new S3Refusal('AccessDenied', 'Access Denied: the presigned query is not well-formed.');
}
