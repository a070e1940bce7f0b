import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../lib/domain/report.ts';
import { picture } from './media.ts';
import { finedrop } from './running.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const IMAGES = Array.from({ length: 11 }, (_, index) => `owl${index}.png`);

/** One row of eleven images and ten of text. */
async function drop(): Promise<string> {
  const files = await Promise.all(IMAGES.map(async (name) => [name, await picture('png')] as const));
  return workspace.drop('museum', {
    'train.csv': csv([HEADER, ['Which owls are these?', 'Small ones.', IMAGES.join(',')], ...plainRows(10)]),
    ...Object.fromEntries(files),
  });
}

async function run(out: string, paths: string, env: Record<string, string>, more: readonly string[] = ['openai']) {
  const words = ['run', paths, '--out', out, '--json', '--target', ...more];
  const { code, stdout, stderr } = await finedrop(words, { env });
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const report = reportSchema.parse(JSON.parse(stdout));
  return { code, report, target: report.targets[0] };
}

describe('a rehearsal with another service that speaks OpenAI’s API', () => {
  it('has the limits of Azure, and is another run than one with OpenAI’s', async () => {
    const [out, paths] = [await workspace.folder('out'), await drop()];
    const openai = await run(out, paths, {});
    expect(openai.target?.rows).toMatchObject({ accepted: 10, excluded: 1 });
    const azure = await run(out, paths, { OPENAI_PROFILE: 'azure' });
    expect(azure.target).toMatchObject({
      status: 'succeeded',
      estimatedCost: null,
      rows: { accepted: 11, excluded: 0 },
    });
    expect(azure.report.run).not.toBe(openai.report.run);
    expect(azure.report.findings.byCode).not.toHaveProperty('TOO_MANY_IMAGES');
  }, 30_000);

  it('tunes the models that the operator of a generic server names, and no others', async () => {
    const [out, paths] = [await workspace.folder('out'), await drop()];
    const env = { OPENAI_PROFILE: 'generic', OPENAI_MODELS: 'fire/vision-8b,fire/vision-70b' };
    const standard = await run(out, paths, env);
    expect(standard.target).toMatchObject({ status: 'succeeded', model: 'fire/vision-8b', estimatedCost: null });
    const other = await run(out, paths, env, ['openai:gpt-4o-2024-08-06']);
    expect([other.code, other.report.findings.byCode]).toEqual([2, expect.objectContaining({ MODEL_UNKNOWN: 1 })]);
  }, 30_000);

  it('makes one job where the server keeps no metadata and its answer to the create is lost', async () => {
    const [out, paths] = [await workspace.folder('out'), await drop()];
    const faults = join(await workspace.folder('faults'), 'faults.json');
    const rule = { provider: 'openai', operation: 'jobs.create', action: 'accept-then-timeout', forgets: 'metadata' };
    await writeFile(faults, JSON.stringify({ rules: [{ ...rule, times: 2 }] }));
    const { target } = await run(out, paths, { OPENAI_PROFILE: 'generic' }, ['openai', '--faults', faults]);
    expect(target).toMatchObject({ status: 'succeeded', job: { state: 'succeeded', adopted: false } });
    expect((await countJobs(out)).openai).toBe(1);
  }, 30_000);

  it('is refused in one sentence where there is no such service', async () => {
    const words = ['run', await drop(), '--out', await workspace.folder('out'), '--target', 'openai'];
    const { code, stderr } = await finedrop(words, { env: { OPENAI_PROFILE: 'azur' } });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/there is no profile "azur"\. Set OPENAI_PROFILE to/)]);
  });
});
