import { describe, expect, it } from 'vitest';
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
  it('takes no path', async () => {
    await expect(doctorCommand({ paths: ['drop'], flags: {}, values: {} })).rejects.toThrow('takes no path');
  });
});
