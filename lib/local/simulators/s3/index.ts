import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRule } from '../faults.ts';
import { type Answer, type Handler, type SimulatorContext, send } from '../http.ts';
import { openBucketStore } from '../storage/index.ts';
import { authorize } from './authorize.ts';
import { parseTarget, type S3Call } from './call.ts';
import { createBucket } from './create-bucket.ts';
import { findOperation, type Operation } from './operations.ts';
import { faultAnswer, refusalAnswer, S3Refusal } from './refusal.ts';
import { openUploads } from './uploads.ts';

const DEFAULT_REGION = 'us-east-1';

/** S3's REST API, path-style, over the `s3` buckets of the state folder; buckets are made on first use. */
export function s3Simulator(context: SimulatorContext): Handler {
  const shared = {
    store: openBucketStore(context.stateDir, 's3'),
    uploads: openUploads(context.stateDir),
    clock: context.clock,
    region: context.region ?? DEFAULT_REGION,
  };
  return async (request, response) => {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    const resource = (request.url ?? '/').split('?', 1)[0] ?? '/';
    response.setHeader('x-amz-request-id', requestId);
    response.setHeader('server', 'AmazonS3');
    try {
      const call = prepare(request, shared);
      const fault = context.faults.take('s3', call.operation.name);
      await answerUnder(fault, {
        call,
        request,
        response,
        refuse: (status) => faultAnswer(status, resource, requestId),
      });
    } catch (error) {
      if (!(error instanceof S3Refusal) || response.headersSent) throw error;
      request.resume();
      await send(response, refusalAnswer(error, resource, requestId));
    }
  };
}

interface Exchange {
  call: Prepared;
  request: IncomingMessage;
  response: ServerResponse;
  refuse(status: number): Answer;
}

/** The same faults as on the table-driven simulators; S3 alone is routed by query and headers. */
async function answerUnder(fault: FaultRule | null, { call, request, response, refuse }: Exchange): Promise<void> {
  if (fault?.action === 'reset') return void request.socket.destroy();
  if (fault?.action === 'error') {
    request.resume();
    return send(response, refuse(fault.status ?? 500));
  }
  if (fault?.action === 'slow') await sleep(fault.ms ?? 1000, undefined, { ref: false });
  const answer = await call.answer();
  if (fault?.action !== 'accept-then-timeout') return send(response, answer);
  await sleep(fault.ms ?? 0, undefined, { ref: false });
  request.socket.destroy();
}

interface Prepared {
  operation: Operation;
  answer(): Promise<Answer>;
}

type Shared = Omit<S3Call, 'request' | 'query' | 'bucket' | 'key'> & { region: string };

function prepare(request: IncomingMessage, shared: Shared): Prepared {
  const { bucket: name, key, query } = parseTarget(request.url ?? '/');
  authorize(request, query);
  const operation = name === '' ? null : findOperation(request, key, query);
  if (operation === null) {
    throw new S3Refusal('NotImplemented', `The simulator does not implement ${request.method} ${request.url}.`);
  }
  const answer = async () => {
    if (operation.name === 'CreateBucket') return createBucket(request, name, shared);
    const bucket = await shared.store.bucket(name, shared.region);
    if (bucket === null) throw new S3Refusal('InvalidBucketName', `The specified bucket "${name}" is not valid.`);
    return operation.answer({ ...shared, request, query, bucket, key });
  };
  return { operation, answer };
}
