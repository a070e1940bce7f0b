import { describe, expect, it } from 'vitest';
import { readLatest } from '../../lib/pipeline/latest.ts';
import { readModels } from '../../lib/pipeline/models.ts';
import { movePointer, type WantedMove } from '../../lib/pipeline/move-pointer.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { modelRecordOf, modelsInTurn, writeModels } from './model-factories.ts';

const now = () => new Date('2026-11-24T09:00:00Z');

async function museumWith(...models: Parameters<typeof writeModels>[1]): Promise<ObjectStore> {
  const results = memoryStore();
  await writeModels(results, models);
  return results;
}

const move = (results: ObjectStore, wanted: Partial<WantedMove> = {}) =>
  movePointer({ results, now }, { dataset: 'museum', model: null, ...wanted });

const currentOf = async (results: ObjectStore, target = 'openai') =>
  (await readLatest(results, 'museum'))?.models[target];

const problemOf = async (results: ObjectStore, wanted: Partial<WantedMove> = {}) => {
  const before = await readLatest(results, 'museum');
  const answer = await move(results, wanted);
  expect(await readLatest(results, 'museum')).toEqual(before);
  return 'problem' in answer ? answer.problem : answer;
};

describe('movePointer to a model that is named', () => {
  it.each([
    ['its run', '1'.repeat(16)],
    ['its tuned model', 'ft:a'],
    ['its job', 'job-a'],
  ])('makes it current by %s, and notes who did', async (_title, model) => {
    const results = await museumWith(...modelsInTurn(['a', 'b']));
    expect(await move(results, { model })).toEqual({
      dataset: 'museum',
      target: 'openai',
      current: 'ft:a',
      before: 'ft:b',
    });
    expect(await currentOf(results)).toMatchObject({ tunedModel: 'ft:a', run: '1'.repeat(16), job: 'job-a' });
    expect((await readModels(results, 'museum')).moves.at(-1)).toEqual({
      target: 'openai',
      tunedModel: 'ft:a',
      run: '1'.repeat(16),
      before: 'ft:b',
      by: 'promote',
      at: '2026-11-24T09:00:00.000Z',
    });
  });

  it('leaves what tells of the newest run as it is', async () => {
    const results = await museumWith(...modelsInTurn(['a', 'b']));
    const { models: _before, ...rest } = (await readLatest(results, 'museum')) ?? { models: {} };
    await move(results, { model: 'ft:a' });
    expect(await readLatest(results, 'museum')).toMatchObject(rest);
  });

  it('moves and notes nothing where it is current already', async () => {
    const results = await museumWith(...modelsInTurn(['a', 'b']));
    expect(await move(results, { model: 'ft:b' })).toMatchObject({ current: 'ft:b', before: 'ft:b' });
    expect((await readModels(results, 'museum')).moves).toHaveLength(2);
  });

  it('takes the target that is named where a run made models of several', async () => {
    const run = '1'.repeat(16);
    const results = await museumWith(
      modelRecordOf({ run }),
      modelRecordOf({ run, target: 'vertex', tunedModel: 'projects/1/models/2' }),
    );
    expect(await problemOf(results, { model: run })).toBe(
      `${run} has models of several targets: name one with --target openai or --target vertex.`,
    );
    expect(await problemOf(results, { model: run, target: 'bedrock' })).toContain(
      'has no model of a target "bedrock": its targets are openai, vertex',
    );
    expect(await move(results, { model: run, target: 'vertex' })).toMatchObject({ current: 'projects/1/models/2' });
  });

  it.each([
    ['failed', 'gave no model that could be current: the job job-b of openai is failed'],
    ['submitted', 'the job job-b of openai is submitted'],
  ] as const)('refuses a job that is %s', async (status, said) => {
    const [first, second] = modelsInTurn(['a', 'b']);
    const results = await museumWith(first ?? modelRecordOf(), { ...modelRecordOf(second), status, tunedModel: null });
    expect(await problemOf(results, { model: '2'.repeat(16) })).toContain(said);
  });

  it('says where to look for names that it does not know', async () => {
    expect(await problemOf(await museumWith(modelRecordOf()), { model: 'ft:other' })).toBe(
      '"museum" has no run or model "ft:other". finedrop models museum lists what it has.',
    );
    expect(await problemOf(memoryStore(), { model: 'ft:one' })).toContain('no run of "museum" has ended here');
  });

  it('never lets a simulated model take the place of a real one, and a real one any', async () => {
    const [simulated, real] = modelsInTurn(['a', 'b']);
    const results = await museumWith(modelRecordOf(simulated), { ...modelRecordOf(real), simulated: false });
    expect(await problemOf(results, { model: 'ft:a' })).toContain('"ft:a" is simulated');
    const simulatedLast = await museumWith({ ...modelRecordOf(simulated), simulated: false }, modelRecordOf(real));
    expect(await move(simulatedLast, { model: 'ft:a' })).toMatchObject({ current: 'ft:a', before: 'ft:b' });
  });
});

