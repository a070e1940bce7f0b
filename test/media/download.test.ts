import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { createDownload, type Download, type DownloadResult, type DownloadSettings } from '../../lib/media/download.ts';
import { attemptDownload } from '../../lib/media/download-attempt.ts';
import { DOWNLOAD_LIMITS, type DownloadLimits } from '../../lib/media/download-limits.ts';
import { createSlots } from '../../lib/media/download-slots.ts';
import { selfSignedCertificate } from './certificate.ts';
import { type HostileServer, listen, startHostileServer, startRawServer } from './hostile-server.ts';

// Generous, so that a busy machine fails no test; those about time give their own.
const LIMITS: Partial<DownloadLimits> = {
  connect: 3000,
  headers: 3000,
  total: 10_000,
  pace: 3000,
  bytesPerSecond: 10_000,
  maxBytes: 64 * 1024,
};
const ANYWHERE = { hosts: null };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Route = (request: IncomingMessage, response: ServerResponse, socket: Socket) => void;

interface World {
  server: HostileServer;
  download: Download;
  /** Pauses between tries, in milliseconds. */
  pauses: number[];
  fetch(path: string): Promise<DownloadResult>;
  url(path: string): string;
}

/** A server known as `a.test`, which the operator opened, and a download that finds every name on loopback. */
async function world(routes: Record<string, Route>, settings: Partial<DownloadSettings> = {}): Promise<World> {
  const server = await startHostileServer(routes);
  const pauses: number[] = [];
  const download = createDownload({
    allowHosts: [`a.test:${server.port}`],
    resolve: async () => ['127.0.0.1'],
    wait: async (milliseconds) => pauses.push(milliseconds),
    ...settings,
    limits: { ...LIMITS, ...settings.limits },
  });
  closing.push(server.close, download.close);
  const url = (path: string) => `http://a.test:${server.port}${path}`;
  return { server, download, pauses, url, fetch: (path) => download(url(path), ANYWHERE) };
}

function codeOf(result: DownloadResult): string {
  return 'issue' in result ? result.issue.code : 'fetched';
}

const sends =
  (body: string | Buffer, headers: Record<string, string> = {}): Route =>
  (_request, response) =>
    response.writeHead(200, headers).end(body);
const redirectsTo =
  (location: string | (() => string), status = 302): Route =>
  (_request, response) =>
    response.writeHead(status, { location: typeof location === 'string' ? location : location() }).end();
const answers =
  (status: number, headers: Record<string, string> = {}): Route =>
  (_request, response) =>
    response.writeHead(status, headers).end();

