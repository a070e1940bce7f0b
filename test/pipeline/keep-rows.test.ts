import { describe, expect, it } from 'vitest';
import type { DatasetState, SnapshotRow } from '../../lib/domain/history.ts';
import { readHistory } from '../../lib/pipeline/history.ts';
import { readSnapshot } from '../../lib/pipeline/snapshot.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readJsonLines } from '../../lib/storage/object-store.ts';
import { picture } from '../e2e/media.ts';
import { keysBelow, type MemoryRun, type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const APPEND = 'targets: [openai]\nretrain: {history: append}\n';

function run(world: MemoryWorld): Promise<MemoryRun> {
  return runInMemory(world, { targets: undefined });
}

/** What the newest state holds, in its order. */
async function newest(world: MemoryWorld): Promise<{ state: DatasetState; rows: SnapshotRow[] }> {
  const state = (await readHistory(world.results, 'museum')).states.at(-1);
  if (state === undefined) throw new Error('nothing was recorded');
  const rows: SnapshotRow[] = [];
  for await (const row of readSnapshot(world, { dataset: 'museum', snapshot: state.snapshot })) rows.push(row);
  return { state, rows };
}

const { media } = keys.history('museum');

describe('rows that outlive their drop', () => {
  it('bring their files’ bytes, each once, and tell where they stood', async () => {
    const table = `prompt,completion,files\n${Array.from({ length: 11 }, (_, at) => `Who is ${at}?,An owl.,owl.png\n`).join('')}`;
    const world = await newMemoryWorld({
      'finedrop.yaml': APPEND,
      'first.csv': table,
      'owl.png': await picture('png'),
    });
    expect((await run(world)).status).toBe('completed');
    const first = await newest(world);
    const hashes = new Set(first.rows.flatMap(({ assets }) => assets));
    expect(await keysBelow(world.results, media(''))).toEqual([...hashes].map(media));
    await world.inbox.remove('museum/first.csv');
    await world.inbox.remove('museum/owl.png');
    await world.inbox.write('museum/second.csv', tableOf(1));
    expect((await run(world)).status).toBe('completed');
    const { rows } = await newest(world);
    expect(rows).toHaveLength(12);
    expect(new Set(rows.flatMap(({ assets }) => assets))).toEqual(hashes);
    expect(rows.slice(1).map(({ origin }) => origin)).toEqual(
      first.rows.map(({ row }) => ({ snapshot: first.state.snapshot, file: 'first.csv', row })),
    );
    expect(rows.slice(1).map(({ content }) => content)).toEqual(first.rows.map(({ content }) => content));
  });

  it('are refused one by one where a file of theirs is lost, and taken again once it is back', async () => {
    const table = `prompt,completion,files\nWho is it?,An owl.,owl.png\n`;
    const world = await newMemoryWorld({
      'finedrop.yaml': APPEND,
      'first.csv': `${table}${tableOf(11).split('\n').slice(1).join('\n')}`,
      'owl.png': await picture('png'),
    });
    await run(world);
    await world.inbox.remove('museum/first.csv');
    await world.inbox.write('museum/second.csv', tableOf(12));
    const [lost = ''] = await keysBelow(world.results, media(''));
    const bytes: Uint8Array[] = [];
    for await (const chunk of world.results.read(lost)) bytes.push(chunk);
    await world.results.remove(lost);
    const without = await run(world);
    expect(without.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'HISTORY_MISSING', where: { file: expect.stringMatching(/^history\//), row: 1 } },
    ]);
    expect(without.status).toBe('rejected');
    await world.results.write(lost, Buffer.concat(bytes));
    expect((await run(world)).status).toBe('completed');
    expect((await newest(world)).rows).toHaveLength(13);
  });

  it('stay away from a state without append on', async () => {
    const world = await newMemoryWorld({ 'finedrop.yaml': APPEND, 'train.csv': tableOf(14) });
    await run(world);
    await world.inbox.write('museum/train.csv', tableOf(12));
    await run(world);
    expect((await newest(world)).rows).toHaveLength(14);
    await world.inbox.write('museum/finedrop.yaml', 'targets: [openai]\n');
    await run(world);
    expect((await newest(world)).rows).toHaveLength(12);
    await world.inbox.write('museum/finedrop.yaml', APPEND);
    await world.inbox.write('museum/train.csv', tableOf(11));
    await run(world);
    expect((await newest(world)).rows).toHaveLength(11);
  });

  it('are another run where another rule of replacing holds', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(12) });
    const spec = (replaceBy: string) => ({
      name: 'x.yaml',
      text: `targets: [openai]\nretrain: {history: append, replaceBy: ${replaceBy}}\n`,
    });
    const first = await runInMemory(world, { targets: undefined, spec: spec('id') });
    const second = await runInMemory(world, { targets: undefined, spec: spec('input') });
    expect([second.outcome, second.run === first.run]).not.toEqual(['duplicate', true]);
  });

  it('are kept whole once a hundred states stand behind them, and those are not read again', async () => {
    const world = await newMemoryWorld({ 'finedrop.yaml': APPEND, 'train.csv': tableOf(11) });
    await run(world);
    await pretendStates(world, 100);
    await world.inbox.write('museum/train.csv', `id,${tableOf(11).replace(/\n(?=.)/g, '\nx,')}`);
    await world.inbox.write('museum/retire.csv', 'id\nold-3\n');
    const merged = await run(world);
    expect(merged.findings.filter(({ code }) => code.startsWith('RETIRE'))).toEqual([]);
    const whole = await newest(world);
    expect(whole.state).toMatchObject({ isWhole: true, rows: 11 + 98 });
    await world.inbox.remove('museum/retire.csv');
    await world.inbox.write('museum/train.csv', tableOf(12, { word: 'cat' }));
    await run(world);
    const behind = await newest(world);
    expect(behind.state).toMatchObject({ isWhole: false, base: [whole.state.snapshot], rows: 11 + 98 + 12 });
    expect(behind.rows.filter(({ id }) => id === 'old-3')).toEqual([]);
    const origins = new Set(behind.rows.flatMap(({ origin }) => (origin === undefined ? [] : [origin.snapshot])));
    expect(origins.size).toBe(1 + 98);
  });
});

