import { describe, expect, it } from 'vitest';
import { openFaults } from '../../../lib/local/simulators/faults.ts';

describe('openFaults', () => {
  it('has none without rules', () => {
    expect(openFaults(undefined).take('openai', 'jobs.create')).toBeNull();
  });

  it('hits as many calls as it is told, after those it is told to pass', () => {
    const faults = openFaults({
      rules: [{ provider: 'openai', operation: 'jobs.create', action: 'error', status: 500, after: 2, times: 2 }],
    });
    const hits = Array.from({ length: 6 }, () => faults.take('openai', 'jobs.create') !== null);
    expect(hits).toEqual([false, false, true, true, false, false]);
  });

  it('counts only calls that concern it', () => {
    const faults = openFaults({ rules: [{ provider: 's3', operation: 'PutObject', action: 'reset', after: 1 }] });
    faults.take('s3', 'GetObject');
    faults.take('gcs', 'PutObject');
    expect(faults.take('s3', 'PutObject')).toBeNull();
    expect(faults.take('s3', 'PutObject')?.action).toBe('reset');
  });

  it('takes rules in their order, one a call, and any operation for a star', () => {
    const faults = openFaults({
      rules: [
        { provider: 'vertex', operation: '*', action: 'error', status: 429 },
        { provider: 'vertex', operation: 'create', action: 'slow', ms: 1 },
      ],
    });
    const actions = [1, 2, 3].map(() => faults.take('vertex', 'create')?.action);
    expect(actions).toEqual(['error', 'slow', undefined]);
  });

  it.each([
    [{ rules: [{ provider: 'azure', operation: 'x', action: 'error' }] }],
    [{ rules: [{ provider: 'openai', operation: 'x', action: 'explode' }] }],
    [{ rules: [{ provider: 'openai', operation: 'x', action: 'error', status: 200 }] }],
    [{ rules: 'all' }],
  ])('refuses unusable rules in words: %j', (rules) => {
    expect(() => openFaults(rules)).toThrow('[faults] the rules are not usable');
  });
});
