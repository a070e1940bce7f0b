import { describe, expect, it } from 'vitest';
import { compareFindings } from '../../lib/domain/finding.ts';
import { writeXlsx } from '../../lib/formats/xlsx-write.ts';
import { newMemoryWorld, runInMemory } from './memory-run.ts';

const numbered = (count: number, answer: (row: number) => string) =>
  Array.from({ length: count }, (_, index) => [`What is the code of town ${index + 1}?`, answer(index + 1)]);

describe('a drop that a spreadsheet has damaged', () => {
  it('trains, and says of each file, sheet and cell what is damaged', async () => {
    const codes = numbered(20, (row) => (row === 7 ? '1067' : `${10_100 + row}`));
    const table = [['prompt', 'Answer'], ...numbered(110, (row) => (row > 104 ? '#REF!' : `n${row}`)), ['cafÃ©', 'ok']];
    const { report, findings } = await runInMemory(
      await newMemoryWorld({
        'book.xlsx': await writeXlsx([{ name: 'Codes', rows: [['prompt', 'completion'], ...codes] }]),
        'train.tsv': `${table.map((cells) => cells.join('\t')).join('\n')}\n`,
        'chats.jsonl': `${JSON.stringify([said('user', 'cafÃ©'), said('assistant', '#REF!')])}\n`,
      }),
      { command: 'check' },
    );
    expect(report?.rows).toMatchObject({ total: 132, rejected: 0 });
    expect(findings).toEqual(findings.toSorted(compareFindings));
    const told = findings.filter(({ code }) => /^CELL|^TEXT_/.test(code));
    expect(told.map(({ code, where }) => [code, where])).toEqual([
      ['CELL_ZEROS_LOST', { file: 'book.xlsx', sheet: 'Codes', column: 'completion' }],
      ...[105, 106, 107, 108, 109, 110].map((row) => [
        'CELL_ERROR',
        { file: 'train.tsv', row, line: row + 1, column: 'Answer' },
      ]),
      ['TEXT_MOJIBAKE', { file: 'train.tsv', row: 111, line: 112, column: 'prompt' }],
    ]);
  });

  it('lists a hundred cells of a kind and counts the rest at the file', async () => {
    const rows = numbered(130, () => '#N/A').map((cells) => cells.join(','));
    const { findings } = await runInMemory(
      await newMemoryWorld({ 'train.csv': `prompt,completion\n${rows.join('\n')}\n` }),
      { command: 'check' },
    );
    expect(findings.filter(({ code }) => code === 'CELL_ERROR')).toHaveLength(100);
    expect(findings.filter(({ code }) => code === 'CELLS_CUT')).toMatchObject([
      {
        where: { file: 'train.csv' },
        message: '30 more cells are damaged as CELL_ERROR says; the first 100 are listed',
      },
    ]);
  });
});

function said(role: string, content: string) {
  return { role, content };
}
