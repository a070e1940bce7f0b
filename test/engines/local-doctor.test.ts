import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Check } from '../../lib/domain/check.ts';
import { type DoctorOptions, examineRun } from '../../lib/engines/local-doctor.ts';
import { isAtLeast } from '../../lib/engines/local-doctor-machine.ts';
import { simulatorEnvironment } from '../../lib/local/simulators/environment.ts';
import { startSimulators } from '../../lib/local/simulators/start.ts';
import { startServer } from '../providers/openai-server.ts';

let folder: string;
const cleanups: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finedrop-doctor-test-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const NOW = new Date('2026-11-23T09:00:00Z');

async function look(options: Partial<DoctorOptions> = {}) {
  const checks: Check[] = [];
  for await (const check of examineRun({ out: join(folder, 'results'), environment: {}, now: NOW, ...options }))
    checks.push(check);
  const of = (name: string) => checks.find((check) => check.name === name);
  const results = Object.fromEntries(checks.map(({ name, result }) => [name, result]));
  return { checks, of, results, text: JSON.stringify(checks) };
}

describe('examineRun', () => {
  it('looks at the machine alone, where nothing is set up, and leaves nothing behind', async () => {
    const { results } = await look();
    expect(results).toEqual({
      finedrop: 'ok',
      node: 'ok',
      images: 'ok',
      pdf: 'ok',
      results: 'ok',
      'operator settings': 'ok',
      'state machine': 'ok',
      simulators: 'ok',
      'openai settings': 'skipped',
      'vertex settings': 'skipped',
      'bedrock settings': 'skipped',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves a results folder as it stands', async () => {
    const out = join(folder, 'standing');
    await mkdir(join(out, '.finedrop', 'claims'), { recursive: true });
    expect((await look({ out })).of('results')?.result).toBe('ok');
    expect(await readdir(out, { recursive: true })).toEqual(['.finedrop', join('.finedrop', 'claims')]);
  });

  it('tells of results that cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const { of } = await look({ out: join(folder, 'file', 'results') });
    expect(of('results')).toMatchObject({ result: 'failed', fix: expect.stringContaining('--out DIR') });
  });

  it('tells of a server that keeps no conditions on writes', async () => {
    const server = await startServer({
      'PUT /bucket/.finedrop/doctor/*': () => ({ headers: { etag: '"d41d8cd98f00b204e9800998ecf8427e"' } }),
      'DELETE /bucket/.finedrop/doctor/*': () => ({ status: 204 }),
    });
    cleanups.push(server.close);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'simulated');
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', new URL(server.url).origin);
    const { of } = await look({ results: 's3://bucket' });
    expect(of('results')).toMatchObject({ result: 'failed', message: expect.stringContaining('is not kept') });
    expect(server.to('DELETE /bucket/.finedrop/doctor/*')).toHaveLength(1);
  });

  it('names the settings that are set and missing, and never shows a value', async () => {
    const { of, text } = await look({
      environment: { OPENAI_API_KEY: 'sk-canary', GOOGLE_CLOUD_PROJECT: 'canary', PATH: '/canary', OPENAI_ORG_ID: '' },
    });
    expect(of('openai settings')).toMatchObject({ result: 'ok', message: 'set: OPENAI_API_KEY' });
    expect(of('vertex settings')).toMatchObject({
      result: 'warning',
      message: 'set: GOOGLE_CLOUD_PROJECT; missing: FINEDROP_GCS_BUCKET, GOOGLE_APPLICATION_CREDENTIALS',
    });
    expect(text).not.toContain('canary');
  });

  it('tells of a setting that no provider can be made of', async () => {
    const { of } = await look({ environment: { OPENAI_PROFILE: 'opneai' } });
    expect(of('openai settings')).toMatchObject({ result: 'failed', message: expect.stringContaining('opneai') });
  });

  it('refuses a target that is none, with the nearest name', async () => {
    await expect(look({ targets: ['vertx'] })).rejects.toThrow('Did you mean "vertex"?');
  });

  it('wants a provider to be set up for --live, and every one that is named', async () => {
    expect((await look({ live: true })).of('live')?.result).toBe('failed');
    const { results } = await look({ live: true, targets: ['bedrock'] });
    expect(results['bedrock settings']).toBe('failed');
    expect(results).not.toHaveProperty('openai settings');
  });

  it('asks every provider that is set up, and leaves nothing behind there', async () => {
    const simulators = await startSimulators({ stateDir: join(folder, 'state') });
    cleanups.push(simulators.close);
    const { GOOGLE_CLOUD_PROJECT: _project, ...environment } = simulatorEnvironment(simulators.urls);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'simulated');
    const { results, checks } = await look({
      live: true,
      environment: { ...environment, GOOGLE_CLOUD_PROJECT: 'museum' },
    });
    expect(checks.filter(({ result }) => result === 'failed')).toEqual([]);
    expect(results).toMatchObject({
      'openai access': 'ok',
      'openai end of gpt-4o-2024-08-06': 'warning',
      'vertex jobs': 'ok',
      'vertex objects': 'ok',
      'bedrock jobs': 'ok',
      'bedrock model amazon.nova-lite-v1:0:300k': 'ok',
      'bedrock staging': 'ok',
    });
    const listing = await fetch(`${simulators.urls.s3}/finedrop-simulated?list-type=2`, {
      headers: signedHeaders(),
    });
    expect(await listing.text()).toContain('<KeyCount>0</KeyCount>');
  });

  it('looks at the models that are named, and at no other provider', async () => {
    const simulators = await startSimulators({ stateDir: join(folder, 'state') });
    cleanups.push(simulators.close);
    const environment = simulatorEnvironment(simulators.urls);
    const targets = ['openai:gpt-4.1-2025-04-14', 'openai:gpt-4.1-nano-2025-04-14', 'openai:gpt-9'];
    const { results } = await look({ live: true, environment, targets });
    expect(results).toMatchObject({
      'openai model gpt-4.1-2025-04-14': 'ok',
      'openai end of gpt-4.1-nano-2025-04-14': 'failed',
      'openai end of gpt-9': 'failed',
      'openai model gpt-9': 'failed',
    });
    expect(results).not.toHaveProperty('vertex settings');
  });
});

/** A well-formed signature, which is all that the simulator asks for. */
function signedHeaders(): Record<string, string> {
  const scope = 'AKIA/20261123/us-east-1/s3/aws4_request';
  const signature = '0'.repeat(64);
  return {
    'x-amz-date': '20261123T090000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${signature}`,
  };
}

describe('isAtLeast', () => {
  it.each([
    ['20.18.1', true],
    ['20.18.0', false],
    ['20.20.0', true],
    ['20.2.9', false],
    ['22.0.0', true],
    ['18.99.99', false],
  ])('judges Node %s against 20.18.1 as %s', (version, expected) => {
    expect(isAtLeast(version, '20.18.1')).toBe(expected);
  });
});
