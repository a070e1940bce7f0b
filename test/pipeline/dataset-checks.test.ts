import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareFindings, type Finding } from '../../lib/domain/finding.ts';
import { writeXlsx } from '../../lib/formats/xlsx-write.ts';
import type { AcceptedRow } from '../../lib/pipeline/accept-rows.ts';
import { type ChecksLimits, checkDataset, readDatasetFindings } from '../../lib/pipeline/dataset-checks.ts';
import { collectFacts } from '../../lib/pipeline/dataset-checks-facts.ts';
import type { Plan } from '../../lib/pipeline/plan.ts';
import type { Services } from '../../lib/pipeline/services.ts';
import { keys } from '../../lib/storage/keys.ts';
import { manifestOf, servicesOf } from '../factories.ts';
import { TINY_PNG_URI } from '../rows/row-factories.ts';
import { newMemoryWorld, runInMemory } from './memory-run.ts';

const CODES = /^(?:ROW_DUPLICATE|ANSWERS_|VALIDATION_LEAK|COMPARISONS_CUT)/;

/** What comparing the rows of a drop tells, as `CODE file:row message`. */
async function compared(files: Readonly<Record<string, string | Uint8Array>>): Promise<string[]> {
  const { findings } = await runInMemory(await newMemoryWorld(files), { command: 'check' });
  expect(findings).toEqual(findings.toSorted(compareFindings));
  const told = findings.filter(({ code }) => CODES.test(code));
  expect(told.every(({ target, severity }) => target === null && severity !== 'error')).toBe(true);
  return told.map(({ code, where: { file, sheet, row }, message }) =>
    [code, [file, sheet, row].filter((part) => part !== undefined).join(':'), message].join(' '),
  );
}

const table = (...rows: readonly string[]) => `prompt,completion,files,split\n${rows.join('\n')}\n`;

describe('comparing the rows of a drop', () => {
  it('says nothing of rows that differ', async () => {
    expect(await compared({ 'train.csv': table('a,one,,', 'b,one,,', 'A,one,,', 'c,two,,validation') })).toEqual([]);
  });

  it('tells a row that stands twice at the later one, whatever space is in it', async () => {
    const chat = (text: string) => JSON.stringify([say('user', text), say('assistant', 'one')]);
    expect(
      await compared({ 'b.csv': table('a,one,,', '" a\n",one ,,'), 'c.jsonl': `${chat('z')}\n${chat('a')}\n` }),
    ).toEqual([
      'ROW_DUPLICATE b.csv:2 the same input and answer stand in row 1 of "b.csv"',
      'ROW_DUPLICATE c.jsonl:2 the same input and answer stand in row 1 of "b.csv"',
    ]);
  });

  it('tells one input with two answers, and names the first', async () => {
    expect(await compared({ 'train.csv': table('a,one,,', 'b,two,,', 'a,two,,', 'a,two,,') })).toEqual([
      'ANSWERS_CONFLICT train.csv:3 the same input has another answer in row 1 of "train.csv"',
      'ANSWERS_CONFLICT train.csv:4 the same input has another answer in row 1 of "train.csv"',
      'ROW_DUPLICATE train.csv:4 the same input and answer stand in row 3 of "train.csv"',
    ]);
  });

  it('tells the same input on both sides, and not as a duplicate again', async () => {
    expect(
      await compared({ 'train.csv': table('a,one,,', 'b,two,,'), 'validation.csv': table('c,one,,', 'b,two,,') }),
    ).toEqual(['VALIDATION_LEAK validation.csv:2 the same input stands in the training data: row 2 of "train.csv"']);
    expect(await compared({ 'train.csv': table('a,one,,validation', 'a,one,,train') })).toEqual([
      'VALIDATION_LEAK train.csv:2 the same input stands in the validation data: row 1 of "train.csv"',
    ]);
  });

  it('knows files by their bytes: the same text with another file is another input', async () => {
    const files = { 'owl.txt': 'An owl.', 'cat.txt': 'A cat.', 'copy.txt': 'An owl.' };
    expect(await compared({ ...files, 'train.csv': table('a,one,owl.txt,', 'a,one,cat.txt,') })).toEqual([]);
    expect(await compared({ ...files, 'train.csv': table('a,one,owl.txt,', 'a,one,copy.txt,') })).toEqual([
      'ROW_DUPLICATE train.csv:2 the same input and answer stand in row 1 of "train.csv"',
    ]);
  });

  it('tells a file on both sides once, where it first is on the other', async () => {
    const image = `"${TINY_PNG_URI}"`;
    const rows = [`a,one,${image},`, `b,two,${image},`, `c,one,${image},validation`, `d,two,${image},validation`];
    expect(await compared({ 'train.csv': table(...rows) })).toEqual([
      'VALIDATION_LEAK_MEDIA train.csv:3 the file "data:image/png" stands in the training data as well: row 1 of "train.csv"',
    ]);
    expect(await compared({ 'train.csv': table(`a,one,${image},`, `a,one,${image},validation`) })).toEqual([
      'VALIDATION_LEAK train.csv:2 the same input stands in the training data: row 1 of "train.csv"',
    ]);
  });

  it('names sheets, and is in the published order also where sheets are not', async () => {
    const header = ['prompt', 'completion'];
    const book = await writeXlsx([
      { name: 'Beta', rows: [header, ['a', 'one']] },
      { name: 'Alpha', rows: [header, ['b', 'one'], ['a', 'one']] },
    ]);
    expect(await compared({ 'book.xlsx': book })).toEqual([
      'ROW_DUPLICATE book.xlsx:Alpha:2 the same input and answer stand in row 1 of "book.xlsx", sheet "Beta"',
    ]);
  });

  it('does not compare rows that are refused', async () => {
    const rows = ['a,one,missing.png,', 'a,one,,', 'a,,,', 'b,one,owl.txt,'];
    expect(await compared({ 'owl.txt': 'An owl.', 'train.csv': table(...rows) })).toEqual([]);
  });

  it.each([
    [100, 100, null],
    [101, 100, '1 more rows stand in the dataset already; the first 100 are listed'],
    [1335, 100, '1,235 more rows stand in the dataset already; the first 100 are listed'],
  ])('lists of %i duplicates %i', async (duplicates, listed, rest) => {
    const rows = Array.from({ length: duplicates + 1 }, () => 'a,one,,train');
    const told = await compared({ 'train.csv': table(...rows) });
    const ofCode = (code: string) => told.filter((line) => line.startsWith(`${code} `));
    expect(ofCode('ROW_DUPLICATE')).toHaveLength(listed);
    expect(ofCode('COMPARISONS_CUT')).toEqual(rest === null ? [] : [`COMPARISONS_CUT  ${rest}`]);
  });

  it('says that answers are uneven', async () => {
    const rows = [...Array.from({ length: 31 }, (_, row) => `a${row},no,,train`), 'b,yes,,train', 'c,yes,,train'];
    expect(await compared({ 'train.csv': table(...rows) })).toEqual([
      'ANSWERS_UNEVEN  the answers of 33 rows are 2 classes of very uneven size: "no" stands 31 times, "yes" 2 times',
    ]);
  });
});

