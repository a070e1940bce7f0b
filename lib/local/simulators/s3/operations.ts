import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http.ts';
import { deleteObjects, getBucketLocation, headBucket, listObjects } from './buckets.ts';
import type { S3Call } from './call.ts';
import { completeMultipartUpload } from './complete.ts';
import { copyObject } from './copy.ts';
import {
  abortMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './multipart.ts';
import { deleteObject, getObject, headObject, putObject } from './objects.ts';
import { getBucketVersioning, putBucketVersioning } from './versioning.ts';

/** `name` is S3's own and what fault rules use; `query` must be present, the copy header too where `copies`. */
export interface Operation {
  name: string;
  method: string;
  on: 'bucket' | 'object';
  query: readonly string[];
  copies?: boolean;
  answer(call: S3Call): Promise<Answer>;
}

/** The more specific stand first. CreateBucket is the handler's own, because it is about a bucket that need not exist. */
const OPERATIONS: readonly Operation[] = [
  { name: 'GetBucketLocation', method: 'GET', on: 'bucket', query: ['location'], answer: getBucketLocation },
  { name: 'GetBucketVersioning', method: 'GET', on: 'bucket', query: ['versioning'], answer: getBucketVersioning },
  { name: 'PutBucketVersioning', method: 'PUT', on: 'bucket', query: ['versioning'], answer: putBucketVersioning },
  { name: 'ListMultipartUploads', method: 'GET', on: 'bucket', query: ['uploads'], answer: listMultipartUploads },
  { name: 'ListObjectsV2', method: 'GET', on: 'bucket', query: ['list-type'], answer: listObjects },
  { name: 'DeleteObjects', method: 'POST', on: 'bucket', query: ['delete'], answer: deleteObjects },
  { name: 'HeadBucket', method: 'HEAD', on: 'bucket', query: [], answer: headBucket },
  { name: 'CreateBucket', method: 'PUT', on: 'bucket', query: [], answer: headBucket },
  {
    name: 'UploadPartCopy',
    method: 'PUT',
    on: 'object',
    query: ['partNumber', 'uploadId'],
    copies: true,
    answer: uploadPartCopy,
  },
  { name: 'UploadPart', method: 'PUT', on: 'object', query: ['partNumber', 'uploadId'], answer: uploadPart },
  { name: 'CopyObject', method: 'PUT', on: 'object', query: [], copies: true, answer: copyObject },
  { name: 'PutObject', method: 'PUT', on: 'object', query: [], answer: putObject },
  { name: 'CreateMultipartUpload', method: 'POST', on: 'object', query: ['uploads'], answer: createMultipartUpload },
  {
    name: 'CompleteMultipartUpload',
    method: 'POST',
    on: 'object',
    query: ['uploadId'],
    answer: completeMultipartUpload,
  },
  { name: 'AbortMultipartUpload', method: 'DELETE', on: 'object', query: ['uploadId'], answer: abortMultipartUpload },
  { name: 'ListParts', method: 'GET', on: 'object', query: ['uploadId'], answer: listParts },
  { name: 'GetObject', method: 'GET', on: 'object', query: [], answer: getObject },
  { name: 'HeadObject', method: 'HEAD', on: 'object', query: [], answer: headObject },
  { name: 'DeleteObject', method: 'DELETE', on: 'object', query: [], answer: deleteObject },
];

/** Sub-resources that S3 has and the simulator has not: taking them for the plain operation would overwrite objects. */
const UNKNOWN_SUBRESOURCES = [
  ...['accelerate', 'acl', 'analytics', 'attributes', 'cors', 'encryption', 'intelligent-tiering', 'inventory'],
  ...['legal-hold', 'lifecycle', 'logging', 'metrics', 'notification', 'object-lock', 'ownershipControls', 'policy'],
  ...['policyStatus', 'publicAccessBlock', 'renameObject', 'replication', 'requestPayment', 'restore', 'retention'],
  ...['select', 'tagging', 'torrent', 'versions', 'website'],
];

/** The operation of a request; null for what the simulator does not do. */
export function findOperation(request: IncomingMessage, key: string, query: URLSearchParams): Operation | null {
  if (UNKNOWN_SUBRESOURCES.some((name) => query.has(name))) return null;
  const copies = request.headers['x-amz-copy-source'] !== undefined;
  const on = key === '' ? 'bucket' : 'object';
  const found = OPERATIONS.find((operation) => {
    if (operation.method !== request.method || operation.on !== on) return false;
    return (operation.copies ?? false) === copies && operation.query.every((name) => query.has(name));
  });
  return found ?? null;
}
