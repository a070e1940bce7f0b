import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFaults } from '../../../lib/local/simulators/faults.ts';
import { type Handler, readBody, readJson, routeHandler, send, serve } from '../../../lib/local/simulators/http.ts';

const table = routeHandler({
  provider: 'openai',
  faults: openFaults({ rules: [{ provider: 'openai', operation: 'busy', action: 'error', status: 503, ms: 2500 }] }),
  authorize: () => null,
  refuse: (status, message) => ({ status, json: { message } }),
  routes: [
    { operation: 'busy', method: 'GET', path: '/busy', answer: async () => ({ status: 200 }) },
    { operation: 'break', method: 'GET', path: '/break', answer: () => Promise.reject(new Error('out of order')) },
    {
      operation: 'item',
      method: 'GET',
      path: '/items/{id}/parts/{part}',
      answer: async ({ parameters }) => ({ status: 200, json: [...parameters] }),
    },
    {
      operation: 'body',
      method: 'POST',
      path: '/body',
      answer: async ({ request }) => ({ status: 200, json: await readJson(request, 20) }),
    },
  ],
});

let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ url, close } = await serve(table, 0));
});
afterAll(() => close());

const ask = async (path: string, init?: RequestInit): Promise<[number, unknown]> => {
  const answer = await fetch(url + path, init);
  const text = await answer.text();
  return [answer.status, text === '' ? null : JSON.parse(text)];
};

describe('routeHandler', () => {
  it('decodes each parameter as one segment', async () => {
    expect(await ask('/items/arn:a%2Fb/parts/%C3%A4')).toEqual([
      200,
      [
        ['id', 'arn:a/b'],
        ['part', 'ä'],
      ],
    ]);
  });

  it.each(['/items/a', '/items//parts/b', '/items/%E0%A4%A/parts/b', '/items/a/parts/b/', '/', '//', '/busy/..%2f'])(
    'does not know %s',
    async (path) => {
      expect((await ask(path))[0]).toBe(404);
    },
  );

  it('says when to come again', async () => {
    const answer = await fetch(`${url}/busy`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3']);
    expect((await fetch(`${url}/busy`)).status).toBe(200);
  });

  it('answers 500 with the reason when a route breaks, and lives on', async () => {
    expect(await ask('/break')).toEqual([500, { error: { message: 'The simulator failed: Error: out of order' } }]);
    expect((await ask('/break'))[0]).toBe(500);
  });
});

describe('readJson', () => {
  const post = (body: string) => ask('/body', { method: 'POST', body });

  it('reads a body, an empty one as an empty object', async () => {
    expect(await post('{"a":[1]}')).toEqual([200, { value: { a: [1] } }]);
    expect(await post('')).toEqual([200, { value: {} }]);
  });

  it('reads none that is no JSON or longer than the limit', async () => {
    expect(await post('{"a"')).toEqual([200, null]);
    expect(await post(JSON.stringify('x'.repeat(19)))).toEqual([200, null]);
  });

  it('counts a body without a declared length, too', async () => {
    const sizes: (number | null)[] = [];
    const handler: Handler = async (request, response) => {
      sizes.push((await readBody(request, 10))?.length ?? null);
      await send(response, { status: 200 });
    };
    const server = await serve(handler, 0);
    for (const pieces of [
      ['abc', 'def'],
      ['abcdef', 'ghijkl'],
    ])
      await sendChunks(server.url, pieces);
    await server.close();
    expect(sizes).toEqual([6, null]);
  });
});

function sendChunks(target: string, pieces: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = httpRequest(target, { method: 'POST' }, (answer) => answer.resume().on('end', resolve));
    client.on('error', reject);
    for (const piece of pieces) client.write(piece);
    client.end();
  });
}

describe('serve', () => {
  it('fails when the port is taken', async () => {
    await expect(serve(table, Number(new URL(url).port))).rejects.toThrow('EADDRINUSE');
  });
});
