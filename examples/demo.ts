/**
 * `npm run demo`: the main job on the example drop, with simulated providers and the embedded engine.
 * One row names a web link; this script serves it on loopback while the run lasts.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodeOf } from '../lib/cli/exit-code.ts';
import { openProgress } from '../lib/cli/progress.ts';
import { summaryText } from '../lib/cli/summary.ts';
import { runLocal } from '../lib/index.ts';
import { LINK_PORT, LINKED_FILE } from './museum-rows.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = 'finedrop-results';

process.exitCode = await demo();

async function demo(): Promise<number> {
  const { server, port } = await serveLink();
  const drop = await dropFor(port);
  const progress = openProgress({ debug: false });
  try {
    const { report, folder, ended } = await runLocal({
      command: 'run',
      paths: [drop.path],
      out: OUT,
      allowHosts: [`127.0.0.1:${port}`],
      progress: progress.add,
    });
    progress.end();
    process.stdout.write(summaryText(report, relative(process.cwd(), folder)));
    if (report.targets.some(({ job }) => job?.adopted === true)) {
      process.stdout.write(
        '  These jobs exist already: nothing was submitted and nothing paid. Delete finedrop-results to start anew.\n',
      );
    }
    return exitCodeOf(report, ended);
  } finally {
    await drop.remove();
    server.close();
    server.closeAllConnections();
  }
}

/** Serves the linked picture on the port that the example names; on any other if that one is taken. */
async function serveLink(): Promise<{ server: Server; port: number }> {
  const picture = await readFile(join(HERE, 'museum-sources', LINKED_FILE));
  const start = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length }).end(picture);
      });
      server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
    });
  const server = await start(LINK_PORT).catch(() => start(0));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the picture cannot be served on 127.0.0.1.');
  return { server, port: address.port };
}

/** The example as it lies here; or a copy whose link names the port that was free. */
async function dropFor(port: number): Promise<{ path: string; remove: () => Promise<void> }> {
  const example = join(HERE, 'museum');
  if (port === LINK_PORT) return { path: example, remove: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'finedrop-demo-'));
  const path = join(folder, 'museum');
  await cp(example, path, { recursive: true });
  const table = await readFile(join(path, 'train.csv'), 'utf8');
  await writeFile(join(path, 'train.csv'), table.replace(`127.0.0.1:${LINK_PORT}/`, `127.0.0.1:${port}/`));
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
