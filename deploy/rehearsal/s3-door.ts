import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** One request to S3 as CloudTrail would tell it. */
export interface S3Request {
  /** The access key: here the function's name. */
  caller: string;
  operation: string;
  /** The permission that it takes. */
  action: string;
  bucket: string;
  key: string;
}

export interface S3DoorOptions {
  /** The server behind the door, for each bucket. */
  serverOf(bucket: string): string;
  allowed(request: S3Request): boolean;
  /** Milliseconds to add to the times that the server tells in listings: it may live by another clock than its callers. */
  timeShift?(): number;
  /** Runs before the request goes on, and after its answer came but before the caller has it. */
  onRequest?(request: S3Request, side: 'before' | 'after'): Promise<void> | void;
}

export interface S3Door {
  url: string;
  requests: S3Request[];
  /** Requests that the caller's role does not allow; they were answered with 403. */
  denied: S3Request[];
  close(): Promise<void>;
}

/** Stands before an S3 server, counts what comes through, and keeps each function to its role. */
export async function openS3Door(options: S3DoorOptions): Promise<S3Door> {
  const requests: S3Request[] = [];
  const denied: S3Request[] = [];
  const server = createServer((incoming, answer) => {
    const request = describeRequest(incoming);
    requests.push(request);
    if (!options.allowed(request)) {
      denied.push(request);
      refuse(incoming, answer);
      return;
    }
    passOn(incoming, answer, { options, request }).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    denied,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Passing {
  options: S3DoorOptions;
  request: S3Request;
}

async function passOn(incoming: IncomingMessage, answer: ServerResponse, { options, request }: Passing): Promise<void> {
  await options.onRequest?.(request, 'before');
  const { hostname, port } = new URL(options.serverOf(request.bucket));
  // The Host header stays as it came: it is signed.
  const onward = send({
    hostname,
    port,
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: incoming.rawHeaders,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    onward.once('response', resolve).once('error', reject);
    // S3 asks for the body only when it wants it.
    onward.once('continue', () => answer.writeContinue());
  });
  const sent = pipeline(incoming, onward);
  sent.catch(() => undefined);
  const response = await answered;
  await options.onRequest?.(request, 'after');
  const shift = request.operation === 'ListObjectsV2' ? (options.timeShift?.() ?? 0) : 0;
  if (shift !== 0) return answerShifted(response, answer, shift);
  answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
  await pipeline(response, answer);
}

async function answerShifted(response: IncomingMessage, answer: ServerResponse, shift: number): Promise<void> {
  const shifted = (await text(response)).replace(/(?<=<LastModified>)[^<]+/g, (time) =>
    new Date(Date.parse(time) + shift).toISOString(),
  );
  answer.writeHead(response.statusCode ?? 502, { 'content-type': 'application/xml' }).end(shifted);
}

function refuse(incoming: IncomingMessage, answer: ServerResponse): void {
  incoming.resume();
  const body =
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
  answer.writeHead(403, { 'content-type': 'application/xml', 'content-length': body.length }).end(body);
}

function describeRequest({ headers, method = 'GET', url = '/' }: IncomingMessage): S3Request {
  const [path = '', query = ''] = url.split('?', 2);
  const [, bucket = '', rest = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const caller = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
  const names = new URLSearchParams(query);
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  return { caller, bucket, key: decodeURIComponent(rest), ...operationOf(method, rest !== '', { names, isCopy }) };
}

function operationOf(
  method: string,
  hasKey: boolean,
  { names, isCopy }: { names: URLSearchParams; isCopy: boolean },
): Pick<S3Request, 'operation' | 'action'> {
  if (!hasKey) return { operation: method === 'HEAD' ? 'HeadBucket' : 'ListObjectsV2', action: 's3:ListBucket' };
  if (method === 'HEAD') return { operation: 'HeadObject', action: 's3:GetObject' };
  if (method === 'GET')
    return { operation: 'GetObject', action: names.has('versionId') ? 's3:GetObjectVersion' : 's3:GetObject' };
  if (method === 'DELETE' && names.has('uploadId'))
    return { operation: 'AbortMultipartUpload', action: 's3:AbortMultipartUpload' };
  if (method === 'DELETE') return { operation: 'DeleteObject', action: 's3:DeleteObject' };
  return { operation: writeOf(method, names, isCopy), action: 's3:PutObject' };
}

function writeOf(method: string, names: URLSearchParams, isCopy: boolean): string {
  if (method === 'POST') return names.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
  if (names.has('partNumber')) return isCopy ? 'UploadPartCopy' : 'UploadPart';
  return isCopy ? 'CopyObject' : 'PutObject';
}