describe('download: what is asked and told', () => {
  it('gives the bytes and their story', async () => {
    const headers = { etag: '"1"', 'content-type': 'Image/JPG; charset=binary' };
    const { fetch, url } = await world({ '/owl.png': sends('owl', headers) });
    expect(await fetch('/owl.png')).toEqual({
      shownUrl: url('/owl.png'),
      status: 200,
      etag: '"1"',
      contentType: 'image/jpeg',
      redirects: [],
      attempts: 1,
      bytes: Buffer.from('owl'),
    });
  });

  it('asks plainly: no cookie, no credential, no compression, the host by its name', async () => {
    const { fetch, server } = await world({ '/a': sends('a', { 'set-cookie': 'id=1' }), '/b': sends('b') });
    await fetch('/a');
    await fetch('/b');
    expect(server.requests.map(({ method, headers }) => ({ method, ...headers }))).toEqual(
      Array(2).fill({
        method: 'GET',
        host: `a.test:${server.port}`,
        connection: 'keep-alive',
        'user-agent': 'finedrop',
        accept: '*/*',
        'accept-encoding': 'identity',
      }),
    );
  });

  it('goes through no proxy', async () => {
    const proxy = await startHostileServer({});
    closing.push(proxy.close);
    const before = { ...process.env };
    process.env['http_proxy'] = process.env['HTTP_PROXY'] = `http://127.0.0.1:${proxy.port}`;
    try {
      const { fetch } = await world({ '/a': sends('a') });
      expect(codeOf(await fetch('/a'))).toBe('fetched');
      expect(proxy.connections()).toBe(0);
    } finally {
      process.env = before;
    }
  });

  it('leaves the judgement of types to others: a web page is bytes', async () => {
    const { fetch } = await world({ '/a.png': sends('<!doctype html>', { 'content-type': 'text/html' }) });
    expect(await fetch('/a.png')).toMatchObject({ contentType: 'text/html', bytes: Buffer.from('<!doctype html>') });
  });

  it('shows no secret of the link or of a redirect', async () => {
    const { fetch, url } = await world({
      '/a': redirectsTo('/b?X-Amz-Signature=secret2&size=2'),
      '/b': answers(403),
    });
    const result = await fetch('/a?token=secret1&size=1');
    expect(result).toMatchObject({
      shownUrl: url('/a?token=…&size=1'),
      redirects: [url('/b?X-Amz-Signature=…&size=2')],
    });
    expect(JSON.stringify(result)).not.toMatch(/secret/);
  });

  it('never echoes what the server said', async () => {
    const { fetch } = await world({ '/a': (_request, response) => response.writeHead(500, 'canary').end('canary') });
    expect(JSON.stringify(await fetch('/a'))).not.toContain('canary');
  });

  it('keeps a user name and password out of its message', async () => {
    const { download } = await world({});
    const result = await download('https://anna:geheim@example.com/a.png', ANYWHERE);
    expect(codeOf(result)).toBe('LINK_USERINFO');
    expect(JSON.stringify(result)).not.toMatch(/anna|geheim/);
  });

  it('says the same of a private address, a closed port and a silent server', async () => {
    const closed = await startRawServer('');
    await closed.close();
    const { fetch, download } = await world({ '/silent': () => {} }, { limits: { tries: 1, headers: 50 } });
    const free = createDownload({
      allowHosts: [`b.test:${closed.port}`],
      resolve: async () => ['127.0.0.1'],
      limits: { tries: 1 },
    });
    closing.push(free.close);
    const results = [
      await fetch('/silent'),
      await free(`http://b.test:${closed.port}/`, ANYWHERE),
      await download('http://intern.test/', ANYWHERE),
    ];
    expect(results.map(codeOf)).toEqual(['LINK_TIMEOUT', 'LINK_UNREACHABLE', 'LINK_PRIVATE']);
    const told = results.map(
      (result) => 'issue' in result && `${result.issue.message.split('": ')[1]} ${result.issue.hint}`,
    );
    expect(new Set(told).size).toBe(1);
  });

  it.each(['', 'https://a.test', 'a.test/path'])('refuses to start with the opened host "%s"', (host) => {
    expect(() => createDownload({ allowHosts: [host] })).toThrow(/HOST:PORT/);
  });
});

