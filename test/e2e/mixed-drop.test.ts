import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { GIF_ROW, MIXED_ROWS, mixedDrop, TEXT_FILE_ROW, VERTEX_ONLY_ROWS } from './mixed-drop.ts';
import { findingsOf, jsonLines, lineMapOf, lockOf, statusOf } from './results.ts';
import { runSound } from './running.ts';
import { useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
let result: Awaited<ReturnType<typeof runSound>>;
let out: string;
beforeAll(async () => {
  out = await workspace.folder('out');
  result = await runSound({ command: 'run', paths: [await workspace.drop('mixed', await mixedDrop())], out });
});

const target = (name: string) => {
  const found = result.report.targets.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no target ${name}`);
  return found;
};

/** The line that a row became, as text. */
async function lineOf(name: string, row: number): Promise<string> {
  const entry = (await lineMapOf(result.folder, name)).find((one) => one.row === row);
  const lines = await jsonLines(join(result.folder, name, 'train.jsonl'));
  return JSON.stringify(lines[(entry?.line ?? 0) - 1]);
}

describe('a drop with every kind of file', () => {
  it('completes at all three targets, with nothing to complain of', () => {
    const { report, exit } = result;
    expect({ exit, status: report.status, simulated: report.simulated }).toEqual({
      exit: 0,
      status: 'completed',
      simulated: true,
    });
    expect(report.rows).toEqual({
      total: MIXED_ROWS,
      accepted: MIXED_ROWS,
      rejected: 0,
      train: MIXED_ROWS,
      validation: 0,
    });
    expect(report.targets.map(({ name, status, job }) => [name, status, job?.state, job?.adopted])).toEqual([
      ['openai', 'succeeded', 'succeeded', false],
      ['vertex', 'succeeded', 'succeeded', false],
      ['bedrock', 'succeeded', 'succeeded', false],
    ]);
  });

  it.each([
    ['openai', MIXED_ROWS - VERTEX_ONLY_ROWS.length, VERTEX_ONLY_ROWS],
    ['vertex', MIXED_ROWS, []],
    ['bedrock', MIXED_ROWS - VERTEX_ONLY_ROWS.length, VERTEX_ONLY_ROWS],
  ])('gives %s %i rows and says which others it cannot take', async (name, accepted, excluded) => {
    expect(target(name).rows).toMatchObject({ accepted, excluded: excluded.length });
    const mapped = (await lineMapOf(result.folder, name)).map(({ row }) => row);
    expect(mapped).toEqual(
      Array.from({ length: MIXED_ROWS }, (_, index) => index + 1).filter((row) => !excluded.includes(row)),
    );
    const errors = (await findingsOf(result.folder)).filter((one) => one.severity === 'error' && one.target === name);
    expect([...new Set(errors.map(({ where }) => where.row))]).toEqual(excluded);
    for (const { where } of errors) expect(where).toMatchObject({ file: 'train.csv', column: 'files' });
  });

  it('hands an animated picture on as each target takes it', async () => {
    expect(await lineOf('openai', GIF_ROW)).toContain('data:image/png;base64,');
    expect(await lineOf('vertex', GIF_ROW)).toMatch(/"mimeType":"image\/png"|\.png"/);
    expect(await lineOf('bedrock', GIF_ROW)).toMatch(/"format":"gif"/);
    const told = (await findingsOf(result.folder)).filter(
      ({ code, where }) => code === 'ADJUSTED' && where.row === GIF_ROW,
    );
    expect(told.map((finding) => finding.target)).toEqual(['openai', 'vertex']);
    expect(told[0]?.message).toMatch(/pendulum\.gif.*GIF/);
  });

  it('puts a text file into the prompt', async () => {
    for (const name of ['openai', 'vertex', 'bedrock'])
      expect(await lineOf(name, TEXT_FILE_ROW)).toContain('Oil lamp, about 480 BC.');
  });

  it('names in the line map what was adjusted, and counts it', async () => {
    for (const { name, rows } of result.report.targets) {
      const adjusted = (await lineMapOf(result.folder, name)).filter(({ adjustments }) => adjustments !== undefined);
      expect(adjusted).toHaveLength(rows.adjusted);
    }
    expect(target('openai').adjustments).toEqual({ 'gif-to-png': 1, 'text-inlined': 1 });
  });

  it('locks every reference to the file that it stands for', async () => {
    const { assets, references } = await lockOf(result.folder);
    expect(references).toHaveLength(MIXED_ROWS - 2 + 1);
    expect(new Set(references.map(({ sha256 }) => sha256))).toEqual(new Set(Object.keys(assets)));
    expect(result.report.media).toMatchObject({
      references: 16,
      assets: 14,
      deduplicated: 2,
      byKind: { image: 11, audio: 1, document: 2 },
    });
    expect(result.report.inputs).toMatchObject([
      { key: 'mixed/media.zip', entries: 14, used: 14 },
      { key: 'mixed/train.csv', rows: MIXED_ROWS },
    ]);
  });

  it('leaves status, pointer and job files that agree, and no work behind', async () => {
    const { report, folder } = result;
    const status = await statusOf(folder);
    expect(status).toMatchObject({ status: 'completed', attempt: 1, simulated: true });
    expect(status.steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['survey', 'normalize', 'collect', 'convert', 'gate', 'stage', 'submit', 'poll']),
    );
    expect(status.states?.at(-1)).toMatchObject({ state: 'Ended', event: 'exited' });
    const latest = JSON.parse(await readFile(join(out, 'mixed', 'latest.json'), 'utf8'));
    expect(latest).toMatchObject({ run: report.run, status: 'completed' });
    for (const { name, job } of report.targets) {
      expect(latest.models[name]).toMatchObject({ tunedModel: job?.tunedModel, job: job?.id, simulated: true });
      expect(JSON.parse(await readFile(join(folder, name, 'job.json'), 'utf8'))).toMatchObject({
        id: job?.id,
        simulated: true,
      });
    }
    await expect(readFile(join(out, '.finedrop', 'work', 'mixed', report.run, 'plan.json'))).rejects.toThrow('ENOENT');
  });
});
