import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture } from './media.ts';
import { reproducible, statusOf } from './results.ts';
import { runScript, runSound } from './running.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const served = createServer((_request, response) => {
  void picture('png', 7).then((bytes) => response.setHeader('content-type', 'image/png').end(bytes));
});
let host: string;
let drop: string;
let calm: Record<string, string>;

const run = (out: string) => runSound({ command: 'run', paths: [drop], out, allowHosts: [host] });

beforeAll(async () => {
  await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(served.address() as AddressInfo).port}`;
  const data = `data:image/png;base64,${(await picture('png', 9)).toString('base64')}`;
  drop = await workspace.drop('museum', {
    'train.csv': csv([
      HEADER,
      ['Which owl is this?', 'A small one.', 'owl.gif'],
      ['And this?', 'A linked one.', `http://${host}/owl.png`],
      ['And this?', 'A coded one.', data],
      ['And this?', '', ''],
      ...plainRows(8),
    ]),
    'owl.gif': await picture('gif'),
    'finedrop.yaml': 'policy: {maxRejected: 1}\n',
  });
  const { report, folder } = await run(await workspace.folder('out'));
  expect(report).toMatchObject({ status: 'completed', rows: { total: 12, rejected: 1 } });
  calm = await reproducible(folder);
});
afterAll(() => void served.close());

/** Where the process dies, and on which side of it: in every step, and around everything that pays. */
const POINTS: readonly (readonly [string, 'before' | 'after'])[] = [
  ['write .finedrop/claims/', 'after'],
  ['write .*/links/.*.bin', 'after'],
  ['write .*/convert/vertex/.*.train', 'before'],
  ['write .*/gate.json', 'after'],
  ['vertex stageMedia', 'after'],
  ['write .finedrop/ledger/', 'before'],
  ['write .finedrop/ledger/', 'after'],
  ['openai createJob', 'before'],
  ['openai createJob', 'after'],
  ['vertex createJob', 'before'],
  ['vertex createJob', 'after'],
  ['bedrock createJob', 'before'],
  ['bedrock createJob', 'after'],
  ['write .*/rejected/', 'after'],
  ['write .*/report.json', 'before'],
];

describe('a run whose process is killed', () => {
  it.concurrent.each(POINTS)(
    'at "%s" (%s) goes on where it stopped, to the same bytes and one job each',
    async (point, side) => {
      const out = await workspace.folder('out');
      const killed = await runScript('killed-run', [drop, out, host, point, side]);
      expect({ signal: killed.signal, stderr: killed.stderr }).toMatchObject({ signal: 'SIGKILL' });
      const { report, folder, exit } = await run(out);
      expect({ exit, status: report.status }).toEqual({ exit: 0, status: 'completed' });
      expect(report.targets.map(({ name, job }) => [name, job?.adopted])).toEqual([
        ['openai', false],
        ['vertex', false],
        ['bedrock', false],
      ]);
      expect(await reproducible(folder)).toEqual(calm);
      expect(await countJobs(out)).toEqual({ openai: 1, vertex: 1, bedrock: 1 });
      expect((await statusOf(folder)).attempt).toBe(2);
    },
  );
});
