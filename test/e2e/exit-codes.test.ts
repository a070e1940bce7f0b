import { describe, expect, it } from 'vitest';
import { runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { type DropFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const sound: DropFiles = { 'train.csv': csv([HEADER, ...plainRows(11)]) };

describe('exit codes', () => {
  const refused: DropFiles = { 'train.csv': csv([HEADER, ['What?', '', ''], ...plainRows(10)]) };
  it.each([
    ['all was done', 0, sound, ['run'], 'completed'],
    ['a row is refused', 2, refused, ['check'], 'rejected'],
    [
      'a row is refused within maxRejected',
      0,
      { ...refused, 'finedrop.yaml': 'policy: {maxRejected: "10%"}' },
      ['check'],
      'completed',
    ],
    ['too few rows for one target', 2, { 'train.csv': csv([HEADER, ...plainRows(9)]) }, ['check'], 'partial'],
    ['every row is refused', 2, { 'train.csv': csv([HEADER, ['a', '', ''], ['b', '', '']]) }, ['run'], 'rejected'],
    ['there are no rows', 2, { 'train.csv': csv([HEADER]) }, ['run'], 'rejected'],
    ['there is no header that we know', 2, { 'train.csv': 'a,b\nc,d\n' }, ['run'], 'rejected'],
    ['the dataset has not arrived', 2, {}, ['run'], 'waiting'],
    ['the job spec is wrong', 2, { ...sound, 'finedrop.yaml': 'targtes: [openai]' }, ['run'], 'rejected'],
    ['the job spec is no YAML', 2, { ...sound, 'finedrop.yaml': '{{{' }, ['run'], 'rejected'],
    ['the target is unknown', 2, sound, ['run', 'opnai'], 'rejected'],
    ['the model is unknown', 2, sound, ['run', 'openai:gpt-9'], 'rejected'],
  ] as const)('when %s: %i', async (_what, exit, files, [command, ...targets], status) => {
    const drop = await workspace.drop('museum', files);
    const result = await runSound({ command, paths: [drop], out: await workspace.folder('out'), targets });
    expect({ exit: result.exit, status: result.report.status }).toEqual({ exit, status });
    expect(result.report.message.length).toBeGreaterThan(10);
  });
});
