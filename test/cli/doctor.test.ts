import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { doctorCommand, lineOf } from '../../lib/cli/doctor.ts';

describe('lineOf', () => {
  it('is one line, with the fix behind the finding', () => {
    const check = { name: 'openai access', result: 'failed', message: 'HTTP 401', fix: 'Set OPENAI_API_KEY.' } as const;
    expect(lineOf(check)).toBe('failed   openai access: HTTP 401. Set OPENAI_API_KEY.\n');
  });

  it('lets no server move the cursor or add lines', () => {
    const line = lineOf({ name: 'x', result: 'ok', message: 'a\nok       y: \u001b[31mred' });
    expect(line.match(/\n/g)).toHaveLength(1);
    expect(line).not.toContain('\u001b');
  });
});

describe('doctorCommand', () => {
  const SETTINGS = ['OPENAI_API_KEY', 'GOOGLE_CLOUD_PROJECT', 'FINEDROP_GCS_BUCKET', 'FINEDROP_BEDROCK_ROLE_ARN'];
  let folder: string;
  let written: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'finedrop-doctor-command-'));
    written = '';
    for (const name of SETTINGS) vi.stubEnv(name, '');
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });
  const call = (flags: Record<string, boolean>) =>
    doctorCommand({ paths: [], flags, values: { out: [join(folder, 'out')] } });

  it('prints JSON and nothing else with --json, and ends in 0 where nothing failed', async () => {
    expect(await call({ json: true })).toBe(0);
    const told = JSON.parse(written) as { ok: boolean; checks: { name: string; result: string }[] };
    expect(told.ok).toBe(true);
    expect(told.checks).toContainEqual(expect.objectContaining({ name: 'results', result: 'ok' }));
  });

  it('ends in 1 where something failed, with the line that says what to do', async () => {
    expect(await call({ live: true })).toBe(1);
    expect(written).toMatch(/^failed {3}live: no provider is set up\. Set what .*$/m);
    expect(written).toMatch(/1 failed\. Nothing was spent\.\n$/);
  });

  it('takes no path', async () => {
    await expect(doctorCommand({ paths: ['drop'], flags: {}, values: {} })).rejects.toThrow('takes no path');
  });
});
