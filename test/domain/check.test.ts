import { describe, expect, it } from 'vitest';
import { checkEnd, checked } from '../../lib/domain/check.ts';

describe('checked', () => {
  it('takes the full stop from the message, and leaves out a fix that is none', () => {
    expect(checked('node', 'ok', ['Node 20. '])).toEqual({ name: 'node', result: 'ok', message: 'Node 20' });
    expect(checked('node', 'failed', ['old', 'Install.'])).toMatchObject({ fix: 'Install.' });
  });
});

describe('checkEnd', () => {
  it.each([
    ['2026-11-22', 'failed'],
    ['2026-11-23', 'failed'],
    ['2026-11-24', 'warning'],
    ['2027-01-22', 'warning'],
    ['2027-01-23', undefined],
  ])('judges an end on %s as %s', (endsOn, result) => {
    const now = new Date('2026-11-23T09:00:00Z');
    expect(checkEnd('model', endsOn, { what: 'it ends', now })?.result).toBe(result);
  });
});
