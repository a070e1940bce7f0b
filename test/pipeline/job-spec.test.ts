import { describe, expect, it } from 'vitest';
import { readDrop } from '../../lib/pipeline/drop.ts';
import { resolveJobSpec } from '../../lib/pipeline/job-spec.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { loadProvider, PROVIDER_NAMES } from '../../lib/providers/registry.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { operatorOf } from '../factories.ts';

/** What is told of a drop whose job specs these are, by their names. */
async function told(files: Readonly<Record<string, string>>) {
  return (await resolved(files)).findings;
}

async function resolved(
  files: Readonly<Record<string, string>>,
  change: Partial<Services> = {},
  command: 'run' | 'check' = 'check',
) {
  const inbox = memoryStore();
  for (const [name, text] of Object.entries(files)) await inbox.write(`owls/${name}`, text);
  const services = {
    inbox,
    simulated: true,
    operator: { targets: null, linksAllowed: true, allowHosts: [], objectBuckets: [] },
    provider: loadProvider,
    providerNames: PROVIDER_NAMES,
    settings: () => ({ simulated: true, values: {} }),
    missingSettings: () => [],
    now: () => new Date(0),
    ...change,
  } as unknown as Services;
  const drop = await readDrop(inbox, 'owls');
  return resolveJobSpec(services, drop, { dataset: 'owls', command });
}

describe('resolveJobSpec', () => {
  it('says nothing of a sound job spec', async () => {
    expect(await told({ 'finedrop.yaml': 'targets: [openai]' })).toEqual([]);
  });

  it.each([
    ['a spec of 300 kB', `# ${'a'.repeat(300_000)}\ntargets: [openai]`, 'JOB_SPEC_INVALID', /^the job spec is larger/],
    ['no YAML', 'targets: [openai', 'JOB_SPEC_INVALID', /^the job spec is no valid YAML or JSON: .*[^.]$/],
    ['a key that is misspelled', 'polcy: {}', 'JOB_SPEC_INVALID', /^"polcy" is not a key of the job spec\..*[^.]$/],
    ['another provider', 'targets: [openia]', 'TARGET_UNKNOWN', /^there is no provider "openia"$/],
    ['another model', 'targets: ["openai:gpt-0"]', 'MODEL_UNKNOWN', /^OpenAI .*lists no tunable model "gpt-0"$/],
  ])('refuses %s', async (_what, text, code, message) => {
    const [finding, ...others] = await told({ 'finedrop.yaml': text });
    expect(finding).toMatchObject({
      code,
      severity: 'error',
      where: { file: 'finedrop.yaml' },
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/^[A-Z].*\.$/),
    });
    expect(others).toEqual([]);
  });

  it('keeps limits with their target, and tells which stricter rule they set aside', async () => {
    const model = 'amazon.nova-2-lite-v1:0:256k';
    const spec = (limits: string) => `targets: [{provider: bedrock, model: "${model}", limits: ${limits}}]`;
    const { targets, findings } = await resolved({ 'finedrop.yaml': spec('{minRows: 8}') });
    expect(targets).toMatchObject([{ model, limits: { minRows: 8 } }]);
    expect(findings).toMatchObject([
      {
        code: 'LIMIT_SET_ASIDE',
        severity: 'info',
        where: { file: 'finedrop.yaml' },
        message: expect.stringContaining('minRows'),
      },
    ]);
    expect((await resolved({ 'finedrop.yaml': spec('{}') })).targets[0]).not.toHaveProperty('limits');
    expect(await told({ 'finedrop.yaml': spec('{minRows: 5}') })).toMatchObject([{ code: 'LIMIT_VALUE' }]);
    expect(await told({ 'finedrop.yaml': spec('{minRows: true}') })).toMatchObject([
      {
        code: 'JOB_SPEC_INVALID',
        message: expect.stringMatching(/^"targets\.0\.limits\.minRows": write a number, a word/),
      },
    ]);
  });

  it('tells all at once: targets that are wrong, and a key that is misspelled', async () => {
    const findings = await told({ 'finedrop.yaml': 'targets: [openia, vertex]\nbudgte: 5' });
    expect(findings.map(({ code }) => code)).toEqual(['JOB_SPEC_INVALID', 'TARGET_UNKNOWN']);
    const { targets } = await resolved({ 'finedrop.yaml': 'targets: [vertex]\nbudgte: 5' });
    expect(targets.map(({ name }) => name)).toEqual(['vertex']);
  });

  it.each(['targets: 7\nbudgte: 5', 'targets: [{provder: openai}]\nbudgte: 5', '[1, 2]'])(
    'does not guess at targets that cannot be read: %j',
    async (text) => {
      const findings = await told({ 'finedrop.yaml': text });
      expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['JOB_SPEC_INVALID']));
    },
  );

  it('judges the region before a run, and only then', async () => {
    const settings = () => ({ simulated: true, values: { location: 'us-east1' } });
    const files = { 'finedrop.yaml': 'targets: [vertex]' };
    expect((await resolved(files, { settings }, 'run')).findings).toMatchObject([
      { code: 'TARGET_REGION', severity: 'error', where: { file: 'finedrop.yaml' } },
    ]);
    expect((await resolved(files, { settings }, 'check')).findings).toEqual([]);
  });

  it('says which provider was meant', async () => {
    const [finding] = await told({ 'finedrop.yaml': 'targets: [openia]' });
    expect(finding?.hint).toBe('Did you mean "openai"? Known: openai, vertex, bedrock.');
  });

  it('refuses two job specs, and reads the first', async () => {
    const findings = await told({ 'finedrop.json': '{}', 'finedrop.yaml': 'polcy: {}' });
    expect(findings.map(({ code, where }) => [code, where.file])).toEqual([['JOB_SPEC_SEVERAL', 'finedrop.yaml']]);
  });

  it.each([
    ['providers that are used once', 'targets: [openai, vertex]', ['openai', 'vertex']],
    ['the same one twice', 'targets: [openai, openai]', ['openai-gpt-4o-2024-08-06', 'openai-gpt-4o-2024-08-06-2']],
    [
      'names that some file systems cannot tell apart',
      'targets: [{provider: openai, name: a}, {provider: vertex, name: A}]',
      ['a-gpt-4o-2024-08-06', 'A-gemini-3.1-flash-lite'],
    ],
  ])('gives a folder of its own to each target: %s', async (_what, text, names) => {
    const { targets, findings } = await resolved({ 'finedrop.yaml': text });
    expect(findings).toEqual([]);
    expect(targets.map(({ name }) => name)).toEqual(names);
  });
});

