import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHistory } from '../../lib/pipeline/history.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readJsonLines } from '../../lib/storage/object-store.ts';
import { type MemoryRun, type MemoryWorld, newMemoryWorld, runInMemory } from './memory-run.ts';

interface Row {
  id: string;
  prompt: string;
  answer: string;
}

interface State {
  rows: readonly Row[];
  /** Cells of a list of rows to take out. */
  retire?: { column: 'id' | 'prompt'; cells: readonly string[] };
}

type ReplaceBy = 'id-or-input' | 'id' | 'input';

const specOf = (replaceBy: ReplaceBy, history = 'append') =>
  `targets: [openai]\npolicy: {maxRejected: 0}\nretrain: {history: ${history}, replaceBy: ${replaceBy}}\n`;

async function drop(world: MemoryWorld, { rows, retire }: State, spec: string): Promise<MemoryRun> {
  await world.inbox.remove('museum/retire.csv');
  const table = rows.map(({ id, prompt, answer }) => `${id},${prompt},${answer}`);
  await world.inbox.write('museum/train.csv', `id,prompt,completion\n${table.join('\n')}\n`);
  await world.inbox.write('museum/finedrop.yaml', spec);
  if (retire !== undefined)
    await world.inbox.write('museum/retire.csv', `${retire.column}\n${retire.cells.join('\n')}\n`);
  return runInMemory(world, { command: 'check', retrain: { by: 'rows' }, targets: undefined });
}

/** The rows of the newest state, as its training would read them. */
async function rowsNow(world: MemoryWorld, { run }: MemoryRun): Promise<string[]> {
  const found: string[] = [];
  const work = keys.work('museum', run);
  const passed = new Map<string, number[]>();
  for await (const { key } of world.results.list(`${work.root}rows/`)) {
    if (!key.endsWith('.passed.json')) continue;
    for await (const numbers of readJsonLines(world.results, key, (value) => value as number[]))
      passed.set(key.replace('.passed.json', '.jsonl'), numbers);
  }
  for await (const { key } of world.results.list(`${work.root}rows/`)) {
    if (!/\/\d+\.jsonl$/.test(key)) continue;
    let index = 0;
    for await (const record of readJsonLines(world.results, key, (value) => value as never as Shown)) {
      if (passed.get(key)?.includes(index) !== true) found.push(shownOf(record));
      index += 1;
    }
  }
  return found.sort();
}

interface Shown {
  keys: { id?: string };
  example: { messages: { parts: { text: string }[] }[] };
}

function shownOf({ keys: { id = '' }, example: { messages } }: Shown): string {
  return [id, ...messages.map(({ parts }) => parts[0]?.text)].join(' ');
}

const shown = ({ id, prompt, answer }: Row) => [id, prompt, answer].join(' ');

/** What the rules say, row by row: a new state's rows take the place of older ones of the same key, its list takes rows out. */
function modelOf(states: readonly State[], replaceBy: ReplaceBy): string[] {
  const keysOf = ({ id, prompt }: Row) => {
    const byId = id === '' || replaceBy === 'input' ? [] : [`id ${id}`];
    return replaceBy === 'id' && byId.length > 0 ? byId : [...byId, `input ${prompt}`];
  };
  let standing: Row[] = [];
  for (const { rows, retire } of states) {
    const isOut = ({ id, prompt }: Row) => retire?.cells.includes(retire.column === 'id' ? id : prompt) === true;
    const own = rows.filter((row) => !isOut(row));
    const taken = new Set(own.flatMap(keysOf));
    standing = [...standing.filter((row) => !isOut(row) && !keysOf(row).some((key) => taken.has(key))), ...own];
  }
  return standing.map(shown).sort();
}

async function play(states: readonly State[], replaceBy: ReplaceBy): Promise<string[][]> {
  const world = await newMemoryWorld({});
  const seen: string[][] = [];
  for (const state of states) seen.push(await rowsNow(world, await drop(world, state, specOf(replaceBy))));
  return seen;
}

const row = (id: string, prompt: string, answer = 'An owl.'): Row => ({ id, prompt, answer });
/** A drop may not be empty: this row is in each. */
const ANCHOR = row('anchor', 'Who?');

