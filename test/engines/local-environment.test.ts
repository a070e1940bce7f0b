import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEnvironment } from '../../lib/engines/local-environment.ts';
import { useWorkspace } from '../e2e/workspace.ts';

const workspace = useWorkspace();

describe('openEnvironment', () => {
  it.each([
    ['a place for results that is none', { results: 'nowhere' }, /no s3:\/\/bucket/],
    ['faults that are none', { faults: { rules: 'x' } }, /faults/],
  ])('leaves no server open after %s: the process must end', async (_what, more, message) => {
    const drop = await workspace.drop('museum', { 'train.csv': 'prompt,completion\n' });
    const options = { command: 'run', paths: [drop], out: await workspace.folder('out'), ...more } as const;
    const servers = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    const before = servers();
    await expect(openEnvironment(options, { dataset: 'museum', folder: join(drop) })).rejects.toThrow(message);
    expect(servers()).toBe(before);
  });
});
