import { describe, expect, it } from 'vitest';
import { continueTargets } from '../../lib/pipeline/continue-targets.ts';
import { movePointer } from '../../lib/pipeline/move-pointer.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { loadProvider } from '../../lib/providers/registry.ts';
import { runTargetOf, servicesOf } from '../factories.ts';
import { modelRecordOf, writeModels } from './model-factories.ts';

const drop = (letter: string) => letter.repeat(64);
const snapshot = (letter: string) => letter.repeat(16);

/** `ft:a` made from scratch of the drop "a", `ft:b` from it of what is new in "b". */
const FIRST = modelRecordOf({ tunedModel: 'ft:a', run: snapshot('1'), drop: drop('a'), snapshot: snapshot('a') });
const SECOND = modelRecordOf({
  tunedModel: 'ft:b',
  run: snapshot('2'),
  drop: drop('b'),
  snapshot: snapshot('b'),
  from: 'ft:a',
  without: snapshot('a'),
});

type Wanted = Parameters<typeof continueTargets>[2][number];

async function museum(models: Parameters<typeof writeModels>[1], change: Partial<Services> = {}): Promise<Services> {
  const services = servicesOf({ provider: loadProvider, ...change });
  if (models.length > 0) await writeModels(services.results, models);
  return services;
}

async function begin(services: Services, data: string, wanted: Partial<Wanted> = {}) {
  const one: Wanted = { target: runTargetOf(), from: 'last', rows: 'new', ...wanted };
  const { targets, findings } = await continueTargets(services, { dataset: 'museum', data: drop(data) }, [one]);
  const { from, without } = targets[0] ?? {};
  return { from, without, told: findings.map(({ code }) => code) };
}

/** Whole: what is in them names the run. */
async function targetsFor(services: Services, data: string) {
  const wanted: Wanted = { target: runTargetOf(), from: 'last', rows: 'new' };
  return (await continueTargets(services, { dataset: 'museum', data: drop(data) }, [wanted])).targets;
}

const scratch = { from: undefined, without: undefined, told: [] };
const further = (from: string, without?: string) => ({ from, without, told: [] });

describe('continueTargets', () => {
  it.each<[string, Wanted['rows'], string, object]>([
    [
      'a drop with more goes on from the current model, without what that has learned',
      'new',
      'c',
      further('ft:b', snapshot('b')),
    ],
    ['or with all rows', 'all', 'c', further('ft:b')],
    ['the drop that the current model was made of begins where that began', 'new', 'b', further('ft:a', snapshot('a'))],
    ['also with all rows', 'all', 'b', further('ft:a')],
    ['an older drop that comes back is one like any other', 'new', 'a', further('ft:b', snapshot('b'))],
  ])('%s', async (_name, rows, data, expected) => {
    expect(await begin(await museum([FIRST, SECOND]), data, { rows })).toEqual(expected);
  });

  it('begins from scratch where it is asked to, or where there is no model yet, and says nothing', async () => {
    expect(await begin(await museum([FIRST]), 'b', { from: 'base' })).toEqual(scratch);
    expect(await begin(await museum([]), 'a')).toEqual(scratch);
    expect(await begin(await museum([FIRST]), 'a')).toEqual(scratch);
  });

  it('knows what a model has learned that was made of all rows, should only the new ones train now', async () => {
    const services = await museum([FIRST, { ...SECOND, without: null }]);
    expect(await begin(services, 'b')).toEqual(further('ft:a', snapshot('a')));
  });

  it('goes on from the model that a person made current, and is the same run for the same drop', async () => {
    const services = await museum([FIRST, SECOND]);
    const before = await begin(services, 'b');
    expect(await targetsFor(services, 'b')).toEqual(await targetsFor(await museum([FIRST]), 'b'));
    await movePointer(services, { dataset: 'museum', model: null });
    expect(await begin(services, 'c')).toEqual(further('ft:a', snapshot('a')));
    expect(await begin(services, 'b')).toEqual(before);
    await movePointer(services, { dataset: 'museum', model: 'ft:b' });
    expect(await begin(services, 'c')).toEqual(further('ft:b', snapshot('b')));
  });

  it('does not go on from a job that failed, nor from a model that was not promoted', async () => {
    const failed = { ...SECOND, status: 'failed' as const, tunedModel: null };
    expect(await begin(await museum([FIRST, failed]), 'b')).toEqual(further('ft:a', snapshot('a')));
    const services = await museum([FIRST, SECOND]);
    await movePointer(services, { dataset: 'museum', model: 'ft:a' });
    expect(await begin(services, 'b')).toEqual(further('ft:a', snapshot('a')));
  });

  it.each([
    ['a live run from a simulated model', true],
    ['a simulated run from a real model', false],
  ])('does not let %s go on', async (_name, simulated) => {
    const services = await museum([{ ...FIRST, simulated }], { simulated: !simulated });
    expect(await begin(services, 'b')).toEqual(scratch);
  });

  it('begins from scratch, and says so, where the current model is one of another base model', async () => {
    const services = await museum([{ ...FIRST, model: 'gpt-4.1-2025-04-14' }]);
    expect(await begin(services, 'b')).toEqual({ ...scratch, told: ['RETRAIN_FROM_BASE'] });
    expect(await begin(services, 'b', { from: 'base' })).toEqual(scratch);
  });

  it('begins from scratch, and says so, where no page says that a tuned model goes on', async () => {
    const model = 'gemini-3.5-flash-lite';
    const services = await museum([{ ...FIRST, target: 'vertex', provider: 'vertex', model }]);
    const target = runTargetOf({ name: 'vertex', provider: 'vertex', model });
    expect(await begin(services, 'b', { target })).toEqual({ ...scratch, told: ['RETRAIN_FROM_BASE'] });
  });

  it('takes any run of this drop that found the model’s job for the one that made it', async () => {
    const found = { ...FIRST, run: snapshot('3'), drop: drop('f') };
    expect(await begin(await museum([FIRST, found]), 'a')).toEqual(scratch);
    expect(await begin(await museum([FIRST, found]), 'f')).toEqual(scratch);
  });

  it('keeps targets apart by their names', async () => {
    const other = { ...SECOND, target: 'other', tunedModel: 'ft:other', drop: drop('b') };
    const services = await museum([FIRST, other]);
    expect(await begin(services, 'b')).toEqual(further('ft:a', snapshot('a')));
    expect(await begin(services, 'c', { target: runTargetOf({ name: 'other' }) })).toEqual(
      further('ft:other', snapshot('b')),
    );
  });
});
