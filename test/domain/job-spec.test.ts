import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJobSpec } from '../../lib/domain/job-spec.ts';
import { keys } from '../../lib/storage/keys.ts';

function problemsOf(value: unknown): string[] {
  const parsed = parseJobSpec(value);
  return 'problems' in parsed ? parsed.problems : [];
}

describe('parseJobSpec', () => {
  it.each([
    ['nothing at all', null],
    ['an empty file', {}],
    ['providers by name', { targets: ['openai', 'bedrock:amazon.nova-lite-v1:0:300k'] }],
    [
      'everything',
      {
        $schema: 'https://example.com/schema.json',
        targets: [
          {
            provider: 'openai',
            model: 'gpt-4o-2024-08-06',
            name: 'first',
            suffix: 'owls',
            hyperparameters: { n_epochs: 3, batch_size: 'auto' },
            adapt: { pdf: 'pages' },
          },
        ],
        policy: { maxRejected: '1.5%' },
        validation: { share: 0.2 },
        media: { verify: 'structure' },
        links: { allow: true, hosts: ['example.com'] },
        generation: 2,
      },
    ],
  ])('takes %s', (_what, value) => {
    expect(parseJobSpec(value)).toEqual({ spec: value ?? {} });
  });

  it.each([
    [{ polcy: {} }, '"polcy" is not a key of the job spec. Did you mean "policy"? Known here: $schema, targets,'],
    [
      { policy: { maxReject: 1 } },
      '"policy.maxReject" is not a key of the job spec. Did you mean "maxRejected"? Known here: maxRejected, maxExcluded.',
    ],
    [
      { retrain: { minNewRow: 5 } },
      '"retrain.minNewRow" is not a key of the job spec. Did you mean "minNewRows"? Known here: schedule, zone,',
    ],
    [
      { retrain: { promote: { margn: 0.1 } } },
      '"retrain.promote.margn" is not a key of the job spec. Did you mean "margin"? Known here: margin, withoutMetric.',
    ],
    [
      { targets: [{ provider: 'openai', retrain: { form: 'last' } }] },
      '"targets.0.retrain.form" is not a key of the job spec. Did you mean "from"? Known here: from, rows.',
    ],
    [
      { links: { host: ['x'] } },
      '"links.host" is not a key of the job spec. Did you mean "hosts"? Known here: allow, hosts.',
    ],
    [
      { targets: [{ provder: 'openai' }] },
      '"targets.0.provder" is not a key of the job spec. Did you mean "provider"?',
    ],
    [
      { targets: ['openai', { provider: 'openai', nmae: 'x' }] },
      '"targets.1.nmae" is not a key of the job spec. Did you mean "name"?',
    ],
    [{ target: ['openai'] }, 'Did you mean "targets"?'],
    [{ targets: [{ model: 'x' }] }, '"targets.0.provider": '],
    [
      { targets: [{ provider: 'openai', name: '../up' }] },
      '"targets.0.name": write letters, digits, ".", "_" and "-", at most 64 of them.',
    ],
    [
      { targets: [{ provider: 'openai', name: 'Report.json' }] },
      '"targets.0.name": a file of the results has this name; choose another one.',
    ],
    [{ targets: [{ provider: 'openai', suffix: '' }] }, '"targets.0.suffix": write at least 1 character.'],
    [{ targets: [{ provider: 'openai', suffix: 'x'.repeat(41) }] }, '"targets.0.suffix": write at most 40 characters.'],
    [
      { targets: [{ provider: 'openai', hyperparameters: { n_epochs: true } }] },
      '"targets.0.hyperparameters.n_epochs": write a number, or a word such as "auto".',
    ],
    [{ targets: [5] }, '"targets.0": write a provider such as "openai"'],
    [{ targets: 'openai' }, '"targets": write a list.'],
    [{ targets: [] }, '"targets": write at least 1 entry.'],
    [
      { policy: { maxRejected: 'some' } },
      '"policy.maxRejected": write a number of rows such as 5, or a share such as "1%".',
    ],
    [
      { policy: { maxRejected: -1 } },
      '"policy.maxRejected": write a number of rows such as 5, or a share such as "1%".',
    ],
    [{ validation: { share: 0.9 } }, '"validation.share": write 0.5 or less.'],
    [{ validation: { share: '10%' } }, '"validation.share": write a number.'],
    [{ links: { allow: 'yes' } }, '"links.allow": write true or false.'],
    [{ policy: 5 }, '"policy": write keys and their values below it.'],
    [{ generation: -1 }, '"generation": write 0 or more.'],
    [{ media: { verify: 'no' } }, '"media.verify": write decode or structure.'],
    [{ generation: 1.5 }, '"generation": write a whole number.'],
    [['openai'], '"the job spec": write keys and their values below it.'],
    ['openai', '"the job spec": '],
  ])('says of %j what to write', (value, expected) => {
    const problems = problemsOf(value);
    expect(problems.join('\n')).toContain(expected);
    for (const problem of problems) expect(problem).toMatch(/[.?]$/);
  });

  it('lets no target take the place of another file of the results', () => {
    const run = keys.run('', 'run');
    const files = [run.status, run.report, run.html, run.findings, run.lock, run.fetches, run.rejected('x')];
    for (const file of files) {
      const name = file.split('/')[2];
      expect(problemsOf({ targets: [{ provider: 'openai', name }] })).toHaveLength(1);
    }
  });

  it('names each of several problems', () => {
    expect(problemsOf({ polcy: 1, mdia: 1, generation: 'x' })).toHaveLength(3);
  });

  it('says the same key only once', () => {
    const problems = problemsOf({ targets: [{ provder: 'openai' }] });
    expect(new Set(problems).size).toBe(problems.length);
  });

  it('is not led astray by keys that JavaScript knows', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      expect(problemsOf(JSON.parse(`{"${key}": {"a": 1}}`)).join()).toContain(`"${key}" is not a key of the job spec.`);
      expect(problemsOf(JSON.parse(`{"policy": {"${key}": 1}}`)).join()).toContain(`"policy.${key}" is not a key`);
    }
  });

  it('shows keys of a stranger shortened and without tricks, and not thousands of them', () => {
    const hostile = {
      [`\u202e${'x'.repeat(10_000)}`]: 1,
      ...Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, 1])),
    };
    const problems = problemsOf(hostile);
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('There are more problems; mend these first.');
    for (const problem of problems) expect(problem.length).toBeLessThan(400);
    expect(problems.join()).not.toContain('\u202e');
  });

  it('never throws, and gives a spec or problems for any value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ targets: fc.jsonValue(), policy: fc.jsonValue() })), (value) => {
        const parsed = parseJobSpec(value);
        if ('problems' in parsed) expect(parsed.problems.length).toBeGreaterThan(0);
      }),
      { seed: 42, numRuns: 500 },
    );
  });
});
