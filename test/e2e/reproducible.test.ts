import { cp, readdir, utimes } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeXlsx } from '../../lib/formats/xlsx-write.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { picture } from './media.ts';
import { mixedDrop } from './mixed-drop.ts';
import { reproducible } from './results.ts';
import { runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { type DropFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const served = createServer((_request, response) => {
  void picture('png', 77).then((bytes) => response.setHeader('content-type', 'image/png').end(bytes));
});
let host: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(served.address() as AddressInfo).port}`;
});
afterAll(() => void served.close());

const warnings: string[] = [];
const noteWarning = ({ name }: Error) => void warnings.push(name);
beforeAll(() => void process.on('warning', noteWarning));
afterAll(() => void process.off('warning', noteWarning));

/** Several files of each format, more rows than a shard holds, links, data URIs, rows on both sides, and refused rows. */
async function largeDrop(): Promise<DropFiles> {
  const image = `data:image/png;base64,${(await picture('png', 99)).toString('base64')}`;
  const chat = (words: string) =>
    JSON.stringify({
      messages: [
        { role: 'user', content: words },
        { role: 'assistant', content: 'Yes.' },
      ],
    });
  return {
    ...(await mixedDrop()),
    'more.csv': csv([
      [...HEADER, 'split'],
      ...plainRows(1200).map((cells, index) => [...cells, index % 9 === 0 ? 'validation' : 'train']),
      ['Is it linked?', 'Yes.', `http://${host}/owl.png`, ''],
      ['Is it here?', 'Yes.', image, 'validation'],
      ['Is it gone?', 'Yes.', 'gone.png', ''],
    ]),
    'chats.jsonl': [chat('One?'), '{"messages": [', chat('Two?')].map((line) => `${line}\n`).join(''),
    'book.xlsx': await writeXlsx([
      { name: 'Two', rows: [HEADER, ...plainRows(3, 'second'), ['No answer?', '', '']] },
      { name: 'One', rows: [HEADER, ...plainRows(3, 'first'), ['No file?', 'No.', 'gone.png']] },
    ]),
    'finedrop.yaml': 'policy: {maxRejected: 4}\n',
  };
}

/** Makes every port slow by another while each time, so that pieces of work end in another order. */
function jittered(seed: number): (services: Services) => Services {
  let state = seed;
  const pause = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % 4 === 0 ? sleep(state % 7) : Promise.resolve();
  };
  return (services) => ({
    ...services,
    inbox: {
      ...services.inbox,
      read: async function* (key, options) {
        await pause();
        yield* services.inbox.read(key, options);
      },
    },
    results: {
      ...services.results,
      write: async (key, body, options) => {
        await pause();
        return services.results.write(key, body, options);
      },
      head: async (key) => {
        await pause();
        return services.results.head(key);
      },
    },
  });
}

async function filesOf(drop: string, decorate?: (services: Services) => Services) {
  const { report, folder } = await runSound({
    command: 'run',
    paths: [drop],
    out: await workspace.folder('out'),
    allowHosts: [host],
    ...(decorate === undefined ? {} : { decorate }),
  });
  expect(report).toMatchObject({ status: 'completed', rows: { total: 1231, rejected: 4 } });
  return { files: await reproducible(folder), run: report.run, keys: report.targets.map(({ job }) => job?.key) };
}

describe('the results of one drop', () => {
  it('are the same bytes from a copy of it elsewhere, in whatever order its pieces were worked through', async () => {
    const drop = await workspace.drop('large', await largeDrop());
    const copy = await workspace.folder('large');
    await cp(drop, copy, { recursive: true });
    for (const name of await readdir(copy)) await utimes(join(copy, name), new Date(2020, 1), new Date(2020, 1));
    const first = await filesOf(drop);
    expect(Object.keys(first.files)).toEqual(
      expect.arrayContaining([
        'findings.jsonl',
        'lock.json',
        ...['book.rejected.xlsx', 'chats.rejected.jsonl', 'more.rejected.csv'].map((name) => join('rejected', name)),
        ...['openai', 'vertex'].flatMap((target) =>
          ['train.jsonl', 'validation.jsonl', 'line-map.jsonl'].map((name) => join(target, name)),
        ),
      ]),
    );
    expect(await filesOf(copy, jittered(1))).toEqual(first);
    expect(await filesOf(copy, jittered(2))).toEqual(first);
    expect(warnings).not.toContain('MaxListenersExceededWarning');
  });
});
