import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ModelRecord, modelsSchema } from '../../lib/domain/history.ts';
import type { LocalOptions } from '../../lib/engines/local-options.ts';
import { startSimulators } from '../../lib/local/simulators/start.ts';
import { findingsOf, jsonLines, lineMapOf } from './results.ts';
import { runSound } from './running.ts';
import { countJobs } from './simulated-jobs.ts';
import { csv, HEADER, plainRows } from './tables.ts';
import { addFiles, useWorkspace } from './workspace.ts';

const workspace = useWorkspace();
const TARGETS = ['openai', 'vertex', 'bedrock'] as const;
const each = <T>(value: T) => TARGETS.map((target) => [target, value]);

let drop: string;
let out: string;
type Ended = Awaited<ReturnType<typeof runSound>>;

const run = (more: Partial<LocalOptions> = {}) => runSound({ command: 'run', paths: [drop], out, ...more });
const grow = (rows: number) => addFiles(drop, { 'train.csv': csv([HEADER, ...plainRows(rows)]) });
const rowsOf = ({ report }: Ended) => report.targets.map(({ name, rows }) => [name, rows]);
const adopted = ({ report }: Ended) => report.targets.map(({ name, job }) => [name, job?.adopted]);

async function models(): Promise<ModelRecord[]> {
  const path = join(out, '.finedrop', 'history', 'museum', 'models.json');
  return modelsSchema.parse(JSON.parse(await readFile(path, 'utf8'))).models;
}

async function modelOf(target: string, { report }: Ended): Promise<ModelRecord> {
  const model = (await models()).find((one) => one.target === target && one.run === report.run);
  if (model === undefined) throw new Error(`there is no model of ${target}`);
  return model;
}

/** What the simulated providers were asked to begin with, oldest first. */
async function askedToBegin(): Promise<Record<string, unknown[]>> {
  const simulators = await startSimulators({ stateDir: join(out, '.finedrop', 'simulators') });
  const list = async (url: string, name: string) => {
    const response = await fetch(url, { headers: { authorization: 'Bearer any' } });
    return ((await response.json()) as Record<string, Record<string, unknown>[]>)[name]?.reverse() ?? [];
  };
  try {
    const openai = await list(`${simulators.urls.openai}/fine_tuning/jobs`, 'data');
    const jobs = `${simulators.urls.vertex}/v1/projects/simulated/locations/us-central1/tuningJobs`;
    const vertex = await list(jobs, 'tuningJobs');
    return {
      openai: openai.map(({ model }) => model),
      vertex: vertex.map(({ baseModel, preTunedModel }) => baseModel ?? preTunedModel),
    };
  } finally {
    await simulators.close();
  }
}

