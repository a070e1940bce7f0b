import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createRawServer, type Server, type Socket } from 'node:net';

type Route = (request: IncomingMessage, response: ServerResponse, socket: Socket) => void;

export interface HostileServer {
  port: number;
  /** Paths asked for, in order. */
  asked: string[];
  requests: IncomingMessage[];
  /** Connections that are open now, and how many there ever were. */
  sockets: Set<Socket>;
  connections(): number;
  close(): Promise<void>;
}

/** A server on loopback that answers each path as its route says, 404 otherwise. */
export async function startHostileServer(routes: Readonly<Record<string, Route>>): Promise<HostileServer> {
  const asked: string[] = [];
  const requests: IncomingMessage[] = [];
  const answer: RequestListener = (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    asked.push(path);
    requests.push(request);
    const route = routes[path];
    if (route) route(request, response, request.socket);
    else response.writeHead(404).end();
  };
  return { asked, requests, ...(await listen(createServer(answer))) };
}

/** A server that says `bytes` to whoever connects, HTTP or not; null = nothing, ever. */
export async function startRawServer(bytes: string | Buffer | null) {
  return listen(
    createRawServer((socket) => {
      socket.on('error', () => {});
      if (bytes !== null) socket.once('data', () => socket.end(bytes));
    }),
  );
}

/** Lets a server listen on loopback and count its connections. */
export async function listen(server: Server) {
  const sockets = new Set<Socket>();
  let count = 0;
  server.on('connection', (socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((done) => server.close(() => done()));
  };
  return { port: (server.address() as AddressInfo).port, sockets, connections: () => count, close };
}
