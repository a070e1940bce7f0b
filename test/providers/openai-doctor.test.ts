import { afterEach, describe, expect, it } from 'vitest';
import type { Check } from '../../lib/domain/check.ts';
import { examine } from '../../lib/providers/openai/doctor.ts';
import { PROFILES, type ProfileName } from '../../lib/providers/openai/profiles.ts';
import { KEY, page, type Reply, type Routes, refusal, type Server, startServer } from './openai-server.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const MODEL = 'gpt-4o-2024-08-06';
const model = (changes: object = {}): Reply => ({ json: { id: MODEL, object: 'model', ...changes } });

const SOUND: Routes = {
  'GET /v1/models/*': () => model({ shutdown_date: null }),
  'GET /v1/fine_tuning/jobs': () => page([]),
  'GET /v1/files': () => page([]),
};

async function look(routes: Routes, options: { profile?: ProfileName; models?: string[]; url?: string } = {}) {
  const server = await startServer({ ...SOUND, ...routes });
  servers.push(server);
  const settings = { simulated: false, values: { baseURL: options.url ?? server.url, apiKey: KEY } };
  const checks: Check[] = [];
  const asked = { models: options.models ?? [MODEL], now: new Date('2026-11-23T09:00:00Z') };
  for await (const check of examine(settings, { ...asked, profile: PROFILES[options.profile ?? 'openai'] }))
    checks.push(check);
  return { server, checks, of: (name: string) => checks.find((check) => check.name === `openai ${name}`) };
}

describe('examine', () => {
  it('finds nothing wrong where nothing is, by GETs alone', async () => {
    const { server, checks } = await look({});
    expect(checks.map(({ name, result }) => [name, result])).toEqual([
      ['openai access', 'ok'],
      [`openai model ${MODEL}`, 'ok'],
      ['openai fine-tuning', 'ok'],
      ['openai files', 'ok'],
      ['openai quotas', 'skipped'],
    ]);
    expect(server.asked.map(({ method, path, query }) => `${method} ${path}?${query}`)).toEqual([
      `GET /v1/models/${MODEL}?`,
      'GET /v1/fine_tuning/jobs?limit=1',
      'GET /v1/files?purpose=fine-tune&limit=1',
    ]);
  });

  const MISSING_SCOPE = 'You have insufficient permissions for this operation. Missing scopes: api.model.read.';
  it.each<[string, Routes, string, Partial<Check>, RegExp]>([
    [
      'a key that is none',
      { 'GET /v1/models/*': () => refusal(401, 'invalid_api_key', `Incorrect API key provided: ${KEY}.`) },
      'access',
      { result: 'failed' },
      /does not know the key: HTTP 401 invalid_api_key .* OPENAI_API_KEY/,
    ],
    [
      'a country that is not served',
      {
        'GET /v1/models/*': () =>
          refusal(403, 'unsupported_country_region_territory', 'Country, region, or territory not supported'),
      },
      'access',
      { result: 'failed' },
      /refuses this country: HTTP 403/,
    ],
    [
      'a server that is another',
      { 'GET /v1/models/*': () => ({ status: 404, text: '<html>nginx</html>' }) },
      'access',
      { result: 'failed' },
      /has no such API: HTTP 404 .*OPENAI_BASE_URL/,
    ],
    [
      'a key that may not look at models',
      { 'GET /v1/models/*': () => refusal(401, null, MISSING_SCOPE) },
      `model ${MODEL}`,
      { result: 'warning' },
      /Missing scopes.*Give the key "Models: Read"/,
    ],
    [
      'a model that the project has not',
      { 'GET /v1/models/*': () => refusal(404, 'model_not_found', `The model '${MODEL}' does not exist`) },
      `model ${MODEL}`,
      { result: 'failed' },
      /the project has no such model: HTTP 404 model_not_found .*finedrop targets/,
    ],
    [
      'a model that the project may not use',
      { 'GET /v1/models/*': () => refusal(403, 'model_not_found', 'Project `proj_1` does not have access to model') },
      `model ${MODEL}`,
      { result: 'failed' },
      /the project has no such model: HTTP 403 model_not_found .*finedrop targets/,
    ],
    [
      'a key that may not look at jobs',
      { 'GET /v1/fine_tuning/jobs': () => refusal(403, null, 'You have insufficient permissions') },
      'fine-tuning',
      { result: 'failed' },
      /HTTP 403 .*Give the key "Fine-tuning: Write"/,
    ],
    [
      'an account that is closed out',
      { 'GET /v1/fine_tuning/jobs': () => refusal(403, 'training_not_available', 'Fine-tuning is not available') },
      'fine-tuning',
      { result: 'failed' },
      /training_not_available .*closed fine-tuning to this account/,
    ],
    [
      'a key that may not look at files',
      { 'GET /v1/files': () => refusal(403, null, 'You have insufficient permissions') },
      'files',
      { result: 'failed' },
      /HTTP 403 .*Give the key "Files: Write"/,
    ],
  ])('tells of %s, and what to do', async (_what, routes, name, expected, words) => {
    const { checks, of } = await look(routes);
    expect(of(name)).toMatchObject(expected);
    expect(`${of(name)?.message} ${of(name)?.fix}`).toMatch(words);
    expect(checks.filter(({ result }) => result === 'failed' || result === 'warning')).toHaveLength(1);
    expect(JSON.stringify(checks)).not.toContain(KEY);
  });

  it('asks nothing more of a server that does not know the key', async () => {
    const { server, checks } = await look({ 'GET /v1/models/*': () => refusal(401, 'invalid_api_key', 'No') });
    expect(checks.map(({ result }) => result)).toEqual(['failed', 'skipped', 'skipped', 'skipped']);
    expect(server.asked).toHaveLength(1);
  });

  it('tells of a server that is not there', async () => {
    const { of } = await look({}, { url: 'http://127.0.0.1:9/v1' });
    expect(of('access')).toMatchObject({ result: 'failed', message: expect.stringContaining('gives no answer') });
    expect(of('access')?.fix).toContain('OPENAI_BASE_URL');
  });

  it.each([
    ['2026-11-23', 'failed', /is shut down since 2026-11-23/],
    ['2027-01-22', 'warning', /from 2027-01-22: 60 days from now/],
    ['2027-01-23', 'ok', /it is shut down on 2027-01-23/],
    ['soon', 'ok', /may use it$/],
  ])('judges the end %s that the server tells', async (end, result, words) => {
    const { of } = await look({ 'GET /v1/models/*': () => model({ shutdown_date: end }) });
    expect(of(`model ${MODEL}`)).toMatchObject({ result, message: expect.stringMatching(words) });
  });

  it.each(['azure', 'generic'] as const)(
    'does not hold it against a server of the profile %s that it lists no models',
    async (profile) => {
      const { of } = await look({ 'GET /v1/models/*': () => refusal(404, null, 'Not found') }, { profile });
      expect(of('access')?.result).toBe('ok');
      expect(of(`model ${MODEL}`)?.result).toBe('warning');
    },
  );
});
