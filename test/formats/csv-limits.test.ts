import { describe, expect, it } from 'vitest';
import { type CsvRecord, readCsv } from '../../lib/formats/csv.ts';
import { COMMA_UTF8, faultsOf, readAll } from './csv-reading.ts';

const CHUNKINGS = [[], [1], [2], [7, 1, 3]];

describe('readCsv limits', () => {
  it.each([
    ['plain', `a,${'x'.repeat(20)},c\n`, ['a', '', 'c']],
    ['quoted', `a,"${'x'.repeat(9)}\r\n${'y'.repeat(9)}",c\n`, ['a', '', 'c']],
    ['first', `${'x'.repeat(11)},b\n`, ['', 'b']],
    ['last, without a line end', `a,${'x'.repeat(11)}`, ['a', '']],
  ])('leaves a large %s cell out and keeps the rest of its record', async (_title, line, cells) => {
    for (const chunkSizes of CHUNKINGS) {
      const records = await readAll(`ok\n${line}`, { limits: { cellBytes: 10 }, chunkSizes });
      expect(records.map((record) => record.cells)).toEqual([['ok'], cells]);
      expect(faultsOf(records)).toEqual([`CSV_CELL_TOO_LARGE@${cells.indexOf('')}`]);
      expect(records[1]).toMatchObject({ blank: false, length: line.length, nextLine: line.split('\n').length + 1 });
    }
  });

  it('keeps a cell of exactly the limit', async () => {
    const records = await readAll(`${'x'.repeat(10)},"${'y'.repeat(8)}"\n`, { limits: { cellBytes: 10 } });
    expect(records[0]?.cells).toEqual(['x'.repeat(10), 'y'.repeat(8)]);
    expect(faultsOf(records)).toEqual([]);
  });

  it('drops a large record to the next line end, says where a quote is open, and reads on', async () => {
    const file = 'ok\n"a\nb",c,"open\nd,e\nf,g\nh,i\n';
    for (const chunkSizes of CHUNKINGS) {
      const records = await readAll(file, { limits: { recordBytes: 16 }, chunkSizes });
      expect(records.map(({ cells }) => cells)).toEqual([['ok'], [], ['f', 'g'], ['h', 'i']]);
      expect(faultsOf(records)).toEqual(['CSV_RECORD_TOO_LARGE@2']);
      expect(records[1]?.faults[0]?.hint).toContain('cell 3 on line 3');
      expect(records.map(({ line, offset }) => [line, offset])).toEqual([
        [1, 0],
        [2, 3],
        [5, 21],
        [6, 25],
      ]);
    }
  });

  it('ends a large record with the CRLF that the limit cuts in two', async () => {
    for (const chunkSizes of CHUNKINGS) {
      const records = await readAll('"abc\r\nd\r\n', { limits: { recordBytes: 5 }, chunkSizes });
      expect(records.map(({ cells, line, offset, length }) => [cells, line, offset, length])).toEqual([
        [[], 1, 0, 6],
        [['d'], 2, 6, 3],
      ]);
    }
  });

  it('keeps a record of exactly the limit, and drops an unquoted one that is one byte longer', async () => {
    for (const chunkSizes of CHUNKINGS) {
      const records = await readAll('ab,cd\nab,cde\nab,c,\nz', { limits: { recordBytes: 5 }, chunkSizes });
      expect(records.map(({ cells }) => cells)).toEqual([['ab', 'cd'], [], ['ab', 'c', ''], ['z']]);
      expect(faultsOf(records)).toEqual(['CSV_RECORD_TOO_LARGE@1']);
      expect(records[1]?.faults[0]?.hint).not.toContain('quote');
    }
  });

  it('does not take a dropped record for a blank line', async () => {
    const records = await readAll('"aaaaaaaaaaaa', { limits: { recordBytes: 3 } });
    expect(records).toMatchObject([{ cells: [], blank: false, length: 13 }]);
  });

  it('keeps as many cells as allowed and tells once that there are more', async () => {
    for (const chunkSizes of CHUNKINGS) {
      const records = await readAll('1,2,3\n1,2,3,4,"5",a"b\nx\n', { limits: { cells: 3 }, chunkSizes });
      expect(records.map(({ cells }) => cells)).toEqual([['1', '2', '3'], ['1', '2', '3'], ['x']]);
      expect(faultsOf(records)).toEqual(['CSV_TOO_MANY_CELLS@3']);
    }
  });

  it('holds 1024 cells, 64 MiB and 256 MiB by default', async () => {
    const [few, many] = await readAll(`${','.repeat(1023)}\n${','.repeat(1024)}\n`);
    expect([few?.cells.length, few?.faults.length, many?.cells.length]).toEqual([1024, 0, 1024]);
    expect(many?.faults[0]?.code).toBe('CSV_TOO_MANY_CELLS');
    const records = await readRepeated(Buffer.alloc(1024 * 1024, 'A'), { head: 'a,"', times: 65, tail: '",b\nc\n' });
    expect(records.map(({ cells }) => cells)).toEqual([['a', '', 'b'], ['c']]);
    expect(records[0]?.faults[0]?.message).toContain('64 MiB');
  });

  it('reads 300 MiB after an unclosed quote in bounded memory', async () => {
    const lines = Buffer.from(`${'some text, without quotes'.repeat(2621)}\n`.repeat(16));
    const before = process.memoryUsage().rss;
    let most = 0;
    const records = await readRepeated(lines, {
      head: 'a\n"b',
      times: 300,
      tail: 'end\n',
      onBatch: () => {
        most = Math.max(most, process.memoryUsage().rss - before);
      },
    });
    expect(records[1]?.faults[0]).toMatchObject({ code: 'CSV_RECORD_TOO_LARGE', cell: 0 });
    expect(records[1]?.faults[0]?.message).toContain('256 MiB');
    expect(records.at(-1)?.cells).toEqual(['end']);
    expect(most).toBeLessThan(400 * 1024 * 1024);
  });
});

interface Repeated {
  head: string;
  times: number;
  tail: string;
  onBatch?: () => void;
}

/** Keeps the first two records and the last one, so that the test itself needs no memory. */
async function readRepeated(part: Buffer, { head, times, tail, onBatch }: Repeated): Promise<CsvRecord[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(head);
    for (let time = 0; time < times; time += 1) yield part;
    yield Buffer.from(tail);
  }
  const first: CsvRecord[] = [];
  let last: CsvRecord | undefined;
  for await (const batch of readCsv(source(), { dialect: COMMA_UTF8 })) {
    first.push(...batch.slice(0, Math.max(0, 2 - first.length)));
    last = batch.at(-1);
    onBatch?.();
  }
  return last && last !== first.at(-1) ? [...first, last] : first;
}