describe('download: redirects', () => {
  it.each([301, 302, 303, 307, 308])('follows status %i', async (status) => {
    const { fetch, url } = await world({ '/a': redirectsTo('b?x=1#part', status), '/b': sends('b') });
    expect(await fetch('/a')).toMatchObject({ bytes: Buffer.from('b'), status: 200, redirects: [url('/b?x=1')] });
  });

  it('follows three, and not a fourth', async () => {
    const { fetch, server } = await world({
      '/0': redirectsTo('/1'),
      '/1': redirectsTo('/2'),
      '/2': redirectsTo('/3'),
      '/3': redirectsTo('/4'),
      '/4': sends('end'),
    });
    expect(codeOf(await fetch('/1'))).toBe('fetched');
    server.asked.length = 0;
    expect(codeOf(await fetch('/0'))).toBe('LINK_REDIRECT');
    expect(server.asked).toEqual(['/0', '/1', '/2', '/3']);
  });

  it('leaves a circle, without another try', async () => {
    const { fetch, server } = await world({ '/a': redirectsTo('/b'), '/b': redirectsTo('/a') });
    expect(await fetch('/a')).toMatchObject({ issue: { code: 'LINK_REDIRECT' }, retryable: false, attempts: 1 });
    expect(server.asked).toHaveLength(4);
  });

  it.each([
    ['http://169.254.169.254/latest/meta-data/iam/', 'LINK_PRIVATE'],
    ['http://[::ffff:169.254.169.254]/', 'LINK_PRIVATE'],
    ['http://2852039166/', 'LINK_PRIVATE'],
    ['http://127.0.0.1:9001/2018-06-01/runtime/invocation/next', 'LINK_PRIVATE'],
    ['http://intern.test/', 'LINK_PRIVATE'],
    ['http://user:pass@example.com/', 'LINK_USERINFO'],
    ['file:///etc/passwd', 'LINK_SCHEME'],
    ['gopher://example.com/', 'LINK_SCHEME'],
    ['http://example.com:6379/', 'LINK_PORT'],
    [`http://example.com/${'a'.repeat(3000)}`, 'LINK_TOO_LONG'],
    ['http://', 'LINK_REDIRECT'],
  ])('is not led to %s', async (location, code) => {
    const { fetch } = await world({ '/a': redirectsTo(location) });
    expect(await fetch('/a')).toMatchObject({ issue: { code }, status: 302, attempts: 1 });
  });

  it('keeps to the hosts of the job spec at every hop', async () => {
    const { download, server, url } = await world({ '/a': redirectsTo('http://b.test/'), '/c': sends('c') });
    const hosts = [`a.test:${server.port}`];
    expect(codeOf(await download(url('/a'), { hosts }))).toBe('LINK_HOST');
    expect(codeOf(await download(url('/c'), { hosts }))).toBe('fetched');
    expect(codeOf(await download(url('/c'), { hosts: ['b.test'] }))).toBe('LINK_HOST');
    expect(server.asked).toEqual(['/a', '/c']);
  });

  it('goes from https to http only where the operator opened the host', async () => {
    const plain = await startHostileServer({ '/a': sends('plain') });
    let location = '';
    const secure = await listen(
      createTlsServer(selfSignedCertificate('a.test'), (_request, response) =>
        response.writeHead(302, { location }).end(),
      ),
    );
    const dispatcher = new Agent({
      connect: {
        rejectUnauthorized: false,
        lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
      },
    });
    closing.push(plain.close, secure.close, () => dispatcher.destroy());
    const exempt = [
      { host: 'a.test', port: secure.port },
      { host: 'opened.test', port: plain.port },
    ];
    const settings = {
      dispatcher,
      slots: createSlots(1),
      limits: { ...DOWNLOAD_LIMITS, ...LIMITS },
      rules: { exempt, hosts: null },
    };
    location = `http://opened.test:${plain.port}/a`;
    expect(await attemptDownload(`https://a.test:${secure.port}/`, settings)).toMatchObject({
      bytes: Buffer.from('plain'),
    });
    location = 'http://public.example/a';
    expect(await attemptDownload(`https://a.test:${secure.port}/`, settings)).toMatchObject({
      failure: { code: 'LINK_REDIRECT', retryable: false },
    });
  });
});

