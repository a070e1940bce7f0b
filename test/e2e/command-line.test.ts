import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../lib/domain/report.ts';
import { simulatorEnvironment } from '../../lib/local/simulators/environment.ts';
import { startSimulators } from '../../lib/local/simulators/start.ts';
import { picture } from './media.ts';
import { jsonLines } from './results.ts';
import { finedrop } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { type DropFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const sound: DropFiles = { 'train.csv': csv([HEADER, ...plainRows(11)]) };
const drop = (files: DropFiles = sound) => workspace.drop('museum', files);

describe('finedrop', () => {
  it('explains every command when it is asked for help or for nothing', async () => {
    const [{ code, stdout }, nothing] = await Promise.all([finedrop(['--help']), finedrop([])]);
    expect(nothing.stdout).toBe(stdout);
    expect(code).toBe(0);
    for (const command of ['run', 'check', 'convert', 'targets', 'simulators'])
      expect(stdout).toContain(`finedrop ${command}`);
  });

  it('tells the version of its package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await finedrop(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('explains the options of a command', async () => {
    const { code, stdout } = await finedrop(['run', '--help']);
    expect(code).toBe(0);
    for (const option of ['--target', '--spec', '--out', '--json', '--allow-host', '--keep-work', '--live', '--again'])
      expect(stdout).toContain(option);
  });

  it.concurrent.each([
    [['chek', '.'], /there is no command "chek".*did you mean "?check/i],
    [['run', '.', '--traget', 'openai'], /run has no option "--traget".*did you mean "?(--)?target/i],
    [['run'], /name a drop/],
    [['run', 'nowhere'], /there is no file or folder "nowhere"/],
    [['run', '.', '--out', 'a', '--out', 'b'], /--out was given twice/],
    [['run', '.', '--spec', 'nowhere.yaml'], /--spec: there is no readable file "nowhere\.yaml"/],
    [['convert', '.', '--media-base', 'https://x/y'], /--media-base takes gs:\/\/bucket/],
  ])('%j is a usage mistake: one sentence on stderr, exit 1', async (words, message) => {
    const { code, stdout, stderr } = await finedrop(words, { cwd: await workspace.folder('here') });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('prints what targets take, for people and as JSON', async () => {
    const [people, json] = await Promise.all([finedrop(['targets']), finedrop(['targets', '--json'])]);
    for (const name of ['openai', 'vertex', 'bedrock']) expect(people.stdout).toMatch(new RegExp(`\\(${name}[,)]`));
    const capabilities = JSON.parse(json.stdout) as { provider: string }[];
    expect([...new Set(capabilities.map(({ provider }) => provider))]).toEqual(['openai', 'vertex', 'bedrock']);
  });
});

describe('finedrop run', () => {
  it('tells people the verdict, each target, and where to look, with progress on stderr only', async () => {
    const out = await workspace.folder('out');
    const { code, stdout, stderr } = await finedrop(['run', await drop(), '--out', out]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^museum: completed \(simulated\)\n/);
    for (const name of ['openai', 'vertex', 'bedrock'])
      expect(stdout).toMatch(new RegExp(`${name} \\(.*\\): succeeded, 11 rows`));
    expect(stdout).toMatch(/report: .*report\.html/);
    expect(stderr).toMatch(/reading rows: 11 rows/);
    expect(stderr).not.toMatch(/[Ww]arning/);
  });
});

describe('finedrop check --json', () => {
  it('prints exactly one report, also when everything is refused', async () => {
    const folder = await drop({ 'train.csv': csv([HEADER, ['a', '', ''], ['b', '', '']]) });
    const { code, stdout } = await finedrop(['check', folder, '--out', await workspace.folder('out'), '--json']);
    const { status, rows } = reportSchema.parse(JSON.parse(stdout));
    expect({ code, status, rejected: rows.rejected }).toEqual({ code: 2, status: 'rejected', rejected: 2 });
  });
});

describe('finedrop convert', () => {
  it('names media where --media-base says, and writes them', async () => {
    const folder = await drop({
      'train.csv': csv([HEADER, ['Which?', 'This.', 'owl.png'], ...plainRows(10)]),
      'owl.png': await picture('png'),
    });
    const out = await workspace.folder('out');
    const bases = ['--media-base', 'gs://my-bucket/pictures/', '--media-base', 's3://other-bucket/x'];
    const { code, stdout } = await finedrop(['convert', folder, '--out', out, '--json', ...bases]);
    expect(code).toBe(0);
    const { run, targets } = JSON.parse(stdout);
    expect(targets.map((target: { status: string }) => target.status)).toEqual(['accepted', 'accepted', 'accepted']);
    const named = async (target: string) =>
      JSON.stringify(await jsonLines(join(out, 'museum', run, target, 'train.jsonl')));
    const [, name = ''] = /"gs:\/\/my-bucket\/pictures\/([0-9a-f]{64}\.png)"/.exec(await named('vertex')) ?? [];
    expect(await named('bedrock')).toContain(`"s3://other-bucket/x/${name}"`);
    for (const target of ['vertex', 'bedrock'])
      expect((await readFile(join(out, 'museum', run, target, 'media', name))).equals(await picture('png'))).toBe(true);
  });
});

describe('finedrop simulators', () => {
  it('prints one line of base URLs, serves the OpenAI client, and ends when it is told to', async () => {
    const state = await workspace.folder('state');
    let used: Promise<unknown> | null = null;
    const { code, stdout } = await finedrop(['simulators', '--state', state], {
      onOutput: (text, stop) => {
        if (!text.endsWith('\n') || used !== null) return;
        const client = new OpenAI({ apiKey: 'k', baseURL: JSON.parse(text).openai, maxRetries: 0 });
        used = toFile(Buffer.from('{"messages":[]}\n'), 'train.jsonl')
          .then((file) => client.files.create({ file, purpose: 'fine-tune' }))
          .finally(stop);
      },
    });
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(Object.keys(JSON.parse(stdout))).toEqual(['openai', 'vertex', 'gcs', 'bedrock', 's3']);
    expect(await used).toMatchObject({ object: 'file', filename: 'train.jsonl' });
  });
});

describe('finedrop run --live', () => {
  it.each([
    ['without named targets', [], /^finedrop: --live never guesses whom to pay: name targets/],
    [
      'without settings',
      ['--target', 'openai', '--target', 'vertex', '--target', 'bedrock'],
      /OPENAI_API_KEY.*GOOGLE_CLOUD_PROJECT.*FINEDROP_BEDROCK_ROLE_ARN/,
    ],
  ])('%s is refused with one sentence before anything is read', async (_what, targets, message) => {
    const { code, stdout, stderr } = await finedrop([
      'run',
      await drop(),
      '--out',
      await workspace.folder('out'),
      '--live',
      ...targets,
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('reaches the servers that the environment names', async () => {
    const simulators = await startSimulators({ stateDir: await workspace.folder('state') });
    try {
      // Of the three default models the one whose end is not announced: this must not depend on today.
      const env = simulatorEnvironment(simulators.urls);
      const out = await workspace.folder('out');
      const place = `${simulators.urls.vertex}/v1/projects/simulated/locations/us-central1/tuningJobs`;
      const listJobs = async () => {
        const answer = await fetch(place, { headers: { authorization: 'Bearer stand-in' } });
        return ((await answer.json()) as { tuningJobs?: { labels: Record<string, string> }[] }).tuningJobs ?? [];
      };
      const isCreated = expect.poll(async () => (await listJobs()).length, { timeout: 20_000, interval: 100 }).toBe(1);
      const words = ['run', await drop(), '--out', out, '--live', '--target', 'vertex', '--json'];
      const { code, stdout, stderr } = await finedrop(words, { env, stopAfter: isCreated });
      await isCreated;
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('Run the same command again to go on');
      const [job] = await listJobs();
      expect(job).toMatchObject({ labels: { finedrop_key: expect.stringMatching(/^[0-9a-f]{40}$/) } });
    } finally {
      await simulators.close();
    }
  });
});
