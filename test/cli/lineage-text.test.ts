import { describe, expect, it } from 'vitest';
import { lineageJson } from '../../lib/cli/lineage-json.ts';
import { lineageText } from '../../lib/cli/lineage-text.ts';
import type { FoundModel, Lineage, LineageRow, TracedModel } from '../../lib/engines/local-lineage.ts';
import { modelRecordOf } from '../pipeline/model-factories.ts';

function rowOf(change: Partial<LineageRow> = {}): LineageRow {
  return {
    split: 'train',
    line: 5,
    file: 'train.csv',
    sheet: null,
    row: 7,
    sourceLine: 8,
    example: 'e_3f0c9a1d5b7e2c48',
    content: '0123456789abcdef',
    adjustments: [],
    from: { drop: 'd'.repeat(64), run: '1'.repeat(16), file: 'train.csv', sheet: null, row: 7 },
    files: [{ sha256: 'ab'.repeat(32), name: 'owl.png', origin: 'drop', mime: 'image/png' }],
    ...change,
  };
}

async function* streamOf(rows: readonly LineageRow[]): AsyncGenerator<LineageRow> {
  yield* rows;
}

const common = { dataset: 'museum', record: modelRecordOf(), isCurrent: false, problem: null };

function tracedOf({
  rows = [rowOf()],
  ...change
}: Partial<Omit<TracedModel, 'rows'>> & { rows?: LineageRow[] } = {}): TracedModel {
  return { ...common, alsoFoundBy: [], from: [], unknownFrom: null, ...change, rows: streamOf(rows) };
}

function foundOf({
  rows = [rowOf()],
  ...change
}: Partial<Omit<FoundModel, 'rows'>> & { rows?: LineageRow[] } = {}): FoundModel {
  return { ...common, through: [], ...change, rows: streamOf(rows) };
}

async function* each(models: readonly FoundModel[]): AsyncGenerator<FoundModel> {
  yield* models;
}

const named = (...models: TracedModel[]): Lineage => ({ query: 'ft:one', kind: 'model', models });
const sought = (...models: FoundModel[]): Lineage => ({ query: 'ab'.repeat(32), kind: 'file', models: each(models) });

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

const EARLIER = { drop: 'e'.repeat(64), run: '2'.repeat(16), file: 'old.csv', sheet: null, row: 3 };

describe('lineageText', () => {
  it('tells a model, its rows with their files, and the drops that they came from', async () => {
    const rows = [rowOf(), rowOf({ file: 'history/rows.jsonl', row: 1, line: 6, files: [], from: EARLIER })];
    expect(await joined(lineageText(named(tracedOf({ rows, isCurrent: true }))))).toBe(
      [
        'ft:one: openai of museum, current (simulated)',
        '  gpt-4o-2024-08-06, job job-one, run 1111111111111111, 2026-11-23 09:00 UTC',
        '    train.csv, row 7: train line 5, e_3f0c9a1d5b7e2c48',
        `      owl.png, image/png, sha256 ${'ab'.repeat(32)}`,
        '    history/rows.jsonl, row 1: train line 6, e_3f0c9a1d5b7e2c48, dropped as old.csv, row 3 (run 2222222222222222)',
        '  1 row of drop dddddddddddddddd (run 1111111111111111)',
        '  1 row of drop eeeeeeeeeeeeeeee (run 2222222222222222)',
        '',
      ].join('\n'),
    );
  });

  it('takes along what training went on from, and says where knowledge ends', async () => {
    const from = [tracedOf({ record: modelRecordOf({ tunedModel: 'ft:zero' }) })];
    const text = await joined(lineageText(named(tracedOf({ from, unknownFrom: 'ft:elder' }))));
    expect(text).toContain('\nwent on from ft:zero: openai of museum (simulated)\n');
    expect(text.match(/train\.csv, row 7/g)).toHaveLength(2);
    expect(text).toContain('went on from ft:elder, of which nothing is known here');
  });

  it('says why rows cannot be told', async () => {
    const text = await joined(lineageText(named(tracedOf({ rows: [], problem: 'its line map is gone' }))));
    expect(text).toContain('  its rows cannot be told: its line map is gone\n');
  });

  it.each<[string, FoundModel[], string]>([
    ['none', [], 'no model contains it'],
    ['one', [foundOf({ isCurrent: true })], '1 model contains it; 1 of them current'],
    ['two', [foundOf(), foundOf()], '2 models contain it; none of them current'],
    [
      'a job without a model',
      [foundOf({ record: modelRecordOf({ status: 'failed', tunedModel: null }) })],
      'no model contains it; 1 job that gave no model was given it',
    ],
    [
      'one of which nothing can be told',
      [foundOf({ rows: [], problem: 'gone' })],
      'no model contains it; of 1 nobody can say',
    ],
  ])('ends with how many models contain it: %s', async (_title, models, summary) => {
    const text = await joined(lineageText(sought(...models)));
    expect(text.trimEnd().split('\n').at(-1)).toBe(`file ${'ab'.repeat(32)}: ${summary}`);
  });

  it('says through which models another contains it', async () => {
    const text = await joined(lineageText(sought(foundOf({ rows: [], through: ['ft:zero'] }))));
    expect(text).toContain('  contains it through ft:zero, from which its training went on\n');
  });

  it('gives names of a drop a line each, whatever is in them', async () => {
    const hostile = 'owl.png\n  9 rows of drop 0\u001b[2J';
    const files = [{ sha256: 'ab'.repeat(32), name: hostile, origin: 'drop' as const, mime: null }];
    const text = await joined(lineageText(named(tracedOf({ rows: [rowOf({ file: hostile, files })] }))));
    expect(text.split('\n')).toHaveLength(6);
    expect(text).not.toContain('\u001b');
  });
});

describe('lineageJson', () => {
  it('is one document with the models, their rows, the drops, and what training went on from', async () => {
    const from = [tracedOf({ record: modelRecordOf({ tunedModel: 'ft:zero' }) })];
    const rows = [rowOf(), rowOf({ row: 9 }), rowOf({ from: EARLIER })];
    const value = JSON.parse(await joined(lineageJson(named(tracedOf({ rows, from })))));
    expect(value).toMatchObject({
      query: 'ft:one',
      kind: 'model',
      models: [
        {
          dataset: 'museum',
          target: 'openai',
          tunedModel: 'ft:one',
          current: false,
          rows,
          drops: [
            { drop: 'd'.repeat(64), run: '1'.repeat(16), rows: 2 },
            { drop: 'e'.repeat(64), run: '2'.repeat(16), rows: 1 },
          ],
          from: [{ tunedModel: 'ft:zero', rows: [rowOf()], from: [] }],
        },
      ],
    });
  });

  it('is the same of what a search found', async () => {
    const value = JSON.parse(await joined(lineageJson(sought(foundOf(), foundOf({ rows: [], through: ['ft:one'] })))));
    expect(value).toMatchObject({
      kind: 'file',
      models: [
        { rows: [rowOf()], through: [] },
        { rows: [], through: ['ft:one'], drops: [] },
      ],
    });
  });

  it('is a document where nothing was found', async () => {
    expect(JSON.parse(await joined(lineageJson(sought())))).toEqual({
      query: 'ab'.repeat(32),
      kind: 'file',
      models: [],
    });
  });

  it('has a line for each row, so that it can be read as it comes', async () => {
    const rows = Array.from({ length: 20 }, (_, index) => rowOf({ row: index + 1 }));
    const lines = (await joined(lineageJson(named(tracedOf({ rows }))))).split('\n');
    expect(lines.filter((line) => line.startsWith('{"split"'))).toHaveLength(20);
  });
});
