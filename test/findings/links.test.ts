import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createDownload } from '../../lib/media/download.ts';
import { selfSignedCertificate } from '../media/certificate.ts';
import { listen, startHostileServer, startRawServer } from '../media/hostile-server.ts';
import { newMemoryWorld, runInMemory } from '../pipeline/memory-run.ts';
import { dropped, proveExamples, type Told } from './told.ts';

const table = (...links: readonly string[]) =>
  `prompt,completion,files\n${links.map((link) => `What is it?,An owl.,${link}`).join('\n')}\n`;

proveExamples('links', [
  dropped(() => ({
    files: {
      'train.csv': table(
        'https://',
        'ftp://example.com/owl.png',
        'https://me:secret@example.com/owl.png',
        `https://example.com/${'owl/'.repeat(512)}owl.png`,
      ),
    },
  })),
  dropped(() => ({
    files: { 'train.csv': table('https://example.com/owl.png'), 'finedrop.yaml': 'links: {allow: false}\n' },
  })),
  dropped(() => ({
    files: { 'train.csv': table('https://example.com/owl.png'), 'finedrop.yaml': 'links: {hosts: [cdn.example]}\n' },
  })),
  dropped(() => ({
    files: { 'train.csv': table(...Array.from({ length: 10_001 }, (_, at) => `https://example.com/${at}.png`)) },
  })),
  fetched,
]);

type Route = (request: IncomingMessage, response: ServerResponse) => void;

const answers =
  (status: number, headers: Record<string, string> = {}): Route =>
  (_request, response) =>
    void response.writeHead(status, headers).end();

/** Says its beginning at once, and no more. */
const stopping: Route = (_request, response) => {
  response.writeHead(200, { 'content-length': '5000' });
  response.write(Buffer.alloc(10));
};

const ROUTES: Readonly<Record<string, Route>> = {
  '/silent.png': () => {},
  '/circle.png': answers(302, { location: '/circle.png' }),
  '/missing.png': answers(404),
  '/packed.png': answers(200, { 'content-encoding': 'gzip' }),
  '/large.png': answers(200, { 'content-length': '99999999999' }),
  '/slow.png': stopping,
};

/** Links that lead to servers of our own, whose ports change from run to run and are left out of what was said. */
async function fetched(): Promise<Told[]> {
  const server = await startHostileServer(ROUTES);
  const cut = await startRawServer('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345');
  const dead = await startRawServer('');
  const secure = await listen(createTlsServer(selfSignedCertificate('secure.example')));
  const hosts = { 'owls.example': server, 'cut.example': cut, 'dead.example': dead, 'secure.example': secure };
  const download = createDownload({
    allowHosts: Object.entries(hosts).map(([host, { port }]) => `${host}:${port}`),
    resolve: async (host) => (host === 'nowhere.example' ? [] : [host === 'intern.example' ? '10.0.0.1' : '127.0.0.1']),
    wait: async () => {},
    // Generous, so that a busy machine makes none of the others slow.
    limits: { connect: 5000, headers: 2500, total: 20_000, pace: 2500, tries: 1 },
  });
  try {
    const links = [
      ...Object.keys(ROUTES).map((path) => `http://owls.example:${server.port}${path}`),
      `http://cut.example:${cut.port}/owl.png`,
      `http://dead.example:${dead.port}/owl.png`,
      `https://secure.example:${secure.port}/owl.png`,
      'https://nowhere.example/owl.png',
      'https://intern.example/owl.png',
      'https://example.com:6379/owl.png',
      'https://8.8.8.8/owl.png',
    ];
    const { findings } = await runInMemory(await newMemoryWorld({ 'train.csv': table(...links) }, { download }), {
      command: 'check',
    });
    return findings.map((finding) => ({
      ...finding,
      message: finding.message.replace(/:\d{4,5}(?=\/)(?<!:6379)/, ''),
    }));
  } finally {
    await download.close();
    for (const one of Object.values(hosts)) await one.close();
  }
}