describe('download: bodies', () => {
  /** Writes pieces until the connection is cut. */
  const drips =
    (piece: string | Buffer, every: number, headers: Record<string, string> = {}): Route =>
    (_request, response) => {
      response.writeHead(200, headers).flushHeaders();
      const timer = setInterval(() => response.write(piece), every);
      response.on('close', () => clearInterval(timer));
    };

  it('cuts a body without end at the limit', async () => {
    const { fetch, server } = await world({ '/a': drips(Buffer.alloc(32 * 1024), 1) });
    expect(await fetch('/a')).toMatchObject({ issue: { code: 'LINK_TOO_LARGE' }, retryable: false, attempts: 1 });
    await expect.poll(() => server.sockets.size).toBe(0);
  });

  it('takes a body of just the limit', async () => {
    const { fetch } = await world({ '/a': sends(Buffer.alloc(64 * 1024)), '/b': sends(Buffer.alloc(64 * 1024 + 1)) });
    expect([codeOf(await fetch('/a')), codeOf(await fetch('/b'))]).toEqual(['fetched', 'LINK_TOO_LARGE']);
  });

  it('believes an announced length above the limit, and reads nothing', async () => {
    const { fetch } = await world({ '/a': drips('', 1000, { 'content-length': '99999999999' }) });
    const startedAt = performance.now();
    expect(codeOf(await fetch('/a'))).toBe('LINK_TOO_LARGE');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('leaves a server that drips', async () => {
    const { fetch } = await world({ '/a': drips('x', 10) }, { limits: { tries: 1, pace: 100 } });
    expect(await fetch('/a')).toMatchObject({ issue: { code: 'LINK_SLOW' }, retryable: true });
  });

  it('leaves a server that stops in the middle', async () => {
    const route: Route = (_request, response) => {
      response.writeHead(200, { 'content-length': '5000' });
      response.write(Buffer.alloc(4000));
    };
    const { fetch } = await world({ '/a': route }, { limits: { tries: 1, pace: 100 } });
    expect(codeOf(await fetch('/a'))).toBe('LINK_SLOW');
  });

  it('leaves a server that keeps the pace but does not end in time', async () => {
    const { fetch } = await world(
      { '/a': drips(Buffer.alloc(400), 5) },
      { limits: { tries: 1, total: 400, pace: 100 } },
    );
    expect(codeOf(await fetch('/a'))).toBe('LINK_TIMEOUT');
  });

  it('counts the time of redirects too', async () => {
    const late: Route = (request, response) =>
      void setTimeout(() => response.writeHead(302, { location: `${request.url}0` }).end(), 200);
    const routes = { '/0': late, '/00': late, '/000': late, '/0000': sends('end') };
    const { fetch } = await world(routes, { limits: { tries: 1, total: 450 } });
    expect(codeOf(await fetch('/0'))).toBe('LINK_TIMEOUT');
  });

  it.each(['gzip', 'br', 'deflate', 'identity, gzip', 'GZIP'])(
    'refuses the content encoding %s unread',
    async (encoding) => {
      const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));
      const { fetch } = await world({ '/a': sends(bomb, { 'content-encoding': encoding }) });
      expect(await fetch('/a')).toMatchObject({ issue: { code: 'LINK_ENCODING' }, retryable: false });
    },
  );

  it('takes the encoding that says nothing', async () => {
    const { fetch } = await world({ '/a': sends('a', { 'content-encoding': 'Identity' }) });
    expect(codeOf(await fetch('/a'))).toBe('fetched');
  });

  it.each([
    ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345', 'LINK_CUT'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n12345', 'LINK_CUT'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n', 'LINK_CUT'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12', 'LINK_CUT'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n12345', '123'],
    ['HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n12345', '12345'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', ''],
    ['HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n12345', 'LINK_UNREACHABLE'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 3\r\n\r\n12345', 'LINK_UNREACHABLE'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n12345', 'LINK_UNREACHABLE'],
    [`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`, 'LINK_UNREACHABLE'],
    ['HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'LINK_UNREACHABLE'],
    ['SSH-2.0-OpenSSH_9.6\r\n', 'LINK_UNREACHABLE'],
    ['', 'LINK_UNREACHABLE'],
  ])('reads %j as %s', async (bytes, outcome) => {
    const server = await startRawServer(bytes);
    const download = createDownload({ allowHosts: [`127.0.0.1:${server.port}`], limits: { ...LIMITS, tries: 1 } });
    closing.push(server.close, download.close);
    const result = await download(`http://127.0.0.1:${server.port}/`, ANYWHERE);
    expect('bytes' in result ? result.bytes.toString() : result.issue.code).toBe(outcome);
  });
});

describe('download: trying again', () => {
  it.each([408, 429, 500, 502, 503, 504])('tries status %i three times', async (status) => {
    const { fetch, server, pauses } = await world({ '/a': answers(status) });
    expect(await fetch('/a')).toMatchObject({ issue: { code: 'LINK_STATUS' }, status, retryable: true, attempts: 3 });
    expect(server.asked).toHaveLength(3);
    expect(pauses).toEqual([1000, 3000]);
  });

  it.each([201, 204, 206, 400, 401, 403, 404, 410])('takes status %i for final', async (status) => {
    const { fetch, pauses } = await world({ '/a': answers(status) });
    expect(await fetch('/a')).toMatchObject({ issue: { code: 'LINK_STATUS' }, status, retryable: false, attempts: 1 });
    expect(pauses).toEqual([]);
  });

  it.each([300, 302, 304])('takes status %i without a place to go for final', async (status) => {
    const { fetch } = await world({ '/a': answers(status) });
    expect(await fetch('/a')).toMatchObject({ issue: { code: 'LINK_REDIRECT' }, status, retryable: false });
  });

  it.each([
    ['7', 7000],
    ['99999', 30_000],
    ['0', 1000],
    ['soon', 1000],
    ['-5', 1000],
    ['Fri, 31 Dec 2999 23:59:59 GMT', 30_000],
    ['Fri, 31 Dec 1999 23:59:59 GMT', 1000],
  ])('waits as Retry-After: %s says, within reason', async (header, pause) => {
    const { fetch, pauses } = await world({ '/a': answers(429, { 'retry-after': header }) }, { limits: { tries: 2 } });
    await fetch('/a');
    expect(pauses).toEqual([pause]);
  });

  it('recovers from a reset, a refusal and a cut body', async () => {
    const troubles: Route[] = [
      (_request, _response, socket) => socket.resetAndDestroy(),
      answers(503),
      sends('at last'),
    ];
    const { fetch } = await world({ '/a': (...all) => troubles.shift()?.(...all) });
    expect(await fetch('/a')).toMatchObject({ bytes: Buffer.from('at last'), attempts: 3 });
  });

  it('asks the name server again at each try', async () => {
    const looked: string[] = [];
    const resolve = async (host: string) => {
      looked.push(host);
      if (looked.length < 3) throw Object.assign(new Error('again'), { code: 'EAI_AGAIN' });
      return ['127.0.0.1'];
    };
    const { fetch } = await world({ '/a': sends('a') }, { resolve });
    expect(await fetch('/a')).toMatchObject({ attempts: 3, bytes: Buffer.from('a') });
    expect(looked).toEqual(['a.test', 'a.test', 'a.test']);
  });

  it('does not try a name that does not exist again', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    };
    const { fetch } = await world({}, { resolve });
    expect(await fetch('/a')).toMatchObject({
      issue: { code: 'LINK_DNS' },
      attempts: 1,
      retryable: false,
      status: null,
    });
  });
});

