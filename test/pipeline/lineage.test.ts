import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LineageRow } from '../../lib/pipeline/lineage.ts';
import { readWanted, searchModels } from '../../lib/pipeline/lineage-search.ts';
import { type TracedModel, traceNamed } from '../../lib/pipeline/lineage-trace.ts';
import { readModels } from '../../lib/pipeline/models.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { pdfDocument, picture } from '../e2e/media.ts';
import { type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';
import { modelRecordOf, modelsInTurn, writeModels } from './model-factories.ts';

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const MORE = [
  'Which picture?,An owl.,owl.png',
  'Which leaflet?,A page.,page.pdf',
  'Refused for want of an answer,,owl.png',
  'The owl again?,Yes.,owl.png',
];

let owl: Buffer;
let page: Buffer;
let world: MemoryWorld;

/** A drop of two targets, with a refused row, of which OpenAI leaves the row with the PDF out as well; then the same with another picture. */
beforeAll(async () => {
  owl = await picture('png', 1);
  page = pdfDocument('an owl');
  world = await newMemoryWorld({
    'train.csv': tableOf(12, { more: MORE }),
    'owl.png': owl,
    'finedrop.yaml': 'policy: {maxRejected: 1}',
    'page.pdf': page,
  });
  await runInMemory(world, { targets: ['openai', 'vertex'] });
  await world.inbox.write('museum/owl.png', await picture('png', 2));
  await runInMemory(world, { targets: ['openai', 'vertex'] });
});

async function rowsOf(model: { rows: AsyncIterable<LineageRow> } | undefined): Promise<LineageRow[]> {
  const rows: LineageRow[] = [];
  for await (const row of model?.rows ?? []) rows.push(row);
  return rows;
}

async function search(text: string, results: ObjectStore = world.results) {
  const wanted = readWanted(text);
  if (wanted === null) throw new Error(`${text} is no hash`);
  const found: { name: string; rows: number[]; isCurrent: boolean; through: string[]; problem: string | null }[] = [];
  for await (const model of searchModels(results, wanted)) {
    const { isCurrent, through, problem } = model;
    const name = `${model.record.target} ${model.record.tunedModel}`;
    found.push({ name, rows: (await rowsOf(model)).map(({ row }) => row), isCurrent, through, problem });
  }
  return found;
}

const named = async (name: string, target = 'openai'): Promise<TracedModel | undefined> =>
  (await traceNamed(world.results, name)).find(({ record }) => record.target === target);

const recordsOf = async (target: string) =>
  (await readModels(world.results, 'museum')).models.filter((model) => model.target === target);

describe('traceNamed', () => {
  it('tells the very rows and files of a tuned model, in the order of the drop', async () => {
    const [first] = await recordsOf('openai');
    const model = await named(first?.tunedModel ?? '');
    const rows = await rowsOf(model);
    expect(rows.map(({ file, row }) => [file, row])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16].map((row) => ['train.csv', row]),
    );
    expect(rows.at(-1)).toMatchObject({
      split: 'train',
      line: 14,
      sheet: null,
      sourceLine: 17,
      example: expect.stringMatching(/^e_[0-9a-f]{16}$/),
      content: expect.stringMatching(/^[0-9a-f]{16}$/),
      from: { drop: first?.drop, run: first?.run, file: 'train.csv', sheet: null, row: 16 },
      files: [{ sha256: hashOf(owl), name: 'owl.png', origin: 'drop', mime: 'image/png' }],
    });
    expect(model).toMatchObject({ isCurrent: false, problem: null, from: [], unknownFrom: null, alsoFoundBy: [] });
  });

  it('knows a model by its job and its run, and the models of a run by target', async () => {
    const [, second] = await recordsOf('vertex');
    expect((await named(second?.job ?? '', 'vertex'))?.record).toEqual(second);
    const ofRun = await traceNamed(world.results, second?.run ?? '');
    expect(ofRun.map(({ record, isCurrent }) => [record.target, isCurrent])).toEqual([
      ['openai', true],
      ['vertex', true],
    ]);
    expect(await rowsOf(ofRun[1])).toHaveLength(15);
  });

  it('knows nothing of other names', async () => {
    expect(await traceNamed(world.results, 'ft:other')).toEqual([]);
  });

  it('names files by their hashes alone where the lock is gone', async () => {
    const results = await copyOf(world.results);
    const [first] = await recordsOf('openai');
    await results.remove(keys.run('museum', first?.run ?? '').lock);
    const [model] = await traceNamed(results, first?.tunedModel ?? '');
    expect((await rowsOf(model)).at(-1)?.files).toEqual([
      { sha256: hashOf(owl), name: null, origin: null, mime: null },
    ]);
  });

  it('would rather fail than leave out a row that the state of the dataset does not hold', async () => {
    const results = await copyOf(world.results);
    const [first] = await recordsOf('openai');
    await results.write(keys.history('museum').rows(first?.snapshot ?? ''), '');
    const [model] = await traceNamed(results, first?.tunedModel ?? '');
    await expect(rowsOf(model)).rejects.toThrow(/row 1 of "train\.csv" is in the line map of openai/);
  });

  it('says of rows that only the history held where they were dropped, as far as it is known', async () => {
    const results = memoryStore();
    const record = modelRecordOf();
    const row = {
      example: 'e_0123456789abcdef',
      content: 'a'.repeat(16),
      split: 'train',
      file: 'history/1.jsonl',
      assets: [],
    };
    const entry = { split: 'train', file: row.file, sheet: null, sourceLine: null, example: row.example };
    const lines = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
    const origins = ['b', 'e'].map((snapshot) => ({
      snapshot: snapshot.repeat(16),
      file: 'old.xlsx',
      sheet: 'May',
      row: 40,
    }));
    await results.write(
      keys.history('museum').rows(record.snapshot ?? ''),
      lines(origins.map((origin, index) => ({ ...row, row: index + 1, origin }))),
    );
    await results.write(
      keys.run('museum', record.run).target('openai', 'line-map.jsonl'),
      lines([1, 2].map((number) => ({ ...entry, row: number, line: number }))),
    );
    const counts = { rows: 1, newRows: 1, goneRows: 0, base: [], after: null, kept: true, isWhole: false };
    const state = { snapshot: 'b'.repeat(16), at: '2026-05-01T09:00:00Z', ...counts };
    const states = ['first', 'again'].map((drop) => ({ ...state, drop, run: `run-${drop}` }));
    await results.write(keys.history('museum').head, JSON.stringify({ schemaVersion: 1, dataset: 'museum', states }));
    await writeModels(results, [record]);
    const place = { file: 'old.xlsx', sheet: 'May', row: 40 };
    const [model] = await traceNamed(results, 'ft:one');
    expect((await rowsOf(model)).map(({ from }) => from)).toEqual([
      { drop: 'first', run: 'run-first', ...place },
      { drop: null, run: null, ...place },
    ]);
  });

  it('says what is gone where the rows cannot be told', async () => {
    const results = await copyOf(world.results);
    const [first] = await recordsOf('openai');
    await results.remove(keys.run('museum', first?.run ?? '').target('openai', 'line-map.jsonl'));
    const [model] = await traceNamed(results, first?.tunedModel ?? '');
    expect(model?.problem).toMatch(/^its line map "museum\/.*line-map\.jsonl" is gone$/);
    expect(await rowsOf(model)).toEqual([]);
  });

  it('takes the models that training went on from along, as far as they are known', async () => {
    const results = memoryStore();
    const [a, b, c] = modelsInTurn(['a', 'b', 'c']).map((model) => modelRecordOf(model));
    await writeModels(results, [
      { ...modelRecordOf(a), from: 'ft:unknown' },
      { ...modelRecordOf(b), from: 'ft:a' },
      { ...modelRecordOf(c), from: 'ft:b' },
    ]);
    const [model] = await traceNamed(results, 'ft:c');
    expect(model?.from.map(({ record }) => record.tunedModel)).toEqual(['ft:b', 'ft:a']);
    expect(model?.unknownFrom).toBe('ft:unknown');
  });

  it('ends where a chain bites its tail', async () => {
    const results = memoryStore();
    const [a, b] = modelsInTurn(['a', 'b']).map((model) => modelRecordOf(model));
    await writeModels(results, [
      { ...modelRecordOf(a), from: 'ft:b' },
      { ...modelRecordOf(b), from: 'ft:a' },
    ]);
    const [model] = await traceNamed(results, 'ft:b');
    expect(model?.from.map(({ record }) => record.tunedModel)).toEqual(['ft:a', 'ft:b']);
  });

  it('tells one job once, with the runs that found it again', async () => {
    const results = memoryStore();
    const [a, b] = modelsInTurn(['a', 'a']).map((model) => modelRecordOf(model));
    await writeModels(results, [modelRecordOf(a), modelRecordOf(b)]);
    const models = await traceNamed(results, 'ft:a');
    expect(models.map(({ record, alsoFoundBy, isCurrent }) => [record.run, alsoFoundBy, isCurrent])).toEqual([
      ['1'.repeat(16), ['2'.repeat(16)], true],
    ]);
  });
});