describe('three drops that each go on from the model before, with what is new', () => {
  const runs: Ended[] = [];
  beforeAll(async () => {
    drop = await workspace.drop('museum', {
      'train.csv': csv([HEADER, ...plainRows(20)]),
      'validation.csv': csv([HEADER, ...plainRows(3, 'cat')]),
      'finedrop.yaml': `targets: [${TARGETS.join(', ')}]\nretrain: {from: last, rows: new}\npolicy: {maxExcluded: 0}\n`,
    });
    out = await workspace.folder('out');
    runs.push(await run());
    await grow(35);
    runs.push(await run());
    await grow(60);
    runs.push(await run());
  }, 120_000);

  it('train the new rows alone; those for validation stay', () => {
    expect(runs.map(({ exit, report }) => [exit, report.status])).toEqual(Array(3).fill([0, 'completed']));
    const first = { accepted: 23, adjusted: 0, excluded: 0, train: 20, validation: 3 };
    expect(runs.map(rowsOf)).toEqual([
      each(first),
      each({ ...first, accepted: 18, excluded: 20, trainedBefore: 20, train: 15 }),
      each({ ...first, accepted: 28, excluded: 35, trainedBefore: 35, train: 25 }),
    ]);
  });

  it('tell it once for each target, and write no line of an old row', async () => {
    const folder = runs[2]?.folder ?? '';
    const told = (await findingsOf(folder)).filter(({ code }) => code === 'TRAINED_BEFORE');
    expect(told.map(({ target }) => target).sort()).toEqual([...TARGETS].sort());
    const before = await modelOf('openai', runs[1] as Ended);
    expect(told.find(({ target }) => target === 'openai')?.message).toBe(
      `of 63 rows, 35 were trained before by ${before.tunedModel} and are left out`,
    );
    for (const target of TARGETS) {
      const trained = (await lineMapOf(folder, target)).filter(({ split }) => split === 'train');
      expect(trained.map(({ row }) => row)).toEqual(Array.from({ length: 25 }, (_, index) => index + 36));
      expect(await jsonLines(join(folder, target, 'train.jsonl'))).toHaveLength(25);
    }
  });

  it('cost what the new rows cost', () => {
    const tokens = runs.map(({ report }) => report.targets.map((target) => target.tokens.train));
    for (const index of TARGETS.keys()) {
      const [first = 0, second = 0, third = 0] = tokens.map((ofRun) => ofRun[index]);
      expect(second).toBeLessThan(first);
      expect(third).toBeGreaterThan(second);
    }
  });

  it('are a chain in the history, and at the providers', async () => {
    for (const target of TARGETS) {
      const chain = await Promise.all(runs.map((one) => modelOf(target, one)));
      const [first, second, third] = chain;
      expect(chain.map(({ from, without }) => [from, without])).toEqual([
        [null, null],
        [first?.tunedModel, first?.snapshot],
        [second?.tunedModel, second?.snapshot],
      ]);
      expect(new Set(chain.map(({ tunedModel }) => tunedModel)).size).toBe(3);
      expect(third?.status).toBe('succeeded');
      const told = runs.map(({ report }) => report.targets.find(({ name }) => name === target)?.from);
      expect(told).toEqual([undefined, first?.tunedModel, second?.tunedModel]);
    }
    const begun = await askedToBegin();
    const openai = await Promise.all(runs.map((one) => modelOf('openai', one)));
    expect(begun['openai']).toEqual(['gpt-4o-2024-08-06', openai[0]?.tunedModel, openai[1]?.tunedModel]);
    const versions = begun['vertex']?.map((one) => (one as { tunedModelName?: string }).tunedModelName ?? one);
    expect(versions).toEqual([
      'gemini-3.1-flash-lite',
      expect.stringMatching(/\/models\/\d+@1$/),
      expect.stringMatching(/\/models\/\d+@2$/),
    ]);
  });

  it('are paid once: a drop that is run again is no chain upon itself', async () => {
    const again = await run();
    expect(again.report).toMatchObject({ status: 'duplicate', run: runs[2]?.report.run });
    expect(await countJobs(out)).toEqual({ openai: 3, vertex: 3, bedrock: 3 });
  });

  it('begin where they began with --again, too', async () => {
    const again = await run({ again: true });
    expect(adopted(again)).toEqual(each(false));
    for (const target of TARGETS) {
      const [once, twice] = [await modelOf(target, runs[2] as Ended), await modelOf(target, again)];
      expect([twice.from, twice.without]).toEqual([once.from, once.without]);
      expect(twice.tunedModel).not.toBe(once.tunedModel);
    }
    expect((await run()).report).toMatchObject({ status: 'duplicate', run: runs[2]?.report.run });
    expect(await countJobs(out)).toEqual({ openai: 4, vertex: 4, bedrock: 4 });
  });

  it('say kindly that there is nothing new, or too little, and what helps', async () => {
    await addFiles(drop, { 'train.csv': csv([HEADER, ...plainRows(60).reverse()]) });
    const same = await run();
    expect(same.report.targets.map(({ status }) => status)).toEqual(['refused', 'refused', 'refused']);
    expect(same.report.targets[0]?.message).toMatch(
      /^no new row is left to train on: of 63 rows, 60 were trained before by ft:\S+\. Add rows, or train on all of them again with retrain: \{rows: all\}\.$/,
    );
    await grow(64);
    const few = await run();
    expect(few.report.targets[0]?.message).toMatch(
      /takes no file with fewer than 10\. Wait for more new rows, or train on all of them again with retrain: \{rows: all\}\.$/,
    );
    expect(few.report.targets.map(({ name, status }) => [name, status])).toEqual([
      ['openai', 'refused'],
      ['vertex', 'succeeded'],
      ['bedrock', 'refused'],
    ]);
  });
});

describe('a drop whose tuned model is gone', () => {
  it('is refused in a sentence that says how to go on', async () => {
    drop = await workspace.drop('museum', {
      'train.csv': csv([HEADER, ...plainRows(12)]),
      'finedrop.yaml': `targets: [${TARGETS.join(', ')}]\nretrain: {from: last}\n`,
    });
    out = await workspace.folder('out');
    await run();
    await grow(24);
    // As if these accounts had never tuned anything.
    await rm(join(out, '.finedrop', 'simulators'), { recursive: true });
    const gone = await run();
    expect([gone.exit, gone.report.targets.map(({ status }) => status)]).toEqual([4, ['failed', 'failed', 'failed']]);
    for (const { message } of gone.report.targets)
      expect(message).toMatch(
        /^the provider refused the job .*Training was to go on from \S+: .*begin from scratch with retrain: \{from: base\}\.$/,
      );
    await addFiles(drop, { 'finedrop.yaml': `targets: [${TARGETS.join(', ')}]\nretrain: {from: base}\n` });
    expect((await run()).report.status).toBe('completed');
  });
});
