import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from '../../lib/providers/openai/job.ts';
import type { ProviderClient } from '../../lib/providers/provider.ts';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** What a route answers: JSON, text or, as `cut`, nothing but a closed connection; `hang` never answers, `stall` not to the end. */
export interface Reply {
  status?: number;
  json?: unknown;
  text?: string;
  headers?: Record<string, string>;
  cut?: true;
  hang?: true;
  stall?: true;
}

export type Routes = Record<string, (asked: Asked) => Reply | Promise<Reply>>;

export interface Server {
  url: string;
  /** Every request so far, oldest first. */
  asked: Asked[];
  /** Requests of one route, such as `POST /v1/uploads`. */
  to(route: string): Asked[];
  close(): Promise<void>;
}

/** A server on loopback that answers by `METHOD /path` (`*` is one segment) and remembers what it was asked. */
export async function startServer(routes: Routes): Promise<Server> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => send(response, { status: 418, text: String(error) }));
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const one = await readRequest(request);
    asked.push(one);
    const route = Object.keys(routes).find((pattern) => matches(pattern, one));
    const reply = route === undefined ? NOT_FOUND : await routes[route]?.(one);
    send(response, reply ?? NOT_FOUND);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    to: (route) => asked.filter((one) => matches(route, one)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const KEY = 'sk-canary-0123456789';

/** A client of that server; its clock stands still unless `now` is given. */
export function clientOf(
  server: Pick<Server, 'url'>,
  partBytes?: number,
  now: () => Date = () => new Date('2026-11-23T09:00:00Z'),
): ProviderClient {
  const values = { baseURL: `${server.url}/`, apiKey: KEY, organization: 'org-1', project: 'proj_1' };
  return connect({ simulated: false, values }, { now, ...(partBytes === undefined ? {} : { partBytes }) });
}

/** OpenAI's error envelope. */
export function refusal(status: number, code: string | null, message: string, headers?: Record<string, string>): Reply {
  const json = { error: { message, type: 'invalid_request_error', param: null, code } };
  return { status, json, ...(headers === undefined ? {} : { headers }) };
}

export function page(data: unknown[], has_more = false): Reply {
  return { json: { object: 'list', data, has_more } };
}

const NOT_FOUND = refusal(404, null, 'Unknown request');

async function readRequest(request: IncomingMessage): Promise<Asked> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return { method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body };
}

function matches(pattern: string, { method, path }: Asked): boolean {
  const [wantedMethod, wantedPath = ''] = pattern.split(' ');
  const wanted = wantedPath.split('/');
  const given = path.split('/');
  if (wantedMethod !== method || wanted.length !== given.length) return false;
  return wanted.every((segment, index) => segment === '*' || segment === given[index]);
}

function send(response: ServerResponse, { status = 200, json, text, headers, cut, hang, stall }: Reply): void {
  if (cut) return void response.socket?.destroy();
  if (hang) return;
  const type = json === undefined ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  if (stall) return void response.write('{');
  response.end(json === undefined ? (text ?? '') : JSON.stringify(json));
}