const HISTORIES: [name: string, states: State[]][] = [
  ['rows that are gone from the drop', [{ rows: [ANCHOR, row('1', 'a')] }, { rows: [ANCHOR] }, { rows: [ANCHOR] }]],
  [
    'a corrected row, and the correction taken back',
    [
      { rows: [row('1', 'a', 'x')] },
      { rows: [row('1', 'a', 'y')] },
      { rows: [row('1', 'a', 'x')] },
      { rows: [ANCHOR] },
    ],
  ],
  [
    'a row whose id and whose input were another row’s, one after the other',
    [{ rows: [row('1', 'a')] }, { rows: [row('1', 'b')] }, { rows: [row('2', 'b')] }, { rows: [ANCHOR] }],
  ],
  [
    'a row that stood beside its double once',
    [{ rows: [row('', 'a', 'x')] }, { rows: [row('', 'a', 'x'), row('', 'a', 'y')] }, { rows: [ANCHOR] }],
  ],
  [
    'a double that is gone again',
    [
      { rows: [row('', 'a', 'x')] },
      { rows: [row('', 'a', 'x'), row('', 'a', 'y')] },
      { rows: [row('', 'a', 'x')] },
      { rows: [ANCHOR] },
    ],
  ],
  [
    'a row that is given an id later, and taken out by it',
    [
      { rows: [row('', 'a')] },
      { rows: [row('7', 'a')] },
      { rows: [ANCHOR] },
      { rows: [ANCHOR], retire: { column: 'id', cells: ['7'] } },
    ],
  ],
  [
    'a row that is taken out, and comes again',
    [
      { rows: [ANCHOR, row('1', 'a')] },
      { rows: [ANCHOR], retire: { column: 'prompt', cells: ['a'] } },
      { rows: [ANCHOR, row('1', 'a')] },
      { rows: [ANCHOR] },
    ],
  ],
  [
    'a row that is taken out while the drop still holds it',
    [
      { rows: [ANCHOR, row('1', 'a')] },
      { rows: [ANCHOR, row('1', 'a')], retire: { column: 'id', cells: ['1'] } },
      { rows: [ANCHOR] },
    ],
  ],
];

describe('mergeRows', () => {
  it.each(HISTORIES)('merges %s as the rules say', async (_name, states) => {
    for (const replaceBy of ['id-or-input', 'id', 'input'] as const) {
      const wanted = states.map((_state, index) => modelOf(states.slice(0, index + 1), replaceBy));
      expect(await play(states, replaceBy)).toEqual(wanted);
    }
  });

  it('merges any history of additions, corrections, removals and retirements as the rules say', async () => {
    const rows = fc.array(
      fc.record({
        id: fc.constantFrom('', '', '1', '2', '3'),
        prompt: fc.constantFrom('a', 'b', 'c', 'd'),
        answer: fc.constantFrom('x', 'y'),
      }),
      { maxLength: 4 },
    );
    const retire = fc.option(
      fc.oneof(
        fc.record({ column: fc.constant('id' as const), cells: fc.subarray(['1', '2', '3'], { minLength: 1 }) }),
        fc.record({ column: fc.constant('prompt' as const), cells: fc.subarray(['a', 'b'], { minLength: 1 }) }),
      ),
      { nil: undefined, freq: 3 },
    );
    const state = fc.record({ rows, retire }).map(
      ({ rows: some, retire: list }): State => ({
        rows: [ANCHOR, ...some],
        ...(list === undefined ? {} : { retire: list }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(state, { minLength: 2, maxLength: 6 }),
        fc.constantFrom<ReplaceBy>('id-or-input', 'id', 'input'),
        async (states, replaceBy) => {
          const wanted = states.map((_state, index) => modelOf(states.slice(0, index + 1), replaceBy));
          expect(await play(states, replaceBy)).toEqual(wanted);
        },
      ),
      { seed: 6, numRuns: 12 },
    );
  }, 60_000);

  it('keeps a row that is unchanged once', async () => {
    const world = await newMemoryWorld({});
    const rows = [ANCHOR, row('1', 'a'), row('2', 'b')];
    await drop(world, { rows }, specOf('id-or-input'));
    await drop(world, { rows: [...rows, row('3', 'c')] }, specOf('id-or-input'));
    const { states } = await readHistory(world.results, 'museum');
    const kept: number[] = [];
    for (const { snapshot } of states) {
      const lines: unknown[] = [];
      for await (const line of readJsonLines(world.results, keys.history('museum').kept(snapshot), (value) => value))
        lines.push(line);
      kept.push(lines.length);
    }
    expect(kept).toEqual([3, 1]);
    expect(states.map((state) => state.rows)).toEqual([3, 4]);
  });
});
