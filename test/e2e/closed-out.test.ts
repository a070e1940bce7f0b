import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSimulators } from '../../lib/local/simulators/start.ts';
import { picture } from './media.ts';
import { runSound } from './running.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();

async function drop(): Promise<string> {
  return workspace.drop('museum', {
    'train.csv': csv([HEADER, ['Which owl is this?', 'A small one.', 'owl.png'], ...plainRows(10)]),
    'owl.png': await picture('png'),
  });
}

async function uploadedFiles(out: string): Promise<unknown[]> {
  const simulators = await startSimulators({ stateDir: join(out, '.finedrop', 'simulators') });
  try {
    const response = await fetch(`${simulators.urls.openai}/files`, { headers: { authorization: 'Bearer anything' } });
    return ((await response.json()) as { data: unknown[] }).data;
  } finally {
    await simulators.close();
  }
}

const refusing = (status: number, code: string, times = 1) => ({
  rules: [{ provider: 'openai', operation: 'jobs.create', action: 'error', status, code, times }],
});

describe('an account that OpenAI has closed out', () => {
  it('is told so once, what it means and what to do; the uploaded file is taken away', async () => {
    const out = await workspace.folder('out');
    const paths = [await drop()];
    // Once only: were the refusal tried again, the second try would make a job.
    const faults = refusing(403, 'training_not_available');
    const { exit, report } = await runSound({ command: 'run', paths, targets: ['openai'], out, faults });
    const [target] = report.targets;
    expect({ exit, status: report.status, target: target?.status, job: target?.job }).toEqual({
      exit: 4,
      status: 'failed',
      target: 'failed',
      job: null,
    });
    expect(target?.message).toMatch(/training_not_available/);
    expect(target?.message).toMatch(/closed fine-tuning to this account for good.*nothing was charged/);
    expect(target?.message).toMatch(/Choose another target.*Azure OpenAI/);
    expect(await uploadedFiles(out)).toEqual([]);
    expect((await countJobs(out)).openai).toBe(0);
  });

  it('costs the other targets nothing', async () => {
    const out = await workspace.folder('out');
    const faults = refusing(403, 'training_not_available');
    const { exit, report } = await runSound({ command: 'run', paths: [await drop()], out, faults });
    expect({ exit, status: report.status }).toEqual({ exit: 4, status: 'partial' });
    expect(report.targets.map(({ name, status }) => [name, status])).toEqual([
      ['openai', 'failed'],
      ['vertex', 'succeeded'],
      ['bedrock', 'succeeded'],
    ]);
  });
});

describe('a day on which OpenAI takes no more jobs', () => {
  it('is waited for, and the job is made once', async () => {
    const out = await workspace.folder('out');
    const faults = refusing(429, 'daily_rate_limit_exceeded', 3);
    const { exit, report } = await runSound({
      command: 'run',
      paths: [await drop()],
      targets: ['openai'],
      out,
      faults,
    });
    expect({ exit, status: report.status }).toEqual({ exit: 0, status: 'completed' });
    expect((await countJobs(out)).openai).toBe(1);
    const hours = (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 3_600_000;
    expect(hours).toBeGreaterThan(3);
  });

  it('is no matter of waiting when the money is gone', async () => {
    const out = await workspace.folder('out');
    const faults = refusing(429, 'insufficient_quota');
    const { exit, report } = await runSound({
      command: 'run',
      paths: [await drop()],
      targets: ['openai'],
      out,
      faults,
    });
    expect({ exit, status: report.targets[0]?.status }).toEqual({ exit: 4, status: 'failed' });
    expect(report.targets[0]?.message).toMatch(/Add credit to the account/);
    expect(await uploadedFiles(out)).toEqual([]);
  });
});