describe('searchModels', () => {
  it('finds a file in the models of every target that took a row with it, and which are current', async () => {
    const [first] = await recordsOf('openai');
    const [firstVertex] = await recordsOf('vertex');
    expect(await search(hashOf(owl))).toEqual([
      { name: `openai ${first?.tunedModel}`, rows: [13, 16], isCurrent: false, through: [], problem: null },
      { name: `vertex ${firstVertex?.tunedModel}`, rows: [13, 16], isCurrent: false, through: [], problem: null },
    ]);
    expect((await search(hashOf(await picture('png', 2)))).map(({ isCurrent }) => isCurrent)).toEqual([true, true]);
  });

  it('finds no file in a model whose target left its row out', async () => {
    const found = await search(hashOf(page));
    expect(found.map(({ name, rows }) => [name.split(' ')[0], rows])).toEqual([
      ['vertex', [14]],
      ['vertex', [14]],
    ]);
  });

  it('finds an example, and a content, which changes with the bytes of a file', async () => {
    const row = (await rowsOf(await named((await recordsOf('openai'))[0]?.run ?? ''))).at(-1);
    expect((await search(row?.example ?? '')).map(({ rows }) => rows)).toEqual([[16], [16], [16], [16]]);
    expect((await search(row?.content ?? '')).map(({ rows }) => rows)).toEqual([[16], [16]]);
  });

  it('finds nothing of what is in no model', async () => {
    expect(await search('a'.repeat(64))).toEqual([]);
    expect(await search(hashOf(owl), memoryStore())).toEqual([]);
  });

  it('counts models that went on from one with it, and not those that went on from others', async () => {
    const results = await copyOf(world.results);
    const { models } = await readModels(results, 'museum');
    const [with1, , without] = models;
    const next = { target: 'openai', job: 'job-next', snapshot: 'f'.repeat(16) };
    await results.write(keys.history('museum').rows(next.snapshot), '');
    await results.write(keys.run('museum', '9'.repeat(16)).target('openai', 'line-map.jsonl'), '');
    await writeModels(results, [
      ...models,
      modelRecordOf({ ...next, run: '9'.repeat(16), tunedModel: 'ft:child', from: with1?.tunedModel ?? '' }),
      modelRecordOf({ ...next, run: '9'.repeat(16), tunedModel: 'ft:grandchild', from: 'ft:child' }),
      modelRecordOf({ ...next, run: '9'.repeat(16), tunedModel: 'ft:other', from: without?.tunedModel ?? '' }),
    ]);
    const found = await search(hashOf(owl), results);
    expect(found.slice(2).map(({ name, rows, through }) => [name, rows, through])).toEqual([
      ['openai ft:child', [], [with1?.tunedModel]],
      ['openai ft:grandchild', [], ['ft:child', with1?.tunedModel]],
    ]);
  });

  it('leaves no model out of which it cannot be told, nor those that went on from it', async () => {
    const results = memoryStore();
    const [a, b] = modelsInTurn(['a', 'b']).map((model) => modelRecordOf(model));
    await results.write(keys.history('museum').rows('f'.repeat(16)), '');
    await writeModels(results, [
      { ...modelRecordOf(a), snapshot: null },
      { ...modelRecordOf(b), snapshot: 'f'.repeat(16), from: 'ft:a' },
    ]);
    expect((await search(hashOf(owl), results)).map(({ name, problem }) => [name, problem])).toEqual([
      ['openai ft:a', expect.stringContaining('line map')],
      ['openai ft:b', 'it went on from ft:a, of which nobody can say it either'],
    ]);
  });

  it('finds a hash that two pieces of an object share', async () => {
    const results = await copyOf(world.results);
    const read = results.read;
    const inCrumbs: ObjectStore = {
      ...results,
      read: async function* (...asked) {
        for await (const chunk of read(...asked))
          for (let from = 0; from < chunk.length; from += 50) yield chunk.subarray(from, from + 50);
      },
    };
    expect(await search(hashOf(owl), inCrumbs)).toEqual(await search(hashOf(owl)));
  });
});

describe('readWanted', () => {
  it.each([
    ['A'.repeat(64), { kind: 'file', hash: 'a'.repeat(64) }],
    [`e_${'0'.repeat(16)}`, { kind: 'example', hash: `e_${'0'.repeat(16)}` }],
    ['0'.repeat(16), { kind: 'content', hash: '0'.repeat(16) }],
    ['a'.repeat(63), null],
    ['a'.repeat(65), null],
    [`e_${'0'.repeat(15)}`, null],
    ['g'.repeat(16), null],
    ['', null],
  ])('reads %s', (text, wanted) => {
    expect(readWanted(text)).toEqual(wanted);
  });
});

async function copyOf(store: ObjectStore): Promise<ObjectStore> {
  const copy = memoryStore();
  for await (const { key } of store.list('')) await copy.write(key, store.read(key));
  return copy;
}
