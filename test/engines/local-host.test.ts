import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../lib/engines/local-host.ts';
import { systemClock } from '../../lib/local/asl/system-clock.ts';
import { servicesOf } from '../factories.ts';

describe('localHost', () => {
  const host = localHost(servicesOf(), { clock: systemClock(), onEvent: () => {} });

  it('ends no step for being late: it could not be stopped, and may only have waited for its turn', async () => {
    const limit = host.clock.deadline?.(0, new AbortController().signal).then(() => 'late');
    expect(await Promise.race([limit, sleep(20).then(() => 'still there')])).toBe('still there');
  });

  it('names an error as its step does, for the machine to tell what may be tried again', async () => {
    const context = { executionId: 'e', stateName: 's', attempt: 0, signal: new AbortController().signal };
    await expect(host.invoke('normalize', { dataset: 'museum' }, context)).rejects.toMatchObject({
      errorName: 'EventError',
    });
    await expect(host.invoke('nothing', {}, context)).rejects.toMatchObject({
      errorName: 'Lambda.ResourceNotFoundException',
    });
  });
});
