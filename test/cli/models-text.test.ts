import { describe, expect, it } from 'vitest';
import { modelsText, movedText } from '../../lib/cli/models-text.ts';
import type { ListedModel } from '../../lib/engines/local-models.ts';
import { modelRecordOf } from '../pipeline/model-factories.ts';

function listed(change: Partial<ListedModel> = {}): ListedModel {
  return { ...modelRecordOf(), current: false, promotion: null, ...change };
}

const linesOf = (...models: ListedModel[]) => modelsText({ dataset: 'museum', models }).split('\n');

describe('modelsText', () => {
  it('is a table whose columns stand under each other, with what is too long for them below each model', () => {
    const lines = linesOf(
      listed({ rows: { train: 1200, validation: 34 } }),
      listed({
        target: 'bedrock',
        tunedModel: 'arn:two',
        run: '2'.repeat(16),
        current: true,
        simulated: false,
        from: 'arn:one',
        cost: null,
        metrics: { trainLoss: 0.123456, validLoss: null },
      }),
    );
    expect(lines).toEqual([
      'museum: 2 models, 1 current (*)',
      '',
      '   when (UTC)        target   status                 rows    loss  valid. loss         cost  run',
      '   2026-11-23 09:00  openai   succeeded, simulated  1,234     0.4          0.5  $1.21–$1.64  1111111111111111',
      '     ft:one (gpt-4o-2024-08-06)',
      '*  2026-11-23 09:00  bedrock  succeeded                24  0.1235            -            -  2222222222222222',
      '     arn:two (gpt-4o-2024-08-06)',
      '     went on from arn:one',
      '',
    ]);
  });

  it('says why a model is not current, where that was decided', () => {
    const promotion = { promoted: false, reason: 'its training diverged; ft:one stays' };
    const metrics = { trainLoss: null, validLoss: 0.5, diverged: true as const };
    const lines = linesOf(listed({ promotion, metrics }));
    expect(lines).toContain('     not promoted: its training diverged; ft:one stays');
    expect(lines[3]).toContain('diverged');
    expect(linesOf(listed({ promotion, current: true })).join('\n')).not.toContain('not promoted');
  });

  it('names the job of what has no model', () => {
    expect(linesOf(listed({ status: 'failed', tunedModel: null, job: 'job-7' }))).toContain(
      '     no model; job job-7 (gpt-4o-2024-08-06)',
    );
  });

  it('says that there are none yet', () => {
    expect(modelsText({ dataset: 'museum', models: [] })).toBe('museum: no models yet. finedrop run makes one.\n');
  });

  it('lets no name of a provider speak to the terminal', () => {
    expect(modelsText({ dataset: 'museum', models: [listed({ tunedModel: 'ft:\u001b[2J' })] })).toContain(
      'ft:\\u001b[2J',
    );
  });
});

describe('movedText', () => {
  it.each([
    ['ft:b', 'ft:a', 'museum: ft:b is now the current model of openai; ft:a was before\n'],
    ['ft:b', null, 'museum: ft:b is now the current model of openai; nothing was before\n'],
    ['ft:b', 'ft:b', 'museum: ft:b is the current model of openai already; nothing was moved\n'],
  ])('tells where the pointer to %s came from', (current, before, text) => {
    expect(movedText({ dataset: 'museum', target: 'openai', current, before })).toBe(text);
  });
});
