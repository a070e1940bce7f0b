import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reportSchema } from '../../lib/domain/report.ts';
import type { Claim } from '../../lib/domain/run.ts';
import { controlRun } from '../../lib/engines/local-control.ts';
import { folderStore } from '../../lib/storage/folder-store.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { jobPlanOf } from '../factories.ts';
import { reportOf } from '../report/report-factories.ts';

const RUN = '3f0c9a1d5b7e2c48';
const SOON = { timeout: 4000, interval: 20 };

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'finedrop-control-'));
});
afterEach(() => rm(out, { recursive: true, force: true }));

async function writeClaim(change: Partial<Claim> = {}): Promise<void> {
  const holder = { execution: 'museum-1', host: 'step-functions', pid: 0, startedAt: '' };
  const claim: Claim = {
    run: RUN,
    command: 'run',
    generation: 0,
    attempt: 1,
    status: 'held',
    holder,
    startedAt: '2026-11-23T09:00:00Z',
    ...change,
  };
  await folderStore(out).write(keys.claim('museum', RUN), JSON.stringify(claim));
}

/** What a deployed machine left of a run that is held, or has ended. */
async function writeResults(status: 'held' | 'completed' | 'cancelled'): Promise<void> {
  const report = reportSchema.parse(reportOf({ run: RUN, status }));
  await folderStore(out).write(keys.run('museum', RUN).report, JSON.stringify(report));
  await folderStore(out).write(keys.run('museum', RUN).plan, JSON.stringify(jobPlanOf({ run: RUN })));
}

const control = async (word: string) =>
  (await readBytes(folderStore(out), keys.control('museum', RUN, word)))?.toString() ?? null;

describe('controlRun, of a deployed machine', () => {
  it.each([
    ['approve', 'completed', '{"plan":"c7bba5234150b052"}\n'],
    ['cancel', 'cancelled', '{}\n'],
  ] as const)('writes the object that asks it (%s), and ends as the run does', async (word, status, content) => {
    await writeClaim();
    await writeResults('held');
    const deciding = controlRun({ word, dataset: 'museum', out });
    await expect.poll(() => control(word), SOON).toBe(content);
    await writeClaim({ attempt: 2, status: 'running' });
    await writeResults(status);
    await writeClaim({ attempt: 2, status });
    expect(await deciding).toMatchObject({ ended: status, report: { run: RUN, status } });
  });

  it('waits no longer than it takes to begin', async () => {
    await writeClaim();
    await writeResults('held');
    const deciding = controlRun({ word: 'approve', dataset: 'museum', out, beginWithinMs: -1 });
    await expect(deciding).rejects.toThrow(/has not begun\. If the drop has changed since/);
    expect(await control('approve')).not.toBeNull();
  });

  it('stops waiting when it is told to; what was asked for stands', async () => {
    await writeClaim();
    await writeResults('held');
    const stop = new AbortController();
    const deciding = controlRun({ word: 'cancel', dataset: 'museum', out, signal: stop.signal });
    const ended = expect(deciding).rejects.toThrow('stopped waiting');
    await expect.poll(() => control('cancel'), SOON).toBe('{}\n');
    stop.abort();
    await ended;
  });
});

describe('controlRun, of another machine', () => {
  it('says where the run can be decided about, and approves nothing', async () => {
    await writeClaim({ holder: { execution: 'museum-cli-1', host: 'elsewhere', pid: 1, startedAt: '1' } });
    await writeResults('held');
    await expect(controlRun({ word: 'approve', dataset: 'museum', out })).rejects.toThrow(
      /started on another machine \(elsewhere\); approve it there/,
    );
    expect(await control('approve')).toBeNull();
  });
});

describe('controlRun', () => {
  it.each([
    ['a run that there is not', 'approve', 'aaaaaaaaaaaaaaaa', 'has no run aaaaaaaaaaaaaaaa'],
    ['a run that has ended', 'approve', RUN, 'only a held run can be approved'],
    ['a run that has ended', 'cancel', RUN, 'there is nothing to cancel'],
  ] as const)('refuses %s (%s)', async (_what, word, run, message) => {
    await writeClaim({ status: 'completed' });
    await expect(controlRun({ word, dataset: 'museum', out, run })).rejects.toThrow(message);
    expect(await control(word)).toBeNull();
  });
});
