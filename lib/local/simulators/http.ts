import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatedClock } from './clock.ts';
import type { FaultRule, Faults } from './faults.ts';

interface ObjectFacts {
  size: number;
  contentType?: string;
  region?: string;
}

/** Staged `gs://` and `s3://` objects as the tuning services see them; `writeObject` is how a finished job leaves its metrics. */
export interface ObjectsReader {
  head(bucket: string, key: string): Promise<ObjectFacts | null>;
  read(bucket: string, key: string, range?: { offset?: number; length?: number }): Promise<AsyncIterable<Uint8Array>>;
  writeObject?(bucket: string, key: string, body: Uint8Array, contentType: string): Promise<void>;
  removeObject?(bucket: string, key: string): Promise<void>;
  /** Where a bucket lies; null = there is none. */
  bucketRegion?(bucket: string): Promise<string | null>;
}

export interface SimulatorContext {
  stateDir: string;
  clock: SimulatedClock;
  faults: Faults;
  objects: ObjectsReader;
  region?: string;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/** What a route answers: `json` is serialised, `body` streamed; neither is an empty body. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  json?: unknown;
  body?: AsyncIterable<Uint8Array>;
}

/** One request as a route sees it: path parameters are percent-decoded; `fault` is a rule that the route itself must act on. */
export interface Call {
  request: IncomingMessage;
  url: URL;
  parameters: ReadonlyMap<string, string>;
  fault: FaultRule | null;
}

/** `path` as in `/v1/files/{id}`; a parameter is one segment. `operation` is the name that fault rules use. */
export interface Route {
  operation: string;
  method: string;
  path: string;
  answer(call: Call): Promise<Answer>;
}

/** A provider's routes with its own shapes for what no route decides. */
export interface RouteTable {
  provider: string;
  routes: readonly Route[];
  faults: Faults;
  /** Refuses a request without well-formed credentials; null lets it pass. */
  authorize(request: IncomingMessage): Answer | null;
  /** The provider's error body for a status; `message` is for people, `code` what a fault rule wants it to be called. */
  refuse(status: number, message: string, code?: string): Answer;
}

/** A handler for the table: faults first, then credentials, then the route. */
export function routeHandler(table: RouteTable): Handler {
  const patterns = table.routes.map((route) => ({ route, segments: route.path.split('/') }));
  return async (request, response, url) => {
    const match = findRoute(patterns, request.method ?? 'GET', url.pathname);
    const refused = table.authorize(request);
    if (refused !== null) return send(response, refused);
    if (match === null) return send(response, table.refuse(404, `Unknown request: ${request.method} ${url.pathname}`));
    const fault = table.faults.take(table.provider, match.route.operation);
    if (fault?.action === 'reset') return void request.socket.destroy();
    if (fault?.action === 'error') return send(response, faultAnswer(table, fault));
    if (fault?.action === 'slow') await sleep(fault.ms ?? 1000, undefined, { ref: false });
    const answer = await match.route.answer({ request, url, parameters: match.parameters, fault });
    if (fault?.action !== 'accept-then-timeout') return send(response, answer);
    await sleep(fault.ms ?? 0, undefined, { ref: false });
    request.socket.destroy();
  };
}

function faultAnswer(table: RouteTable, fault: FaultRule): Answer {
  const status = fault.status ?? 500;
  const answer = table.refuse(status, `Simulated fault: status ${status}.`, fault.code);
  // A limit with a name of its own, such as a day's, may not say when it ends.
  const isUntimed = fault.code !== undefined && fault.ms === undefined;
  if ((status !== 429 && status !== 503) || isUntimed) return answer;
  const seconds = String(Math.ceil((fault.ms ?? 1000) / 1000));
  return { ...answer, headers: { ...answer.headers, 'retry-after': seconds } };
}

interface Pattern {
  route: Route;
  segments: string[];
}

function findRoute(patterns: Pattern[], method: string, pathname: string) {
  const segments = pathname.split('/');
  for (const { route, segments: wanted } of patterns) {
    if (route.method !== method || wanted.length !== segments.length) continue;
    const parameters = matchSegments(wanted, segments);
    if (parameters !== null) return { route, parameters };
  }
  return null;
}

function matchSegments(wanted: string[], segments: string[]): Map<string, string> | null {
  const parameters = new Map<string, string>();
  for (const [index, pattern] of wanted.entries()) {
    const segment = segments[index] ?? '';
    if (!pattern.startsWith('{')) {
      if (pattern !== segment) return null;
      continue;
    }
    const value = decodeSegment(segment);
    if (value === null || value === '') return null;
    parameters.set(pattern.slice(1, -1), value);
  }
  return parameters;
}

function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

/** Writes an answer; a body that breaks midway destroys the connection, as a real server's would. */
export async function send(response: ServerResponse, answer: Answer): Promise<void> {
  response.writeHead(answer.status, {
    ...(answer.json === undefined ? {} : { 'content-type': 'application/json' }),
    ...answer.headers,
  });
  if (answer.body !== undefined) return pipeline(answer.body, response);
  response.end(answer.json === undefined ? undefined : JSON.stringify(answer.json));
}

/** Reads a whole body of at most `limit` bytes; null when it is longer, and then the rest is left unread. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads a JSON body of at most `limit` bytes (an empty body is `{}`); null when it is longer or no JSON. */
export async function readJson(request: IncomingMessage, limit: number): Promise<{ value: unknown } | null> {
  const body = await readBody(request, limit);
  if (body === null) return null;
  try {
    return { value: body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as unknown) };
  } catch {
    return null;
  }
}

/** Serves one handler on 127.0.0.1 (port 0: any free one); `url` has no trailing slash. */
export async function serve(handler: Handler, port: number): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answerSafely(handler, request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const close = () =>
    new Promise<void>((resolve, reject) => {
      server.close((error) => (error === undefined ? resolve() : reject(error)));
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

async function answerSafely(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Joined, not resolved: a path that begins with two slashes would name another host.
  const target = `http://localhost${request.url ?? '/'}`;
  if (!request.url?.startsWith('/') || !URL.canParse(target)) return send(response, { status: 400 });
  try {
    await handler(request, response, new URL(target));
  } catch (error) {
    if (response.headersSent || request.destroyed) throw error;
    await send(response, { status: 500, json: { error: { message: `The simulator failed: ${String(error)}` } } });
  }
}