/** Adds states of one row each to the history, until there are so many. */
async function pretendStates(world: MemoryWorld, count: number): Promise<void> {
  const history = await readHistory(world.results, 'museum');
  const [first] = history.states;
  if (first === undefined) throw new Error('nothing was recorded');
  const { head, kept } = keys.history('museum');
  const lines: { example: object; keys: object }[] = [];
  for await (const line of readJsonLines(world.results, kept(first.snapshot), (value) => value as never))
    lines.push(line);
  const states = [...history.states];
  for (let number = 1; states.length < count; number += 1) {
    const snapshot = String(number).padStart(16, '0');
    const ofState = {
      ...lines[0],
      example: { ...lines[0]?.example, id: `e_${snapshot}` },
      keys: { id: `old-${number}`, input: snapshot, prompt: snapshot },
    };
    await world.results.write(kept(snapshot), `${JSON.stringify(ofState)}\n`);
    states.push({ ...first, snapshot, drop: snapshot, run: snapshot });
  }
  await world.results.write(head, JSON.stringify({ ...history, states }));
}

describe('lists of rows to take out', () => {
  const CHATS = Array.from({ length: 14 }, (_, at) =>
    JSON.stringify({
      id: at % 2 === 0 ? at : `chat ${at}`,
      messages: [
        { role: 'user', content: `Who is ${at}?` },
        { role: 'assistant', content: 'An owl.' },
      ],
    }),
  ).join('\n');

  it.each([
    ['retire.csv', 'id\n2\nchat 3\n', ['2', 'chat 3']],
    ['retire.tsv', 'note\tid\ngone\t4\n', ['4']],
    ['retired-now.csv', 'prompt\nWho is 5?\n', ['chat 5']],
    ['Retire.csv', 'id,prompt\n,Who is 6?\n7,\n', ['6']],
  ])('take chats out by %s, with or without append', async (name, text, gone) => {
    for (const spec of [APPEND, 'targets: [openai]\n']) {
      const world = await newMemoryWorld({ 'chats.jsonl': CHATS, [name]: text, 'finedrop.yaml': spec });
      const { status, report } = await run(world);
      expect(status).toBe('completed');
      const { rows } = await newest(world);
      const left = rows.map(({ id = '' }) => id);
      expect(left.filter((id) => gone.includes(id))).toEqual([]);
      expect([left.length, report?.rows.total]).toEqual([14 - gone.length, 14 - gone.length]);
    }
  });

  it.each([
    ['an id that no row has', 'id\n007\n', ['RETIRE_UNKNOWN'], 'completed'],
    ['a line that names nothing', 'id,reason\n,privacy\n', ['RETIRE_UNKNOWN'], 'completed'],
    ['no column that it knows', 'name\nowl\n', ['RETIRE_HEADER'], 'rejected'],
    ['an open quote', 'id\n"2\n', ['CSV_UNTERMINATED_QUOTE'], 'rejected'],
    ['nothing but a header', 'id\n', [], 'completed'],
    [
      'hostile ids',
      `id\n__proto__\nconstructor\n${'x'.repeat(1_000_000)}\n`,
      Array(3).fill('RETIRE_UNKNOWN'),
      'completed',
    ],
  ])('tell %s', async (_name, text, codes, wanted) => {
    const world = await newMemoryWorld({ 'chats.jsonl': CHATS, 'retire.csv': text, 'finedrop.yaml': APPEND });
    const { status, findings } = await run(world);
    expect(findings.filter(({ where }) => where.file === 'retire.csv').map(({ code }) => code)).toEqual(codes);
    expect(status).toBe(wanted);
  });

  it('tell a bounded number of what is wrong with a hostile one', async () => {
    const world = await newMemoryWorld({ 'chats.jsonl': CHATS, 'retire.csv': `id,x\n${',y\n'.repeat(50_000)}` });
    const { findings } = await run(world);
    expect(findings.filter(({ where }) => where.file === 'retire.csv').length).toBeLessThanOrEqual(101);
  });

  it('are silent about rows that an earlier state took out', async () => {
    const world = await newMemoryWorld({ 'chats.jsonl': CHATS, 'retire.csv': 'id\n2\n', 'finedrop.yaml': APPEND });
    await run(world);
    await world.inbox.write('museum/chats.jsonl', CHATS.split('\n').slice(3).join('\n'));
    const { findings } = await run(world);
    expect(findings.filter(({ code }) => code === 'RETIRE_UNKNOWN')).toEqual([]);
    expect((await newest(world)).rows).toHaveLength(13);
  });
});

describe('the side of a row', () => {
  it('stays where it was, whatever share is asked for later, and when a drop passes a hundred rows', async () => {
    const spec = (share: number) => `targets: [openai]\nvalidation: {share: ${share}}\n`;
    const world = await newMemoryWorld({ 'finedrop.yaml': spec(0.1), 'train.csv': tableOf(90) });
    const sides: Map<string, string>[] = [];
    for (const [count, share] of [
      [90, 0.1],
      [150, 0.1],
      [200, 0.5],
      [300, 0.1],
    ] as const) {
      await world.inbox.write('museum/finedrop.yaml', spec(share));
      await world.inbox.write('museum/train.csv', tableOf(count));
      expect((await run(world)).status).toBe('completed');
      sides.push(new Map((await newest(world)).rows.map(({ example, split }) => [example, split])));
    }
    for (const [index, known] of sides.slice(0, -1).entries())
      for (const [example, side] of known) expect(sides[index + 1]?.get(example)).toBe(side);
    expect([...(sides[0]?.values() ?? [])].every((side) => side === 'train')).toBe(true);
    expect([...(sides[2]?.values() ?? [])].filter((side) => side === 'validation').length).toBeGreaterThan(10);
  });
});
