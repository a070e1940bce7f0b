import { cp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { LINK_PORT, LINKED_FILE } from '../../examples/museum-rows.ts';
import { ROOT } from './deployment.ts';

export interface ServedExample {
  /** The drop's folder, called `museum`. */
  path: string;
  /** `HOST:PORT` of the picture that one row names by a link. */
  host: string;
  close(): void;
}

/** A copy of the example drop whose link leads to a server of this process. */
export async function serveExample(folder: string): Promise<ServedExample> {
  const picture = await readFile(join(ROOT, 'examples', 'museum-sources', LINKED_FILE));
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length }).end(picture);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const path = join(folder, 'museum');
  await cp(join(ROOT, 'examples', 'museum'), path, { recursive: true });
  const table = await readFile(join(path, 'train.csv'), 'utf8');
  await writeFile(join(path, 'train.csv'), table.replace(`127.0.0.1:${LINK_PORT}/`, `${host}/`));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { path, host, close };
}
