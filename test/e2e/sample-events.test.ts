import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedExample, serveExample } from '../../deploy/rehearsal/example.ts';
import { VERSION } from '../../lib/domain/version.ts';
import { runLocal } from '../../lib/engines/local.ts';
import { FUNCTION_NAMES, invokeLocal } from '../../lib/engines/local-invoke.ts';
import { openSimulatedClock } from '../../lib/local/simulators/clock.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { csv, HEADER, plainRows } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What the events call the run that they are about. */
const PLACEHOLDER = '0123456789abcdef';
/** What each step's answer to its event holds, when its run has been through it. */
const ANSWERS: Readonly<Record<string, object>> = {
  survey: { outcome: 'settling' },
  normalize: { done: true },
  collect: { outcome: 'go', batches: 3 },
  convert: { shard: 0, target: null },
  gate: { done: true, outcome: 'go' },
  stage: { done: true, staged: true },
  submit: { done: true, submitted: true },
  poll: { done: true },
  publish: { done: true, dataset: 'museum', status: 'completed' },
};

const workspace = useWorkspace();

describe('the sample events', () => {
  let example: ServedExample;
  let out: string;
  let run: string;
  beforeAll(async () => {
    out = await workspace.folder('out');
    example = await serveExample(await workspace.folder('inbox'));
    const { report } = await runLocal({
      command: 'run',
      paths: [example.path],
      out,
      allowHosts: [example.host],
      keepWork: true,
    });
    run = report.run;
  });
  afterAll(() => example.close());

  it('are there for every function', async () => {
    const files = await readdir(join(ROOT, 'events'));
    expect(files.map((file) => file.replace('.json', '')).sort()).toEqual(
      [...FUNCTION_NAMES, 'receive-control'].sort(),
    );
  });

  it.each(Object.entries(ANSWERS))('let %s be called by hand', async (functionName, answer) => {
    const text = await readFile(join(ROOT, 'events', `${functionName}.json`), 'utf8');
    const event: unknown = JSON.parse(text.replaceAll(PLACEHOLDER, run));
    const place = { inbox: dirname(example.path), out, allowHosts: [example.host] };
    expect(await invokeLocal({ functionName, event, ...place, log: () => {} })).toMatchObject(answer);
  });
});

describe('the sample event of retrain', () => {
  it('tells what a tick would start, and takes no occasion from it', async () => {
    const out = await workspace.folder('out');
    const drop = await workspace.drop('owls', {
      'train.csv': csv([HEADER, ...plainRows(10)]),
      'finedrop.yaml': 'targets: [openai]\nretrain: {schedule: rate(7 days)}\n',
    });
    await runLocal({ command: 'run', paths: [drop], out });
    const event: unknown = JSON.parse(await readFile(join(ROOT, 'events', 'retrain.json'), 'utf8'));
    const invoke = () =>
      invokeLocal({ functionName: 'retrain', event, inbox: dirname(drop), out, allowHosts: [], log: () => {} });
    expect(await invoke()).toEqual({ due: [] });
    const clock = await openSimulatedClock(join(out, '.finedrop', 'simulators'));
    await clock.advance(8 * 24 * 3600 * 1000);
    const due = await invoke();
    const request = { dataset: 'owls', command: 'run', retrain: { by: 'schedule' } };
    expect(due).toEqual({
      due: [expect.objectContaining({ execution: expect.objectContaining({ input: { request } }) })],
    });
    expect(await invoke()).toEqual(due);
  });
});

describe('VERSION', () => {
  it("is the package's", () => {
    expect(VERSION).toBe(packageJson.version);
  });
});
