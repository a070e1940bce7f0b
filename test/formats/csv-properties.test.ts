import { CsvError, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvDialect, type CsvLimits, detectCsvDialect } from '../../lib/formats/csv.ts';
import { COMMA_UTF8, positionAfter, readAll } from './csv-reading.ts';

const SEED = { seed: 42 };

/** Pieces that make near-CSV: every byte with a meaning, their pairs, and text around them. */
const nearCsv = fc
  .array(
    fc.constantFrom(
      'a',
      'bc',
      '"',
      '""',
      ',',
      '","',
      '\n',
      '\r\n',
      '\r',
      ' ',
      '"\n',
      ',"',
      'é',
      '日本',
      '🙂',
      '\0',
      '\ufeff',
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));

/** The same, with bytes that are no text. */
const nearCsvBytes = fc
  .array(
    fc.oneof(
      nearCsv.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

const dialects = fc.constantFrom<CsvDialect>(
  COMMA_UTF8,
  { ...COMMA_UTF8, encoding: 'windows-1252' },
  { ...COMMA_UTF8, encoding: 'utf-16le' },
  { ...COMMA_UTF8, encoding: 'utf-16be' },
);

const smallLimits = fc.record<CsvLimits>({
  cellBytes: fc.integer({ min: 1, max: 12 }),
  recordBytes: fc.integer({ min: 1, max: 30 }),
  cells: fc.integer({ min: 1, max: 6 }),
});
const limits = fc.oneof(fc.constant({}), smallLimits);
const chunkSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

describe('readCsv and csv-parse', () => {
  it('read the same rows from well-formed tables', async () => {
    const quoted = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é'), maxLength: 6 });
    const cell = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', ' ', '日', ';'), maxLength: 40 }),
      quoted.map((text) => `"${text.replaceAll('"', '""')}"`),
    );
    const line = fc.tuple(fc.array(cell, { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n', '\r'));
    const table = fc
      .array(line, { maxLength: 8 })
      .map((lines) => lines.map(([cells, end]) => cells.join(',') + end).join(''));
    await fc.assert(
      fc.asyncProperty(table, async (text) => {
        const ours = await rowsOrRefusal(text);
        expect(ours).not.toBe('refused');
        expect(ours).toEqual(oracleRowsOrRefusal(text));
      }),
      { ...SEED, numRuns: 1000 },
    );
  });

  it('read the same rows, or both refuse, where the text is only nearly CSV', async () => {
    await fc.assert(
      fc.asyncProperty(nearCsv.map(withoutNul), async (text) => {
        expect(await rowsOrRefusal(text)).toEqual(oracleRowsOrRefusal(text));
      }),
      { ...SEED, numRuns: 3000 },
    );
  });
});

describe('readCsv', () => {
  it('does not care where the chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(nearCsvBytes, dialects, limits, chunkSizes, async (bytes, dialect, someLimits, sizes) => {
        const whole = await readAll(bytes, { dialect, limits: someLimits });
        expect(await readAll(bytes, { dialect, limits: someLimits, chunkSizes: sizes })).toEqual(whole);
        expect(await readAll(bytes, { dialect, limits: someLimits, chunkSizes: [1] })).toEqual(whole);
      }),
      { ...SEED, numRuns: 1000 },
    );
  });

  it('covers every byte of the file once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(nearCsvBytes, dialects, limits, async (bytes, dialect, someLimits) => {
        const records = await readAll(bytes, { dialect, limits: someLimits, chunkSizes: [7] });
        const positions = [{ offset: 0, line: 1 }, ...records.map(positionAfter)];
        expect(records.map(({ offset, line }) => ({ offset, line }))).toEqual(positions.slice(0, -1));
        expect(positions.at(-1)?.offset).toBe(bytes.length);
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  it('goes on from behind any record as if it had read the rest', async () => {
    await fc.assert(
      fc.asyncProperty(nearCsvBytes, dialects, limits, async (bytes, dialect, someLimits) => {
        const records = await readAll(bytes, { dialect, limits: someLimits });
        for (const [index, record] of records.entries()) {
          const rest = await readAll(bytes, {
            dialect,
            limits: someLimits,
            from: positionAfter(record),
            chunkSizes: [5],
          });
          expect(rest).toEqual(records.slice(index + 1));
        }
      }),
      { ...SEED, numRuns: 300 },
    );
  });

  it('counts the line of each record as the number of line ends before it', async () => {
    await fc.assert(
      fc.asyncProperty(nearCsv, limits, async (text, someLimits) => {
        const bytes = Buffer.from(text);
        for (const { offset, line } of await readAll(bytes, { limits: someLimits, chunkSizes: [3] })) {
          const before = bytes.subarray(0, offset).toString();
          expect(line).toBe(1 + (before.match(/\r\n|\r|\n/g)?.length ?? 0));
        }
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  it('reads large files the same, whatever the sizes of chunks and cells', async () => {
    const cell = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'é', '""', ',', '\n'), maxLength: 5 }).map((text) => `"${text}"`),
      fc.integer({ min: 0, max: 9000 }).map((length) => 'x'.repeat(length)),
      fc.integer({ min: 0, max: 300_000 }).map((length) => `"${'y,\n""'.repeat(length / 5)}"`),
    );
    const file = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });
    const sizes = fc.array(fc.constantFrom(1000, 4096, 65_535, 65_537, 200_000, 2_000_000), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(file, sizes, async (rows, someSizes) => {
        const text = rows.map((cells) => `${cells.join(',')}\r\n`).join('');
        const records = await readAll(text, { chunkSizes: someSizes });
        expect(records.map(({ cells }) => cells)).toEqual(rows.map((cells) => cells.map(unquoted)));
        expect(records.flatMap(({ faults }) => faults)).toEqual([]);
      }),
      { ...SEED, numRuns: 25 },
    );
  });

  it('survives 500 mutated files, in every detected dialect', async () => {
    const seedFile = Buffer.from(
      '\ufeffprompt,completion,files\r\n"Say ""hi""\nto me",Héllo,"1.png,data:image/png;base64,AAAA"\n日本;語,"",🙂\n\nend,\t,x\r',
    );
    const mutation = fc.record({
      at: fc.nat(seedFile.length - 1),
      remove: fc.integer({ min: 0, max: 20 }),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 4 }),
        fc.constantFrom(Buffer.of(0x22), Buffer.of(0x0d), Buffer.of(0xff, 0xfe)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 6 }), chunkSizes, async (mutations, sizes) => {
        const bytes = mutations.reduce<Buffer>(
          (file, { at, remove, insert }) => Buffer.concat([file.subarray(0, at), insert, file.subarray(at + remove)]),
          seedFile,
        );
        const dialect = detectCsvDialect(bytes, { name: 'a.csv', isWhole: true });
        const records = await readAll(bytes, { dialect, chunkSizes: sizes });
        const read = records.reduce((sum, { length }) => sum + length, Math.min(dialect.bomBytes, bytes.length));
        expect(read).toBe(bytes.length);
      }),
      { ...SEED, numRuns: 500 },
    );
  });
});

function unquoted(cell: string): string {
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

/** csv-parse 7 takes NUL for text, and behind a closing quote for the end of the file; to us it is a fault wherever it stands. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}

async function rowsOrRefusal(text: string): Promise<string[][] | 'refused'> {
  const records = await readAll(text, { chunkSizes: [11] });
  return records.some(({ faults }) => faults.length > 0) ? 'refused' : records.map(({ cells }) => cells);
}

function oracleRowsOrRefusal(text: string): string[][] | 'refused' {
  try {
    return parse(Buffer.from(text), { record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true }) as string[][];
  } catch (error) {
    if (error instanceof CsvError) return 'refused';
    throw error;
  }
}
