import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectSettings, guardedConnector } from '../../lib/media/download-connect.ts';
import type { HostRule } from '../../lib/media/download-guard.ts';
import { DownloadFailureError } from '../../lib/media/download-issues.ts';
import { selfSignedCertificate } from './certificate.ts';
import { listen, startRawServer } from './hostile-server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Outcome = { socket: Socket | TLSSocket } | { error: Error };

function connect(settings: Partial<ConnectSettings>, target: Partial<buildConnector.Options> = {}): Promise<Outcome> {
  const connector = guardedConnector({ resolve: async () => [], exempt: [], connectTimeout: 500, ...settings });
  const options = { hostname: 'a.test', host: 'a.test', protocol: 'http:', port: '', ...target };
  return new Promise((done) => {
    connector(options, (error, socket) => {
      if (socket) closing.push(async () => void socket.destroy());
      done(error ? { error } : { socket });
    });
  });
}

/** Opens nothing, and remembers where it should have gone. */
function recordingOpen() {
  const opened: (readonly string[])[] = [];
  const open: ConnectSettings['open'] = (addresses) => (_options, callback) => {
    opened.push(addresses);
    callback(new Error('opened'), null);
  };
  return { opened, open };
}

function codeOf(outcome: Outcome): string {
  if ('socket' in outcome) return 'connected';
  return outcome.error instanceof DownloadFailureError ? outcome.error.failure.code : outcome.error.message;
}

describe('guardedConnector', () => {
  it('connects to the very addresses that it judged, and asks for them once', async () => {
    const { opened, open } = recordingOpen();
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return ['8.8.8.8', '2001:4860:4860::8888'];
    };
    await connect({ resolve, open });
    expect(opened).toEqual([['8.8.8.8', '2001:4860:4860::8888']]);
    expect(asked).toBe(1);
  });

  it('judges anew for each connection: a name that turns private is refused then', async () => {
    const { opened, open } = recordingOpen();
    const answers = [['8.8.8.8'], ['127.0.0.1'], ['8.8.8.8'], ['169.254.169.254']];
    const resolve = async () => answers.shift() ?? [];
    const codes = [];
    for (let connection = 0; connection < 4; connection += 1) codes.push(codeOf(await connect({ resolve, open })));
    expect(codes).toEqual(['opened', 'LINK_PRIVATE', 'opened', 'LINK_PRIVATE']);
    expect(opened).toEqual([['8.8.8.8'], ['8.8.8.8']]);
  });

  it.each([
    [['8.8.8.8', '10.0.0.1']],
    [['10.0.0.1', '8.8.8.8']],
    [['8.8.8.8', '::1']],
    [['8.8.8.8', 'not an address']],
  ])('refuses a name with the addresses %j whole', async (addresses) => {
    const { opened, open } = recordingOpen();
    expect(codeOf(await connect({ resolve: async () => addresses, open }))).toBe('LINK_PRIVATE');
    expect(opened).toEqual([]);
  });

  it.each([
    ['ENOTFOUND', false],
    ['ENODATA', false],
    ['EAI_AGAIN', true],
    ['ESERVFAIL', true],
  ])("tells a name server's %s as a missing name; may pass: %s", async (code, retryable) => {
    const resolve = async () => {
      throw Object.assign(new Error(code), { code });
    };
    const outcome = await connect({ resolve });
    expect('error' in outcome && outcome.error).toMatchObject({ failure: { code: 'LINK_DNS', retryable } });
  });

  it('takes a name without addresses for missing', async () => {
    expect(codeOf(await connect({ resolve: async () => [] }))).toBe('LINK_DNS');
  });

  it('does not wait for a name server that is silent', async () => {
    const resolve = () => new Promise<string[]>(() => {});
    expect(codeOf(await connect({ resolve, connectTimeout: 30 }))).toBe('LINK_TIMEOUT');
  });

  it.each([
    ['the opened port', '9000', 'opened'],
    ['another port', '9001', 'LINK_PRIVATE'],
    ['the usual port', '', 'LINK_PRIVATE'],
  ])('lets a private address pass for what the operator opened: %s', async (_which, port, code) => {
    const { open } = recordingOpen();
    const exempt: HostRule[] = [{ host: 'a.test', port: 9000 }];
    expect(codeOf(await connect({ resolve: async () => ['10.0.0.1'], exempt, open }, { port }))).toBe(code);
  });

  it('knows an IPv6 address with and without brackets', async () => {
    const { opened, open } = recordingOpen();
    const exempt: HostRule[] = [{ host: '::1', port: 9000 }];
    await connect({ exempt, open }, { hostname: '::1', port: '9000' });
    await connect({ exempt, open }, { hostname: '[::1]', port: '9000' });
    expect(opened).toEqual([['::1'], ['::1']]);
  });

  it('goes on to the next address where one does not answer', async () => {
    const server = await startRawServer('x');
    closing.push(server.close);
    const exempt: HostRule[] = [{ host: 'a.test', port: server.port }];
    // Nobody listens at the first: all of 127/8 is this machine, the server has one address of it.
    const resolve = async () => ['127.0.0.2', '127.0.0.1'];
    expect(codeOf(await connect({ resolve, exempt }, { port: String(server.port) }))).toBe('connected');
  });

  it('names the host to TLS, not the address, and refuses a certificate that nobody vouches for', async () => {
    const names: string[] = [];
    const { cert, key } = selfSignedCertificate('secure.test');
    const tls = createServer({
      cert,
      key,
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    });
    tls.on('tlsClientError', () => {});
    const server = await listen(tls);
    closing.push(server.close);
    const exempt: HostRule[] = [{ host: 'secure.test', port: server.port }];
    const outcome = await connect(
      { resolve: async () => ['127.0.0.1'], exempt },
      { hostname: 'secure.test', host: `secure.test:${server.port}`, protocol: 'https:', port: String(server.port) },
    );
    expect('error' in outcome && outcome.error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(names).toEqual(['secure.test']);
  });
});