describe('movePointer back', () => {
  it('goes to the model before, twice to the one before that, and says when there is none', async () => {
    const results = await museumWith(...modelsInTurn(['a', 'b', 'c']));
    expect(await move(results)).toMatchObject({ current: 'ft:b', before: 'ft:c' });
    expect(await move(results)).toMatchObject({ current: 'ft:a', before: 'ft:b' });
    expect(await problemOf(results)).toContain('no model of openai was current before ft:a');
  });

  it('goes back from a model that was promoted by hand to the one that it replaced', async () => {
    const results = await museumWith(...modelsInTurn(['a', 'b', 'c']));
    await move(results, { model: 'ft:a' });
    expect(await move(results)).toMatchObject({ current: 'ft:c', before: 'ft:a' });
    expect(await move(results)).toMatchObject({ current: 'ft:b', before: 'ft:c' });
  });

  it('passes over what is not listed, and over simulated models where the current one is real', async () => {
    const [a, b, c] = modelsInTurn(['a', 'b', 'c'], { simulated: false });
    const results = await museumWith(modelRecordOf(a), { ...modelRecordOf(b), simulated: true }, modelRecordOf(c));
    expect(await move(results)).toMatchObject({ current: 'ft:a', before: 'ft:c' });
  });

  it('wants one of several targets named', async () => {
    const results = await museumWith(...modelsInTurn(['a', 'b']), ...modelsInTurn(['x', 'y'], { target: 'vertex' }));
    expect(await problemOf(results)).toBe(
      '"museum" has several targets: name one with --target openai or --target vertex.',
    );
    expect(await problemOf(results, { target: 'bedrock' })).toContain('its targets are openai, vertex');
    expect(await move(results, { target: 'vertex' })).toMatchObject({ target: 'vertex', current: 'ft:x' });
    expect(await currentOf(results)).toMatchObject({ tunedModel: 'ft:b' });
  });
});

describe('movePointer, many at once', () => {
  it('loses no move of another target, and notes each once', async () => {
    const targets = Array.from({ length: 8 }, (_, index) => `target-${index}`);
    const results = await museumWith(...targets.flatMap((target) => modelsInTurn(['a', 'b'], { target })));
    await Promise.all(targets.map((target) => move(results, { target })));
    const latest = await readLatest(results, 'museum');
    expect(targets.map((target) => latest?.models[target]?.tunedModel)).toEqual(targets.map(() => 'ft:a'));
    const { moves } = await readModels(results, 'museum');
    expect(
      moves
        .filter(({ by }) => by === 'rollback')
        .map(({ target }) => target)
        .sort(),
    ).toEqual(targets);
  });

  it('makes of several rollbacks as many steps back', async () => {
    const results = await museumWith(...modelsInTurn(['a', 'b', 'c', 'd', 'e']));
    await Promise.all(Array.from({ length: 3 }, () => move(results)));
    expect(await currentOf(results)).toMatchObject({ tunedModel: 'ft:b' });
    expect(await move(results)).toMatchObject({ current: 'ft:a', before: 'ft:b' });
  });

  it('gives each promotion what it replaced', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const results = await museumWith(...modelsInTurn([...names, 'e']));
    const moved = await Promise.all(names.map((name) => move(results, { model: `ft:${name}` })));
    const befores = moved.map((one) => ('problem' in one ? one.problem : one.before));
    const last = (await currentOf(results))?.tunedModel;
    expect([...befores, last].sort()).toEqual(['ft:a', 'ft:b', 'ft:c', 'ft:d', 'ft:e']);
  });
});
