import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSound } from './running.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();

describe('tags', () => {
  it('travel with the jobs of every provider, and do not make other jobs of them', async () => {
    const targets = ['openai', 'vertex', 'bedrock'];
    const spec = (team: string) =>
      JSON.stringify({ targets: targets.map((provider) => ({ provider, tags: { team } })) });
    const files = (team: string) => ({ 'train.csv': csv([HEADER, ...plainRows(12)]), 'finedrop.json': spec(team) });
    const out = await workspace.folder('out');
    const run = async (team: string) =>
      runSound({ command: 'run', paths: [await workspace.drop('museum', files(team))], out });
    expect((await run('owls')).report.status).toBe('completed');
    const state = join(out, '.finedrop', 'simulators');
    const kept = (await readdir(state, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const texts = await Promise.all(kept.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
    for (const provider of targets) {
      const own = texts.filter(
        (text, index) => kept[index]?.parentPath.includes(provider) && text.includes('finedrop_key'),
      );
      expect([provider, own.some((text) => /"team"/.test(text) && /"owls"/.test(text))]).toEqual([provider, true]);
    }
    const again = await run('eagles');
    expect(again.report.targets.map(({ job }) => job?.adopted)).toEqual([true, true, true]);
  });
});
