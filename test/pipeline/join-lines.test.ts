import { beforeEach, describe, expect, it } from 'vitest';
import { JOIN_BEGINS, type JoinCursor, joinLines } from '../../lib/pipeline/join-lines.ts';
import type { CallLimits } from '../../lib/pipeline/limits.ts';
import type { ShardSummary } from '../../lib/pipeline/target-summary.ts';
import { keys } from '../../lib/storage/keys.ts';
import { memoryStore } from '../../lib/storage/memory-store.ts';
import { type ObjectStore, readBytes } from '../../lib/storage/object-store.ts';
import { servicesOf } from '../factories.ts';

const RUN = { dataset: 'museum', run: '3f0c9a1d5b7e2c48' };
const TARGET = 'openai';
const WIDE: CallLimits = { joinedBytes: 1e9, joinedRows: 1e6, joinedShards: 1e4, stagedBytes: 1e9 };
const work = keys.work(RUN.dataset, RUN.run);
const file = (name: string) => keys.run(RUN.dataset, RUN.run).target(TARGET, name);

let results: ObjectStore;
beforeEach(() => {
  results = memoryStore();
});

/** Shards of so many rows; every third row validates where `validates`. */
async function writeShards(rows: readonly number[], { validates = true } = {}): Promise<void> {
  let row = 0;
  for (const [shard, count] of rows.entries()) {
    const lines = { train: [] as string[], validation: [] as string[] };
    const map: unknown[] = [];
    for (let index = 0; index < count; index += 1) {
      row += 1;
      const split = validates && row % 3 === 0 ? 'validation' : 'train';
      lines[split].push(`{"row":${row}}\n`);
      map.push({
        line: lines[split].length,
        split,
        file: 'train.csv',
        sheet: null,
        row,
        sourceLine: row,
        example: `x-${row}`,
      });
    }
    const text = { train: lines.train.join(''), validation: lines.validation.join('') };
    const summary: ShardSummary = {
      accepted: count,
      excluded: 0,
      trainedBefore: 0,
      adjusted: 0,
      rows: { train: lines.train.length, validation: lines.validation.length },
      tokens: { train: 0, validation: 0 },
      tokensAtMost: { train: 0, validation: 0 },
      bytes: { train: text.train.length, validation: text.validation.length },
      withMedia: 0,
      kinds: [],
      adjustments: {},
      sha256: { train: `hash of ${text.train}`, validation: `hash of ${text.validation}` },
    };
    const write = (part: string, body: string) => results.write(work.converted(TARGET, shard, part), body);
    await write('train.jsonl', text.train);
    await write('validation.jsonl', text.validation);
    await write('map.jsonl', map.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await write('summary.json', JSON.stringify(summary));
  }
}

async function join(shards: number, limits: Partial<CallLimits> = {}) {
  const services = servicesOf({ results });
  let cursor: JoinCursor = JOIN_BEGINS;
  for (let calls = 1; ; calls += 1) {
    const answer = await joinLines(services, RUN, cursor, { target: TARGET, shards, limits: { ...WIDE, ...limits } });
    if (answer.next === null) return { calls, joined: answer.joined };
    cursor = JSON.parse(JSON.stringify(answer.next)) as JoinCursor;
  }
}

const text = async (name: string) => (await readBytes(results, file(name)))?.toString() ?? null;
const files = async () => ({
  train: await text('train.jsonl'),
  validation: await text('validation.jsonl'),
  map: await text('line-map.jsonl'),
});

describe('joinLines', () => {
  const ROWS = [4, 0, 7, 1, 5];

  it.each<[string, Partial<CallLimits>, number]>([
    ['few rows', { joinedRows: 5 }, 4],
    ['few bytes', { joinedBytes: 50 }, 4],
    ['one shard', { joinedShards: 1 }, 5],
    ['two shards', { joinedShards: 2 }, 3],
  ])('gives the same files and names when a call takes %s', async (_what, limits, calls) => {
    await writeShards(ROWS);
    const whole = await join(ROWS.length);
    const expected = await files();
    expect(whole.calls).toBe(1);
    for (const name of ['train.jsonl', 'validation.jsonl', 'line-map.jsonl']) await results.remove(file(name));
    const stretched = await join(ROWS.length, limits);
    expect(stretched).toEqual({ calls, joined: whole.joined });
    expect(await files()).toEqual(expected);
  });

  it('numbers lines through the whole file, each side for itself', async () => {
    await writeShards(ROWS);
    await join(ROWS.length, { joinedShards: 2 });
    const map =
      (await text('line-map.jsonl'))
        ?.trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)) ?? [];
    for (const split of ['train', 'validation']) {
      const lines = (split === 'train' ? await text('train.jsonl') : await text('validation.jsonl'))
        ?.trimEnd()
        .split('\n');
      const ofSplit = map.filter((entry) => entry.split === split);
      expect(ofSplit.map(({ line }) => line)).toEqual(ofSplit.map((_, index) => index + 1));
      expect(ofSplit.map(({ row }) => `{"row":${row}}`)).toEqual(lines);
    }
  });

  it('leaves no validation file where no row validates, also where an earlier attempt had one', async () => {
    for (const joinedShards of [1, 9]) {
      await results.write(file('validation.jsonl'), 'old');
      await writeShards([2, 2], { validates: false });
      expect((await join(2, { joinedShards })).joined.validation).toEqual({ bytes: 0, lines: 0, identity: '' });
      expect(await text('validation.jsonl')).toBeNull();
    }
  });

  it('can be called again with any cursor, and gives the same', async () => {
    await writeShards(ROWS);
    const services = servicesOf({ results });
    const joining = { target: TARGET, shards: ROWS.length, limits: { ...WIDE, joinedShards: 2 } };
    let cursor: JoinCursor | null = JOIN_BEGINS;
    while (cursor !== null) {
      const once = await joinLines(services, RUN, cursor, joining);
      expect(await joinLines(services, RUN, cursor, joining)).toEqual(once);
      cursor = once.next;
    }
    const twice = await files();
    await join(ROWS.length);
    expect(twice).toEqual(await files());
  });

  it('gives another name to other lines, and to lines that end elsewhere', async () => {
    await writeShards([3]);
    const { joined } = await join(1);
    await writeShards([4]);
    expect((await join(1)).joined.train.identity).not.toBe(joined.train.identity);
  });

  it('throws where lines are not what was converted, rather than have a file of another name', async () => {
    await writeShards([3]);
    await results.write(work.converted(TARGET, 0, 'train.jsonl'), 'other\n');
    await expect(join(1)).rejects.toThrow(/has 6 bytes, and its parts \d+\. Run again/);
  });
});
