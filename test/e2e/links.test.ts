import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { picture } from './media.ts';
import { findingsOf, jsonLines, lockOf } from './results.ts';
import { finedrop, runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const CANARY = 'canary4f9b2c';
let requests: string[];
let broken: boolean;
const served = createServer((request, response) => {
  requests.push(request.url ?? '');
  if (broken || request.url?.startsWith('/missing') === true) return void response.writeHead(broken ? 503 : 404).end();
  if (request.url?.startsWith('/moved') === true)
    return void response.writeHead(302, { location: `/owl.png?token=${CANARY}` }).end();
  const type = request.url?.startsWith('/page') === true ? 'text/html' : 'image/png';
  const body = type === 'text/html' ? Promise.resolve(Buffer.from('<!doctype html><p>Log in</p>')) : picture('png', 1);
  void body.then((bytes) => response.writeHead(200, { 'content-type': type, etag: '"v1"' }).end(bytes));
});
let host: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(served.address() as AddressInfo).port}`;
});
afterAll(() => void served.close());
beforeEach(() => {
  requests = [];
  broken = false;
});

const dropOf = (links: readonly string[], spec: string = '') =>
  workspace.drop('linked', {
    'train.csv': csv([
      HEADER,
      ...links.map((link, index) => [`What is picture ${index}?`, 'An owl.', link]),
      ...plainRows(10),
    ]),
    ...(spec === '' ? {} : { 'finedrop.yaml': spec }),
  });

async function check(drop: string, more: object = {}) {
  return runSound({
    command: 'check',
    paths: [drop],
    out: await workspace.folder('out'),
    targets: ['openai'],
    ...more,
  });
}

/** Every file below a folder whose text holds a word. */
async function filesWith(folder: string, word: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.name.includes(word) || (entry.isFile() && (await readFile(path, 'latin1')).includes(word)))
      found.push(path);
  }
  return found;
}

describe('links', () => {
  it('are fetched once, however many rows name them', async () => {
    const { report, folder } = await check(await dropOf(Array<string>(6).fill(`http://${host}/owl.png`)), {
      allowHosts: [host],
    });
    expect(report.status).toBe('completed');
    expect(requests).toEqual(['/owl.png']);
    const fetches = await jsonLines(join(folder, 'fetches.jsonl'));
    expect(fetches).toMatchObject([{ url: `http://${host}/owl.png`, status: 200, etag: '"v1"', redirects: [] }]);
    expect((await lockOf(folder)).references.map(({ origin }) => origin)).toEqual(Array(6).fill('link'));
  });

  it('to a private address are refused without a request, and kindly', async () => {
    const { report, folder, exit } = await check(await dropOf([`http://${host}/owl.png`]));
    expect({ exit, rejected: report.rows.rejected, requests }).toEqual({ exit: 2, rejected: 1, requests: [] });
    const finding = (await findingsOf(folder)).find(({ severity }) => severity === 'error');
    expect(finding).toMatchObject({
      severity: 'error',
      where: { file: 'train.csv', row: 1, column: 'files', part: 1 },
    });
    expect(`${finding?.message} ${finding?.hint}`).toMatch(/127\.0\.0\.1/);
    expect(finding?.hint).toMatch(/put the file into the archive/);
  });

  it.each([
    ['names no file there', '/missing.png', /404/],
    ['gives a page instead', '/page.png', /web page/],
  ])('refuse their row when one %s, and the others go on', async (_what, path, message) => {
    const { report, folder } = await check(await dropOf([`http://${host}${path}`, `http://${host}/owl.png`]), {
      allowHosts: [host],
    });
    expect(report.rows).toMatchObject({ total: 12, accepted: 11, rejected: 1 });
    const errors = (await findingsOf(folder)).filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([{ where: { row: 1 }, message: expect.stringMatching(message) }]);
  });

  it('can be forbidden or bound to hosts by the job spec', async () => {
    const link = `http://${host}/owl.png`;
    for (const spec of ['links: {allow: false}', 'links: {hosts: [pictures.example]}']) {
      const { report } = await check(await dropOf([link], spec), { allowHosts: [host] });
      expect(report.rows.rejected).toBe(1);
    }
    expect(requests).toEqual([]);
  });

  it('whose server is away for a while do not make the refusal last', async () => {
    const drop = await dropOf([`http://${host}/owl.png`]);
    const out = await workspace.folder('out');
    broken = true;
    const first = await check(drop, { allowHosts: [host], out });
    expect({ exit: first.exit, rejected: first.report.rows.rejected }).toEqual({ exit: 2, rejected: 1 });
    broken = false;
    const second = await check(drop, { allowHosts: [host], out });
    expect({ exit: second.exit, status: second.report.status }).toEqual({ exit: 0, status: 'completed' });
  });
});

describe('secrets', () => {
  it('in links are cut wherever links are shown, in results of every kind', async () => {
    const drop = await dropOf([
      `http://${host}/owl.png?X-Amz-Signature=${CANARY}&X-Amz-Credential=${CANARY}`,
      `http://${host}/owl.png?token=${CANARY}&sig=${CANARY}`,
      `http://${host}/missing.png?api_key=${CANARY}`,
      `http://${host}/moved.png`,
      `http://someone:${CANARY}@${host}/owl.png`,
    ]);
    const out = await workspace.folder('out');
    const words = [
      'run',
      drop,
      '--out',
      out,
      '--json',
      '--debug',
      '--target',
      'openai',
      '--target',
      'vertex',
      '--allow-host',
      host,
    ];
    const { stdout, stderr } = await finedrop(words);
    const { rows, run } = JSON.parse(stdout);
    expect(rows).toMatchObject({ total: 15, rejected: 2 });
    expect(stdout + stderr).not.toContain(CANARY);
    const results = await filesWith(join(out, 'linked', run), CANARY);
    // The refused rows come back verbatim, so that they can be mended: they hold what their owner wrote.
    expect(results.filter((path) => !path.includes(`${run}/rejected/`))).toEqual([]);
    expect(await filesWith(join(out, '.finedrop'), CANARY)).toEqual([]);
  });

  it('of the environment appear nowhere', async () => {
    const env = {
      OPENAI_API_KEY: `sk-${CANARY}`,
      AWS_ACCESS_KEY_ID: CANARY,
      AWS_SECRET_ACCESS_KEY: CANARY,
      GOOGLE_CLOUD_PROJECT: CANARY,
      OPENAI_BASE_URL: `http://127.0.0.1:9/${CANARY}`,
    };
    const out = await workspace.folder('out');
    const { code, stdout, stderr } = await finedrop(['run', await dropOf([]), '--out', out, '--json', '--debug'], {
      env,
    });
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(CANARY);
    expect(await filesWith(out, CANARY)).toEqual([]);
  });
});