function say(role: string, content: string) {
  return { role, content };
}

interface MadeRow {
  input: string;
  answer: string;
  side: 'train' | 'validation';
  media: readonly string[];
}

const rowArbitrary = fc.record<MadeRow>({
  input: fc.constantFrom('a', 'b', 'c', 'd'),
  answer: fc.constantFrom('one', 'two'),
  side: fc.constantFrom('train', 'validation'),
  media: fc.uniqueArray(fc.constantFrom('owl', 'cat'), { maxLength: 2 }),
});

const manifest = manifestOf({
  files: [{ key: 'museum/train.csv', name: 'train.csv', size: 1, etag: '1', format: 'csv', split: null }],
});
const work = keys.work(manifest.dataset, manifest.run);

/** A run whose shards have been judged already. */
async function judged(shards: readonly (readonly MadeRow[])[]): Promise<{ services: Services; plan: Plan }> {
  const services = servicesOf();
  let row = 0;
  const listed = shards.map((rows, shard) => ({ shard, file: 0, key: '', rows: rows.length, batches: [] }));
  await services.results.write(work.shards, listed.map((one) => JSON.stringify(one)).join('\n'));
  for (const [shard, rows] of shards.entries()) {
    const facts = collectFacts(manifest.run);
    const references: unknown[] = [];
    for (const made of rows) {
      row += 1;
      facts.add(acceptedRow(row, made), made.side);
      for (const name of made.media) references.push({ row, name: `${name}.png`, sha256: name });
    }
    await services.results.write(work.facts(shard), facts.end());
    const lines = references.map((one) => JSON.stringify(one)).join('\n');
    await services.results.write(work.converted('.rows', shard, 'references.jsonl'), lines);
  }
  return {
    services,
    plan: { rows: row, shards: shards.length, batches: 0, links: 0, splits: false, validation: 0, fixes: 0 },
  };
}

function acceptedRow(row: number, { input, answer, media }: MadeRow): AcceptedRow {
  const parts = [{ text: input }, ...media.map((name) => ({ media: name }))];
  const messages = [
    { role: 'user' as const, parts },
    { role: 'assistant' as const, parts: [{ text: answer }] },
  ];
  const record = {
    row,
    line: row + 1,
    at: null,
    identity: '',
    fixes: null,
    example: null,
    references: [],
    findings: [],
  };
  return {
    verdict: 'accepted',
    row: record,
    example: { id: '', split: null, source: { file: 'train.csv', row }, messages },
    media: media.map((name) => ({
      reference: { id: name, part: 1, origin: 'archive', record: name, name },
      asset: { sha256: name, kind: 'image', mime: 'image/png', bytes: 1 },
      at: { store: 'inbox', key: name },
    })),
    findings: [],
  };
}