describe('download: many at once', () => {
  it('asks no host for more than four things at a time, and waiting costs no time limit', async () => {
    let running = 0;
    let most = 0;
    const slow: Route = (_request, response) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        response.end('x');
      }, 150);
    };
    const paths = Array.from({ length: 16 }, (_, index) => `/${index}`);
    // Four rounds of 150 ms each: the last would be late if its time ran while it waits.
    const { fetch, server } = await world(Object.fromEntries(paths.map((path) => [path, slow])), {
      limits: { total: 450 },
    });
    const results = await Promise.all(paths.map(fetch));
    expect(results.map(codeOf)).toEqual(paths.map(() => 'fetched'));
    expect(most).toBe(4);
    expect(server.connections()).toBe(4);
  });

  it('fetches a link once for all who ask', async () => {
    const { fetch, server } = await world({ '/a': sends('a') });
    const together = await Promise.all([fetch('/a'), fetch('/a'), fetch('/a')]);
    const later = await fetch('/a');
    expect(server.asked).toEqual(['/a']);
    expect(new Set([...together, later]).size).toBe(1);
  });

  it('keeps what is final, and asks again for what may pass', async () => {
    const { fetch, server } = await world({ '/gone': answers(404), '/busy': answers(503) }, { limits: { tries: 1 } });
    for (const path of ['/gone', '/gone', '/busy', '/busy']) await fetch(path);
    expect(server.asked).toEqual(['/gone', '/busy', '/busy']);
  });

  it('keeps no more bytes than it may, the oldest go first', async () => {
    const routes = { '/a': sends(Buffer.alloc(20_000)), '/b': sends(Buffer.alloc(20_000)) };
    const { fetch, server } = await world(routes, { limits: { keptBytes: 30_000 } });
    for (const path of ['/a', '/a', '/b', '/b', '/a']) await fetch(path);
    expect(server.asked).toEqual(['/a', '/b', '/a']);
  });

  it("does not lend one job spec's download to a narrower one", async () => {
    const { download, url } = await world({ '/a': sends('a') });
    expect(codeOf(await download(url('/a'), ANYWHERE))).toBe('fetched');
    expect(codeOf(await download(url('/a'), { hosts: ['other.example'] }))).toBe('LINK_HOST');
  });
});

describe('download: closing', () => {
  it('leaves no connection, and rejects what still runs', async () => {
    const { download, server, fetch } = await world(
      { '/a': sends('a'), '/silent': () => {} },
      { limits: { headers: 60_000, total: 60_000 } },
    );
    await fetch('/a');
    const running = expect(fetch('/silent')).rejects.toThrow(/closed/);
    await expect.poll(() => server.asked).toContain('/silent');
    await download.close();
    await running;
    await expect.poll(() => server.sockets.size).toBe(0);
  });

  it('tries nothing again after it', async () => {
    let go = () => {};
    const waiting = new Promise<void>((done) => {
      go = done;
    });
    const { download, server, fetch } = await world({ '/a': answers(503) }, { wait: () => waiting });
    const running = expect(fetch('/a')).rejects.toThrow(/closed/);
    await expect.poll(() => server.asked).toHaveLength(1);
    await sleep(20);
    await download.close();
    go();
    await running;
    expect(server.asked).toHaveLength(1);
  });
});