describe('real money', () => {
  const operator = (targets: string[] | null) => ({
    operator: operatorOf({ targets }),
    simulated: false,
    settings: () => ({ simulated: false, values: {} }),
  });

  it.each([
    ['all three are possible', null, {}],
    ['two are allowed', ['openai', 'bedrock'], {}],
  ])('is not guessed where %s and the drop names none', async (_what, targets, files) => {
    const { findings } = await resolved(files, operator(targets), 'run');
    expect(findings.map(({ code }) => code)).toContain('TARGETS_UNNAMED');
  });

  it.each([
    ['one target alone is allowed', ['openai'], {}, 'run'],
    ['the drop names its own', null, { 'finedrop.yaml': 'targets: [openai]' }, 'run'],
    ['nothing is submitted', null, {}, 'check'],
  ] as const)('may be spent where %s', async (_what, targets, files, command) => {
    const { findings } = await resolved(files, operator(targets === null ? null : [...targets]), command);
    expect(findings.map(({ code }) => code)).not.toContain('TARGETS_UNNAMED');
  });

  it('is kept where a provider lacks what it needs, before anything is staged', async () => {
    const change = { ...operator(['openai']), missingSettings: () => ['OPENAI_API_KEY'] };
    const { findings } = await resolved({}, change, 'run');
    expect(findings.find(({ code }) => code === 'TARGET_NOT_CONFIGURED')?.message).toContain('OPENAI_API_KEY');
  });
});

describe('readDrop', () => {
  it('takes the files at the root that have the name of the drop for their stem', async () => {
    const inbox = memoryStore();
    const all = [
      'owls.csv',
      'owls.zip',
      'owls.finedrop.yaml',
      'owls.rejected.csv',
      'owls.v2.csv',
      'owls2.csv',
      'owls/a.jsonl',
    ];
    for (const key of all) await inbox.write(key, 'x');
    const { files, archives, jobSpecs } = await readDrop(inbox, 'owls');
    expect(files.map(({ name }) => name)).toEqual(['owls.csv', 'owls.rejected.csv', 'a.jsonl']);
    expect([...archives, ...jobSpecs].map(({ name }) => name)).toEqual(['owls.zip', 'owls.finedrop.yaml']);
  });

  it('tells two files of one name apart by the folder', async () => {
    const inbox = memoryStore();
    for (const key of ['owls.csv', 'owls/owls.csv']) await inbox.write(key, 'x');
    expect((await readDrop(inbox, 'owls')).files.map(({ name }) => name)).toEqual(['owls.csv', 'owls/owls.csv']);
  });

  it('refuses a name that would not fit into the names of its results', async () => {
    const dataset = 'o'.repeat(513);
    const inbox = memoryStore();
    await inbox.write(`${dataset}/a.csv`, 'x');
    expect((await readDrop(inbox, dataset)).findings.map(({ code }) => code)).toEqual(['DATASET_NAME_TOO_LONG']);
  });
});