/** Compares in as many calls as it takes; `calls` counts them. */
async function checkAll(shards: readonly (readonly MadeRow[])[], limits?: ChecksLimits) {
  const { services, plan } = await judged(shards);
  const given = limits === undefined ? {} : { limits };
  let calls = 0;
  for (let done: number | null = 0; done !== null; calls += 1) {
    const once = await checkDataset(services, manifest, plan, { done, ...given });
    // Any call may be made twice.
    expect(await checkDataset(services, manifest, plan, { done, ...given })).toBe(once);
    done = once;
  }
  return { byShard: await readDatasetFindings(services, manifest), calls };
}

/** The same by looking at every pair of rows. */
function expected(rows: readonly MadeRow[]): string[] {
  const inputOf = ({ input, media }: MadeRow) => `${input} ${media.join(' ')}`;
  const told: string[] = [];
  const files = new Set<string>();
  for (const [number, row] of rows.entries()) {
    const before = rows.slice(0, number);
    const tell = (code: string, earlier: number) => earlier >= 0 && told.push(`${code} ${number + 1} ${earlier + 1}`);
    const same = before.findIndex((one) => inputOf(one) === inputOf(row));
    if (same >= 0 && before[same]?.answer !== row.answer) tell('ANSWERS_CONFLICT', same);
    const leak = before.findIndex((one) => inputOf(one) === inputOf(row) && one.side !== row.side);
    tell('VALIDATION_LEAK', leak);
    if (leak >= 0) continue;
    tell(
      'ROW_DUPLICATE',
      before.findIndex((one) => inputOf(one) === inputOf(row) && one.answer === row.answer),
    );
    for (const name of row.media) {
      const across = before.findIndex(({ media, side }) => media.includes(name) && side !== row.side);
      if (across >= 0 && !files.has(name)) tell('VALIDATION_LEAK_MEDIA', across);
      if (across >= 0) files.add(name);
    }
  }
  return told.sort();
}

function toldOf(byShard: ReadonlyMap<number | null, Finding[]>): string[] {
  return [...byShard]
    .filter(([shard]) => shard !== null)
    .flatMap(([, findings]) => findings)
    .map(({ code, where, message }) => `${code} ${where.row} ${/row (\d+) of/.exec(message)?.[1]}`)
    .sort();
}

describe('checkDataset', () => {
  it('finds what looking at every pair finds, in however many passes and calls', async () => {
    const shards = fc.array(fc.array(rowArbitrary, { maxLength: 8 }), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(shards, fc.integer({ min: 1, max: 9 }), async (made, perPass) => {
      const whole = await checkAll(made);
      const cut = await checkAll(made, { perPass, readsPerCall: 1 });
      expect(toldOf(whole.byShard)).toEqual(expected(made.flat()));
      expect(cut.byShard).toEqual(whole.byShard);
    });
    await fc.assert(property, { seed: 20_261_123, numRuns: 150 });
  });

  it('takes a call for each pass where the shards are many, and files only where there are two sides', async () => {
    const row: MadeRow = { input: 'a', answer: 'one', side: 'train', media: ['owl'] };
    const rows = Array.from({ length: 10 }, (_, index) => ({ ...row, input: `${index}` }));
    const calls = async (made: readonly MadeRow[], limits?: ChecksLimits) => (await checkAll([made], limits)).calls;
    expect(await calls(rows)).toBe(1);
    expect(await calls(rows, { perPass: 5, readsPerCall: 1 })).toBe(4);
    expect(await calls([...rows, { ...row, side: 'validation' }], { perPass: 6, readsPerCall: 1 })).toBe(6);
    expect(await calls(rows, { perPass: 5, readsPerCall: 2 })).toBe(2);
  });

  it('names the file that stands on both sides as its row does', async () => {
    const { byShard } = await checkAll([
      [{ input: 'a', answer: 'one', side: 'train', media: ['cat', 'owl'] }],
      [{ input: 'b', answer: 'two', side: 'validation', media: ['owl'] }],
    ]);
    expect(byShard.get(1)).toMatchObject([
      {
        code: 'VALIDATION_LEAK_MEDIA',
        where: { file: 'train.csv', row: 2, line: 3 },
        message: 'the file "owl.png" stands in the training data as well: row 1 of "train.csv"',
      },
    ]);
  });

  it('is no error where a run has no facts of its rows yet', async () => {
    expect(await readDatasetFindings(servicesOf(), manifest)).toEqual(new Map());
  });
});
