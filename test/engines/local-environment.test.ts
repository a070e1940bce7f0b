import { describe, expect, it } from 'vitest';
import { openEnvironment } from '../../lib/engines/local-environment.ts';
import { UsageError } from '../../lib/engines/usage-error.ts';
import { useWorkspace } from '../e2e/workspace.ts';

const workspace = useWorkspace();

describe('openEnvironment', () => {
  it.each(['train.csv', 'train.csv/out'])(
    'says in a sentence that results cannot go to %s, which is a file',
    async (to) => {
      const drop = await workspace.drop('museum', { 'train.csv': 'prompt,completion\n' });
      const opening = openEnvironment(
        { command: 'check', paths: [drop], out: `${drop}/${to}` },
        { dataset: 'museum', bucket: 's3://unused' },
      );
      await expect(opening).rejects.toThrow(UsageError);
      await expect(opening).rejects.toThrow(/^results cannot be written to ".*": a part of the path is a file\.$/);
    },
  );
});
