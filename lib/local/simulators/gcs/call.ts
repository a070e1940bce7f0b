import type { IncomingMessage } from 'node:http';
import type { SimulatedClock } from '../clock.ts';
import { type Answer, type Call, readJson } from '../http.ts';
import type { Bucket, BucketStore } from '../storage/index.ts';
import { GcsRefusal, refuse } from './refusal.ts';
import type { Sessions } from './sessions.ts';

/** Requests of the JSON API that are not media; a compose request with 32 long names stays far below. */
const LARGEST_JSON_BYTES = 1024 * 1024;
/** Where a bucket is made that nobody created: a region that tunes Gemini. */
const DEFAULT_LOCATION = 'us-central1';

export interface GcsState {
  store: BucketStore;
  sessions: Sessions;
  clock: SimulatedClock;
}

/** One request as an operation sees it. `origin` is the scheme and host that the client used, for links in answers. */
export interface GcsCall extends GcsState {
  request: IncomingMessage;
  query: URLSearchParams;
  bucket: Bucket;
  /** The object's name; empty for operations on a bucket. */
  name: string;
  parameters: ReadonlyMap<string, string>;
  origin: string;
}

/** Turns an operation into a route's answer: opens the bucket, and writes refusals as Google does. */
export function answering(state: GcsState, operation: (call: GcsCall) => Promise<Answer>) {
  return async ({ request, url, parameters }: Call): Promise<Answer> => {
    try {
      const bucket = await openBucket(state, parameters.get('bucket') ?? '');
      const name = parameters.get('object') ?? '';
      const origin = `http://${request.headers.host ?? url.host}`;
      return await operation({ ...state, request, query: url.searchParams, bucket, name, parameters, origin });
    } catch (error) {
      if (!(error instanceof GcsRefusal)) throw error;
      request.resume();
      return refuse(error.status, error.message);
    }
  };
}

/** The bucket, made on first use. */
export async function openBucket({ store }: Pick<GcsState, 'store'>, name: string): Promise<Bucket> {
  const bucket = await store.bucket(name, DEFAULT_LOCATION);
  if (bucket === null) throw new GcsRefusal(400, `Invalid bucket name: "${name}".`);
  return bucket;
}

/** A request's JSON body; an empty one is `{}`. */
export async function readResource(request: IncomingMessage): Promise<unknown> {
  const body = await readJson(request, LARGEST_JSON_BYTES);
  if (body === null) throw new GcsRefusal(400, 'Parse Error: the body is no JSON, or longer than 1 MiB.');
  return body.value;
}
