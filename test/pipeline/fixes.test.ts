import { describe, expect, it } from 'vitest';
import { writeXlsx } from '../../lib/formats/xlsx-write.ts';
import { keys } from '../../lib/storage/keys.ts';
import { readBytes } from '../../lib/storage/object-store.ts';
import { type MemoryWorld, newMemoryWorld, runInMemory, tableOf } from './memory-run.ts';

const CHECK = { command: 'check' } as const;

/** What `finedrop_fixes` says of each refused row of a table. */
async function refusedIdentities(world: MemoryWorld, run: string, name: string): Promise<string[]> {
  const bytes = await readBytes(world.results, keys.run('museum', run).rejected(name));
  const text = bytes?.toString('utf8') ?? '';
  return [...text.matchAll(/[^,"\r\n]+:\d+:[0-9a-f]{12}/g)].map(([identity]) => identity);
}

describe('rows that fix others', () => {
  it('do not make a small drop one that is split: 99 rows with one of them mended are 99', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(98, { more: ['No answer?,,'] }) });
    const { run, report } = await runInMemory(world, CHECK);
    expect(report?.rows).toMatchObject({ total: 99, rejected: 1 });
    const [identity] = await refusedIdentities(world, run, 'train.rejected.csv');
    const mended = `prompt,completion,finedrop_fixes\nNo answer?,Yes.,${identity}\n`;
    await world.inbox.write('museum/train.rejected.csv', mended);
    const second = await runInMemory(world, CHECK);
    expect(second.report).toMatchObject({
      status: 'completed',
      rows: { total: 99, accepted: 99, rejected: 0, train: 99, validation: 0 },
    });
  });

  it('all stand when one file mends a row by splitting it', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(12, { more: ['Two questions?,,'] }) });
    const { run } = await runInMemory(world, CHECK);
    const [identity] = await refusedIdentities(world, run, 'train.rejected.csv');
    const mended = `prompt,completion,finedrop_fixes\nOne?,Yes.,${identity}\nTwo?,No.,${identity}\n`;
    await world.inbox.write('museum/train.rejected.csv', mended);
    const { report } = await runInMemory(world, CHECK);
    expect(report).toMatchObject({ status: 'completed', rows: { total: 14, accepted: 14 } });
  });

  it('of a workbook are told apart by their sheets', async () => {
    const header = ['prompt', 'completion'];
    const sound = Array.from({ length: 12 }, (_, index) => [`What ${index}?`, 'That.']);
    const book = await writeXlsx([
      { name: 'A', rows: [header, ['A?', ''], ...sound] },
      { name: 'B', rows: [header, ['B?', '']] },
    ]);
    const world = await newMemoryWorld({ 'book.xlsx': book });
    const { run } = await runInMemory(world, CHECK);
    const identityOf = async (sheet: string) => {
      const shards = keys.work('museum', run).rows(0, 0);
      const rows = (await readBytes(world.results, shards))?.toString('utf8').split('\n') ?? [];
      const records = rows
        .filter((row) => row !== '')
        .map((row) => JSON.parse(row) as { sheet: string; identity: string });
      return records.find((record) => record.sheet === sheet)?.identity ?? '';
    };
    const [a, b] = [await identityOf('A'), await identityOf('B')];
    const fixed = [...header, 'finedrop_fixes'];
    await world.inbox.write(
      'museum/book.rejected.xlsx',
      await writeXlsx([
        { name: 'A', rows: [fixed, ['A?', 'Old.', a]] },
        { name: 'B', rows: [fixed, ['B?', 'Only one.', b]] },
      ]),
    );
    await world.inbox.write(
      'museum/book.rejected-2.xlsx',
      await writeXlsx([{ name: 'A', rows: [fixed, ['A?', 'New.', a]] }]),
    );
    const { report } = await runInMemory(world, CHECK);
    expect(report?.rows).toMatchObject({ total: 14, accepted: 14, rejected: 0 });
  });

  it('are found beyond the first shard, and lost ones are told', async () => {
    const world = await newMemoryWorld({ 'train.csv': tableOf(2500, { more: ['No answer?,,'] }) });
    const { run } = await runInMemory(world, CHECK);
    const [identity] = await refusedIdentities(world, run, 'train.rejected.csv');
    const header = 'prompt,completion,finedrop_fixes\n';
    await world.inbox.write('museum/train.rejected.csv', `${header}No answer?,Yes.,${identity}\n`);
    expect((await runInMemory(world, CHECK)).report).toMatchObject({ status: 'completed', rows: { total: 2501 } });
    await world.inbox.write('museum/train.rejected.csv', `${header}No answer?,Yes.,train.csv:7:0123456789ab\n`);
    const lost = await runInMemory(world, CHECK);
    expect(lost.findings.filter(({ code }) => code === 'FIX_WITHOUT_ORIGINAL')).toMatchObject([
      { where: { file: 'train.rejected.csv' } },
    ]);
  });
});

describe('policy.maxRejected', () => {
  it.each([
    ['29%', 'completed'],
    ['28.9%', 'rejected'],
    ['29', 'completed'],
    ['28', 'rejected'],
  ])('of %s makes 29 refused rows of 100 %s', async (limit, status) => {
    const bad = Array.from({ length: 29 }, (_, index) => `No answer ${index}?,,`);
    const world = await newMemoryWorld({
      'train.csv': tableOf(71, { more: bad }),
      'finedrop.yaml': `policy: {maxRejected: ${limit.endsWith('%') ? `"${limit}"` : limit}}\n`,
    });
    expect((await runInMemory(world, CHECK)).status).toBe(status);
  });
});
