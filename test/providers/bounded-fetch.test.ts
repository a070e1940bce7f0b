import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchUpTo } from '../../lib/providers/bounded-fetch.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function serve(megabytes: number, status = 200): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'x-told': 'yes' });
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    function* chunks() {
      for (let left = megabytes; left > 0; left -= 1) yield chunk;
    }
    Readable.from(chunks()).pipe(response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const boundedFetch = fetchUpTo(2 * 1024 * 1024);

describe('fetchUpTo', () => {
  it('hands an answer over as it came', async () => {
    const response = await boundedFetch(await serve(2, 404));
    expect([response.status, response.headers.get('x-told')]).toEqual([404, 'yes']);
    expect((await response.text()).length).toBe(2 * 1024 * 1024);
  });

  it.each([200, 500])('ends in an error where an answer of %s does not end', async (status) => {
    const response = await boundedFetch(await serve(100_000, status));
    await expect(response.text()).rejects.toThrow('more than 2097152 bytes');
  });

  it('hands over an answer without a body', async () => {
    const response = await boundedFetch(await serve(0, 204));
    expect(response.status).toBe(204);
  });
});
